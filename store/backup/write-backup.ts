// A backup of a member's tables in etcd's file format: what Maintenance.Snapshot streams and scheduled snapshots keep.
// The tables have etcd's rows already; what only etcd itself looks at (its idea of the voters, the format's version) is added.
import { Buffer } from 'node:buffer';
import type { NodeSnapshot } from '../node.js';
import { tableNames, type TableRow, type TablesView } from '../tables/tables.js';
import { encodeFile, planFile, type BucketRows, type FilePlan } from './bbolt-writer.js';
import { confStateRow } from '../replica/conf-state.js';
import { membershipOf, readMemberRow } from './member-rows.js';
import { metaKey, revisionOf, storageVersion } from './meta-rows.js';

/**
 * Takes over `view` and closes it when the chunks end, are ended early, or this fails. The backup is the state after the
 * entry that the row consistent_index names.
 */
export async function writeBackup(view: TablesView): Promise<NodeSnapshot> {
  try {
    const seen = { revision: 1 };
    const buckets = bucketsOf(view);
    const plan = await planFile(buckets.map((bucket) => watched(bucket, seen)));
    return {
      sizeBytes: plan.sizeBytes,
      revision: seen.revision,
      chunks: { [Symbol.asyncIterator]: () => chunksOf(view, buckets, plan) },
    };
  } catch (error) {
    view.close();
    throw error;
  }
}

/** A generator that was never started would not run its `finally`; this one closes the view in any case. */
function chunksOf(
  view: TablesView,
  buckets: readonly BucketRows[],
  plan: FilePlan,
): AsyncIterator<Uint8Array, undefined> {
  const chunks = encodeFile(buckets, plan);
  return {
    async next() {
      try {
        const step = await chunks.next();
        if (step.done === true) view.close();
        return step;
      } catch (error) {
        view.close();
        throw error;
      }
    },
    async return() {
      await chunks.return(undefined);
      view.close();
      return { done: true, value: undefined };
    },
  };
}

function bucketsOf(view: TablesView): readonly BucketRows[] {
  const meta = metaRows(view);
  return [...tableNames]
    .sort()
    .map((name) => ({ name, rows: () => (name === 'meta' ? meta : view.scan(name)) }));
}

function metaRows(view: TablesView): readonly TableRow[] {
  const rows = new Map<string, TableRow>();
  const members = [...view.scan('members')].map(readMemberRow);
  if (members.length > 0) {
    const { key, value } = confStateRow(membershipOf(members));
    set(rows, key, value ?? noBytes);
  }
  set(rows, metaKey.storageVersion, Buffer.from(storageVersion));
  for (const { key, value } of view.scan('meta')) set(rows, key, value);
  return [...rows.values()].sort((a, b) => Buffer.compare(a.key, b.key));
}

function set(rows: Map<string, TableRow>, key: Uint8Array, value: Uint8Array): void {
  rows.set(Buffer.from(key).toString('latin1'), { key, value });
}

const noBytes = new Uint8Array(0);

/** Notes the revision reached: that of the newest row, or of a compaction beyond it. */
function watched({ name, rows }: BucketRows, seen: { revision: number }): BucketRows {
  if (name !== 'key' && name !== 'meta') return { name, rows };
  return {
    name,
    *rows() {
      for (const row of rows()) {
        seen.revision = Math.max(seen.revision, revisionOf(name, row));
        yield row;
      }
    },
  };
}
