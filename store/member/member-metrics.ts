// What a member counts about itself, under etcd's names. What of etcd's it does not count: docs/compatibility.md.
import type { Clock } from '../clock.js';
import { StoreError, type StoreErrorCode } from '../errors.js';
import { diskSecondsBounds, Histogram, metric, type MetricFamily } from '../metrics.js';
import type { MemberParts } from './member-parts.js';

/** A proposal that ends so was not decided, or never made. */
const failures: readonly StoreErrorCode[] = [
  ...(['timeout', 'timeout-leader-lost', 'stopped', 'too-many-requests', 'no-leader'] as const),
];

/** What only grows, or is measured where it happens; the rest is asked for when the page is. */
export class MemberCounts {
  readonly walSync = new Histogram(
    'etcd_disk_wal_fsync_duration_seconds',
    'The latency distributions of fsync called by WAL.',
    diskSecondsBounds,
  );
  readonly commit = new Histogram(
    'etcd_disk_backend_commit_duration_seconds',
    'The latency distributions of commit called by backend.',
    diskSecondsBounds,
  );
  readonly #clock: Clock;
  #pending = 0;
  #failed = 0;
  #leaderChanges = 0;
  #leader = 0n;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async sync(sync: () => Promise<void>): Promise<void> {
    const startedMs = this.#clock.monotonic();
    await sync();
    this.walSync.observe((this.#clock.monotonic() - startedMs) / 1000);
  }

  async proposal<T>(propose: () => Promise<T>): Promise<T> {
    this.#pending++;
    try {
      return await propose();
    } catch (error) {
      if (error instanceof StoreError && failures.includes(error.code)) this.#failed++;
      throw error;
    } finally {
      this.#pending--;
    }
  }

  /** A new leader counts, the loss of one does not. */
  leaderIs(leader: bigint): void {
    if (leader === this.#leader || leader === 0n) return;
    this.#leader = leader;
    this.#leaderChanges++;
  }

  families(): readonly MetricFamily[] {
    return [
      this.walSync.family(),
      this.commit.family(),
      metric(
        'counter',
        'etcd_server_leader_changes_seen_total',
        'The number of leader changes seen.',
        this.#leaderChanges,
      ),
      metric(
        'gauge',
        'etcd_server_proposals_pending',
        'The current number of pending proposals to commit.',
        this.#pending,
      ),
      metric(
        'counter',
        'etcd_server_proposals_failed_total',
        'The total number of failed proposals seen.',
        this.#failed,
      ),
    ];
  }
}

export function memberMetrics(parts: MemberParts): readonly MetricFamily[] {
  return [...serverMetrics(parts), ...dataMetrics(parts), ...parts.counts.families()];
}

function serverMetrics({ replica, memberId, quotaBytes }: MemberParts): readonly MetricFamily[] {
  const gauge = (name: string, help: string, value: number | boolean): MetricFamily =>
    metric('gauge', `etcd_server_${name}`, help, Number(value));
  return [
    gauge(
      'has_leader',
      'Whether or not a leader exists. 1 is existence, 0 is not.',
      replica.hasLeader,
    ),
    gauge(
      'is_leader',
      'Whether or not this member is a leader. 1 if is, 0 otherwise.',
      replica.isLeader,
    ),
    gauge(
      'is_learner',
      'Whether or not this member is a learner. 1 if is, 0 otherwise.',
      replica.isLearner,
    ),
    gauge(
      'proposals_committed_total',
      'The total number of consensus proposals committed.',
      replica.commitIndex,
    ),
    gauge(
      'proposals_applied_total',
      'The total number of consensus proposals applied.',
      replica.appliedIndex,
    ),
    gauge('quota_backend_bytes', 'Current backend storage quota size in bytes.', quotaBytes),
    metric(
      'gauge',
      'etcd_server_id',
      "Server or member ID in hexadecimal format. 1 for 'server_id' label with current ID.",
      1,
      { server_id: memberId.toString(16) },
    ),
  ];
}

function dataMetrics({ machine }: MemberParts): readonly MetricFamily[] {
  const status = machine.status();
  const gauge = (name: string, help: string, value: number): MetricFamily =>
    metric('gauge', `etcd_${name}`, help, value);
  return [
    gauge(
      'mvcc_db_total_size_in_bytes',
      'Total size of the underlying database physically allocated in bytes.',
      status.fileBytes,
    ),
    gauge(
      'mvcc_db_total_size_in_use_in_bytes',
      'Total size of the underlying database logically in use in bytes.',
      machine.bytesInUse(),
    ),
    metric(
      'counter',
      'etcd_mvcc_put_total',
      'Total number of puts seen by this member.',
      status.puts,
    ),
    metric(
      'counter',
      'etcd_mvcc_delete_total',
      'Total number of deletes seen by this member.',
      status.deletes,
    ),
    gauge('debugging_mvcc_keys_total', 'Total number of keys.', status.keys),
    gauge('debugging_mvcc_current_revision', 'The current revision of store.', status.revision),
    gauge(
      'debugging_mvcc_compact_revision',
      'The revision of the last compaction in store.',
      status.compactRevision,
    ),
    gauge('debugging_auth_revision', 'The current revision of auth store.', machine.auth.revision),
  ];
}
