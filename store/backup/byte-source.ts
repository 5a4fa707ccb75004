// ByteSource: a file (or bytes in memory) that is read at any offset.
import fs from 'node:fs';
import { BackupDamaged } from './damage.js';

export interface ByteSource {
  /** Shown in errors. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Exactly `length` bytes. Error: BackupDamaged when they are not there. */
  read(offset: number, length: number): Buffer;
  close(): void;
}

export function openFile(path: string): ByteSource {
  const file = fs.openSync(path, 'r');
  const stat = fs.fstatSync(file);
  if (!stat.isFile()) {
    fs.closeSync(file);
    throw new BackupDamaged(path, 'it is not a file');
  }
  const { size: sizeBytes } = stat;
  return {
    path,
    sizeBytes,
    read(offset, length) {
      checkRange(path, sizeBytes, offset, length);
      const bytes = Buffer.allocUnsafeSlow(length);
      for (let filled = 0; filled < length;) {
        const count = fs.readSync(file, bytes, filled, length - filled, offset + filled);
        if (count === 0) throw new BackupDamaged(path, 'it ends here', offset + filled);
        filled += count;
      }
      return bytes;
    },
    close() {
      fs.closeSync(file);
    },
  };
}

export function sourceOf(bytes: Uint8Array, path = 'backup'): ByteSource {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    path,
    sizeBytes: whole.length,
    read(offset, length) {
      checkRange(path, whole.length, offset, length);
      return whole.subarray(offset, offset + length);
    },
    close: () => undefined,
  };
}

/** The first `sizeBytes` of another. */
export function headOf(source: ByteSource, sizeBytes: number): ByteSource {
  return {
    path: source.path,
    sizeBytes,
    read(offset, length) {
      checkRange(source.path, sizeBytes, offset, length);
      return source.read(offset, length);
    },
    close() {
      source.close();
    },
  };
}

function checkRange(path: string, sizeBytes: number, offset: number, length: number): void {
  if (offset < 0 || length < 0 || offset + length > sizeBytes)
    throw new BackupDamaged(path, `${length} bytes belong here, but the file ends`, offset);
}
