// LocalStore: a KeyValueStore over one state machine without a log in front of it. For tests and for reading a data
// directory offline; the embedded member (store/member.ts) is the durable one.
import type { Clock } from '../clock.js';
import { StoreError } from '../errors.js';
import type {
  KeyValueStore,
  Lease,
  RangeQuery,
  RangeResult,
  StoreStatus,
  Txn,
  TxnResult,
  WatchBatch,
  WatchQuery,
} from '../kv.js';
import { costOf } from './quota.js';
import type { Command, CommandResult, StateMachine } from './state-machine.js';
import { checkTxn } from './txn-check.js';

const expiryTickMs = 500;
const txnOpsMax = 128;
/** etcd's floor with its default election timeout of 1 s. */
const leaseTtlSecondsMin = 2;
const member = 1n;

export class LocalStore implements KeyValueStore {
  readonly machine: StateMachine;
  readonly #clock: Clock;
  #nextLeaseId = 1n;
  #cancelTick: (() => void) | undefined;
  #isClosed = false;

  constructor(machine: StateMachine, clock: Clock) {
    this.machine = machine;
    this.#clock = clock;
    machine.leases.promote();
    this.#scheduleTick();
  }

  // Async so that a StoreError becomes a rejection, as the interface says.
  // eslint-disable-next-line @typescript-eslint/require-await -- see above
  async range(query: RangeQuery): Promise<RangeResult> {
    this.#checkOpen();
    return this.machine.range(query);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as range
  async txn(txn: Txn): Promise<TxnResult> {
    checkTxn(txn, txnOpsMax);
    return this.#apply({ type: 'txn', txn }, 'txn').result;
  }

  watch(query: WatchQuery, signal: AbortSignal): AsyncIterable<WatchBatch> {
    return this.machine.watch(query, signal);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as range
  async compact(revision: number): Promise<void> {
    this.#apply({ type: 'compact', revision }, 'compact');
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as range
  async grantLease(ttlSeconds: number, id = 0n): Promise<Lease> {
    const ttl = Math.max(ttlSeconds, leaseTtlSecondsMin);
    const command = {
      type: 'lease-grant',
      id: id || this.#freeLeaseId(),
      ttlSeconds: ttl,
    } as const;
    const { lease } = this.#apply(command, 'lease');
    this.#scheduleTick();
    return lease;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as range
  async keepLeaseAlive(id: bigint): Promise<Lease> {
    this.#checkOpen();
    return this.machine.leases.renew(id);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as range
  async revokeLease(id: bigint): Promise<void> {
    this.#apply({ type: 'lease-revoke', id }, 'revoked');
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as range
  async status(): Promise<StoreStatus> {
    this.#checkOpen();
    const { revision, compactRevision, sizeBytes, quotaBytes, alarms } = this.machine.status();
    return {
      revision,
      compactRevision,
      sizeBytes,
      quotaBytes,
      alarms,
      hasLeader: true,
      isLeader: true,
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTick?.();
    await this.machine.close();
  }

  /** Any command, for what the interface does not offer (alarms, checkpoints). */
  command(command: Command): CommandResult {
    this.#checkOpen();
    this.#checkQuota(command);
    return this.#propose(command);
  }

  #apply<T extends CommandResult['type']>(
    command: Command,
    type: T,
  ): Extract<CommandResult, { type: T }> {
    const result = this.command(command);
    if (result.type === 'error') throw result.error;
    if (result.type !== type) throw new Error(`expected a ${type} result, got ${result.type}`);
    return result as Extract<CommandResult, { type: T }>; // as: just checked; T is beyond narrowing
  }

  #propose(command: Command): CommandResult {
    const { machine } = this;
    const [result] = machine.apply(machine.appliedIndex + 1, 1, [command]);
    if (!result) throw new Error('the command was not applied');
    return result;
  }

  #checkQuota(command: Command): void {
    const cost = costOf(command);
    if (cost === 0) return;
    const { sizeBytes, quotaBytes, alarms } = this.machine.status();
    if (sizeBytes + cost < quotaBytes || alarms.includes('nospace')) return;
    this.#propose({ type: 'alarm', action: 'activate', alarm: 'nospace', member });
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new StoreError('stopped');
  }

  #freeLeaseId(): bigint {
    while (this.machine.leases.has(this.#nextLeaseId)) this.#nextLeaseId++;
    return this.#nextLeaseId++;
  }

  #scheduleTick(): void {
    if (this.machine.leases.size === 0) return;
    this.#cancelTick ??= this.#clock.after(expiryTickMs, () => {
      this.#cancelTick = undefined;
      if (this.#isClosed) return;
      for (const id of this.machine.leases.expired()) this.#propose({ type: 'lease-revoke', id });
      this.#scheduleTick();
    });
  }
}
