// The store as etcd documents it, in the plainest way: a map of keys, a revision, leases. Written without a look at
// store/mvcc, so that one can be held against the other. Immutable: a state is kept for every revision.
import type {
  Compare,
  DeleteOp,
  KeyRange,
  KeyValue,
  Op,
  OpResult,
  PutOp,
  RangeOp,
  RangeQuery,
  Txn,
  TxnResult,
} from '../../../store/kv.js';
import type { StoreErrorCode } from '../../../store/errors.js';

export interface ModelKey {
  readonly value: string;
  readonly create: number;
  readonly mod: number;
  readonly version: number;
  readonly lease: bigint;
}

export interface ModelState {
  readonly revision: number;
  readonly compactRevision: number;
  readonly keys: ReadonlyMap<string, ModelKey>;
  readonly leases: ReadonlySet<bigint>;
}

export interface ModelEvent {
  readonly type: 'put' | 'delete';
  readonly key: string;
  /** For a delete: only `mod` counts. */
  readonly kv: ModelKey;
}

export interface ModelStep {
  readonly state: ModelState;
  readonly answer: ModelAnswer;
  /** What a watch shows of it, in order. */
  readonly events: readonly ModelEvent[];
}

export type ModelAnswer =
  | { readonly type: 'txn'; readonly result: TxnResult }
  | { readonly type: 'done' }
  | { readonly type: 'error'; readonly code: StoreErrorCode };

export type ModelRequest =
  | { readonly type: 'txn'; readonly txn: Txn }
  | { readonly type: 'compact'; readonly revision: number }
  | { readonly type: 'lease-grant'; readonly id: bigint }
  /** `isExpiry`: by the store itself, so it may find nothing. */
  | { readonly type: 'lease-revoke'; readonly id: bigint };

export const emptyState: ModelState = {
  revision: 1,
  compactRevision: -1,
  keys: new Map(),
  leases: new Set(),
};

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const bytesOf = (value: string): Uint8Array => Buffer.from(value, 'latin1');

export function stepModel(state: ModelState, request: ModelRequest): ModelStep {
  switch (request.type) {
    case 'txn':
      return stepTxn(state, request.txn);
    case 'compact':
      if (request.revision <= state.compactRevision) return refused(state, 'compacted');
      if (request.revision > state.revision) return refused(state, 'future-revision');
      return done({ ...state, compactRevision: request.revision });
    case 'lease-grant':
      if (state.leases.has(request.id)) return refused(state, 'lease-exists');
      return done({ ...state, leases: new Set([...state.leases, request.id]) });
    case 'lease-revoke':
      return stepRevoke(state, request.id);
  }
}

/** A range at the current revision, or at an old one whose state is given. */
export function rangeOf(state: ModelState, query: RangeQuery, revision = state.revision) {
  const found = matching(state, query);
  const limit = query.limit !== undefined && query.limit > 0 ? query.limit : Infinity;
  const kvs = query.countOnly ? [] : found.slice(0, limit).map(toKeyValue);
  const shown = query.keysOnly ? kvs.map((kv) => ({ ...kv, value: new Uint8Array(0) })) : kvs;
  return {
    revision,
    kvs: shown,
    more: !query.countOnly && found.length > limit,
    count: found.length,
  };
}

/** Two results are the same when their texts are. */
export function answerText(answer: ModelAnswer): string {
  if (answer.type === 'error') return `error ${answer.code}`;
  return answer.type === 'done' ? 'done' : txnText(answer.result);
}

export function keyValueText(kv: KeyValue): string {
  const { key, value, createRevision, modRevision, version, lease } = kv;
  return `${text(key)}=${text(value)}@${modRevision}/${createRevision}/${version}/${String(lease)}`;
}

export function stateText({ revision, compactRevision, keys, leases }: ModelState): string {
  const kvs = [...keys].sort(([a], [b]) => (a < b ? -1 : 1));
  const shown = kvs.map((each) => keyValueText(toKeyValue(each))).join(' ');
  return `${revision} ${compactRevision} [${shown}] ${[...leases].sort().join()}`;
}

export function toKeyValue([key, kv]: readonly [string, ModelKey]): KeyValue {
  const { value, create, mod, version, lease } = kv;
  return {
    key: bytesOf(key),
    value: bytesOf(value),
    createRevision: create,
    modRevision: mod,
    version,
    lease,
  };
}

export function isInRange({ key, end }: KeyRange, candidate: string): boolean {
  const start = text(key);
  if (end === undefined) return candidate === start;
  return candidate >= start && ((end.length === 1 && end[0] === 0) || candidate < text(end));
}

function txnText({ revision, succeeded, responses }: TxnResult): string {
  return `${revision} ${succeeded} ${responses.map(responseText).join('; ')}`;
}

function responseText(response: OpResult): string {
  switch (response.type) {
    case 'put':
      return `put ${response.prevKv ? keyValueText(response.prevKv) : ''}`;
    case 'delete':
      return `delete ${response.deleted} ${response.prevKvs.map(keyValueText).join(' ')}`;
    case 'range': {
      const { revision, kvs, more, count } = response;
      return `range ${revision} ${kvs.map(keyValueText).join(' ')} ${more} ${count}`;
    }
    case 'txn':
      return `(${txnText(response)})`;
  }
}

