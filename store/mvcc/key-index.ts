// The key index: every key's revisions in memory, in key order, rebuilt from the key table at open. Values stay in
// the tables. Invariant: a key's records ascend by (main, sub); the newest is inline, so a key written once costs one
// small object. Read next: keyspace.ts.
import { compareText, sortedMap, type SortedMap, type TextRange } from '../tables/sorted-map.js';

/** One revision of one key. */
export interface KeyRecord {
  readonly main: number;
  readonly sub: number;
  readonly create: number;
  /** 0 marks a tombstone. */
  readonly version: number;
  readonly lease: bigint;
  /** What the row counts towards the store's size. */
  readonly bytes: number;
}

/** A key: its newest record inline, the older ones (ascending) only while there are any. */
export interface KeyEntry extends KeyRecord {
  readonly key: string;
  readonly older: readonly KeyRecord[] | undefined;
}

interface MutableEntry {
  readonly key: string;
  main: number;
  sub: number;
  create: number;
  version: number;
  lease: bigint;
  bytes: number;
  older: KeyRecord[] | undefined;
}

export class KeyIndex {
  readonly #entries: SortedMap<MutableEntry> = sortedMap();

  /** Keys known, deleted but not yet compacted ones included. */
  get size(): number {
    return this.#entries.size;
  }

  get(key: string): KeyEntry | undefined {
    return this.#entries.get(key);
  }

  /** `known` is the key's entry if the caller has just looked it up (undefined: there is none). */
  add(key: string, record: KeyRecord, known = this.get(key)): void {
    const { main, sub, create, version, lease, bytes } = record;
    if (known === undefined) {
      const first = { key, main, sub, create, version, lease, bytes, older: undefined };
      this.#entries.set(key, first);
      return;
    }
    const entry = known as MutableEntry; // as: entries are read-only to everyone but this class
    // A literal takes room for one; push() on an empty array takes it for seventeen.
    if (entry.older === undefined) entry.older = [copyRecord(entry)];
    else entry.older.push(copyRecord(entry));
    entry.main = main;
    entry.sub = sub;
    entry.create = create;
    entry.version = version;
    entry.lease = lease;
    entry.bytes = bytes;
  }

  /** Visits the range's keys in order until `visit` returns false. The index must not change meanwhile. */
  forRange(range: TextRange, visit: (entry: KeyEntry) => boolean): void {
    const { start, end } = range;
    if (end !== undefined && compareText(start, end) >= 0) return;
    const map = this.#entries;
    const last = end ?? map.maxKey();
    if (last === undefined) return;
    map.editRange(start, last, end === undefined, (_, entry) =>
      visit(entry) ? undefined : stopVisit,
    );
  }

  /**
   * Drops what a compaction at `revision` drops of this key and returns it, at most `limit` of the oldest: all before
   * the newest record <= revision, and that one too when it is a tombstone before `revision` itself (etcd keeps one
   * AT it, so that a watch from there still sees the delete).
   */
  compactKey(key: string, revision: number, limit: number): readonly KeyRecord[] {
    const entry = this.#entries.get(key);
    if (entry === undefined) return [];
    const count = droppable(entry, revision);
    const older = entry.older ?? [];
    const dropped = older.splice(0, Math.min(count, limit));
    if (older.length === 0) {
      entry.older = undefined;
      // The tombstone goes last: without it the rows before it would come back to life.
      if (count > dropped.length && dropped.length < limit) {
        this.#entries.delete(key);
        dropped.push(entry);
      }
    }
    return dropped;
  }
}

/** How many of the key's records, from the oldest on, a compaction at `revision` drops. */
export function droppable(entry: KeyEntry, revision: number): number {
  const older = entry.older ?? [];
  const isNewest = entry.main <= revision;
  const at = isNewest ? older.length : lastAtOrBefore(older, revision);
  const newest = isNewest ? entry : older[at];
  if (newest === undefined) return 0;
  if (newest.main < revision) return newest.version === 0 ? at + 1 : at;
  // A put and its delete may share the revision (in two nested txns): a watch from there sees both.
  let count = at;
  while (older[count - 1]?.main === revision) count--;
  return count;
}

const stopVisit = { break: 0 };

/** The record in force at `revision` (a tombstone counts), or nothing when the key came later. */
export function recordAt(entry: KeyEntry, revision: number): KeyRecord | undefined {
  if (entry.main <= revision) return entry;
  if (entry.older === undefined) return undefined;
  return entry.older[lastAtOrBefore(entry.older, revision)];
}

function lastAtOrBefore(records: readonly KeyRecord[], revision: number): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const record = records[middle];
    if (record !== undefined && record.main <= revision) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function copyRecord({ main, sub, create, version, lease, bytes }: KeyRecord): KeyRecord {
  return { main, sub, create, version, lease, bytes };
}
