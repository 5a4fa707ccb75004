// LogDisk: the few file operations the write-ahead log needs, in one folder. The simulation brings its own
// (seeded crashes and torn writes); nodeDisk is the real one. Everything but the data sync is synchronous:
// a log write is one pwrite into the page cache.
import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { join } from 'node:path';

export interface LogFile {
  readonly sizeBytes: number;
  /** Fewer bytes than asked only at the end of the file. */
  read(offset: number, length: number): Uint8Array;
  write(offset: number, bytes: Uint8Array): void;
  /** Cuts the file to `length` bytes and extends it again to its old size, so the rest reads as zeros. */
  zeroFrom(offset: number): void;
  /** fdatasync. A rejection is final: the kernel may have dropped the dirty pages (invariant 9 of the durability rules). */
  sync(): Promise<void>;
  syncNow(): void;
  close(): void;
}

export interface LogDisk {
  /** Path shown in errors. */
  path(name: string): string;
  list(): string[];
  /** A new file of `sizeBytes` zeros (sparse: blocks are taken as they are written, without changing the size). */
  create(name: string, sizeBytes: number): LogFile;
  open(name: string): LogFile;
  rename(from: string, to: string): void;
  remove(name: string): void;
  /** Makes creations, renames and removals durable. */
  syncFolder(): void;
}

/** Runs a sync, and may look at the time before and after. */
type Around = (sync: () => Promise<void>) => Promise<void>;

class NodeFile implements LogFile {
  readonly #fd: number;
  readonly #around: Around;
  #sizeBytes: number;

  constructor(fd: number, sizeBytes: number, around: Around) {
    this.#fd = fd;
    this.#around = around;
    this.#sizeBytes = sizeBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  read(offset: number, length: number): Uint8Array {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.#sizeBytes - offset)));
    let filled = 0;
    while (filled < buffer.length) {
      const count = fs.readSync(this.#fd, buffer, filled, buffer.length - filled, offset + filled);
      if (count === 0) break;
      filled += count;
    }
    return buffer.subarray(0, filled);
  }

  write(offset: number, bytes: Uint8Array): void {
    let done = 0;
    while (done < bytes.length) {
      done += fs.writeSync(this.#fd, bytes, done, bytes.length - done, offset + done);
    }
    this.#sizeBytes = Math.max(this.#sizeBytes, offset + bytes.length);
  }

  zeroFrom(offset: number): void {
    fs.ftruncateSync(this.#fd, offset);
    fs.ftruncateSync(this.#fd, this.#sizeBytes);
  }

  sync(): Promise<void> {
    return this.#around(
      () =>
        new Promise((resolve, reject) => {
          fs.fdatasync(this.#fd, (error) => {
            if (error) reject(error);
            else resolve();
          });
        }),
    );
  }

  syncNow(): void {
    fs.fsyncSync(this.#fd);
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}

/** The real disk: files in `folder`, which is made (durably) when missing. */
export function nodeDisk(folder: string, around: Around = (sync) => sync()): LogDisk {
  const syncPath = (path: string): void => {
    const fd = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  };
  if (fs.mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) {
    syncPath(join(folder, '..'));
  }
  return {
    path: (name) => join(folder, name),
    list: () => fs.readdirSync(folder).sort(),
    create(name, sizeBytes) {
      const fd = fs.openSync(join(folder, name), 'w+', 0o600);
      fs.ftruncateSync(fd, sizeBytes);
      return new NodeFile(fd, sizeBytes, around);
    },
    open(name) {
      const fd = fs.openSync(join(folder, name), 'r+');
      return new NodeFile(fd, fs.fstatSync(fd).size, around);
    },
    rename: (from, to) => {
      fs.renameSync(join(folder, from), join(folder, to));
    },
    remove: (name) => {
      fs.rmSync(join(folder, name));
    },
    syncFolder: () => {
      syncPath(folder);
    },
  };
}
