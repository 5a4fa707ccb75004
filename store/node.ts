// StoreNode: what one member offers beyond KeyValueStore: to etcd's gRPC services, to the command line and to whoever
// runs the cluster. Plain data and interfaces; member.ts implements them. Semantics are etcd 3.6's.
import type { KeyValueStore, Lease, Revision, WatchBatch, WatchQuery } from './kv.js';
import type { MetricFamily } from './metrics.js';

/** What goes into the header of every etcd answer. */
export interface NodeHeader {
  readonly clusterId: bigint;
  readonly memberId: bigint;
  readonly revision: Revision;
  readonly raftTerm: number;
}

/**
 * Who asks, while authentication is on. Absent: trusted, nothing is checked (the API server in this process).
 * `user` '' = no credentials. `authRevision`: what the caller's token was made at; 0 = from a certificate.
 */
export interface Caller {
  readonly user: string;
  readonly authRevision: number;
}

/** A watch that can also be followed without a promise an event. It has one consumer, in one of the two ways. */
export interface NodeWatch extends AsyncIterable<WatchBatch> {
  /** The next whole revision if one is at hand. Throws, once, what ended the watch. */
  take(): WatchBatch | undefined;
  /** `listener` is called whenever there may be something to take again after there was nothing; it takes later. */
  onReady(listener: () => void): void;
  /** Everything up to here has been taken; undefined while something is at hand or history is still being read. */
  readonly takenTo: Revision | undefined;
}

/** A KeyValueStore as one caller may use it, and the rest of etcd's lease API. Errors: 'permission-denied', 'user-empty', … */
export interface NodeStore extends KeyValueStore {
  /** What the caller may not watch is refused with a throw, at once. */
  watch(query: WatchQuery, signal: AbortSignal): NodeWatch;
  /** `physical`: resolve only when the rows are gone. */
  compact(revision: Revision, physical?: boolean): Promise<void>;
  /** Asked of the leader. Undefined: no such lease. `keys` only when asked for. */
  leaseTimeToLive(
    id: bigint,
    withKeys: boolean,
  ): Promise<(Lease & { readonly keys: readonly Uint8Array[] }) | undefined>;
  /** Ids, the lease with the least time left first. */
  leases(): Promise<readonly bigint[]>;
}

