// Rows of the meta bucket by name, and what rows say about the revision reached.
import { Buffer } from 'node:buffer';
import { parseRowKey } from '../mvcc/revision.js';
import type { TableName, TableRow } from '../tables/tables.js';
import { indexKey, termKey } from '../tables/write-buffer.js';

export const metaKey = {
  index: indexKey,
  term: termKey,
  confState: Buffer.from('confState'),
  storageVersion: Buffer.from('storageVersion'),
  scheduled: Buffer.from('scheduledCompactRev'),
  finished: Buffer.from('finishedCompactRev'),
} as const;

/** The release whose buckets and rows these are. */
export const storageVersion = '3.6.0';

/** The store has reached it at least: a row of that revision, or a compaction, whose rows may be gone. 0: says nothing. */
export function revisionOf(table: TableName, { key, value }: TableRow): number {
  if (table === 'key') return parseRowKey(key).main;
  const { scheduled, finished } = metaKey;
  const isMark = table === 'meta' && [scheduled, finished].some((name) => name.compare(key) === 0);
  return isMark ? parseRowKey(value).main : 0;
}
