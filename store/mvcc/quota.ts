// What a command costs against the quota, as etcd counts it (§ quota of its server), and which alarms refuse what.
import type { AlarmType, Op, Txn } from '../kv.js';
import type { StoreErrorCode } from '../errors.js';
import type { Command } from './command.js';

const putOverheadBytes = 256;
const leaseGrantBytes = 64;

/** Bytes the command may add; 0 = it is let through when space has run out. */
export function costOf(command: Command): number {
  if (command.type === 'txn') return costOfTxn(command.txn);
  return command.type === 'lease-grant' ? leaseGrantBytes : 0;
}

function costOfTxn(txn: Txn): number {
  return Math.max(costOfOps(txn.success), costOfOps(txn.failure));
}

function costOfOps(ops: readonly Op[]): number {
  let cost = 0;
  for (const op of ops) {
    if (op.type === 'put') cost += putOverheadBytes + op.key.length + op.value.length;
    else if (op.type === 'txn') cost += costOfTxn(op.txn);
  }
  return cost;
}

/** Kept going by every alarm, as in etcd. */
const neverRefused: readonly Command['type'][] = [
  'alarm',
  'lease-checkpoint',
  'auth',
  'member-publish',
  'member-update',
];

/** Why the alarms refuse the command, if they do. A read-only txn never is (it may run through the log, too). */
export function refusal(
  command: Command,
  isActive: (alarm: AlarmType) => boolean,
): StoreErrorCode | undefined {
  if (neverRefused.includes(command.type)) return undefined;
  if (isActive('corrupt')) return 'corrupt';
  return isActive('nospace') && costOf(command) > 0 ? 'no-space' : undefined;
}
