// Member: one member of the store's cluster: the data folder, the log, the state machine and the Raft driver,
// wired in the order recovery needs: lock the folder, open the tables, replay the log over them, lead.
// The rules it keeps are in docs/architecture.md, "Durability". Read next: member-store.ts, maintenance.ts, cluster.ts.
import { join } from 'node:path';
import { systemClock } from '../clock.js';
import { lockDataFolder } from '../data-folder.js';
import type {
  Lease,
  RangeQuery,
  RangeResult,
  Revision,
  StoreStatus,
  Txn,
  TxnResult,
  WatchBatch,
  WatchQuery,
} from '../kv.js';
import type { AutoCompactionPolicy } from '../mvcc/auto-compaction.js';
import { StateMachine } from '../mvcc/state-machine.js';
import type {
  AuthAdmin,
  Caller,
  ClusterAdmin,
  NodeHeader,
  NodeMaintenance,
  NodeStore,
  StoreNode,
} from '../node.js';
import { startAutoCompactor } from '../replica/auto-compactor.js';
import { buildReplica } from '../replica/build.js';
import { clusterIdOf, memberIdOf } from '../replica/identity.js';
import { LeaseKeeper } from '../replica/lease-keeper.js';
import { openLmdbTables } from '../tables/lmdb-tables.js';
import { memoryTables, type Tables } from '../tables/tables.js';
import { nodeDisk } from '../wal/disk.js';
import { RaftLog } from '../wal/raft-log.js';
import { Cluster } from './cluster.js';
import { Maintenance } from './maintenance.js';
import type { MemberParts } from './member-parts.js';
import { openAuth } from './member-auth.js';
import { MemberStore } from './member-store.js';
import {
  clientUrlsDefault,
  clusterTokenDefault,
  nameDefault,
  peerUrlsDefault,
  quotaOf,
  type MemberOptions,
} from './options.js';
import { Writer } from './writer.js';

/** Errors: DataFolderError (not writable, in use), LogCorruption, or what the disk says. */
export async function openMember(options: MemberOptions): Promise<Member> {
  const { dataDir } = options;
  const unlock = dataDir === undefined ? () => undefined : lockDataFolder(dataDir);
  try {
    const tables =
      dataDir === undefined
        ? memoryTables()
        : await openLmdbTables(join(dataDir, 'member', 'snap'));
    const { parts, log } = buildParts(options, tables);
    const member = new Member(parts, options, () => {
      log.close();
      unlock();
    });
    await member.start();
    return member;
  } catch (error) {
    unlock();
    throw error;
  }
}

export class Member implements NodeStore, StoreNode {
  readonly name: string;
  readonly cluster: ClusterAdmin;
  readonly maintenance: NodeMaintenance;
  readonly auth: AuthAdmin;
  /** Never: a sole member cannot be removed. */
  readonly removed = new Promise<void>(() => undefined);
  readonly #parts: MemberParts;
  readonly #store: NodeStore;
  readonly #leaseKeeper: LeaseKeeper;
  readonly #autoCompaction: AutoCompactionPolicy | undefined;
  readonly #release: () => void;
  #stopCompactor: () => void = () => undefined;
  #closed: Promise<void> | undefined;

