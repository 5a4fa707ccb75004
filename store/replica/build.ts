// Puts the insides of a replica together: the Raft core over its log, the applier over its state machine, and the driver
// between them. Limits that nobody tunes live here.
import type { Clock } from '../clock.js';
import type { StateMachine } from '../mvcc/state-machine.js';
import type { ConfChange } from '../raft/message.js';
import { Raft } from '../raft/raft.js';
import type { RaftLog } from '../wal/raft-log.js';
import { Applier } from './applier.js';
import { ConfChanges } from './conf-changes.js';
import { Driver } from './driver.js';
import { LogKeeper } from './log-keeper.js';
import type { MemberRecord } from './member-record.js';
import { Outbox } from './outbox.js';
import type { ReplicaLimits } from './parts.js';
import { Proposals } from './proposals.js';
import { Reads } from './reads.js';
import { SnapshotReceiver } from './snapshot-receiver.js';
import type { TablesHome } from './tables-home.js';
import type { Transport } from './transport.js';

export interface BuildParts {
  readonly log: RaftLog;
  readonly machine: StateMachine;
  readonly home: TablesHome;
  readonly transport: Transport;
  readonly members: MemberRecord;
  readonly clock: Clock;
  readonly random: () => number;
  readonly defer: (task: () => void) => void;
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly requestBytesMax: number;
  readonly limits: ReplicaLimits;
  readonly onMembership: () => void;
  readonly fatal: (error: unknown) => void;
}

export interface Built {
  readonly raft: Raft;
  readonly driver: Driver;
  readonly snapshots: SnapshotReceiver;
}

const batchLimits = {
  batchBytesMax: 1 << 20,
  batchCommandsMax: 1024,
  pendingMax: 100_000,
  forwardsMax: 32,
};
const raftLimits = {
  appendBytesMax: 512 << 10,
  inflightMessagesMax: 512,
  uncommittedBytesMax: 64 << 20,
};

export const limitsDefault: ReplicaLimits = {
  trailingEntries: 5_000,
  trailingBytes: 8 << 20,
  compactEveryEntries: 1_000,
  heldBytesMax: 256 << 20,
  snapshotChunkBytes: 256 << 10,
  timeoutBaseMs: 5_000,
};

export const timeoutMsOf = (
  electionMs: number,
  baseMs: number = limitsDefault.timeoutBaseMs,
): number => baseMs + 2 * electionMs;

export function build(parts: BuildParts): Built {
  const { log, machine, clock, random, transport, limits, heartbeatMs } = parts;
  checkTogether(machine.appliedIndex, log);
  const mark = log.snapshot();
  const timeoutMs = timeoutMsOf(parts.electionMs, limits.timeoutBaseMs);
  const raft = buildRaft(parts);
  const proposals = new Proposals(
    { ...batchLimits, requestBytesMax: parts.requestBytesMax, timeoutMs },
    clock,
    random,
  );
  const confChanges = new ConfChanges(timeoutMs);
  const { members, onMembership, fatal } = parts;
  const change = (confChange: ConfChange): ReturnType<Raft['applyConfChange']> =>
    raft.applyConfChange(confChange);
  const applier = new Applier(
    { machine, proposals, confChanges, members, change, onMembership },
    mark,
  );
  const logKeeper = new LogKeeper(log, machine, applier, limits);
  const wake = (): void => {
    driver.wake();
  };
  const chunkBytes = limits.snapshotChunkBytes;
  const snapshots = new SnapshotReceiver({ home: parts.home, machine, members, wake });
  const driver = new Driver({
    raft,
    log,
    logKeeper,
    applier,
    proposals,
    confChanges,
    reads: new Reads(timeoutMs),
    outbox: new Outbox({
      transport,
      raft,
      machine,
      applier,
      logKeeper,
      clock,
      chunkBytes,
      wake,
      fatal,
    }),
    snapshots,
    clock,
    heartbeatMs,
    defer: parts.defer,
    fatal,
  });
  if (mark.membership.voters.length === 1) raft.campaign();
  return { raft, driver, snapshots };
}

/** What a crash cannot leave behind: then files are missing. */
function checkTogether(applied: number, log: RaftLog): void {
  if (applied > log.lastIndex) {
    throw new Error(
      `the tables hold entry ${applied} but the write-ahead log ends at ${log.lastIndex}: log files are missing`,
    );
  }
  // A founding member's tables may not hold its first index yet.
  const { index } = log.snapshot();
  if (applied < index && index > 1) {
    throw new Error(
      `the tables hold entry ${applied} but the write-ahead log begins behind ${index}: the tables are older than the log`,
    );
  }
}

function buildRaft({ log, machine, electionMs, heartbeatMs, random }: BuildParts): Raft {
  const mark = log.snapshot();
  return new Raft(
    {
      id: log.identity.memberId,
      // What is in the tables was committed, though the log need not say so. The core gives it out at once, and with it
      // the membership changes in it: nobody may act on an older membership than his tables show.
      hardState: { ...log.hardState, commit: Math.max(log.hardState.commit, machine.appliedIndex) },
      membership: mark.membership,
      // From the mark on, so that membership changes are seen again; the applier skips data it has.
      applied: mark.index,
      electionTicks: Math.max(2, Math.round(electionMs / heartbeatMs)),
      heartbeatTicks: 1,
      ...raftLimits,
      random,
    },
    log,
  );
}
