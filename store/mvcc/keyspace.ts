// The keyspace: keys, revisions and rows together. Reads at any kept revision; writes open a revision, add rows to it
// and seal it. Invariant: the index holds exactly the rows of the key table plus those still in the write buffer, and
// an open revision is sealed (or was never written to) before anything else happens. Read next: range.ts, txn.ts.
import assert from 'node:assert/strict';
import type { KeyValue, WatchEvent } from '../kv.js';
import { KeyIndex, recordAt, type KeyEntry, type KeyRecord } from './key-index.js';
import { RecentRevisions, type RecentLimits, type RowEvent } from './recent-revisions.js';
import { parseRowKey, rowKey } from './revision.js';
import { decodeKeyValue, encodeKeyValue } from './row-codec.js';
import { keyBytes, keyText, type TextRange } from '../tables/sorted-map.js';
import type { Tables } from '../tables/tables.js';
import type { WriteBuffer } from '../tables/write-buffer.js';

const noBytes = new Uint8Array(0);

/** Told about every change of a key's newest lease, so that leases know their keys. */
export interface LeaseAttachments {
  attach(lease: bigint, key: string): void;
  detach(lease: bigint, key: string): void;
}

export interface SealedRevision {
  readonly revision: number;
  readonly rows: readonly RowEvent[];
}

export class Keyspace {
  readonly index = new KeyIndex();
  readonly recent: RecentRevisions;
  readonly #tables: Tables;
  #leases: LeaseAttachments | undefined;
  #buffer: WriteBuffer | undefined;
  #revision: number;
  /** Estimate of the bytes the rows take in the tables. */
  #sizeBytes = 0;
  #openRows: RowEvent[] = [];
  /** Keys put and deleted since the start, for the metrics. */
  puts = 0;
  deletes = 0;

  /** Rebuilds the index from the key table. `revisionMin` is what other marks say about the revision reached. */
  constructor(tables: Tables, revisionMin: number, limits: RecentLimits) {
    this.#tables = tables;
    let revision = Math.max(1, revisionMin);
    for (const { key, value } of tables.scan('key')) {
      const { main, sub, tombstone } = parseRowKey(key);
      const kv = decodeKeyValue(value);
      const { createRevision: create, version, lease } = tombstone ? tombstoneOf(kv.key, main) : kv;
      const bytes = rowBytes(key.length, value.length);
      this.index.add(keyText(kv.key), { main, sub, create, version, lease, bytes });
      this.#sizeBytes += bytes;
      revision = Math.max(revision, main);
    }
    this.#revision = revision;
    this.recent = new RecentRevisions(revision, limits);
  }

  connect(buffer: WriteBuffer, leases: LeaseAttachments): void {
    this.#buffer = buffer;
    this.#leases = leases;
    // The rows say which lease a key has; which keys a lease has is rebuilt from them.
    this.index.forRange({ start: '', end: undefined }, ({ key, version, lease }) => {
      if (version > 0 && lease !== 0n) leases.attach(lease, key);
      return true;
    });
  }