  /** @param release what gives the log and the folder back */
  constructor(parts: MemberParts, options: MemberOptions, release: () => void) {
    this.#parts = parts;
    this.#release = release;
    this.#autoCompaction = options.autoCompaction;
    this.name = parts.name;
    this.#store = new MemberStore(parts);
    this.cluster = new Cluster(parts);
    this.maintenance = new Maintenance(parts);
    this.auth = openAuth(parts, options);
    const { machine, driver, clock } = parts;
    this.#leaseKeeper = new LeaseKeeper({
      machine,
      clock,
      driver,
      electionMs: options.electionMs ?? electionMsDefault,
    });
  }

  /** Resolves when everything acknowledged before the last stop is applied and the member leads. */
  async start(): Promise<void> {
    const { driver, machine, clock } = this.#parts;
    driver.start();
    await driver.whenLeading();
    this.#leaseKeeper.start();
    if (!this.#autoCompaction) return;
    this.#stopCompactor = startAutoCompactor(this.#autoCompaction, {
      clock,
      isLeader: () => driver.isLeader,
      revision: () => machine.revision,
      compact: (revision) => this.compact(revision),
    });
  }

  header(): NodeHeader {
    const { clusterId, memberId, machine, driver } = this.#parts;
    return { clusterId, memberId, revision: machine.revision, raftTerm: driver.term };
  }

  storeFor(caller?: Caller): NodeStore {
    return caller ? new MemberStore(this.#parts, caller) : this.#store;
  }

  get hasLeader(): boolean {
    return this.#parts.driver.hasLeader;
  }

  get isLeader(): boolean {
    return this.#parts.driver.isLeader;
  }

  get isLearner(): boolean {
    const { driver, memberId } = this.#parts;
    return driver.membership.learners.includes(memberId);
  }

  onLeaderChange(listener: (leader: bigint) => void): () => void {
    const { driver } = this.#parts;
    return driver.onStateChange(() => {
      listener(driver.leader);
    });
  }

  range(query: RangeQuery): Promise<RangeResult> {
    return this.#store.range(query);
  }

  txn(txn: Txn): Promise<TxnResult> {
    return this.#store.txn(txn);
  }

  watch(query: WatchQuery, signal: AbortSignal): AsyncIterable<WatchBatch> {
    return this.#store.watch(query, signal);
  }

  compact(revision: Revision, physical = false): Promise<void> {
    return this.#store.compact(revision, physical);
  }

  grantLease(ttlSeconds: number, id?: bigint): Promise<Lease> {
    return this.#store.grantLease(ttlSeconds, id);
  }

  keepLeaseAlive(id: bigint): Promise<Lease> {
    return this.#store.keepLeaseAlive(id);
  }

  revokeLease(id: bigint): Promise<void> {
    return this.#store.revokeLease(id);
  }

  leaseTimeToLive(
    id: bigint,
    withKeys: boolean,
  ): Promise<(Lease & { readonly keys: readonly Uint8Array[] }) | undefined> {
    return this.#store.leaseTimeToLive(id, withKeys);
  }

  leases(): Promise<readonly bigint[]> {
    return this.#store.leases();
  }

  status(): Promise<StoreStatus> {
    return this.#store.status();
  }

  /** Switches off this member's alarm (etcd's `alarm disarm`); it comes back when its cause persists. */
  async disarm(alarm: 'nospace' | 'corrupt'): Promise<void> {
    await this.maintenance.deactivateAlarm({ memberId: this.#parts.memberId, alarm });
  }

  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    this.#stopCompactor();
    this.#leaseKeeper.stop();
    await this.#parts.driver.stop();
    await this.#parts.machine.close();
    this.#release();
  }
}

const electionMsDefault = 1000;
const heartbeatMsDefault = 100;

function buildParts(options: MemberOptions, tables: Tables): { parts: MemberParts; log: RaftLog } {
  const clock = options.clock ?? systemClock;
  // The only default sources of time and chance; tests pass their own.
  // eslint-disable-next-line no-restricted-syntax -- composition of the store
  const random = options.random ?? Math.random;
  const heartbeatMs = options.heartbeatMs ?? heartbeatMsDefault;
  const electionMs = options.electionMs ?? electionMsDefault;
  const quotaBytes = quotaOf(options.quotaBytes);
  const peerUrls = options.peerUrls ?? peerUrlsDefault;
  const memberId = memberIdOf(peerUrls, options.clusterToken ?? clusterTokenDefault);
  const voters = [memberId];
  const clusterId = clusterIdOf(voters);
  const log = new RaftLog(
    options.dataDir === undefined ? undefined : nodeDisk(join(options.dataDir, 'member', 'wal')),
    {
      identity: { memberId, clusterId },
      // Index 1 stands for the founding membership: a member that joins later starts at 0, without any.
      start: { index: 1, term: 1, membership: { voters, learners: [] } },
    },
  );
  const { authTokenTtlMs: tokenTtlMs } = options;
  const machine = StateMachine.open(tables, {
    clock,
    quotaBytes,
    ...(tokenTtlMs !== undefined && { tokenTtlMs }),
  });
  const driver = buildReplica({
    log,
    machine,
    clock,
    random,
    heartbeatMs,
    electionMs,
    requestBytesMax: options.requestBytesMax ?? 1.5 * 2 ** 20,
    fatal: options.onFatal,
  });
  const parts: MemberParts = {
    name: options.name ?? nameDefault,
    memberId,
    clusterId,
    peerUrls,
    clientUrls: options.clientUrls ?? clientUrlsDefault,
    machine,
    driver,
    writer: new Writer({
      memberId,
      machine,
      propose: (command) => driver.propose(command),
      quotaBytes,
      liftsNoSpace: options.liftsNoSpace ?? true,
    }),
    clock,
    random,
    quotaBytes,
    txnOpsMax: options.txnOpsMax ?? 128,
    leaseTtlSecondsMin: Math.ceil((electionMs * 1.5) / 1000),
  };
  return { parts, log };
}
