// A snapshot as a file: the database and its SHA-256, as etcdctl saves them. Under its name there is a whole, durable file
// or none: it grows beside it as `.part`.
import { createHash } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { NodeSnapshot } from '../node.js';
import { openFile } from './byte-source.js';
import { BackupDamaged } from './damage.js';
import { checkDigest } from './digest.js';

export interface Saved {
  /** Of the file, with the digest. */
  readonly sizeBytes: number;
}

export const partSuffix = '.part';

/** Errors: BackupDamaged when the snapshot ends early, or what the disk says. */
export async function saveSnapshot(path: string, snapshot: NodeSnapshot): Promise<Saved> {
  return writeWhole(path, async (write) => {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of snapshot.chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      await write(chunk);
    }
    if (bytes !== snapshot.sizeBytes)
      throw new BackupDamaged(path, `it has ${bytes} bytes where ${snapshot.sizeBytes} belong`);
    await write(hash.digest());
  });
}

/**
 * @param chunks as a server streams them: the database, then its digest
 * Errors: BackupRefused or BackupDamaged when that is not what came, or what the disk says.
 */
export async function saveStream(path: string, chunks: AsyncIterable<Uint8Array>): Promise<Saved> {
  return writeWhole(path, async (write) => {
    for await (const chunk of chunks) await write(chunk);
  });
}

async function writeWhole(
  path: string,
  fill: (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<Saved> {
  const part = `${path}${partSuffix}`;
  let sizeBytes = 0;
  try {
    const file = await open(part, 'w', 0o600);
    try {
      await fill(async (bytes) => {
        await writeAll(file, bytes);
        sizeBytes += bytes.length;
      });
      await file.sync();
    } finally {
      await file.close();
    }
    await checkSaved(part);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  await syncFolderOf(path);
  return { sizeBytes };
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;)
    done += (await file.write(bytes, done, bytes.length - done)).bytesWritten;
}

/** What is on disk, not what was meant to be there. */
async function checkSaved(path: string): Promise<void> {
  const source = openFile(path);
  try {
    await checkDigest(source);
  } finally {
    source.close();
  }
}

async function syncFolderOf(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
