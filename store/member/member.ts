// Member: one member of the store's cluster, running. How it is opened: open-member.ts. What it does for whom:
// member-store.ts (data), cluster.ts, maintenance.ts, member-auth.ts. The rules it keeps are in docs/architecture.md,
// "Durability".
import { startSnapshotSchedule, type ScheduledSnapshots } from '../backup/schedule.js';
import { scheduleMetrics } from '../backup/schedule-metrics.js';
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
import type { MetricFamily } from '../metrics.js';
import type { AutoCompactionPolicy } from '../mvcc/auto-compaction.js';
import type {
  AuthAdmin,
  Caller,
  ClusterAdmin,
  NodeHeader,
  NodeMaintenance,
  NodeStore,
  NodeWatch,
  StoreNode,
} from '../node.js';
import { startAutoCompactor } from '../replica/auto-compactor.js';
import { Cluster } from './cluster.js';
import { Maintenance } from './maintenance.js';
import { openAuth } from './member-auth.js';
import { memberMetrics } from './member-metrics.js';
import type { MemberParts } from './member-parts.js';
import { MemberStore } from './member-store.js';
import type { MemberOptions } from './options.js';
import { publish } from './publication.js';

export class Member implements NodeStore, StoreNode {
  readonly name: string;
  readonly cluster: ClusterAdmin;
  /** The same, for what other members ask of the leader. */
  readonly clusterAnswers: Cluster;
  readonly maintenance: NodeMaintenance;
  readonly auth: AuthAdmin;
  readonly removed: Promise<void>;
  readonly #parts: MemberParts;
  readonly #store: NodeStore;
  readonly #autoCompaction: AutoCompactionPolicy | undefined;
  readonly #release: () => void;
  #stopCompactor: () => void = () => undefined;
  readonly #options: MemberOptions;
  #snapshots: ScheduledSnapshots | undefined;
  #closed: Promise<void> | undefined;

  /** @param release what gives the folder back */
  constructor(parts: MemberParts, options: MemberOptions, release: () => void) {
    this.#parts = parts;
    this.#release = release;
    this.#options = options;
    this.#autoCompaction = options.autoCompaction;
    this.name = parts.name;
    this.removed = parts.replica.removed;
    this.#store = new MemberStore(parts);
    this.clusterAnswers = new Cluster(parts);
    this.cluster = this.clusterAnswers;
    this.maintenance = new Maintenance(parts);
    this.auth = openAuth(parts, options);
    this.onLeaderChange((leader) => {
      parts.counts.leaderIs(leader);
    });
  }

  /**
   * Resolves when there is a leader, all it had committed by now is applied here, and everybody knows this member's name.
   * Error: 'stopped' when it is closed meanwhile.
   */
  async start(): Promise<void> {
    const { replica, machine, clock } = this.#parts;
    await replica.start();
    // One that was removed while it was away finds no cluster: it is as open as it can be, and `removed` says so.
    await Promise.race([replica.whenReady().then(() => publish(this.#parts)), this.removed]);
    this.#scheduleSnapshots();
    if (!this.#autoCompaction) return;
    this.#stopCompactor = startAutoCompactor(this.#autoCompaction, {
      clock,
      isLeader: () => replica.isLeading,
      revision: () => machine.revision,
      compact: (revision) => this.compact(revision),
    });
  }

  header(): NodeHeader {
    const { clusterId, memberId, machine, replica } = this.#parts;
    return { clusterId, memberId, revision: machine.revision, raftTerm: replica.term };
  }

  storeFor(caller?: Caller): NodeStore {
    return caller ? new MemberStore(this.#parts, caller) : this.#store;
  }

  get hasLeader(): boolean {
    return this.#parts.replica.hasLeader;
  }

  get isLeader(): boolean {
    return this.#parts.replica.isLeader;
  }

  get isLearner(): boolean {
    return this.#parts.replica.isLearner;
  }

  metrics(): readonly MetricFamily[] {
    const ofSnapshots = this.#snapshots ? scheduleMetrics(this.#snapshots.status()) : [];
    return [...memberMetrics(this.#parts), ...ofSnapshots];
  }

  onLeaderChange(listener: (leader: bigint) => void): () => void {
    const { replica } = this.#parts;
    return replica.onStateChange(() => {
      listener(replica.leader);
    });
  }

  range(query: RangeQuery): Promise<RangeResult> {
    return this.#store.range(query);
  }

  txn(txn: Txn): Promise<TxnResult> {
    return this.#store.txn(txn);
  }

  watch(query: WatchQuery, signal: AbortSignal): NodeWatch {
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

  #scheduleSnapshots(): void {
    const { snapshots, onSnapshotFailed } = this.#options;
    if (!snapshots || this.#closed) return;
    this.#snapshots = startSnapshotSchedule(snapshots, {
      clock: this.#parts.clock,
      snapshot: () => this.maintenance.snapshot(),
      ...(onSnapshotFailed && { onFailed: onSnapshotFailed }),
    });
  }

  async #shutDown(): Promise<void> {
    this.#stopCompactor();
    try {
      await this.#snapshots?.stop();
      await this.#parts.replica.stop();
    } finally {
      this.#release();
    }
  }
}
