// The SHA-256 a snapshot ends with. The database is whole pages, so a file whose length is 32 more than a multiple of 512
// has one; the `db` file of a data folder has none.
import { createHash } from 'node:crypto';
import { headOf, type ByteSource } from './byte-source.js';
import { BackupDamaged, BackupRefused } from './damage.js';

export const digestBytes = 32;
const pageBytesMin = 512;
const chunkBytes = 1 << 20;

export function hasDigest(source: ByteSource): boolean {
  return source.sizeBytes % pageBytesMin === digestBytes;
}

/** The database without the digest. */
export function bodyOf(source: ByteSource): ByteSource {
  return hasDigest(source) ? headOf(source, source.sizeBytes - digestBytes) : source;
}

/** Errors: BackupRefused when there is no digest, BackupDamaged when it is another file's. */
export async function checkDigest(source: ByteSource): Promise<void> {
  if (!hasDigest(source)) {
    throw new BackupRefused(
      `${source.path} has no SHA-256 at its end: if it is the db file of a data folder, and complete, use --skip-hash-check`,
    );
  }
  const hash = createHash('sha256');
  const size = source.sizeBytes - digestBytes;
  for (let at = 0; at < size; at += chunkBytes) {
    hash.update(source.read(at, Math.min(chunkBytes, size - at)));
    await new Promise(setImmediate);
  }
  const actual = hash.digest();
  const told = source.read(size, digestBytes);
  if (!actual.equals(told)) {
    throw new BackupDamaged(
      source.path,
      `its SHA-256 is ${actual.toString('hex')}, but ${told.toString('hex')} was written at its end`,
    );
  }
}
