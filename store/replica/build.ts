// Builds the replica of one member: Raft core over its log, applier over its state machine, and the driver
// between them. Limits that nobody tunes live here.
import assert from 'node:assert/strict';
import type { Clock } from '../clock.js';
import type { StateMachine } from '../mvcc/state-machine.js';
import { decodeConfChange } from '../raft/membership.js';
import type { MemberId } from '../raft/message.js';
import { Raft } from '../raft/raft.js';
import type { RaftLog } from '../wal/raft-log.js';
import { Applier } from './applier.js';
import { Driver } from './driver.js';
import { Proposals } from './proposals.js';

export interface ReplicaParts {
  readonly memberId: MemberId;
  readonly log: RaftLog;
  readonly machine: StateMachine;
  readonly clock: Clock;
  readonly random: () => number;
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly requestBytesMax: number;
  readonly fatal: (error: unknown) => void;
}

/** etcd's: 5 s and two election timeouts. */
const timeoutBaseMs = 5_000;
const tail = { trailingEntries: 5_000, trailingBytes: 8 << 20 };
const batchLimits = { batchBytesMax: 1 << 20, batchCommandsMax: 1024, pendingMax: 100_000 };
const raftLimits = {
  appendBytesMax: 512 << 10,
  inflightMessagesMax: 512,
  uncommittedBytesMax: 64 << 20,
};

export function buildReplica(parts: ReplicaParts): Driver {
  const { memberId, log, machine, clock, random, heartbeatMs, electionMs } = parts;
  const mark = log.snapshot();
  if (machine.appliedIndex > log.lastIndex) {
    throw new Error(
      `the tables hold entry ${machine.appliedIndex} but the write-ahead log ends at ${log.lastIndex}: log files are missing`,
    );
  }
  const raft = new Raft(
    {
      id: memberId,
      hardState: log.hardState,
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
  const timeoutMs = timeoutBaseMs + 2 * electionMs;
  const limits = { ...batchLimits, requestBytesMax: parts.requestBytesMax, timeoutMs };
  const proposals = new Proposals(limits, clock, random);
  const confChanges = {
    decode: decodeConfChange,
    apply: (change: Parameters<Raft['applyConfChange']>[0]) => raft.applyConfChange(change),
  };
  const applier = new Applier(machine, proposals, confChanges, mark);
  if (mark.membership.voters.length === 1) raft.campaign();
  return new Driver(
    {
      raft,
      log,
      machine,
      applier,
      proposals,
      // A sole member has nobody to write to; peers bring their own transport.
      send: (messages) => {
        assert.equal(messages.length, 0, 'a sole member sends nothing');
      },
      clock,
      defer: setImmediate,
      fatal: parts.fatal,
    },
    { heartbeatMs, readTimeoutMs: timeoutMs, ...tail },
  );
}
