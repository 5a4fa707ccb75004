// From the messages of the KV service to the store's own queries and transactions. What makes no sense (an unknown enum
// value, an op without a variant) is handed on as such: the store's checks find it, in etcd's order.
import type {
  Compare,
  CompareResult,
  DeleteOp,
  KeyRange,
  Op,
  PutOp,
  RangeQuery,
  SortTarget,
  Txn,
} from '../../kv.js';
import type * as wire from '../messages.js';

const sortTargets: readonly SortTarget[] = ['key', 'version', 'create', 'mod', 'value'];
const sortOrders = ['none', 'ascend', 'descend'] as const;
const compareResults: readonly CompareResult[] = ['equal', 'greater', 'less', 'not-equal'];

export function rangeQueryOf(request: wire.RangeRequest): RangeQuery {
  const isPlain = request.sort_order === 0 && request.sort_target === 0;
  return {
    ...keyRangeOf(request.key, request.range_end),
    revision: request.revision,
    limit: request.limit,
    keysOnly: request.keys_only,
    countOnly: request.count_only,
    minModRevision: request.min_mod_revision,
    maxModRevision: request.max_mod_revision,
    minCreateRevision: request.min_create_revision,
    maxCreateRevision: request.max_create_revision,
    linearizable: !request.serializable,
    ...(isPlain ? {} : { sort: sortOf(request) }),
  };
}

type Sort = NonNullable<RangeQuery['sort']>;

function sortOf({ sort_target, sort_order }: wire.RangeRequest): Sort {
  const target = sortTargets[sort_target] ?? 'unknown';
  const order = sortOrders[sort_order] ?? 'unknown';
  return { target, order } as Sort; // as: 'unknown' is refused by the store's check
}

export function putOpOf(request: wire.PutRequest): PutOp {
  return {
    type: 'put',
    key: request.key,
    value: request.value,
    lease: request.lease,
    prevKv: request.prev_kv,
    ignoreValue: request.ignore_value,
    ignoreLease: request.ignore_lease,
  };
}

export function deleteOpOf(request: wire.DeleteRangeRequest): DeleteOp {
  return {
    type: 'delete',
    ...keyRangeOf(request.key, request.range_end),
    prevKv: request.prev_kv,
  };
}

export function txnOf(request: wire.TxnRequest): Txn {
  return {
    compare: request.compare.map(compareOf),
    success: request.success.map(opOf),
    failure: request.failure.map(opOf),
  };
}

function opOf(op: wire.RequestOp): Op {
  if (op.request_range) return { type: 'range', ...rangeQueryOf(op.request_range) };
  if (op.request_put) return putOpOf(op.request_put);
  if (op.request_delete_range) return deleteOpOf(op.request_delete_range);
  if (op.request_txn) return { type: 'txn', txn: txnOf(op.request_txn) };
  return { type: 'none' } as unknown as Op; // as: refused by the store's check ('key-not-found')
}

function compareOf(compare: wire.Compare): Compare {
  const range = keyRangeOf(compare.key, compare.range_end);
  const result = compareResults[compare.result];
  // A comparison it does not know holds in etcd; but a value must be there to be compared.
  if (result === undefined)
    return {
      ...range,
      result: 'greater',
      target: 'version',
      number: compare.target === 3 ? 0 : -1,
    };
  switch (compare.target) {
    case 0:
      return { ...range, result, target: 'version', number: compare.version ?? 0 };
    case 1:
      return { ...range, result, target: 'create', number: compare.create_revision ?? 0 };
    case 2:
      return { ...range, result, target: 'mod', number: compare.mod_revision ?? 0 };
    case 3:
      return { ...range, result, target: 'value', value: compare.value ?? noBytes };
    case 4:
      return { ...range, result, target: 'lease', lease: compare.lease ?? 0n };
    default:
      return unknownTarget(range, result);
  }
}

/** Of an unknown target etcd compares nothing with nothing: the two are equal. */
function unknownTarget(range: KeyRange, result: CompareResult): Compare {
  const holds = result === 'equal';
  return { ...range, result: holds ? 'greater' : 'less', target: 'version', number: -1 };
}

const noBytes: Uint8Array = new Uint8Array(0);

export function keyRangeOf(key: Uint8Array, end: Uint8Array): KeyRange {
  return end.length === 0 ? { key } : { key, end };
}
