// Member: one member of the store's cluster: the data folder, the log, the state machine and the Raft driver,
// wired in the order recovery needs: lock the folder, open the tables, replay the log over them, lead.
// The rules it keeps are in docs/architecture.md, "Durability".
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { systemClock, type Clock } from './clock.js';
import { lockDataFolder } from './data-folder.js';
import { StoreError } from './errors.js';
import type {
  KeyValueStore,
  Lease,
  RangeQuery,
  RangeResult,
  Revision,
  StoreStatus,
  Txn,
  TxnResult,
  WatchBatch,
  WatchQuery,
} from './kv.js';
import type { AutoCompactionPolicy } from './mvcc/auto-compaction.js';
import type { Command, CommandResult } from './mvcc/command.js';
import { costOf } from './mvcc/quota.js';
import { StateMachine } from './mvcc/state-machine.js';
import { memoryTables, openLmdbTables, type Tables } from './tables/tables.js';
import { checkRangeQuery, checkTxn, isReadOnly } from './mvcc/txn-check.js';
import { startAutoCompactor } from './replica/auto-compactor.js';
import { buildReplica } from './replica/build.js';
import type { Driver } from './replica/driver.js';
import { clusterIdOf, memberIdOf } from './replica/identity.js';
import { LeaseKeeper } from './replica/lease-keeper.js';
import { nodeDisk } from './wal/disk.js';
import { RaftLog } from './wal/raft-log.js';

export interface MemberOptions {
  /** Absent: everything in memory, gone with the process; the same code with no disk under it. */
  readonly dataDir?: string;
  readonly peerUrls?: readonly string[];
  readonly clusterToken?: string;
  readonly heartbeatMs?: number;
  readonly electionMs?: number;
  /** etcd --quota-backend-bytes: 0 or absent = 2 GiB, negative = none. */
  readonly quotaBytes?: number;
  /** etcd --max-request-bytes. */
  readonly requestBytesMax?: number;
  /** etcd --max-txn-ops. */
  readonly txnOpsMax?: number;
  /** etcd --auto-compaction-mode and -retention; absent: somebody else compacts, as Kubernetes API servers do. */
  readonly autoCompaction?: AutoCompactionPolicy;
  readonly clock?: Clock;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  /** The disk failed or an invariant broke. The process must end: what is acknowledged is on disk, nothing after it is. */
  readonly onFatal: (error: unknown) => void;
}

const quotaBytesDefault = 2 * 2 ** 30;
/** Part of the quota below which the NOSPACE alarm is lifted: far enough from the limit not to come back at once. */
const roomShare = 0.9;

/** Errors: DataFolderError (not writable, in use), LogCorruption, or what the disk says. */
export async function openMember(options: MemberOptions): Promise<Member> {
  const { dataDir } = options;
  const unlock = dataDir === undefined ? () => undefined : lockDataFolder(dataDir);
  try {
    const tables =
      dataDir === undefined
        ? memoryTables()
        : await openLmdbTables(join(dataDir, 'member', 'snap'));
    const member = new Member(options, tables, unlock);
    await member.start();
    return member;
  } catch (error) {
    unlock();
    throw error;
  }
}

export class Member implements KeyValueStore {
  readonly #machine: StateMachine;
  readonly #log: RaftLog;
  readonly #driver: Driver;
  readonly #leases: LeaseKeeper;
  readonly #unlock: () => void;
  readonly #memberId: bigint;
  readonly #random: () => number;
  readonly #txnOpsMax: number;
  readonly #quotaBytes: number;
  readonly #leaseTtlSecondsMin: number;
  readonly #clock: Clock;
  readonly #autoCompaction: AutoCompactionPolicy | undefined;
  #stopCompactor: () => void = () => undefined;
  #closed: Promise<void> | undefined;

