// What elections and locks share: a key per lease under `name/`, each waiting until all that were made before it are
// gone. The order of creation is the order of turns; a lease that runs out takes its key out of the line.
import assert from 'node:assert/strict';
import { StoreError } from '../../errors.js';
import {
  prefixEnd,
  type KeyRange,
  type KeyValue,
  type Op,
  type RangeQuery,
  type Revision,
} from '../../kv.js';
import type { NodeStore } from '../../node.js';
import { CallError, statusCode } from '../call.js';

/** Of the lease granted to who brings none: nobody renews it, so the place is lost when it runs out. */
const sessionTtlSeconds = 60;

export interface Place {
  readonly key: Uint8Array;
  /** Revision the key was made at. */
  readonly rev: Revision;
  readonly lease: bigint;
  /** As of this revision. */
  readonly headerRevision: Revision;
  /** What the key holds, if it was there already. */
  readonly found: KeyValue | undefined;
}

/** `lease`, or a new one when it is 0. */
export async function sessionLease(store: NodeStore, lease: bigint): Promise<bigint> {
  return lease === 0n ? (await store.grantLease(sessionTtlSeconds)).id : lease;
}

export function lineOf(name: Uint8Array): Required<KeyRange> {
  const key = Buffer.concat([name, Buffer.from('/')]);
  return { key, end: prefixEnd(key) };
}

/** Who is first in the line. */
export function oldestOf(name: Uint8Array): RangeQuery {
  return { ...lineOf(name), limit: 1, sort: { target: 'create', order: 'ascend' } };
}

/** Takes a place in the line, or finds the one the lease has there already. */
export async function enter(
  store: NodeStore,
  name: Uint8Array,
  lease: bigint,
  value: Uint8Array,
): Promise<Place> {
  const key = Buffer.concat([lineOf(name).key, Buffer.from(lease.toString(16))]);
  const { succeeded, responses, revision } = await store.txn({
    compare: [{ key, target: 'create', result: 'equal', number: 0 }],
    success: [{ type: 'put', key, value, lease }],
    failure: [{ type: 'range', key }],
  });
  const place = { key, lease, headerRevision: revision };
  if (succeeded) return { ...place, rev: revision, found: undefined };
  const [answer] = responses;
  assert(answer?.type === 'range', 'the answer of the branch that ran');
  const [found] = answer.kvs;
  assert(found, 'the key that the compare found');
  return { ...place, rev: found.createRevision, found };
}

/** Resolves when no key of the line is older than the place. Rejects with 'Canceled' when `signal` aborts. */
export async function waitForTurn(
  store: NodeStore,
  line: KeyRange,
  rev: Revision,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    throwIfAborted(signal);
    const before = await store.range({
      ...line,
      limit: 1,
      sort: { target: 'create', order: 'descend' },
      maxCreateRevision: rev - 1,
    });
    const [last] = before.kvs;
    if (!last) return;
    await deletionOf(store, last.key, before.revision, signal);
  }
}

/** Ends early when its revision has been compacted away: the caller looks again in any case. */
async function deletionOf(
  store: NodeStore,
  key: Uint8Array,
  after: Revision,
  signal: AbortSignal,
): Promise<void> {
  const watching = new AbortController();
  const startRevision = after + 1;
  const query = { key, startRevision, noPut: true };
  try {
    for await (const { events } of store.watch(query, AbortSignal.any([signal, watching.signal])))
      if (events.length > 0) return;
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'compacted')) throw error;
  } finally {
    watching.abort();
  }
}

/** Deletes the key if it is still that of the place. */
export async function leave(
  store: NodeStore,
  { key, rev }: { readonly key: Uint8Array; readonly rev: Revision },
): Promise<Revision> {
  return (await onlyIfMade(store, key, rev, { type: 'delete', key })).revision;
}

/** Runs `op` if `key` was made at `rev` and is still there. */
export async function onlyIfMade(
  store: NodeStore,
  key: Uint8Array,
  rev: Revision,
  op: Op,
): Promise<{ readonly succeeded: boolean; readonly revision: Revision }> {
  return store.txn({
    compare: [{ key, target: 'create', result: 'equal', number: rev }],
    success: [op],
    failure: [],
  });
}

export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new CallError(statusCode.cancelled, 'context canceled');
}