function done(state: ModelState): ModelStep {
  return { state, answer: { type: 'done' }, events: [] };
}

function refused(state: ModelState, code: StoreErrorCode): ModelStep {
  return { state, answer: { type: 'error', code }, events: [] };
}

function matching(state: ModelState, range: KeyRange): (readonly [string, ModelKey])[] {
  const found = [...state.keys].filter(([key]) => isInRange(range, key));
  return found.sort(([a], [b]) => (a < b ? -1 : 1));
}

function stepRevoke(state: ModelState, id: bigint): ModelStep {
  if (!state.leases.has(id)) return refused(state, 'lease-not-found');
  const leases = new Set([...state.leases].filter((each) => each !== id));
  const keys = [...state.keys].filter(([, kv]) => kv.lease === id).map(([key]) => key);
  const draft = new Draft({ ...state, leases });
  for (const key of keys.sort()) draft.delete({ key: bytesOf(key) });
  return { state: draft.finish(), answer: { type: 'done' }, events: draft.events };
}

function stepTxn(state: ModelState, txn: Txn): ModelStep {
  const branch = txn.compare.every((compare) => holds(state, compare));
  const ops = branch ? txn.success : txn.failure;
  for (const op of ops) {
    if (
      op.type === 'put' &&
      op.lease !== undefined &&
      op.lease !== 0n &&
      !state.leases.has(op.lease)
    )
      return refused(state, 'lease-not-found');
  }
  const draft = new Draft(state);
  const responses = ops.map((op) => draft.run(op));
  const after = draft.finish();
  const result = { revision: after.revision, succeeded: branch, responses };
  return { state: after, answer: { type: 'txn', result }, events: draft.events };
}

function holds(state: ModelState, compare: Compare): boolean {
  const found = matching(state, compare).map(([, kv]) => kv);
  if (found.length > 0) return found.every((kv) => holdsFor(kv, compare));
  return compare.target !== 'value' && holdsFor(undefined, compare);
}

function holdsFor(kv: ModelKey | undefined, compare: Compare): boolean {
  const sign = orderOf(kv, compare);
  if (compare.result === 'equal') return sign === 0;
  if (compare.result === 'not-equal') return sign !== 0;
  return compare.result === 'greater' ? sign > 0 : sign < 0;
}

function orderOf(kv: ModelKey | undefined, compare: Compare): number {
  switch (compare.target) {
    case 'value':
      return order(kv?.value ?? '', text(compare.value));
    case 'lease':
      return order(kv?.lease ?? 0n, compare.lease);
    case 'version':
    case 'create':
    case 'mod':
      return order(kv?.[compare.target] ?? 0, compare.number);
  }
}

const order = <T extends string | number | bigint>(a: T, b: T): number =>
  a < b ? -1 : a > b ? 1 : 0;

/** A state while a txn writes to it. */
class Draft {
  readonly events: ModelEvent[] = [];
  readonly #before: ModelState;
  readonly #keys: Map<string, ModelKey>;

  constructor(state: ModelState) {
    this.#before = state;
    this.#keys = new Map(state.keys);
  }

  get #revision(): number {
    return this.#before.revision + (this.events.length > 0 ? 1 : 0);
  }

  run(op: Op): OpResult {
    switch (op.type) {
      case 'put':
        return this.put(op);
      case 'delete':
        return this.delete(op);
      case 'range':
        return this.#range(op);
      case 'txn':
        throw new Error('the simulation uses no nested txns');
    }
  }

  put({ key, value, lease, prevKv }: Omit<PutOp, 'type'>): OpResult {
    const name = text(key);
    const old = this.#keys.get(name);
    const mod = this.#before.revision + 1;
    const kv: ModelKey = {
      value: text(value),
      create: old?.create ?? mod,
      mod,
      version: (old?.version ?? 0) + 1,
      lease: lease ?? 0n,
    };
    this.#keys.set(name, kv);
    this.events.push({ type: 'put', key: name, kv });
    return prevKv && old ? { type: 'put', prevKv: toKeyValue([name, old]) } : { type: 'put' };
  }

  delete(op: Omit<DeleteOp, 'type'>): OpResult {
    const found = matching(this.finish(), op);
    const mod = this.#before.revision + 1;
    for (const [key] of found) {
      this.#keys.delete(key);
      const kv = { value: '', create: 0, mod, version: 0, lease: 0n };
      this.events.push({ type: 'delete', key, kv });
    }
    const prevKvs = op.prevKv ? found.map(toKeyValue) : [];
    return { type: 'delete', deleted: found.length, prevKvs };
  }

  finish(): ModelState {
    if (this.events.length === 0) return this.#before;
    return { ...this.#before, revision: this.#revision, keys: new Map(this.#keys) };
  }

  #range(op: RangeOp): OpResult {
    return { type: 'range', ...rangeOf(this.finish(), op) };
  }
}
