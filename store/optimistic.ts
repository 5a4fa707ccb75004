// Create, replace and remove one key under a condition on its revision: the three writes of an API server, each one
// compare and one op. Losing the race is an answer, not an error: it carries the key's value now.
import type { Compare, KeyValue, KeyValueStore, Op, Revision } from './kv.js';

export type OptimisticResult =
  | { readonly done: true; readonly revision: Revision }
  /** `current` is absent when the key does not exist. */
  | { readonly done: false; readonly revision: Revision; readonly current: KeyValue | undefined };

/** Puts the key if it does not exist. */
export function createKey(
  store: KeyValueStore,
  key: Uint8Array,
  value: Uint8Array,
  lease = 0n,
): Promise<OptimisticResult> {
  return run(store, 0, { type: 'put', key, value, lease });
}

/** Puts the key if `expected` is still its mod revision. */
export function replaceKey(
  store: KeyValueStore,
  key: Uint8Array,
  value: Uint8Array,
  expected: Revision,
  lease = 0n,
): Promise<OptimisticResult> {
  return run(store, expected, { type: 'put', key, value, lease });
}

/** Deletes the key if `expected` is still its mod revision. */
export function removeKey(
  store: KeyValueStore,
  key: Uint8Array,
  expected: Revision,
): Promise<OptimisticResult> {
  return run(store, expected, { type: 'delete', key });
}

async function run(
  store: KeyValueStore,
  expected: Revision,
  op: Exclude<Op, { type: 'txn' }>,
): Promise<OptimisticResult> {
  const { key } = op;
  const unchanged: Compare = { key, target: 'mod', result: 'equal', number: expected };
  const result = await store.txn({
    compare: [unchanged],
    success: [op],
    failure: [{ type: 'range', key }],
  });
  if (result.succeeded) return { done: true, revision: result.revision };
  const [now] = result.responses;
  const current = now?.type === 'range' ? now.kvs[0] : undefined;
  return { done: false, revision: result.revision, current };
}