  constructor(options: MemberOptions, tables: Tables, unlock: () => void) {
    const clock = options.clock ?? systemClock;
    // The only default sources of time and chance; tests pass their own.
    // eslint-disable-next-line no-restricted-syntax -- composition of the store
    const random = options.random ?? Math.random;
    const heartbeatMs = options.heartbeatMs ?? 100;
    const electionMs = options.electionMs ?? 1000;
    this.#unlock = unlock;
    this.#clock = clock;
    this.#autoCompaction = options.autoCompaction;
    this.#random = random;
    this.#txnOpsMax = options.txnOpsMax ?? 128;
    this.#quotaBytes = quotaOf(options.quotaBytes);
    this.#leaseTtlSecondsMin = Math.ceil((electionMs * 1.5) / 1000);
    this.#memberId = memberIdOf(
      options.peerUrls ?? ['http://localhost:2380'],
      options.clusterToken ?? 'etcd-cluster',
    );
    const voters = [this.#memberId];
    this.#log = new RaftLog(
      options.dataDir === undefined ? undefined : nodeDisk(join(options.dataDir, 'member', 'wal')),
      {
        identity: { memberId: this.#memberId, clusterId: clusterIdOf(voters) },
        // Index 1 stands for the founding membership: a member that joins later starts at 0, without any.
        start: { index: 1, term: 1, membership: { voters, learners: [] } },
      },
    );
    this.#machine = StateMachine.open(tables, { clock, quotaBytes: this.#quotaBytes });
    this.#driver = buildReplica({
      memberId: this.#memberId,
      log: this.#log,
      machine: this.#machine,
      clock,
      random,
      heartbeatMs,
      electionMs,
      requestBytesMax: options.requestBytesMax ?? 1.5 * 2 ** 20,
      fatal: options.onFatal,
    });
    this.#leases = new LeaseKeeper({
      machine: this.#machine,
      clock,
      isLeader: () => this.#driver.isLeader,
      propose: (command) => this.#driver.propose(command),
      electionMs,
    });
  }

  /** Resolves when everything acknowledged before the last stop is applied and the member leads. */
  async start(): Promise<void> {
    this.#driver.start();
    await this.#driver.whenLeading();
    this.#leases.start();
    if (this.#autoCompaction) {
      this.#stopCompactor = startAutoCompactor(this.#autoCompaction, {
        clock: this.#clock,
        isLeader: () => this.#driver.isLeader,
        revision: () => this.#machine.revision,
        compact: (revision) => this.compact(revision),
      });
    }
  }

  async range(query: RangeQuery): Promise<RangeResult> {
    checkRangeQuery(query);
    if (query.linearizable !== false) await this.#driver.confirmRead();
    return this.#machine.range(query);
  }

  async txn(txn: Txn): Promise<TxnResult> {
    checkTxn(txn, this.#txnOpsMax);
    if (isReadOnly(txn)) {
      await this.#driver.confirmRead();
      return this.#machine.readTxn(txn);
    }
    const answer = await this.#write({ type: 'txn', txn });
    assert.equal(answer.type, 'txn');
    return answer.result;
  }

  watch(query: WatchQuery, signal: AbortSignal): AsyncIterable<WatchBatch> {
    return this.#machine.watch(query, signal);
  }

  async compact(revision: Revision): Promise<void> {
    await this.#driver.propose({ type: 'compact', revision });
  }

  async grantLease(ttlSeconds: number, id = 0n): Promise<Lease> {
    const answer = await this.#write({
      type: 'lease-grant',
      id: id === 0n ? this.#newLeaseId() : id,
      ttlSeconds: Math.max(ttlSeconds, this.#leaseTtlSecondsMin),
    });
    assert.equal(answer.type, 'lease');
    return answer.lease;
  }

  async keepLeaseAlive(id: bigint): Promise<Lease> {
    // The lease of a grant acknowledged elsewhere must be visible here first.
    await this.#driver.confirmRead();
    return this.#machine.leases.renew(id);
  }

  async revokeLease(id: bigint): Promise<void> {
    await this.#driver.propose({ type: 'lease-revoke', id });
  }

  status(): Promise<StoreStatus> {
    const { revision, compactRevision, sizeBytes, alarms } = this.#machine.status();
    const isLeader = this.#driver.isLeader;
    return Promise.resolve({
      revision,
      compactRevision,
      sizeBytes,
      quotaBytes: this.#quotaBytes,
      hasLeader: this.#driver.hasLeader,
      isLeader,
      alarms,
    });
  }

  /** Switches off an alarm (etcd's `alarm disarm`); it comes back when its cause persists. */
  async disarm(alarm: 'nospace' | 'corrupt'): Promise<void> {
    await this.#driver.propose({
      type: 'alarm',
      action: 'deactivate',
      alarm,
      member: this.#memberId,
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    this.#stopCompactor();
    this.#leases.stop();
    await this.#driver.stop();
    await this.#machine.close();
    this.#log.close();
    this.#unlock();
  }

  /**
   * A command that may add data: refused, and the alarm raised, when it would go over the quota. The alarm is lifted by
   * the first write that has room again (after deletes and a compaction, or with a bigger quota), not only by `disarm`.
   */
  async #write(command: Command): Promise<CommandResult> {
    const cost = costOf(command);
    if (cost > 0) {
      const sizeBytes = this.#machine.sizeBytes + cost;
      const quotaBytes = this.#quotaBytes > 0 ? this.#quotaBytes : Infinity;
      if (this.#machine.hasAlarm('nospace')) {
        if (sizeBytes < quotaBytes * roomShare) await this.disarm('nospace');
      } else if (sizeBytes >= quotaBytes) {
        const member = this.#memberId;
        await this.#driver.propose({ type: 'alarm', action: 'activate', alarm: 'nospace', member });
        throw new StoreError('no-space');
      }
    }
    return this.#driver.propose(command);
  }

  /** Positive and 63 bits wide, as etcd picks them. */
  #newLeaseId(): bigint {
    const part = (): bigint => BigInt(Math.floor(this.#random() * 2 ** 31));
    return (part() << 32n) | (part() << 1n) | 1n;
  }
}

function quotaOf(bytes: number | undefined): number {
  if (bytes === undefined || bytes === 0) return quotaBytesDefault;
  return bytes < 0 ? 0 : bytes;
}