  /** The current revision; while one is open, that one once it has a row (a txn sees its own writes). */
  get revision(): number {
    return this.#openRows.length > 0 ? this.#revision + 1 : this.#revision;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The key's newest record, unless deleted. */
  current(key: string): KeyEntry | undefined {
    const entry = this.index.get(key);
    return entry === undefined || entry.version === 0 ? undefined : entry;
  }

  /** The live record of a key at `revision`. */
  liveAt(entry: KeyEntry, revision: number): KeyRecord | undefined {
    const record = recordAt(entry, revision);
    return record === undefined || record.version === 0 ? undefined : record;
  }

  /** Reads a live record's row. */
  read(record: KeyRecord): KeyValue {
    const recent =
      this.recent.find(record.main, record.sub) ?? this.#openRow(record.main, record.sub);
    if (recent !== undefined) return recent;
    const row = this.#tables.get('key', rowKey(record.main, record.sub));
    assert(row !== undefined, 'a row of the index is missing in the key table');
    return decodeKeyValue(row);
  }

  /** As read(), but from the index alone: no value. */
  readWithoutValue(key: string, record: KeyRecord): KeyValue {
    return {
      key: keyBytes(key),
      value: noBytes,
      createRevision: record.create,
      modRevision: record.main,
      version: record.version,
      lease: record.lease,
    };
  }

  put(key: Uint8Array, value: Uint8Array, lease: bigint): void {
    this.puts++;
    const text = keyText(key);
    const entry = this.index.get(text);
    const old = entry?.version === 0 ? undefined : entry;
    const main = this.#revision + 1;
    const sub = this.#openRows.length;
    const create = old?.create ?? main;
    const version = (old?.version ?? 0) + 1;
    const oldLease = old?.lease ?? 0n;
    const kv = { key, value, createRevision: create, modRevision: main, version, lease };
    const bytes = this.#add(text, rowKey(main, sub), encodeKeyValue(kv), { type: 'put', kv });
    this.index.add(text, { main, sub, create, version, lease, bytes }, entry);
    if (oldLease !== lease) {
      if (oldLease !== 0n) this.#leases?.detach(oldLease, text);
      if (lease !== 0n) this.#leases?.attach(lease, text);
    }
  }

  /** Deletes the live keys of a range in key order and returns their records. */
  deleteRange(range: TextRange): readonly { key: string; record: KeyRecord }[] {
    const revision = this.revision;
    const found: { key: string; record: KeyRecord }[] = [];
    this.index.forRange(range, (entry) => {
      const record = this.liveAt(entry, revision);
      // A copy: the entry itself is about to become the tombstone.
      if (record !== undefined) found.push({ key: entry.key, record: { ...record } });
      return true;
    });
    this.deletes += found.length;
    for (const { key, record } of found) {
      const main = this.#revision + 1;
      const sub = this.#openRows.length;
      const kv = tombstoneOf(keyBytes(key), main);
      const value = encodeKeyValue({ ...kv, modRevision: 0 });
      const bytes = this.#add(key, rowKey(main, sub, true), value, { type: 'delete', kv });
      this.index.add(key, { main, sub, create: 0, version: 0, lease: 0n, bytes });
      if (record.lease !== 0n) this.#leases?.detach(record.lease, key);
    }
    return found;
  }

  /** Ends the open revision; nothing when no row was written. */
  seal(): SealedRevision | undefined {
    const rows = this.#openRows;
    if (rows.length === 0) return undefined;
    const revision = ++this.#revision;
    this.#openRows = [];
    this.recent.add(revision, rows);
    return { revision, rows };
  }

  /** Compacts one key: drops at most `limit` index records and queues the removal of their rows. */
  compactKey(key: string, revision: number, limit: number): number {
    const dropped = this.index.compactKey(key, revision, limit);
    for (const { main, sub, version, bytes } of dropped) {
      this.#buffer?.remove('key', rowKey(main, sub, version === 0));
      this.#sizeBytes -= bytes;
    }
    return dropped.length;
  }

  #add(key: string, row: Uint8Array, value: Uint8Array, event: WatchEvent): number {
    assert(this.#buffer, 'the keyspace is connected');
    this.#buffer.put('key', row, value);
    this.#openRows.push({ key, event, eventWithPrevious: undefined });
    const bytes = rowBytes(row.length, value.length);
    this.#sizeBytes += bytes;
    return bytes;
  }

  #openRow(main: number, sub: number): KeyValue | undefined {
    return main === this.#revision + 1 ? this.#openRows[sub]?.event.kv : undefined;
  }
}

/** A delete event's kv: key and revision only. (Its row holds the key alone.) */
export function tombstoneOf(key: Uint8Array, modRevision: number): KeyValue {
  return { key, value: noBytes, createRevision: 0, modRevision, version: 0, lease: 0n };
}

const pageBytes = 4096;
const nodeOverheadBytes = 24;
const inlineBytesMax = 2038;

/** LMDB puts a row above half a page into whole pages of its own. An estimate, but the same on every machine. */
function rowBytes(keyLength: number, valueLength: number): number {
  const bytes = keyLength + valueLength + nodeOverheadBytes;
  if (bytes <= inlineBytesMax) return bytes;
  return keyLength + nodeOverheadBytes + Math.ceil((valueLength + 16) / pageBytes) * pageBytes;
}
