// etcd's messages as KeyValueStore's answers.
import { eventType } from '../messages.js';
import type * as wire from '../messages.js';
import type { KeyValue, OpResult, RangeResult, Revision, TxnResult, WatchEvent } from '../../kv.js';

export const revisionOf = ({ header }: wire.HeaderOnly): Revision => header?.revision ?? 0;

export function keyValueOf(kv: wire.KeyValue): KeyValue {
  return {
    key: kv.key,
    value: kv.value,
    createRevision: kv.create_revision,
    modRevision: kv.mod_revision,
    version: kv.version,
    lease: kv.lease,
  };
}

export function rangeResult(answer: wire.RangeResponse, revision: Revision): RangeResult {
  return {
    // Inside a txn some versions leave the header out.
    revision: revisionOf(answer) || revision,
    kvs: answer.kvs.map(keyValueOf),
    more: answer.more,
    count: answer.count,
  };
}

/** `revision`: of the txn around it, since a nested one has an empty header. */
export function txnResult(answer: wire.TxnResponse, revision: Revision): TxnResult {
  return {
    revision,
    succeeded: answer.succeeded,
    responses: answer.responses.map((response) => opResult(response, revision)),
  };
}

function opResult(response: wire.ResponseOp, revision: Revision): OpResult {
  const { response_range: range, response_put: put, response_txn: txn } = response;
  if (range) return { type: 'range', ...rangeResult(range, revision) };
  if (txn) return { type: 'txn', ...txnResult(txn, revision) };
  if (put) {
    return { type: 'put', ...(put.prev_kv ? { prevKv: keyValueOf(put.prev_kv) } : {}) };
  }
  const deleted = response.response_delete_range;
  return {
    type: 'delete',
    deleted: deleted?.deleted ?? 0,
    prevKvs: (deleted?.prev_kvs ?? []).map(keyValueOf),
  };
}

/** Undefined: no such event can come from an etcd. */
export function watchEvent({ type, kv, prev_kv: prevKv }: wire.Event): WatchEvent | undefined {
  if (!kv) return undefined;
  return {
    type: type === eventType.DELETE ? 'delete' : 'put',
    kv: keyValueOf(kv),
    ...(prevKv ? { prevKv: keyValueOf(prevKv) } : {}),
  };
}
