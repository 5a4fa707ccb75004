// Answers range queries over the keyspace, in etcd's order of steps: read, filter by revisions, sort, cut.
import { StoreError } from '../errors.js';
import type { KeyValue, RangeQuery, RangeResult, SortTarget } from '../kv.js';
import type { KeyEntry, KeyRecord } from './key-index.js';
import type { Keyspace } from './keyspace.js';
import { compareText, keyText, textRange } from '../tables/sorted-map.js';

/** Throws 'compacted' or 'future-revision' when `revision` cannot be read. */
export function checkRevision(
  revision: number | undefined,
  current: number,
  compactRevision: number,
): void {
  if (revision === undefined || revision <= 0) return;
  if (revision > current) throw new StoreError('future-revision');
  if (revision < compactRevision) throw new StoreError('compacted', { compactRevision });
}

/** `query.revision` must have been checked. */
export function runRange(keyspace: Keyspace, query: RangeQuery): RangeResult {
  const revision = keyspace.revision;
  const at =
    query.revision !== undefined && query.revision > 0 && query.revision < revision
      ? query.revision
      : revision;
  if (query.countOnly) {
    return { revision, kvs: [], more: false, count: countLive(keyspace, query, at) };
  }
  const limit = query.limit !== undefined && query.limit > 0 ? query.limit : Infinity;
  // Filters and sorting need all of the range; etcd's quirk: an order of 'none' sorts what the limit left.
  const needsAll = hasFilters(query) || (query.sort !== undefined && query.sort.order !== 'none');
  const fetched = fetch(keyspace, query, at, needsAll ? Infinity : limit + 1);
  let kvs: readonly KeyValue[] = fetched.kvs;
  if (hasFilters(query)) kvs = kvs.filter((kv) => passesFilters(kv, query));
  if (query.sort !== undefined) kvs = sortKeyValues(kvs, query.sort);
  const more = kvs.length > limit;
  if (more) kvs = kvs.slice(0, limit);
  if (query.keysOnly && readsValues(query)) kvs = kvs.map((kv) => ({ ...kv, value: noBytes }));
  return { revision, kvs, more, count: fetched.count };
}

const noBytes = new Uint8Array(0);

/** Visits the live keys of a range at a revision, in order. */
export function forLive(
  keyspace: Keyspace,
  query: { readonly key: Uint8Array; readonly end?: Uint8Array },
  revision: number,
  visit: (entry: KeyEntry, record: KeyRecord) => boolean,
): void {
  if (query.end === undefined || query.end.length === 0) {
    const entry = keyspace.index.get(keyText(query.key));
    const record = entry && keyspace.liveAt(entry, revision);
    if (record !== undefined && entry !== undefined) visit(entry, record);
    return;
  }
  keyspace.index.forRange(textRange(query.key, query.end), (entry) => {
    const record = keyspace.liveAt(entry, revision);
    return record === undefined || visit(entry, record);
  });
}

function countLive(keyspace: Keyspace, query: RangeQuery, revision: number): number {
  let count = 0;
  forLive(keyspace, query, revision, () => {
    count++;
    return true;
  });
  return count;
}

function fetch(keyspace: Keyspace, query: RangeQuery, revision: number, limit: number) {
  const withValues = !query.keysOnly || readsValues(query);
  const kvs: KeyValue[] = [];
  let count = 0;
  forLive(keyspace, query, revision, (entry, record) => {
    count++;
    if (kvs.length < limit) {
      kvs.push(withValues ? keyspace.read(record) : keyspace.readWithoutValue(entry.key, record));
    }
    return true;
  });
  return { kvs, count };
}

function readsValues(query: RangeQuery): boolean {
  return !query.keysOnly || query.sort?.target === 'value';
}

function hasFilters(query: RangeQuery): boolean {
  return Boolean(
    query.minModRevision ||
    query.maxModRevision ||
    query.minCreateRevision ||
    query.maxCreateRevision,
  );
}

function passesFilters(kv: KeyValue, query: RangeQuery): boolean {
  const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = query;
  if (maxModRevision && kv.modRevision > maxModRevision) return false;
  if (minModRevision && kv.modRevision < minModRevision) return false;
  if (maxCreateRevision && kv.createRevision > maxCreateRevision) return false;
  return !(minCreateRevision && kv.createRevision < minCreateRevision);
}

const comparers: Readonly<Record<SortTarget, (a: KeyValue, b: KeyValue) => number>> = {
  key: (a, b) => compareText(keyText(a.key), keyText(b.key)),
  version: (a, b) => a.version - b.version,
  create: (a, b) => a.createRevision - b.createRevision,
  mod: (a, b) => a.modRevision - b.modRevision,
  value: (a, b) => Buffer.compare(a.value, b.value),
};

/** Equal ones stay in key order (etcd promises nothing about them). */
function sortKeyValues(
  kvs: readonly KeyValue[],
  { target, order }: NonNullable<RangeQuery['sort']>,
): readonly KeyValue[] {
  if (target === 'key') return order === 'descend' ? kvs.toReversed() : kvs;
  const compare = comparers[target];
  return kvs.toSorted(order === 'descend' ? (a, b) => compare(b, a) : compare);
}
