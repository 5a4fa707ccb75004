// KeyValueStore: etcd v3's data model and nothing else. It is the boundary between the API server and
// whatever keeps the data: the embedded Member, a client of a real etcd, or the ModelStore of the tests.
// Rules are etcd's (v3.6); the contract suite in test/contracts states them one by one.

/** Store revision: starts at 1 for an empty store, +1 for each transaction that writes. Always a safe integer. */
export type Revision = number;

/** The `end` that means "every key from `key` on" (etcd's `\0`). With `key` = `\0` too: all keys. */
export const unbounded: Uint8Array = Uint8Array.of(0);

export interface KeyValue {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly createRevision: Revision;
  readonly modRevision: Revision;
  /** 1 for a key's first put after creation or deletion, +1 for each further put. */
  readonly version: number;
  /** 0n = no lease. */
  readonly lease: bigint;
}

export type SortTarget = 'key' | 'version' | 'create' | 'mod' | 'value';

/** Keys k with key <= k < end (bytewise); without `end`, just `key`. `end` <= `key` gives an empty result. */
export interface KeyRange {
  readonly key: Uint8Array;
  readonly end?: Uint8Array;
}

export interface RangeQuery extends KeyRange {
  /** Read as of this revision; absent or <= 0: now. Errors: 'compacted', 'future-revision'. */
  readonly revision?: Revision;
  /** At most this many key-values; absent or <= 0: no limit. */
  readonly limit?: number;
  readonly keysOnly?: boolean;
  readonly countOnly?: boolean;
  /** 'none': etcd's SortOrder NONE with a target: sorts ascending, but only what `limit` (by key) left. */
  readonly sort?: {
    readonly target: SortTarget;
    readonly order: 'none' | 'ascend' | 'descend';
  };
  readonly minModRevision?: Revision;
  readonly maxModRevision?: Revision;
  readonly minCreateRevision?: Revision;
  readonly maxCreateRevision?: Revision;
  /** Default true: the answer reflects every write acknowledged before the call. False: local state. */
  readonly linearizable?: boolean;
}

export interface RangeResult {
  /** The store's current revision, also when an old one was read. */
  readonly revision: Revision;
  readonly kvs: readonly KeyValue[];
  /** `limit` cut something off. */
  readonly more: boolean;
  /** Keys in the range at that revision, before limit and revision filters. */
  readonly count: number;
}

export type CompareResult = 'equal' | 'not-equal' | 'greater' | 'less';

/** Holds for every key of the range. A missing key counts as version/create/mod/lease 0; a value compare on it fails. */
export type Compare = KeyRange & { readonly result: CompareResult } & (
    | { readonly target: 'version' | 'create' | 'mod'; readonly number: number }
    | { readonly target: 'lease'; readonly lease: bigint }
    | { readonly target: 'value'; readonly value: Uint8Array }
  );

export interface PutOp {
  readonly type: 'put';
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly lease?: bigint;
  readonly prevKv?: boolean;
  /** Keep the key's current value (its `value` must be empty). Error: 'key-not-found'. */
  readonly ignoreValue?: boolean;
  /** Keep the key's current lease (its `lease` must be absent or 0n). Error: 'key-not-found'. */
  readonly ignoreLease?: boolean;
}

export interface DeleteOp extends KeyRange {
  readonly type: 'delete';
  readonly prevKv?: boolean;
}

export type RangeOp = { readonly type: 'range' } & RangeQuery;

export interface TxnOp {
  readonly type: 'txn';
  readonly txn: Txn;
}

export type Op = RangeOp | PutOp | DeleteOp | TxnOp;

/** Compares see the state before the txn; the ops of the branch that ran share one revision. */
export interface Txn {
  readonly compare: readonly Compare[];
  readonly success: readonly Op[];
  readonly failure: readonly Op[];
}

export type OpResult =
  | ({ readonly type: 'range' } & RangeResult)
  | { readonly type: 'put'; readonly prevKv?: KeyValue }
  | { readonly type: 'delete'; readonly deleted: number; readonly prevKvs: readonly KeyValue[] }
  | ({ readonly type: 'txn' } & TxnResult);

export interface TxnResult {
  /** The revision the writes got, or the current one when nothing was written. */
  readonly revision: Revision;
  readonly succeeded: boolean;
  readonly responses: readonly OpResult[];
}

export interface WatchQuery extends KeyRange {
  /** First revision wanted; absent or 0: only what comes after the call. Error: 'compacted' (with compactRevision). */
  readonly startRevision?: Revision;
  readonly prevKv?: boolean;
  readonly noPut?: boolean;
  readonly noDelete?: boolean;
  /** True: also yield an empty batch when revisions without a matching event have passed (at least once the hub is idle). */
  readonly progress?: boolean;
}

export interface WatchEvent {
  readonly type: 'put' | 'delete';
  /** For a delete: key and modRevision only (empty value, zero rest). */
  readonly kv: KeyValue;
  /** Present when asked for, known and not compacted. */
  readonly prevKv?: KeyValue;
}

/** All matching events of one revision, in the order of the ops; or none: everything <= revision has been delivered. */
export interface WatchBatch {
  readonly revision: Revision;
  readonly events: readonly WatchEvent[];
}

export interface Lease {
  readonly id: bigint;
  /** Seconds left. */
  readonly ttlSeconds: number;
  readonly grantedTtlSeconds: number;
}

export type AlarmType = 'nospace' | 'corrupt';

export interface StoreStatus {
  readonly revision: Revision;
  readonly compactRevision: Revision;
  readonly sizeBytes: number;
  readonly quotaBytes: number;
  readonly hasLeader: boolean;
  readonly isLeader: boolean;
  readonly alarms: readonly AlarmType[];
}

/** Every method may throw StoreError (errors.ts); writes that throw 'timeout' may still have happened. */
export interface KeyValueStore {
  range(query: RangeQuery): Promise<RangeResult>;
  txn(txn: Txn): Promise<TxnResult>;
  /** Ends (returns) when `signal` aborts; throws StoreError 'compacted' when its position was compacted away. */
  watch(query: WatchQuery, signal: AbortSignal): AsyncIterable<WatchBatch>;
  /** Errors: 'compacted' (already), 'future-revision'. */
  compact(revision: Revision): Promise<void>;
  /** id absent or 0n: the store picks one. Errors: 'lease-exists', 'lease-ttl-too-large'. */
  grantLease(ttlSeconds: number, id?: bigint): Promise<Lease>;
  /** Error: 'lease-not-found'. */
  keepLeaseAlive(id: bigint): Promise<Lease>;
  /** Deletes the lease's keys in one revision. Error: 'lease-not-found'. */
  revokeLease(id: bigint): Promise<void>;
  status(): Promise<StoreStatus>;
  close(): Promise<void>;
}

/** The `end` that makes [prefix, end) all keys starting with `prefix`. */
export function prefixEnd(prefix: Uint8Array): Uint8Array {
  for (let i = prefix.length - 1; i >= 0; i--) {
    const byte = prefix[i] ?? 0;
    if (byte < 0xff) {
      // Not slice(): that of a Buffer is a view, and the next line would change the prefix.
      const end = Uint8Array.from(prefix.subarray(0, i + 1));
      end[i] = byte + 1;
      return end;
    }
  }
  return unbounded;
}