export interface MemberInfo {
  readonly id: bigint;
  /** '' until the member has started and told. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}

/** One membership change at a time, refused when it could cost the quorum. All answers list all members, by id. */
export interface ClusterAdmin {
  members(linearizable: boolean, caller?: Caller): Promise<readonly MemberInfo[]>;
  /** Errors: 'member-bad-urls', 'peer-urls-exist', 'member-exists', 'too-many-learners', 'not-enough-started', 'unhealthy'. */
  addMember(
    peerUrls: readonly string[],
    isLearner: boolean,
    caller?: Caller,
  ): Promise<{ readonly member: MemberInfo; readonly members: readonly MemberInfo[] }>;
  /** Errors: 'member-not-found', 'not-enough-started', 'unhealthy'. */
  removeMember(id: bigint, caller?: Caller): Promise<readonly MemberInfo[]>;
  updateMember(
    id: bigint,
    peerUrls: readonly string[],
    caller?: Caller,
  ): Promise<readonly MemberInfo[]>;
  /** Errors: 'member-not-found', 'member-not-learner', 'learner-not-ready'. */
  promoteMember(id: bigint, caller?: Caller): Promise<readonly MemberInfo[]>;
  /** Resolves when `target` leads. Errors: 'not-leader' (asked of another), 'bad-transferee', 'timeout'. */
  moveLeader(target: bigint, caller?: Caller): Promise<void>;
}

export interface NodeAlarm {
  /** 0n in a question: any member. */
  readonly memberId: bigint;
  readonly alarm: 'nospace' | 'corrupt';
}

export interface NodeStatus {
  /** Size of the file, free pages included, and the part in use. */
  readonly dbSizeBytes: number;
  readonly dbSizeInUseBytes: number;
  /** 0 = none. */
  readonly quotaBytes: number;
  /** 0n = none. */
  readonly leader: bigint;
  readonly raftIndex: number;
  readonly raftTerm: number;
  readonly raftAppliedIndex: number;
  readonly isLearner: boolean;
  /** etcd's texts: 'etcdserver: no leader', 'memberID:1 alarm:NOSPACE '. */
  readonly errors: readonly string[];
}

export interface KeyHashAnswer {
  readonly hash: number;
  /** -1: never compacted. */
  readonly compactRevision: number;
  readonly hashRevision: number;
}

/** A whole backup in etcd's file format (bbolt), without the SHA-256 that the stream and the file end with. */
export interface NodeSnapshot {
  readonly sizeBytes: number;
  readonly revision: Revision;
  /** Of any size; their sum is sizeBytes. Ending the iteration early frees what the snapshot holds. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface NodeMaintenance {
  /** Works without a quorum. */
  status(caller?: Caller): Promise<NodeStatus>;
  alarms(caller?: Caller): Promise<readonly NodeAlarm[]>;
  activateAlarm(alarm: NodeAlarm, caller?: Caller): Promise<readonly NodeAlarm[]>;
  /** What was cleared. */
  deactivateAlarm(alarm: NodeAlarm, caller?: Caller): Promise<readonly NodeAlarm[]>;
  /** Rewrites this member's file. */
  defragment(caller?: Caller): Promise<void>;
  /** etcd's Hash: CRC-32C over all buckets of this member. */
  hash(caller?: Caller): Promise<number>;
  /** etcd's HashKV; 0 = now. Errors: 'compacted', 'future-revision'. */
  hashKv(revision: Revision, caller?: Caller): Promise<KeyHashAnswer>;
  snapshot(caller?: Caller): Promise<NodeSnapshot>;
}

export interface KeyPermission {
  readonly type: 'read' | 'write' | 'readwrite';
  readonly key: Uint8Array;
  /** As KeyRange.end; absent: one key. */
  readonly end?: Uint8Array;
}

/** etcd's auth API. Every change goes through the log and adds one to the auth revision. */
export interface AuthAdmin {
  status(caller?: Caller): Promise<{ readonly enabled: boolean; readonly authRevision: number }>;
  enable(caller?: Caller): Promise<void>;
  disable(caller?: Caller): Promise<void>;
  /** A token. Errors: 'auth-not-enabled', 'auth-failed'. */
  authenticate(name: string, password: string): Promise<string>;
  /** Who a token stands for; undefined while authentication is off. Error: 'invalid-auth-token'. */
  callerOf(token: string): Promise<Caller | undefined>;
  /** Whether authentication is on, without waiting. */
  readonly isEnabled: boolean;
  addUser(
    name: string,
    password: string | undefined,
    hashedPassword: string | undefined,
    caller?: Caller,
  ): Promise<void>;
  /** Role names. */
  getUser(name: string, caller?: Caller): Promise<readonly string[]>;
  listUsers(caller?: Caller): Promise<readonly string[]>;
  deleteUser(name: string, caller?: Caller): Promise<void>;
  changePassword(
    name: string,
    password: string | undefined,
    hashedPassword: string | undefined,
    caller?: Caller,
  ): Promise<void>;
  grantRole(user: string, role: string, caller?: Caller): Promise<void>;
  revokeRole(user: string, role: string, caller?: Caller): Promise<void>;
  addRole(name: string, caller?: Caller): Promise<void>;
  getRole(name: string, caller?: Caller): Promise<readonly KeyPermission[]>;
  listRoles(caller?: Caller): Promise<readonly string[]>;
  deleteRole(name: string, caller?: Caller): Promise<void>;
  grantPermission(role: string, permission: KeyPermission, caller?: Caller): Promise<void>;
  revokePermission(
    role: string,
    key: Uint8Array,
    end: Uint8Array | undefined,
    caller?: Caller,
  ): Promise<void>;
}

export interface StoreNode {
  readonly name: string;
  header(): NodeHeader;
  /** The store as `caller` may use it; cheap, so take it per request. */
  storeFor(caller?: Caller): NodeStore;
  readonly cluster: ClusterAdmin;
  readonly maintenance: NodeMaintenance;
  readonly auth: AuthAdmin;
  readonly hasLeader: boolean;
  readonly isLeader: boolean;
  readonly isLearner: boolean;
  /** What this member counts about itself, as of now. */
  metrics(): readonly MetricFamily[];
  /** Called at every change of leader (0n = none) or of this member's role; returns how to stop listening. */
  onLeaderChange(listener: (leader: bigint) => void): () => void;
  /** Resolves when this member was removed from its cluster: the process stops then, with exit code 0. */
  readonly removed: Promise<void>;
}
