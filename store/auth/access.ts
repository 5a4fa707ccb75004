// What a caller needs for each operation on keys and leases. Called where the operation meets the state: at apply for
// what goes through the log, in the same turn as the read for what does not, so that no change of roles lies between.
// Every function throws StoreError ('user-empty', 'auth-old-revision', 'permission-denied'); no caller: trusted.
import type { DeleteOp, Op, PutOp, RangeQuery, Txn } from '../kv.js';
import type { Caller } from '../node.js';
import { keyBytes } from '../tables/sorted-map.js';
import type { AuthStore } from './auth-store.js';

/** A lease's keys as latin1 text (see sorted-map.ts); none when there is no such lease. */
export type LeaseKeys = (lease: bigint) => readonly string[];

export interface AccessParts {
  readonly auth: AuthStore;
  readonly keysOfLease: LeaseKeys;
}

export function checkRange({ auth }: AccessParts, caller: Caller | undefined, query: RangeQuery) {
  auth.checkAccess(caller, 'read', query);
}

/** Both branches count, whichever would run, and nested txns with theirs. */
export function checkTxnAccess(parts: AccessParts, caller: Caller | undefined, txn: Txn): void {
  if (caller === undefined || !parts.auth.isEnabled) return;
  // A txn without compares and ops touches no key, but asks for a login all the same.
  parts.auth.checkLogin(caller);
  for (const compare of txn.compare) parts.auth.checkAccess(caller, 'read', compare);
  for (const op of txn.success) checkOp(parts, caller, op);
  for (const op of txn.failure) checkOp(parts, caller, op);
}

function checkOp(parts: AccessParts, caller: Caller, op: Op): void {
  switch (op.type) {
    case 'range':
      checkRange(parts, caller, op);
      return;
    case 'put':
      checkPut(parts, caller, op);
      return;
    case 'delete':
      checkDelete(parts, caller, op);
      return;
    case 'txn':
      checkTxnAccess(parts, caller, op.txn);
  }
}

function checkPut(parts: AccessParts, caller: Caller, { key, lease, prevKv }: PutOp): void {
  parts.auth.checkAccess(caller, 'write', { key });
  if (lease !== undefined && lease !== 0n) checkLeaseWrite(parts, caller, lease);
  if (prevKv) parts.auth.checkAccess(caller, 'read', { key });
}

function checkDelete({ auth }: AccessParts, caller: Caller, op: DeleteOp): void {
  auth.checkAccess(caller, 'write', op);
  if (op.prevKv) auth.checkAccess(caller, 'read', op);
}

/** To revoke a lease, keep it alive or attach a key to it: writing every key it has, for they fall with it. */
export function checkLeaseWrite(
  parts: AccessParts,
  caller: Caller | undefined,
  lease: bigint,
): void {
  checkLeaseKeys(parts, caller, lease, 'write');
}

/** To be told a lease's keys: reading every one. */
export function checkLeaseRead(
  parts: AccessParts,
  caller: Caller | undefined,
  lease: bigint,
): void {
  checkLeaseKeys(parts, caller, lease, 'read');
}

function checkLeaseKeys(
  { auth, keysOfLease }: AccessParts,
  caller: Caller | undefined,
  lease: bigint,
  access: 'read' | 'write',
): void {
  if (caller === undefined || !auth.isEnabled) return;
  auth.checkLogin(caller);
  for (const key of keysOfLease(lease)) auth.checkAccess(caller, access, { key: keyBytes(key) });
}
