// What `snapshot status` says about a file: figures over all its rows, as etcdutl counts them.
import { Buffer } from 'node:buffer';
import { crc32c } from '../tables/crc32c.js';
import { keyText } from '../tables/sorted-map.js';
import type { TableRow } from '../tables/tables.js';
import { parseRowKey } from '../mvcc/revision.js';
import { decodeKeyValue } from '../mvcc/row-codec.js';
import { openBbolt, type BboltFile } from './bbolt-reader.js';
import { openFile } from './byte-source.js';
import { BackupDamaged } from './damage.js';
import { bodyOf } from './digest.js';
import { metaKey } from './meta-rows.js';

export interface BackupStatus {
  /** CRC-32C over the names, keys and values of all buckets. */
  readonly hash: number;
  /** Of the last row. */
  readonly revision: number;
  /** Keys that exist, history left out, as etcdutl 3.6 counts them. (3.5 and before counted the rows of all buckets.) */
  readonly totalKeys: number;
  /** Of the database, without the digest. */
  readonly totalBytes: number;
  /** '' where nothing tells it: before 3.5. */
  readonly version: string;
}

const rowsPerStep = 10_000;

/** Reads all of it. Error: BackupDamaged. The digest is not looked at: restoring does that. */
export async function statusOfBackup(path: string): Promise<BackupStatus> {
  const source = openFile(path);
  try {
    return await summarize(openBbolt(bodyOf(source)), path);
  } finally {
    source.close();
  }
}

async function summarize(file: BboltFile, path: string): Promise<BackupStatus> {
  let hash = 0;
  let revision = 0;
  let rowCount = 0;
  const keys = new Set<string>();
  const meta = new Map<string, Uint8Array>();
  for (const name of file.bucketNames) {
    hash = crc32c(hash, Buffer.from(name, 'latin1'));
    for (const row of file.rows(name) ?? []) {
      hash = crc32c(crc32c(hash, row.key), row.value);
      if (name === 'key') revision = countRow(keys, row, path);
      if (name === 'meta') meta.set(Buffer.from(row.key).toString('latin1'), row.value);
      if (++rowCount % rowsPerStep === 0) await new Promise(setImmediate);
    }
  }
  const totalBytes = file.meta.pageCount * file.meta.pageBytes;
  return { hash, revision, totalKeys: keys.size, totalBytes, version: versionOf(meta) };
}

/** The row's revision. */
function countRow(keys: Set<string>, { key, value }: TableRow, path: string): number {
  try {
    const { main, tombstone } = parseRowKey(key);
    const name = keyText(decodeKeyValue(value).key);
    if (tombstone) keys.delete(name);
    // What --bump-revision leaves is a row without a key.
    else if (name !== '') keys.add(name);
    return main;
  } catch (error) {
    throw new BackupDamaged(path, `a row of the bucket key is not one: ${String(error)}`);
  }
}

function versionOf(meta: ReadonlyMap<string, Uint8Array>): string {
  const of = (key: Buffer): Uint8Array | undefined => meta.get(key.toString('latin1'));
  const told = of(metaKey.storageVersion);
  if (told) return Buffer.from(told).toString();
  return of(metaKey.confState) && of(metaKey.term) ? '3.5.0' : '';
}
