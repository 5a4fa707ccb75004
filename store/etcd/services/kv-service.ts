// etcdserverpb.KV over a node: range, put, delete, txn, compact. A put or a delete is a transaction of one op.
import assert from 'node:assert/strict';
import { StoreError } from '../../errors.js';
import type { Op, OpResult, Txn, TxnResult } from '../../kv.js';
import type { StoreNode } from '../../node.js';
import { unary, type Call, type Served } from '../call.js';
import { headerOf } from './headers.js';
import { deleteResponseOf, putResponseOf, rangeResponseOf, txnResponseOf } from './kv-answers.js';
import { deleteOpOf, putOpOf, rangeQueryOf, txnOf } from './kv-requests.js';

export function kvService(node: StoreNode): readonly Served[] {
  const storeOf = async (call: Call) => node.storeFor(await call.caller());
  return [
    unary('etcdserverpb.KV/Range', async (request, call) => {
      const result = await (await storeOf(call)).range(rangeQueryOf(request));
      return rangeResponseOf(headerOf(node, result.revision), result);
    }),
    unary('etcdserverpb.KV/Put', async (request, call) => {
      const { result, revision } = await runOne(await storeOf(call), putOpOf(request), 'put');
      return putResponseOf(headerOf(node, revision), result);
    }),
    unary('etcdserverpb.KV/DeleteRange', async (request, call) => {
      const { result, revision } = await runOne(await storeOf(call), deleteOpOf(request), 'delete');
      return deleteResponseOf(headerOf(node, revision), result);
    }),
    unary('etcdserverpb.KV/Txn', async (request, call) => {
      const result = await (await storeOf(call)).txn(txnOf(request));
      return txnResponseOf(headerOf(node, result.revision), result);
    }),
    unary('etcdserverpb.KV/Compact', async (request, call) => {
      await (await storeOf(call)).compact(request.revision, request.physical);
      return { header: headerOf(node) };
    }),
  ];
}

interface Transactions {
  txn(txn: Txn): Promise<TxnResult>;
}

async function runOne<Type extends 'put' | 'delete'>(
  store: Transactions,
  op: Op,
  type: Type,
): Promise<{ result: OpResult & { type: Type }; revision: number }> {
  if (op.type === 'delete' && op.key.length === 0) throw new StoreError('key-not-provided');
  const { responses, revision } = await store.txn({ compare: [], success: [op], failure: [] });
  const [result] = responses;
  assert(result?.type === type, 'the result of the op that was asked for');
  return { result: result as OpResult & { type: Type }, revision }; // as: just checked; beyond narrowing
}
