// MemberStore: etcd's data and leases as one caller may use them, on this member. Writes go through the log; reads are
// answered from the state here once it is known to hold every write acknowledged before (ReadIndex). What the caller may
// is asked at apply, and for reads in the turn of the read, so that no change of roles comes between.
import assert from 'node:assert/strict';
import { checkLeaseRead, checkLeaseWrite, checkTxnAccess } from '../auth/access.js';
import { StoreError } from '../errors.js';
import type {
  Lease,
  RangeQuery,
  RangeResult,
  Revision,
  StoreStatus,
  Txn,
  TxnResult,
  WatchQuery,
} from '../kv.js';
import { checkRangeQuery, checkTxn, isReadOnly } from '../mvcc/txn-check.js';
import type { Caller, NodeStore, NodeWatch } from '../node.js';
import type { MemberParts } from './member-parts.js';

export class MemberStore implements NodeStore {
  readonly #parts: MemberParts;
  readonly #caller: Caller | undefined;
  /** What a command carries of its caller. */
  readonly #by: { readonly caller?: Caller };

  /** @param caller absent: trusted */
  constructor(parts: MemberParts, caller?: Caller) {
    this.#parts = parts;
    this.#caller = caller;
    this.#by = caller ? { caller } : {};
  }

  async range(query: RangeQuery): Promise<RangeResult> {
    checkRangeQuery(query);
    const { machine, replica } = this.#parts;
    if (query.linearizable !== false) {
      this.#refuseAsLearner();
      await replica.confirmRead();
    }
    machine.auth.checkAccess(this.#caller, 'read', query);
    return machine.range(query);
  }

  async txn(txn: Txn): Promise<TxnResult> {
    const { machine, replica, writer, txnOpsMax } = this.#parts;
    this.#refuseAsLearner();
    checkTxn(txn, txnOpsMax);
    if (!isReadOnly(txn))
      return (await writer.write({ type: 'txn', txn, ...this.#by }, 'txn')).result;
    if (!isSerializable(txn)) await replica.confirmRead();
    checkTxnAccess(machine.access, this.#caller, txn);
    return machine.readTxn(txn);
  }

  /** The caller is checked here, once: this throws what he is refused with. */
  watch(query: WatchQuery, signal: AbortSignal): NodeWatch {
    const { machine } = this.#parts;
    this.#refuseAsLearner();
    machine.auth.checkAccess(this.#caller, 'read', query);
    return machine.watch(query, signal);
  }

  async compact(revision: Revision, physical = false): Promise<void> {
    const { machine, writer } = this.#parts;
    this.#refuseAsLearner();
    await writer.write({ type: 'compact', revision, ...this.#by }, 'compact');
    if (!physical) return;
    await machine.compactionDone();
    await machine.flush();
  }

  async grantLease(ttlSeconds: number, id = 0n): Promise<Lease> {
    const { writer, leaseTtlSecondsMin } = this.#parts;
    this.#refuseAsLearner();
    const answer = await writer.write(
      {
        type: 'lease-grant',
        id: id === 0n ? this.#newLeaseId() : id,
        ttlSeconds: Math.max(ttlSeconds, leaseTtlSecondsMin),
        ...this.#by,
      },
      'lease',
    );
    return answer.lease;
  }

  async keepLeaseAlive(id: bigint): Promise<Lease> {
    const { machine, leadership } = this.#parts;
    await this.#prepareCheck();
    checkLeaseWrite(machine.access, this.#caller, id);
    const reply = await leadership.ask({ type: 'lease-renew', id });
    assert(reply.type === 'lease', 'a renewal is answered with the lease');
    const { ttlSeconds, grantedTtlSeconds } = reply;
    return { id, ttlSeconds, grantedTtlSeconds };
  }

  async revokeLease(id: bigint): Promise<void> {
    this.#refuseAsLearner();
    await this.#parts.writer.write({ type: 'lease-revoke', id, ...this.#by }, 'revoked');
  }

  async leaseTimeToLive(
    id: bigint,
    withKeys: boolean,
  ): Promise<(Lease & { readonly keys: readonly Uint8Array[] }) | undefined> {
    const { machine, leadership } = this.#parts;
    await this.#prepareCheck();
    if (withKeys) checkLeaseRead(machine.access, this.#caller, id);
    else machine.auth.checkLogin(this.#caller);
    const reply = await leadership.ask({ type: 'lease-time-to-live', id, withKeys });
    if (reply.type === 'none') return undefined;
    assert(reply.type === 'lease', 'a question for a lease is answered with it');
    const { ttlSeconds, grantedTtlSeconds, keys } = reply;
    return { id, ttlSeconds, grantedTtlSeconds, keys };
  }

  /** A caller must be allowed to read every key of every lease. */
  async leases(): Promise<readonly bigint[]> {
    const { machine, leadership } = this.#parts;
    await this.#prepareCheck();
    machine.auth.checkLogin(this.#caller);
    const reply = await leadership.ask({ type: 'lease-ids' });
    assert(reply.type === 'lease-ids', 'a question for leases is answered with them');
    for (const id of reply.ids) checkLeaseRead(machine.access, this.#caller, id);
    return reply.ids;
  }

  status(): Promise<StoreStatus> {
    const { machine, replica, quotaBytes } = this.#parts;
    const { revision, compactRevision, sizeBytes, alarms } = machine.status();
    const { hasLeader, isLeader } = replica;
    const state = { revision, compactRevision, sizeBytes, quotaBytes, hasLeader, isLeader, alarms };
    return Promise.resolve(state);
  }

  /** The store of one caller ends with the member, not with the caller. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** What the caller may is told by the state here, so it must hold what was acknowledged elsewhere. */
  async #prepareCheck(): Promise<void> {
    const { machine, replica } = this.#parts;
    this.#refuseAsLearner();
    if (this.#caller && machine.auth.isEnabled) await replica.confirmRead();
  }

  /** A learner answers for nobody but itself: reads of local state, and its status. */
  #refuseAsLearner(): void {
    if (this.#parts.replica.isLearner) throw new StoreError('learner-unsupported');
  }

  /** Positive and 63 bits wide, as etcd picks them. */
  #newLeaseId(): bigint {
    const { random } = this.#parts;
    const part = (): bigint => BigInt(Math.floor(random() * 2 ** 31));
    return (part() << 32n) | (part() << 1n) | 1n;
  }
}

/** Every range says that local state will do. (A txn without any op is answered as it stands, too.) */
function isSerializable(txn: Txn): boolean {
  return [...txn.success, ...txn.failure].every(
    (op) => op.type === 'range' && op.linearizable === false,
  );
}
