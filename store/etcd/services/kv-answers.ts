// From the store's results to the messages of the KV service.
import type { KeyValue, OpResult, RangeResult, Revision, TxnResult } from '../../kv.js';
import type { Partially } from '../codec.js';
import type * as wire from '../messages.js';

export function keyValueOf(kv: KeyValue): wire.KeyValue {
  return {
    key: kv.key,
    create_revision: kv.createRevision,
    mod_revision: kv.modRevision,
    version: kv.version,
    value: kv.value,
    lease: kv.lease,
  };
}

type Header = Partially<wire.ResponseHeader>;

export function rangeResponseOf(
  header: Header,
  { kvs, more, count }: RangeResult,
): Partially<wire.RangeResponse> {
  return { header, kvs: kvs.map(keyValueOf), more, count };
}

export function putResponseOf(
  header: Header,
  { prevKv }: OpResult & { type: 'put' },
): Partially<wire.PutResponse> {
  return prevKv ? { header, prev_kv: keyValueOf(prevKv) } : { header };
}

export function deleteResponseOf(
  header: Header,
  { deleted, prevKvs }: OpResult & { type: 'delete' },
): Partially<wire.DeleteRangeResponse> {
  return { header, deleted, prev_kvs: prevKvs.map(keyValueOf) };
}

export function txnResponseOf(header: Header, result: TxnResult): Partially<wire.TxnResponse> {
  const wrote = { before: hasWrites(result) ? result.revision - 1 : result.revision };
  return txnPart(header, result, wrote);
}

/** `before`: the revision as the ops so far leave it; the first one that writes makes it the txn's own. */
interface Progress {
  before: Revision;
}

function txnPart(
  header: Header,
  { revision, succeeded, responses }: TxnResult,
  progress: Progress,
): Partially<wire.TxnResponse> {
  return {
    header,
    succeeded,
    responses: responses.map((result) => {
      if (isWrite(result)) progress.before = revision;
      return responseOpOf(result, progress);
    }),
  };
}

/** Answers inside a txn carry a revision and no more, nested txns nothing at all. */
function responseOpOf(result: OpResult, progress: Progress): Partially<wire.ResponseOp> {
  const header = { revision: progress.before };
  switch (result.type) {
    case 'range':
      return { response_range: rangeResponseOf({ revision: result.revision }, result) };
    case 'put':
      return { response_put: putResponseOf(header, result) };
    case 'delete':
      return { response_delete_range: deleteResponseOf(header, result) };
    case 'txn':
      return { response_txn: txnPart({}, result, progress) };
  }
}

function hasWrites({ responses }: TxnResult): boolean {
  return responses.some((each) => (each.type === 'txn' ? hasWrites(each) : isWrite(each)));
}

function isWrite(result: OpResult): boolean {
  return result.type === 'put' || (result.type === 'delete' && result.deleted > 0);
}
