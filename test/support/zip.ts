// Reads one entry of a zip archive (APPNOTE 4.3): end record, central directory, stored or deflated data.
import { open } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const endBytes = 22;
const localHeaderBytes = 30;

export async function readZipEntry(archive: string, name: string): Promise<Buffer> {
  const file = await open(archive, 'r');
  try {
    const { size } = await file.stat();
    const read = async (position: number, length: number): Promise<Buffer> => {
      const buffer = Buffer.alloc(length);
      await file.read(buffer, 0, length, position);
      return buffer;
    };
    const tail = await read(Math.max(0, size - 65_557), Math.min(size, 65_557));
    const end = tail.lastIndexOf(Uint8Array.of(0x50, 0x4b, 0x05, 0x06));
    if (end < 0 || tail.readUInt32LE(end) !== endSignature || tail.length < end + endBytes) {
      throw new Error(`${archive} is no zip archive`);
    }
    const directory = await read(tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
    const entry = findEntry(directory, name);
    if (entry === undefined) throw new Error(`${archive} has no ${name}`);
    const header = await read(entry.offset, localHeaderBytes);
    const start =
      entry.offset + localHeaderBytes + header.readUInt16LE(26) + header.readUInt16LE(28);
    const data = await read(start, entry.packedBytes);
    return entry.method === 0 ? data : inflateRawSync(data);
  } finally {
    await file.close();
  }
}

interface Entry {
  readonly method: number;
  readonly packedBytes: number;
  readonly offset: number;
}

function findEntry(directory: Buffer, name: string): Entry | undefined {
  let at = 0;
  while (at + 46 <= directory.length && directory.readUInt32LE(at) === entrySignature) {
    const nameBytes = directory.readUInt16LE(at + 28);
    if (directory.toString('utf8', at + 46, at + 46 + nameBytes) === name) {
      return {
        method: directory.readUInt16LE(at + 10),
        packedBytes: directory.readUInt32LE(at + 20),
        offset: directory.readUInt32LE(at + 42),
      };
    }
    at += 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return undefined;
}
