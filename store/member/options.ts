// What a member may be told when it opens, and what it takes when it is not told. Names and defaults are etcd's.
import type { SnapshotSchedule } from '../backup/schedule.js';
import type { Clock } from '../clock.js';
import type { AutoCompactionPolicy } from '../mvcc/auto-compaction.js';
import type { Transport } from '../replica/transport.js';

export interface MemberOptions {
  /** Absent: everything in memory, gone with the process; the same code with no disk under it. */
  readonly dataDir?: string;
  /** etcd --name. */
  readonly name?: string;
  /** etcd --initial-advertise-peer-urls. */
  readonly peerUrls?: readonly string[];
  /** etcd --advertise-client-urls: told to the other members and to clients, never listened on here. */
  readonly clientUrls?: readonly string[];
  /**
   * etcd --initial-cluster: name -> peer URLs of every founding member (or, joining, of every member), this one included.
   * Absent: this one alone. Counts at the first start only.
   */
  readonly initialCluster?: ReadonlyMap<string, readonly string[]>;
  /** etcd --initial-cluster-state: 'existing' = the others added this one, and tell who they are. Default 'new'. */
  readonly initialClusterState?: 'new' | 'existing';
  /** etcd --initial-cluster-token. */
  readonly clusterToken?: string;
  /** How members reach one another. Absent: no member can, so this one stays alone. */
  readonly transport?: Transport;
  /** etcd --strict-reconfig-check, default true: refuse membership changes that could cost the quorum. */
  readonly isReconfigStrict?: boolean;
  /** Opening waits for a quorum of the cluster, for ever if need be: this ends it. */
  readonly signal?: AbortSignal;
  /** etcd --snapshot-count: the log is cut each time this many entries are in the tables. Default 10,000. */
  readonly snapshotEntries?: number;
  readonly heartbeatMs?: number;
  readonly electionMs?: number;
  /** etcd --quota-backend-bytes: 0 or absent = 2 GiB, negative = none. */
  readonly quotaBytes?: number;
  /**
   * True (the default): the quota counts what is in use, and the first write that has room again lifts the NOSPACE
   * alarm, as Kubernetes has no way to. False: etcd's way, where the file counts, and only a defragmentation and a
   * disarm end it.
   */
  readonly liftsNoSpace?: boolean;
  /** etcd --max-request-bytes. */
  readonly requestBytesMax?: number;
  /** etcd --max-txn-ops. */
  readonly txnOpsMax?: number;
  /** etcd --auto-compaction-mode and -retention; absent: somebody else compacts, as Kubernetes API servers do. */
  readonly autoCompaction?: AutoCompactionPolicy;
  /** Snapshots of this member, as files. Absent: none. */
  readonly snapshots?: SnapshotSchedule;
  /** One of them failed: it is tried again. */
  readonly onSnapshotFailed?: (error: unknown) => void;
  /** etcd --auth-token: `simple`, or `jwt,sign-method=…,pub-key=FILE,priv-key=FILE,ttl=5m`. */
  readonly authToken?: string;
  /** etcd --auth-token-ttl, in milliseconds: how long a simple token lasts unused. */
  readonly authTokenTtlMs?: number;
  /** etcd --bcrypt-cost: 4 to 31. */
  readonly bcryptCost?: number;
  readonly clock?: Clock;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  /** The disk failed or an invariant broke. The process must end: what is acknowledged is on disk, nothing after it is. */
  readonly onFatal: (error: unknown) => void;
}

export const nameDefault = 'default';
export const peerUrlsDefault: readonly string[] = ['http://localhost:2380'];
export const clientUrlsDefault: readonly string[] = ['http://localhost:2379'];
export const clusterTokenDefault = 'etcd-cluster';
export const electionMsDefault = 1000;
export const heartbeatMsDefault = 100;
export const requestBytesMaxDefault = 1.5 * 2 ** 20;
export const txnOpsMaxDefault = 128;
const quotaBytesDefault = 2 * 2 ** 30;

/** 0 = none. */
export function quotaOf(bytes: number | undefined): number {
  if (bytes === undefined || bytes === 0) return quotaBytesDefault;
  return bytes < 0 ? 0 : bytes;
}
