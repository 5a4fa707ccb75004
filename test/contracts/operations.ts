// Short words for the contract cases: bytes from text, one-op transactions, plain forms to compare.
import { prefixEnd, StoreError } from '../../store/index.js';
import type {
  Compare,
  KeyValue,
  KeyValueStore,
  Op,
  OpResult,
  RangeQuery,
  RangeResult,
  Txn,
  TxnResult,
  WatchBatch,
  WatchEvent,
  WatchQuery,
} from '../../store/index.js';

export const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
export const text = (data: Uint8Array): string => Buffer.from(data).toString('latin1');
export const range = (prefix: string) => ({ key: bytes(prefix), end: prefixEnd(bytes(prefix)) });
export const between = (key: string, end: string) => ({ key: bytes(key), end: bytes(end) });
export const all = { key: Uint8Array.of(0), end: Uint8Array.of(0) };

export const putOp = (key: string, value = '', rest: Partial<Op & { type: 'put' }> = {}): Op => ({
  type: 'put',
  key: bytes(key),
  value: bytes(value),
  ...rest,
});
export const deleteOp = (key: string, end?: string, prevKv = false): Op => ({
  type: 'delete',
  key: bytes(key),
  ...(end === undefined ? {} : { end: bytes(end) }),
  prevKv,
});
export const rangeOp = (key: string, rest: Partial<RangeQuery> = {}): Op => ({
  type: 'range',
  key: bytes(key),
  ...rest,
});
export const txnOf = (success: readonly Op[], compare: readonly Compare[] = []): Txn => ({
  compare,
  success,
  failure: [],
});

/** Runs the ops in one txn; the revision it got. */
export async function write(store: KeyValueStore, ...ops: Op[]): Promise<number> {
  return (await store.txn(txnOf(ops))).revision;
}

export async function put(store: KeyValueStore, key: string, value = ''): Promise<number> {
  return write(store, putOp(key, value));
}

export async function get(
  store: KeyValueStore,
  key: string,
  rest: Partial<RangeQuery> = {},
): Promise<KeyValue | undefined> {
  return (await store.range({ key: bytes(key), ...rest })).kvs[0];
}

/** The StoreError code the promise fails with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof StoreError) return error.code;
    throw error;
  }
  return 'no error';
}

/** Reads a watch until a batch of `lastRevision` (or later) has come; then ends it. */
export async function collect(
  store: KeyValueStore,
  query: WatchQuery,
  lastRevision: number,
): Promise<WatchBatch[]> {
  const stop = new AbortController();
  return drain(store.watch(query, stop.signal), lastRevision, stop);
}

export async function drain(
  watch: AsyncIterable<WatchBatch>,
  lastRevision: number,
  stop: AbortController,
): Promise<WatchBatch[]> {
  const batches: WatchBatch[] = [];
  for await (const batch of watch) {
    if (batch.events.length > 0) batches.push(batch);
    if (batch.revision >= lastRevision) break;
  }
  stop.abort();
  return batches;
}

// Plain forms: bytes as text, so that Buffers and Uint8Arrays compare equal and failures read well.
export function plainKv(kv: KeyValue) {
  const { key, value, createRevision, modRevision, version, lease } = kv;
  const fields = [createRevision, modRevision, version, lease.toString()].join(' ');
  return `${text(key)}=${text(value)} (${fields})`;
}

export function plainRange({ revision, kvs, more, count }: RangeResult) {
  return { revision, kvs: kvs.map(plainKv), more, count };
}

export function plainTxn({ revision, succeeded, responses }: TxnResult): unknown {
  return { revision, succeeded, responses: responses.map(plainResponse) };
}

function plainResponse(response: OpResult): unknown {
  switch (response.type) {
    case 'range':
      return plainRange(response);
    case 'put':
      return { put: response.prevKv && plainKv(response.prevKv) };
    case 'delete':
      return { deleted: response.deleted, prevKvs: response.prevKvs.map(plainKv) };
    case 'txn':
      return plainTxn(response);
  }
}

export function plainEvent({ type, kv, prevKv }: WatchEvent): string {
  return `${type} ${plainKv(kv)}${prevKv ? ` was ${plainKv(prevKv)}` : ''}`;
}

export function plainBatch({ revision, events }: WatchBatch) {
  return { revision, events: events.map(plainEvent) };
}
