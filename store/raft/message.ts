// Plain data of the Raft core: what is stored, sent and handed over. Names follow etcd-io/raft.
// Term and index are safe integers (counters); member ids are bigint (identities).

export type MemberId = bigint;
export const noMember: MemberId = 0n;

export interface Entry {
  readonly index: number;
  readonly term: number;
  /** 'normal' with an empty payload is the entry a new leader commits to learn what is committed. */
  readonly type: 'normal' | 'conf-change';
  readonly data: Uint8Array;
}

/** What must survive a crash (Raft §5.1 fig. 2); `commit` is an optimisation. */
export interface HardState {
  readonly term: number;
  readonly vote: MemberId;
  readonly commit: number;
}

export interface Membership {
  readonly voters: readonly MemberId[];
  readonly learners: readonly MemberId[];
}

/** Where a log that starts with a snapshot starts. The state itself travels and is stored by the driver. */
export interface SnapshotMark {
  readonly index: number;
  readonly term: number;
  readonly membership: Membership;
}

/** One-at-a-time membership changes (Raft dissertation §4.1). `context` is opaque to the core. */
export interface ConfChange {
  readonly type: 'add-voter' | 'add-learner' | 'remove';
  readonly member: MemberId;
  readonly context: Uint8Array;
}

interface Envelope {
  readonly from: MemberId;
  readonly to: MemberId;
  readonly term: number;
}

/** The sender's commit index and the term of the entry there; both 0 when its log no longer tells the term. */
export interface KnownCommit {
  readonly commit: number;
  readonly commitTerm: number;
}

export type Message = Envelope &
  (
    | {
        readonly type: 'append';
        readonly prevIndex: number;
        readonly prevTerm: number;
        readonly entries: readonly Entry[];
        readonly commit: number;
      }
    | {
        readonly type: 'append-reply';
        /** Accepted: last index now matching. Rejected: the prevIndex refused. */
        readonly index: number;
        readonly rejected: boolean;
        /** On rejection: best guess of the last matching index and its term (the fast log backtracking of Raft §5.3). */
        readonly hintIndex: number;
        readonly hintTerm: number;
      }
    | { readonly type: 'heartbeat'; readonly commit: number; readonly readContext: bigint }
    | { readonly type: 'heartbeat-reply'; readonly readContext: bigint }
    | ({
        readonly type: 'vote' | 'pre-vote';
        readonly lastIndex: number;
        readonly lastTerm: number;
        /** Set when the leader asked for this election (transfer): ignores the lease of a live leader. */
        readonly transfer: boolean;
      } & KnownCommit)
    | ({
        readonly type: 'vote-reply' | 'pre-vote-reply';
        readonly granted: boolean;
      } & KnownCommit)
    | { readonly type: 'snapshot'; readonly snapshot: SnapshotMark }
    | { readonly type: 'timeout-now' }
    | { readonly type: 'read-index'; readonly readContext: bigint }
    | { readonly type: 'read-index-reply'; readonly readContext: bigint; readonly index: number }
    | { readonly type: 'transfer-leader'; readonly transferee: MemberId }
  );

/** The read asked for with `id` may be served once `index` is applied (Raft dissertation §6.4). */
export interface ReadState {
  readonly id: bigint;
  readonly index: number;
}

/** Synchronous reads of what the driver has saved. Indices outside [firstIndex, lastIndex] are a caller's bug. */
export interface StableLog {
  /** First index still stored; snapshot index + 1. */
  readonly firstIndex: number;
  /** Last index stored; firstIndex - 1 when empty. */
  readonly lastIndex: number;
  /** Term at index, for firstIndex - 1 <= index <= lastIndex. */
  term(index: number): number;
  /** Entries from `from` up to and excluding `to`, cut after `bytesMax` (but at least one). */
  entries(from: number, to: number, bytesMax: number): readonly Entry[];
  snapshot(): SnapshotMark;
}

export interface RaftConfig {
  readonly id: MemberId;
  readonly hardState: HardState;
  /**
   * As of `applied`. The first members of a cluster start from a mark at index 1, term 1 that holds the
   * first membership; a member that joins starts from nothing (index 0, no members), and so is sent a
   * snapshot, which tells it the membership, before any entry that changes one.
   */
  readonly membership: Membership;
  /** Index up to which the state machine has applied before this start. */
  readonly applied: number;
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  readonly appendBytesMax: number;
  readonly inflightMessagesMax: number;
  readonly uncommittedBytesMax: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** One round of effects. Field names say when; the driver must finish `save` (fsync) before `sendAfterSave`. */
export interface Ready {
  readonly save?: {
    /** Stored along with the entries or after them: its commit may point at the last of them. */
    readonly hardState?: HardState;
    /** Overwrites anything stored at or after entries[0].index. */
    readonly entries: readonly Entry[];
    /** Replaces the whole log and the state; stored before the entries. */
    readonly snapshot?: SnapshotMark;
  };
  /** May leave at once (a leader's appends and heartbeats). */
  readonly send: readonly Message[];
  /** Votes and acks: promises about what is on disk. Waits for this Ready's save and all earlier ones. */
  readonly sendAfterSave: readonly Message[];
  /** Committed and already saved here (before this round), in index order, each given out once. */
  readonly apply: readonly Entry[];
  readonly reads: readonly ReadState[];
  /** Reads that can no longer be answered here (leadership lost). */
  readonly droppedReads: readonly bigint[];
  readonly state?: { readonly role: Role; readonly leader: MemberId; readonly term: number };
}

export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader';
