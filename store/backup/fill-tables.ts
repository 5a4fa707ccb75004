// Copies the rows of a bbolt file into a member's own tables, all but what belongs to the cluster it was made in: its
// members and its place in their log. In batches: memory stays the same however large the file is.
import { memberRow } from '../mvcc/members.js';
import { rowKey } from '../mvcc/revision.js';
import type { MemberInfo } from '../node.js';
import { confStateRow } from '../replica/conf-state.js';
import { counterBytes } from '../tables/counter.js';
import { tableNames, type TableName, type Tables, type TableWrite } from '../tables/tables.js';
import type { BboltFile } from './bbolt-reader.js';
import { checkRow } from './check-row.js';
import { BackupDamaged } from './damage.js';
import { membershipOf } from './member-rows.js';
import { metaKey, revisionOf } from './meta-rows.js';

export interface FillOptions {
  /** Place of the log that the member goes on from. */
  readonly index: number;
  readonly term: number;
  readonly members: readonly MemberInfo[];
  /** Kept from the file: 'members_removed'. Not for a new cluster, whose ids are new. */
  readonly keepsRemoved: boolean;
  /** Added to the revision, and the sum marked as compacted, so that nothing that watches can miss the gap. 0 = not. */
  readonly bumpRevision: number;
}

export interface Filled {
  readonly revision: number;
  /** Buckets etcd 3.6 does not have; their rows were left out. */
  readonly unknownBuckets: readonly string[];
}

const batchRowsMax = 10_000;
const batchBytesMax = 8 << 20;

/** `tables` are empty. Errors: BackupDamaged, or what the disk says. */
export async function fillTables(
  tables: Tables,
  file: BboltFile,
  path: string,
  options: FillOptions,
): Promise<Filled> {
  if (!file.bucketNames.includes('key'))
    throw new BackupDamaged(path, 'it has no bucket "key": it is not of an etcd');
  let revision = 1;
  let batch: TableWrite[] = [];
  let bytes = 0;
  for (const table of tableNames) {
    for (const { key, value } of file.rows(table) ?? []) {
      checkRow(path, table, { key, value });
      revision = Math.max(revision, revisionOf(table, { key, value }));
      if (isOfOldCluster(table, key, options)) continue;
      batch.push({ table, key, value });
      bytes += key.length + value.length;
      if (batch.length < batchRowsMax && bytes < batchBytesMax) continue;
      await tables.commit(batch);
      batch = [];
      bytes = 0;
    }
  }
  if (options.bumpRevision > 0) {
    revision += options.bumpRevision;
    batch.push(...bumpRows(revision));
  }
  await tables.commit([...batch, ...ownRows(options)]);
  const isKnown = (name: string): boolean => tableNames.some((table) => table === name);
  return { revision, unknownBuckets: file.bucketNames.filter((name) => !isKnown(name)) };
}

function isOfOldCluster(table: TableName, key: Uint8Array, options: FillOptions): boolean {
  if (table === 'members') return true;
  if (table === 'members_removed') return !options.keepsRemoved;
  if (table !== 'meta') return false;
  const { index, term, confState } = metaKey;
  return [index, term, confState].some((name) => name.compare(key) === 0);
}

/** etcd's way to jump: an empty row at the new revision, and all before it to be compacted at the start. */
function bumpRows(revision: number): readonly TableWrite[] {
  const mark = rowKey(revision, 0);
  return [
    { table: 'key', key: mark, value: new Uint8Array(0) },
    { table: 'meta', key: metaKey.scheduled, value: mark },
  ];
}

function ownRows({ index, term, members }: FillOptions): readonly TableWrite[] {
  return [
    { table: 'meta', key: metaKey.index, value: counterBytes(index) },
    { table: 'meta', key: metaKey.term, value: counterBytes(term) },
    confStateRow(membershipOf(members)),
    ...members.map(memberRow),
  ];
}
