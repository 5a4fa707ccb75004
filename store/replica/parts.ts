// ReplicaParts: everything a replica takes from outside (time, chance, disk, network, the list of members), its options
// and how it starts. replica.ts puts them together.
import type { Clock } from '../clock.js';
import type { StateMachineOptions } from '../mvcc/state-machine.js';
import type { MemberId } from '../raft/message.js';
import type { TableWrite } from '../tables/tables.js';
import type { LogDisk } from '../wal/disk.js';
import type { LogIdentity } from '../wal/record.js';
import type { MemberRecord } from './member-record.js';
import type { PeerReply, PeerRequest } from './peer-request.js';
import type { TablesHome } from './tables-home.js';
import type { Transport } from './transport.js';

export interface ReplicaParts {
  /** Of the write-ahead log. Undefined: in memory, nothing survives. */
  readonly disk: LogDisk | undefined;
  readonly tables: TablesHome;
  readonly transport: Transport;
  readonly members: MemberRecord;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Runs a task after the current turn of the event loop (setImmediate). */
  readonly defer: (task: () => void) => void;
  /** The disk failed or an invariant broke. Nothing is acknowledged any more; the process must end. */
  readonly fatal: (error: unknown) => void;
  /** Answers other members' questions. Throws StoreError. */
  readonly answer: (request: PeerRequest, from: MemberId | undefined) => Promise<PeerReply>;
}

export interface ReplicaOptions {
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly requestBytesMax: number;
  readonly machine: Omit<StateMachineOptions, 'clock'>;
  readonly limits?: Partial<ReplicaLimits>;
}

export interface ReplicaLimits {
  /** Entries and bytes of log kept behind what the tables hold, for members that lag. */
  readonly trailingEntries: number;
  readonly trailingBytes: number;
  /** The log is looked at for compaction each time this many entries have become durable in the tables. */
  readonly compactEveryEntries: number;
  /** The log is not cut under a snapshot on its way before it holds this much. */
  readonly heldBytesMax: number;
  readonly snapshotChunkBytes: number;
  /** A request that waits for others ends after this and two election timeouts (etcd: 5 s). */
  readonly timeoutBaseMs: number;
}

/** How a member without a log starts. One that has a log goes on as what the log says, whatever is given here. */
export type ReplicaStart =
  /** First member of a new cluster: every one of them is given the same voters and rows (of the members table, …). */
  | {
      readonly type: 'found';
      readonly identity: LogIdentity;
      readonly voters: readonly MemberId[];
      readonly rows: readonly TableWrite[];
    }
  /** Was added to a running cluster: knows nobody until the leader's snapshot arrives. */
  | { readonly type: 'join'; readonly identity: LogIdentity };
