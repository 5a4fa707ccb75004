// Runs a transaction against the keyspace. Compares (nested ones too) see the state before it and fix which branches
// run; those are checked wholly before the first write, so a failing txn leaves no trace; then the ops run in order,
// each seeing the writes before it. Static checks: txn-check.ts.
import { StoreError } from '../errors.js';
import type { Compare, DeleteOp, KeyValue, Op, OpResult, PutOp, Txn, TxnResult } from '../kv.js';
import type { KeyRecord } from './key-index.js';
import type { Keyspace } from './keyspace.js';
import { checkRevision, forLive, runRange } from './range.js';
import { keyText, textRange } from '../tables/sorted-map.js';

export interface TxnContext {
  readonly keyspace: Keyspace;
  readonly compactRevision: number;
  readonly hasLease: (id: bigint) => boolean;
}

/** Throws StoreError, and then has changed nothing. The caller seals the revision. */
export function runTxn(context: TxnContext, txn: Txn): TxnResult {
  const plan = planTxn(context, txn);
  for (const op of plan.ops) checkPlanned(context, op);
  return runPlan(context, plan);
}

type PlainOp = Exclude<Op, { type: 'txn' }>;

/** Which branch runs, and of nested txns in it which. */
interface Plan {
  readonly type: 'plan';
  readonly succeeded: boolean;
  readonly ops: readonly (PlainOp | Plan)[];
}

function planTxn(context: TxnContext, txn: Txn): Plan {
  const succeeded = txn.compare.every((compare) => holds(context.keyspace, compare));
  const ops = (succeeded ? txn.success : txn.failure).map((op) =>
    op.type === 'txn' ? planTxn(context, op.txn) : op,
  );
  return { type: 'plan', succeeded, ops };
}

function holds(keyspace: Keyspace, compare: Compare): boolean {
  const records: KeyRecord[] = [];
  forLive(keyspace, compare, keyspace.revision, (_, record) => {
    records.push(record);
    return true;
  });
  if (records.length > 0) return records.every((record) => holdsFor(keyspace, compare, record));
  return compare.target !== 'value' && holdsFor(keyspace, compare, noRecord);
}

const noRecord: KeyRecord = { main: 0, sub: 0, create: 0, version: 0, lease: 0n, bytes: 0 };

function holdsFor(keyspace: Keyspace, compare: Compare, record: KeyRecord): boolean {
  const order = orderOf(keyspace, compare, record);
  switch (compare.result) {
    case 'equal':
      return order === 0;
    case 'not-equal':
      return order !== 0;
    case 'greater':
      return order > 0;
    case 'less':
      return order < 0;
  }
}

function orderOf(keyspace: Keyspace, compare: Compare, record: KeyRecord): number {
  switch (compare.target) {
    case 'version':
      return record.version - compare.number;
    case 'create':
      return record.create - compare.number;
    case 'mod':
      return record.main - compare.number;
    case 'lease':
      return record.lease === compare.lease ? 0 : record.lease > compare.lease ? 1 : -1;
    case 'value':
      return Buffer.compare(keyspace.read(record).value, compare.value);
  }
}

function checkPlanned(context: TxnContext, op: PlainOp | Plan): void {
  if (op.type === 'plan') {
    for (const inner of op.ops) checkPlanned(context, inner);
    return;
  }
  const { keyspace } = context;
  if (op.type === 'range') checkRevision(op.revision, keyspace.revision, context.compactRevision);
  if (op.type !== 'put') return;
  if ((op.ignoreValue || op.ignoreLease) && !keyspace.current(keyText(op.key)))
    throw new StoreError('key-not-found');
  const lease = op.lease ?? 0n;
  if (lease !== 0n && !context.hasLease(lease)) throw new StoreError('lease-not-found');
}

function runPlan(context: TxnContext, plan: Plan): TxnResult {
  const responses = plan.ops.map((op) =>
    op.type === 'plan'
      ? { type: 'txn' as const, ...runPlan(context, op) }
      : runOp(context.keyspace, op),
  );
  return { revision: context.keyspace.revision, succeeded: plan.succeeded, responses };
}

function runOp(keyspace: Keyspace, op: PlainOp): OpResult {
  switch (op.type) {
    case 'put':
      return runPut(keyspace, op);
    case 'delete':
      return runDelete(keyspace, op);
    case 'range':
      return { type: 'range', ...runRange(keyspace, op) };
  }
}

function runPut(keyspace: Keyspace, op: PutOp): OpResult {
  const needsOld = op.prevKv || op.ignoreValue || op.ignoreLease;
  const entry = needsOld ? keyspace.current(keyText(op.key)) : undefined;
  let old: KeyValue | undefined;
  if (entry !== undefined) {
    old =
      op.prevKv || op.ignoreValue
        ? keyspace.read(entry)
        : keyspace.readWithoutValue(entry.key, entry);
  }
  const value = op.ignoreValue ? (old?.value ?? op.value) : op.value;
  const lease = op.ignoreLease ? (old?.lease ?? 0n) : (op.lease ?? 0n);
  keyspace.put(op.key, value, lease);
  return op.prevKv && old ? { type: 'put', prevKv: old } : { type: 'put' };
}

function runDelete(keyspace: Keyspace, op: DeleteOp): OpResult {
  const range = textRange(op.key, op.end);
  const deleted = keyspace.deleteRange(range);
  const prevKvs = op.prevKv ? deleted.map(({ record }) => keyspace.read(record)) : [];
  return { type: 'delete', deleted: deleted.length, prevKvs };
}
