// MemberStore: etcd's data and leases as one caller may use them, on this member. Writes go through the log; reads are
// answered from the state here once it is known to hold every write acknowledged before (ReadIndex). What the caller may
// is asked at apply, and for reads in the turn of the read, so that no change of roles comes between.
import { checkLeaseRead, checkLeaseWrite, checkTxnAccess } from '../auth/access.js';
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
import { keyBytes } from '../tables/sorted-map.js';
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
    if (query.linearizable !== false) await this.#parts.driver.confirmRead();
    const { machine } = this.#parts;
    machine.auth.checkAccess(this.#caller, 'read', query);
    return machine.range(query);
  }

  async txn(txn: Txn): Promise<TxnResult> {
    const { machine, driver, writer, txnOpsMax } = this.#parts;
    checkTxn(txn, txnOpsMax);
    if (!isReadOnly(txn))
      return (await writer.write({ type: 'txn', txn, ...this.#by }, 'txn')).result;
    if (!isSerializable(txn)) await driver.confirmRead();
    checkTxnAccess(machine.access, this.#caller, txn);
    return machine.readTxn(txn);
  }

  /** The caller is checked here, once: this throws what he is refused with. */
  watch(query: WatchQuery, signal: AbortSignal): NodeWatch {
    const { machine } = this.#parts;
    machine.auth.checkAccess(this.#caller, 'read', query);
    return machine.watch(query, signal);
  }

  async compact(revision: Revision, physical = false): Promise<void> {
    const { machine, writer } = this.#parts;
    await writer.write({ type: 'compact', revision, ...this.#by }, 'compact');
    if (!physical) return;
    await machine.compactionDone();
    await machine.flush();
  }

  async grantLease(ttlSeconds: number, id = 0n): Promise<Lease> {
    const { writer, leaseTtlSecondsMin } = this.#parts;
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
    const { machine, driver } = this.#parts;
    // The lease of a grant acknowledged elsewhere must be visible here first.
    await driver.confirmRead();
    checkLeaseWrite(machine.access, this.#caller, id);
    return machine.leases.renew(id);
  }

  async revokeLease(id: bigint): Promise<void> {
    await this.#parts.writer.write({ type: 'lease-revoke', id, ...this.#by }, 'revoked');
  }

  async leaseTimeToLive(
    id: bigint,
    withKeys: boolean,
  ): Promise<(Lease & { readonly keys: readonly Uint8Array[] }) | undefined> {
    const { machine, driver } = this.#parts;
    await driver.confirmRead();
    if (withKeys) checkLeaseRead(machine.access, this.#caller, id);
    else machine.auth.checkLogin(this.#caller);
    const lease = machine.leases.remaining(id);
    return lease && { ...lease, keys: withKeys ? machine.leases.keysOf(id).map(keyBytes) : [] };
  }

  /** A caller must be allowed to read every key of every lease. */
  async leases(): Promise<readonly bigint[]> {
    const { machine, driver } = this.#parts;
    await driver.confirmRead();
    machine.auth.checkLogin(this.#caller);
    const ids = machine.leases.list().map(({ id }) => id);
    for (const id of ids) checkLeaseRead(machine.access, this.#caller, id);
    return ids;
  }

  status(): Promise<StoreStatus> {
    const { machine, driver, quotaBytes } = this.#parts;
    const { revision, compactRevision, sizeBytes, alarms } = machine.status();
    const { hasLeader, isLeader } = driver;
    const state = { revision, compactRevision, sizeBytes, quotaBytes, hasLeader, isLeader, alarms };
    return Promise.resolve(state);
  }

  /** The store of one caller ends with the member, not with the caller. */
  close(): Promise<void> {
    return Promise.resolve();
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
