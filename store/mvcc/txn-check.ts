// Static checks of a transaction: what can be refused without looking at the data. Both branches count, whether or not
// they would run. The proposer calls this with its limit before proposing; apply calls it again without one.
import { StoreError } from '../errors.js';
import type { Op, Txn } from '../kv.js';
import { inRange, keyText, textRange, type TextRange } from '../tables/sorted-map.js';

/** Throws StoreError. A nested txn may have `opsMax` less the size of what is around it. */
export function checkTxn(txn: Txn, opsMax = Infinity): void {
  checkOps(txn, opsMax);
  // One plain op cannot collide with anything: most txns of an API server end here.
  if (mayCollide(txn.success)) collectKeys(txn.success);
  if (mayCollide(txn.failure)) collectKeys(txn.failure);
}

/** Nothing in it writes: its direct ops are all ranges (a nested txn counts as a write, as in etcd). */
export function isReadOnly(txn: Txn): boolean {
  return [...txn.success, ...txn.failure].every((op) => op.type === 'range');
}

function checkOps(txn: Txn, opsMax: number): void {
  const size = Math.max(txn.compare.length, txn.success.length, txn.failure.length);
  if (size > opsMax) throw new StoreError('too-many-ops');
  for (const { key } of txn.compare) checkKey(key);
  for (const op of txn.success) checkOp(op, opsMax - size);
  for (const op of txn.failure) checkOp(op, opsMax - size);
}

function checkOp(op: Op, opsMax: number): void {
  switch (op.type) {
    case 'put':
      checkKey(op.key);
      if (op.ignoreValue && op.value.length > 0) throw new StoreError('value-provided');
      if (op.ignoreLease && (op.lease ?? 0n) !== 0n) throw new StoreError('lease-provided');
      return;
    case 'range':
      checkRangeQuery(op);
      return;
    case 'delete':
      checkKey(op.key);
      return;
    case 'txn':
      checkOps(op.txn, opsMax);
      return;
    default:
      // An op without a variant cannot come from TypeScript, but it can from the log's bytes.
      op satisfies never;
      throw new StoreError('key-not-found');
  }
}

const sortTargets: readonly string[] = ['key', 'version', 'create', 'mod', 'value'];
const sortOrders: readonly string[] = ['none', 'ascend', 'descend'];

/** Throws StoreError: no key, or a sort nobody knows. */
export function checkRangeQuery(query: {
  readonly key: Uint8Array;
  readonly sort?: { readonly target: string; readonly order: string };
}): void {
  checkKey(query.key);
  const { sort } = query;
  if (sort && !(sortTargets.includes(sort.target) && sortOrders.includes(sort.order)))
    throw new StoreError('invalid-sort-option');
}

function checkKey(key: Uint8Array): void {
  if (key.length === 0) throw new StoreError('key-not-provided');
}

function mayCollide(ops: readonly Op[]): boolean {
  return ops.length > 1 || ops.some((op) => op.type === 'txn');
}

interface WrittenKeys {
  readonly puts: Set<string>;
  readonly deletes: TextRange[];
}

/** Throws 'duplicate-key' for a key put twice, or put and deleted, in one run of the branch; as etcd finds them. */
function collectKeys(ops: readonly Op[]): WrittenKeys {
  const puts = new Set<string>();
  const deletes: TextRange[] = [];
  for (const op of ops) if (op.type === 'delete') deletes.push(textRange(op.key, op.end));
  for (const op of ops) if (op.type === 'txn') mergeNested(op.txn, puts, deletes);
  for (const op of ops) {
    if (op.type !== 'put') continue;
    const key = keyText(op.key);
    addPut(key, puts, deletes);
  }
  return { puts, deletes };
}

function mergeNested(txn: Txn, puts: Set<string>, deletes: TextRange[]): void {
  const success = collectKeys(txn.success);
  const failure = collectKeys(txn.failure);
  for (const key of success.puts) addPut(key, puts, deletes);
  for (const key of failure.puts) {
    // Only one of the two branches runs, so they may put the same key.
    if (!success.puts.has(key)) addPut(key, puts, deletes);
  }
  deletes.push(...success.deletes, ...failure.deletes);
}

function addPut(key: string, puts: Set<string>, deletes: readonly TextRange[]): void {
  if (puts.has(key) || deletes.some((range) => inRange(range, key)))
    throw new StoreError('duplicate-key');
  puts.add(key);
}
