// ModelStore: the KeyValueStore rules in the plainest form there is, as the oracle of the contract suite. It keeps a
// full copy of all key-values for every revision and looks things up by walking through them. No time, no leases'
// expiry. Written apart from store/mvcc on purpose: they share nothing but the interface.
import { setMaxListeners } from 'node:events';
import { StoreError, unbounded } from '../../store/index.js';
import type {
  Compare,
  KeyRange,
  KeyValue,
  KeyValueStore,
  Lease,
  Op,
  OpResult,
  RangeQuery,
  RangeResult,
  StoreStatus,
  Txn,
  TxnResult,
  WatchBatch,
  WatchEvent,
  WatchQuery,
} from '../../store/index.js';

interface Snapshot {
  readonly kvs: readonly KeyValue[];
  readonly events: readonly WatchEvent[];
}

const nothing = new Uint8Array(0);
const opsMax = 128;
const sortTargets = ['key', 'version', 'create', 'mod', 'value'];

export class ModelStore implements KeyValueStore {
  /** Index = revision - 1. */
  readonly #snapshots: Snapshot[] = [{ kvs: [], events: [] }];
  readonly #leases = new Map<bigint, number>();
  #compacted = -1;
  #closed = false;
  #wake: (() => void)[] = [];

  get #revision(): number {
    return this.#snapshots.length;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- errors become rejections
  async range(query: RangeQuery): Promise<RangeResult> {
    checkOp({ type: 'range', ...query }, opsMax);
    return this.#range(query, this.#at(this.#revision), this.#revision);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- errors become rejections
  async txn(txn: Txn): Promise<TxnResult> {
    checkOps(txn, opsMax);
    writtenKeys(txn.success);
    writtenKeys(txn.failure);
    const before = this.#at(this.#revision);
    const draft: Draft = { kvs: [...before], events: [], revision: this.#revision + 1 };
    const branches = this.#chooseBranches(txn, before);
    this.#check(branches, before);
    const result = this.#run(branches, draft);
    if (draft.events.length > 0) this.#push(draft);
    return result;
  }

  watch(query: WatchQuery, signal: AbortSignal): AsyncIterable<WatchBatch> {
    // A generator runs from its first pull on, but the position counts from this call.
    return this.#follow(query, query.startRevision || this.#revision + 1, signal);
  }

  async *#follow(query: WatchQuery, start: number, signal: AbortSignal) {
    let told = start - 1;
    for (let revision = start; ; revision++) {
      while (revision > this.#revision && !signal.aborted && !this.#closed) {
        if (query.progress && told < this.#revision && start <= this.#revision) {
          told = this.#revision;
          yield { revision: told, events: [] };
          continue;
        }
        await new Promise<void>((resolve) => {
          this.#wake.push(resolve);
          setMaxListeners(0, signal);
          signal.addEventListener('abort', () => {
            resolve();
          });
        });
      }
      if (signal.aborted) return;
      if (this.#closed) throw new StoreError('stopped');
      if (revision < Math.max(0, this.#compacted))
        throw new StoreError('compacted', { compactRevision: Math.max(0, this.#compacted) });
      const events = this.#eventsFor(query, revision);
      if (events.length === 0) continue;
      told = revision;
      yield { revision, events };
    }
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- errors become rejections
  async compact(revision: number): Promise<void> {
    if (revision <= this.#compacted) throw new StoreError('compacted');
    if (revision > this.#revision) throw new StoreError('future-revision');
    this.#compacted = revision;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- errors become rejections
  async grantLease(ttlSeconds: number, id = 0n): Promise<Lease> {
    if (ttlSeconds > 9_000_000_000) throw new StoreError('lease-ttl-too-large');
    let chosen = id;
    if (chosen === 0n) for (chosen = 1n; this.#leases.has(chosen);) chosen++;
    if (this.#leases.has(chosen)) throw new StoreError('lease-exists');
    const ttl = Math.max(2, ttlSeconds);
    this.#leases.set(chosen, ttl);
    return { id: chosen, ttlSeconds: ttl, grantedTtlSeconds: ttl };
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- errors become rejections
  async keepLeaseAlive(id: bigint): Promise<Lease> {
    const ttl = this.#leases.get(id);
    if (ttl === undefined) throw new StoreError('lease-not-found');
    return { id, ttlSeconds: ttl, grantedTtlSeconds: ttl };
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- errors become rejections
  async revokeLease(id: bigint): Promise<void> {
    if (!this.#leases.delete(id)) throw new StoreError('lease-not-found');
    const kvs = this.#at(this.#revision);
    const draft: Draft = { kvs: [...kvs], events: [], revision: this.#revision + 1 };
    for (const kv of kvs) if (kv.lease === id) remove(draft, { key: kv.key });
    if (draft.events.length > 0) this.#push(draft);
  }

  status(): Promise<StoreStatus> {
    return Promise.resolve({
      revision: this.#revision,
      compactRevision: Math.max(0, this.#compacted),
      sizeBytes: 0,
      quotaBytes: 0,
      hasLeader: true,
      isLeader: true,
      alarms: [],
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#wakeAll();
    return Promise.resolve();
  }

  #at(revision: number): readonly KeyValue[] {
    return this.#snapshots[revision - 1]!.kvs;
  }

  #push({ kvs, events }: Draft): void {
    this.#snapshots.push({ kvs, events });
    this.#wakeAll();
  }

  #wakeAll(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }

  #checkRevision(revision = 0): void {
    if (revision > this.#revision) throw new StoreError('future-revision');
    if (revision > 0 && revision < this.#compacted)
      throw new StoreError('compacted', { compactRevision: this.#compacted });
  }

  #range(query: RangeQuery, now: readonly KeyValue[], revision: number): RangeResult {
    if (now === this.#at(this.#revision)) this.#checkRevision(query.revision);
    const asked = query.revision ?? 0;
    const kvs = asked > 0 && asked <= this.#revision ? this.#at(asked) : now;
    return {
      revision,
      ...selectKvs(
        kvs.filter((kv) => isIn(query, kv.key)),
        query,
      ),
    };
  }

  #chooseBranches(txn: Txn, before: readonly KeyValue[]): Branches {
    const succeeded = txn.compare.every((compare) => holds(compare, before));
    const ops = (succeeded ? txn.success : txn.failure).map((op) =>
      op.type === 'txn' ? this.#chooseBranches(op.txn, before) : op,
    );
    return { succeeded, ops };
  }

  #check(branches: Branches, before: readonly KeyValue[]): void {
    for (const op of branches.ops) {
      if ('ops' in op) this.#check(op, before);
      else if (op.type === 'range') this.#checkRevision(op.revision);
      else if (op.type === 'put') {
        const exists = before.some((kv) => same(kv.key, op.key));
        if ((op.ignoreValue || op.ignoreLease) && !exists) throw new StoreError('key-not-found');
        if (op.lease && !this.#leases.has(op.lease)) throw new StoreError('lease-not-found');
      }
    }
  }

  #run(branches: Branches, draft: Draft): TxnResult {
    const responses = branches.ops.map((op): OpResult => {
      if ('ops' in op) return { type: 'txn', ...this.#run(op, draft) };
      if (op.type === 'put') return runPut(draft, op);
      if (op.type === 'delete') {
        const prevKvs = remove(draft, op);
        return { type: 'delete', deleted: prevKvs.length, prevKvs: op.prevKv ? prevKvs : [] };
      }
      return { type: 'range', ...this.#range(op, draft.kvs, this.#seenBy(draft)) };
    });
    return { revision: this.#seenBy(draft), succeeded: branches.succeeded, responses };
  }

  #seenBy(draft: Draft): number {
    return draft.events.length > 0 ? draft.revision : this.#revision;
  }

  #eventsFor(query: WatchQuery, revision: number): WatchEvent[] {
    const { events } = this.#snapshots[revision - 1] ?? { events: [] };
    return events
      .filter((event) => isIn(query, event.kv.key))
      .filter((event) => !(event.type === 'put' ? query.noPut : query.noDelete))
      .map((event) => {
        const before = revision - 1;
        const prevKv =
          query.prevKv && before >= Math.max(1, this.#compacted)
            ? this.#at(before).find((kv) => same(kv.key, event.kv.key))
            : undefined;
        return prevKv ? { ...event, prevKv } : event;
      });
  }
}

interface Draft {
  kvs: KeyValue[];
  readonly events: WatchEvent[];
  readonly revision: number;
}

interface Branches {
  readonly succeeded: boolean;
  readonly ops: readonly (Exclude<Op, { type: 'txn' }> | Branches)[];
}

function runPut(draft: Draft, op: Op & { type: 'put' }): OpResult {
  const old = draft.kvs.find((kv) => same(kv.key, op.key));
  const kv: KeyValue = {
    key: op.key,
    value: op.ignoreValue ? old!.value : op.value,
    createRevision: old?.createRevision ?? draft.revision,
    modRevision: draft.revision,
    version: (old?.version ?? 0) + 1,
    lease: op.ignoreLease ? old!.lease : (op.lease ?? 0n),
  };
  draft.kvs = [...draft.kvs.filter((other) => other !== old), kv].sort((a, b) =>
    Buffer.compare(a.key, b.key),
  );
  draft.events.push({ type: 'put', kv });
  return op.prevKv && old ? { type: 'put', prevKv: old } : { type: 'put' };
}

function remove(draft: Draft, keys: KeyRange): KeyValue[] {
  const removed = draft.kvs.filter((kv) => isIn(keys, kv.key));
  draft.kvs = draft.kvs.filter((kv) => !removed.includes(kv));
  for (const { key } of removed) {
    const kv = { key, value: nothing, createRevision: 0, version: 0, lease: 0n };
    draft.events.push({ type: 'delete', kv: { ...kv, modRevision: draft.revision } });
  }
  return removed;
}

function selectKvs(inRange: readonly KeyValue[], query: RangeQuery): Omit<RangeResult, 'revision'> {
  const count = inRange.length;
  if (query.countOnly) return { kvs: [], more: false, count };
  const limit = query.limit && query.limit > 0 ? query.limit : Infinity;
  const { minModRevision: minMod, maxModRevision: maxMod, sort } = query;
  const { minCreateRevision: minCreate, maxCreateRevision: maxCreate } = query;
  const filters = [minMod, maxMod, minCreate, maxCreate].some(Boolean);
  let kvs = [...inRange];
  if (!filters && (sort?.order ?? 'none') === 'none') kvs = kvs.slice(0, limit + 1);
  kvs = kvs.filter(
    (kv) =>
      !(maxMod && kv.modRevision > maxMod) &&
      !(minMod && kv.modRevision < minMod) &&
      !(maxCreate && kv.createRevision > maxCreate) &&
      !(minCreate && kv.createRevision < minCreate),
  );
  if (sort) {
    const sign = sort.order === 'descend' ? -1 : 1;
    const orders = {
      key: (a: KeyValue, b: KeyValue) => Buffer.compare(a.key, b.key),
      value: (a: KeyValue, b: KeyValue) => Buffer.compare(a.value, b.value),
      version: (a: KeyValue, b: KeyValue) => a.version - b.version,
      create: (a: KeyValue, b: KeyValue) => a.createRevision - b.createRevision,
      mod: (a: KeyValue, b: KeyValue) => a.modRevision - b.modRevision,
    };
    kvs.sort((a, b) => sign * orders[sort.target](a, b));
  }
  const cut = kvs.slice(0, limit);
  const shown = query.keysOnly ? cut.map((kv) => ({ ...kv, value: nothing })) : cut;
  return { kvs: shown, more: kvs.length > limit, count };
}

function holds(compare: Compare, kvs: readonly KeyValue[]): boolean {
  const found = kvs.filter((kv) => isIn(compare, kv.key));
  if (found.length === 0 && compare.target === 'value') return false;
  const zero = { createRevision: 0, modRevision: 0, version: 0, lease: 0n };
  const missing: KeyValue = { key: nothing, value: nothing, ...zero };
  return (found.length > 0 ? found : [missing]).every((kv) => {
    const order = compareOne(compare, kv);
    const { result } = compare;
    if (result === 'equal') return order === 0;
    if (result === 'not-equal') return order !== 0;
    return result === 'greater' ? order > 0 : order < 0;
  });
}

function compareOne(compare: Compare, kv: KeyValue): number {
  if (compare.target === 'value') return Buffer.compare(kv.value, compare.value);
  if (compare.target === 'lease') return Number(kv.lease - compare.lease);
  const { version, createRevision: create, modRevision: mod } = kv;
  return { version, create, mod }[compare.target] - compare.number;
}

function checkOps(txn: Txn, budget: number): void {
  const size = Math.max(txn.compare.length, txn.success.length, txn.failure.length);
  if (size > budget) throw new StoreError('too-many-ops');
  if (txn.compare.some(({ key }) => key.length === 0)) throw new StoreError('key-not-provided');
  for (const op of [...txn.success, ...txn.failure]) checkOp(op, budget - size);
}

function checkOp(op: Op, budget: number): void {
  if (op.type === 'txn') {
    checkOps(op.txn, budget);
    return;
  }
  if (op.key.length === 0) throw new StoreError('key-not-provided');
  if (op.type === 'range' && op.sort && !sortTargets.includes(op.sort.target))
    throw new StoreError('invalid-sort-option');
  if (op.type !== 'put') return;
  if (op.ignoreValue && op.value.length > 0) throw new StoreError('value-provided');
  if (op.ignoreLease && op.lease) throw new StoreError('lease-provided');
}

/** etcd's order: this level's deletes, then nested txns one after another, then this level's puts. */
function writtenKeys(ops: readonly Op[]): { puts: Uint8Array[]; deletes: KeyRange[] } {
  const puts: Uint8Array[] = [];
  const deletes: KeyRange[] = ops.filter((op) => op.type === 'delete');
  const add = (keys: readonly Uint8Array[]): void => {
    for (const key of keys) {
      if (puts.some((other) => same(other, key)) || deletes.some((del) => isIn(del, key)))
        throw new StoreError('duplicate-key');
    }
    puts.push(...keys);
  };
  for (const op of ops) {
    if (op.type !== 'txn') continue;
    const success = writtenKeys(op.txn.success);
    const failure = writtenKeys(op.txn.failure);
    const onlyFailure = failure.puts.filter((key) => !success.puts.some((put) => same(put, key)));
    add([...success.puts, ...onlyFailure]);
    deletes.push(...success.deletes, ...failure.deletes);
  }
  for (const op of ops) if (op.type === 'put') add([op.key]);
  return { puts, deletes };
}

function isIn({ key: start, end }: KeyRange, key: Uint8Array): boolean {
  if (end === undefined || end.length === 0) return same(start, key);
  if (Buffer.compare(key, start) < 0) return false;
  return same(end, unbounded) || Buffer.compare(key, end) < 0;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
