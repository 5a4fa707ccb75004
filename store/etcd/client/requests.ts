// KeyValueStore's questions as etcd's messages.
import { compareResult, compareTarget, sortOrder, sortTarget } from '../messages.js';
import { StoreError } from '../../errors.js';
import type * as wire from '../messages.js';
import type { Compare, DeleteOp, KeyRange, Op, PutOp, RangeQuery, Txn } from '../../kv.js';

const resultNumbers = {
  equal: compareResult.EQUAL,
  greater: compareResult.GREATER,
  less: compareResult.LESS,
  'not-equal': compareResult.NOT_EQUAL,
} as const;
const targetNumbers = {
  key: sortTarget.KEY,
  version: sortTarget.VERSION,
  create: sortTarget.CREATE,
  mod: sortTarget.MOD,
  value: sortTarget.VALUE,
} as const;
const orderNumbers = {
  none: sortOrder.NONE,
  ascend: sortOrder.ASCEND,
  descend: sortOrder.DESCEND,
} as const;

const noBytes = new Uint8Array(0);

/** An empty end is no end. */
export const rangeEndOf = ({ end = noBytes }: KeyRange): Uint8Array => end;

/** Throws StoreError 'invalid-sort-option'. */
export function rangeRequest(query: RangeQuery): wire.RangeRequest {
  const order = query.sort ? orderNumbers[query.sort.order] : sortOrder.NONE;
  const target = query.sort ? targetNumbers[query.sort.target] : sortTarget.KEY;
  checkSort(order, target);
  return {
    key: query.key,
    range_end: rangeEndOf(query),
    revision: query.revision ?? 0,
    limit: query.limit ?? 0,
    sort_order: order,
    sort_target: target,
    serializable: query.linearizable === false,
    keys_only: query.keysOnly ?? false,
    count_only: query.countOnly ?? false,
    min_mod_revision: query.minModRevision ?? 0,
    max_mod_revision: query.maxModRevision ?? 0,
    min_create_revision: query.minCreateRevision ?? 0,
    max_create_revision: query.maxCreateRevision ?? 0,
  };
}

/** Values from outside the type: etcd 3.4 dies of them. */
function checkSort(...numbers: readonly (number | undefined)[]): void {
  if (numbers.includes(undefined)) throw new StoreError('invalid-sort-option');
}

export function txnRequest({ compare, success, failure }: Txn): wire.TxnRequest {
  return {
    compare: compare.map(compareOf),
    success: success.map(requestOp),
    failure: failure.map(requestOp),
  };
}

/** Whether running it twice is the same as running it once. A nested txn counts as a write, as in etcd. */
export function isReadOnly({ success, failure }: Txn): boolean {
  return [...success, ...failure].every((op) => op.type === 'range');
}

function requestOp(op: Op): wire.RequestOp {
  switch (op.type) {
    case 'range':
      return { request_range: rangeRequest(op) };
    case 'put':
      return { request_put: putRequest(op) };
    case 'delete':
      return { request_delete_range: deleteRequest(op) };
    case 'txn':
      return { request_txn: txnRequest(op.txn) };
  }
}

const putRequest = (op: PutOp): wire.PutRequest => ({
  key: op.key,
  value: op.value,
  lease: op.lease ?? 0n,
  prev_kv: op.prevKv ?? false,
  ignore_value: op.ignoreValue ?? false,
  ignore_lease: op.ignoreLease ?? false,
});

const deleteRequest = (op: DeleteOp): wire.DeleteRangeRequest => ({
  key: op.key,
  range_end: rangeEndOf(op),
  prev_kv: op.prevKv ?? false,
});

function compareOf(compare: Compare): wire.Compare {
  const head = {
    key: compare.key,
    range_end: rangeEndOf(compare),
    result: resultNumbers[compare.result],
  };
  switch (compare.target) {
    case 'version':
      return { ...head, target: compareTarget.VERSION, version: compare.number };
    case 'create':
      return { ...head, target: compareTarget.CREATE, create_revision: compare.number };
    case 'mod':
      return { ...head, target: compareTarget.MOD, mod_revision: compare.number };
    case 'lease':
      return { ...head, target: compareTarget.LEASE, lease: compare.lease };
    case 'value':
      return { ...head, target: compareTarget.VALUE, value: compare.value };
  }
}
