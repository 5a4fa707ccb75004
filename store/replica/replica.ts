// Replica: one member's share of the cluster: log, tables, state machine, Raft and the transport, joined. This file is the
// whole surface of store/replica for those who run a member (store/member) and for the simulation; every source of time,
// chance, disk and network comes in through ReplicaParts (parts.ts). Inside: driver.ts (the loop), proposals.ts, reads.ts,
// outbox.ts and snapshot-receiver.ts, which says how a crash during a snapshot is survived.
import { StoreError } from '../errors.js';
import type { Command, CommandResult } from '../mvcc/command.js';
import { readApplied } from '../mvcc/state.js';
import { StateMachine } from '../mvcc/state-machine.js';
import type { ConfChange, MemberId, Membership, Role, SnapshotMark } from '../raft/message.js';
import type { MemberProgress, Raft } from '../raft/raft.js';
import { counterBytes } from '../tables/counter.js';
import type { Tables } from '../tables/tables.js';
import { indexKey, termKey } from '../tables/write-buffer.js';
import { RaftLog } from '../wal/raft-log.js';
import type { LogIdentity } from '../wal/record.js';
import { build, limitsDefault, timeoutMsOf } from './build.js';
import { confStateRow } from './conf-state.js';
import type { Driver } from './driver.js';
import { LeaseKeeper } from './lease-keeper.js';
import type { ReplicaOptions, ReplicaParts, ReplicaStart } from './parts.js';
import type { SnapshotReceiver } from './snapshot-receiver.js';
import { openTables } from './snapshot-receiver.js';
import type { TransportHandlers } from './transport.js';

const foundingMark = { index: 1, term: 1 } as const;

/** Reads what is on disk. Errors: LogCorruption, TablesDamaged, an Error that says what is missing, or what the disk says. */
export async function openReplica(
  parts: ReplicaParts,
  options: ReplicaOptions,
  start: ReplicaStart,
): Promise<Replica> {
  const log = new RaftLog(parts.disk, { identity: start.identity, start: markOf(start) });
  try {
    const tables = await openTables(parts.tables, log.snapshot());
    try {
      if (log.isNew) await begin(log, tables, start);
      const machine = StateMachine.open(tables, { ...options.machine, clock: parts.clock });
      parts.members.load(tables);
      return new Replica(parts, options, { log, machine });
    } catch (error) {
      await tables.close();
      throw error;
    }
  } catch (error) {
    log.close();
    throw error;
  }
}

export class Replica {
  readonly identity: LogIdentity;
  /** For reading and watching; writes go through propose. Ask for its leases, auth and access each time. */
  readonly machine: StateMachine;
  /** Resolves when this member was removed from its cluster and leads it no longer: the process is to stop then. */
  readonly removed: Promise<void>;
  readonly #parts: ReplicaParts;
  readonly #options: ReplicaOptions;
  readonly #log: RaftLog;
  readonly #raft: Raft;
  readonly #driver: Driver;
  readonly #snapshots: SnapshotReceiver;
  readonly #timeoutMs: number;
  readonly #leases: LeaseKeeper;
  #noteRemoved: () => void = () => undefined;
  /** In this life. */
  #wasMember = false;
  #stopped: Promise<void> | undefined;

  constructor(
    parts: ReplicaParts,
    options: ReplicaOptions,
    opened: { readonly log: RaftLog; readonly machine: StateMachine },
  ) {
    const { log, machine } = opened;
    this.#parts = parts;
    this.#options = options;
    this.#log = log;
    this.machine = machine;
    this.identity = log.identity;
    this.removed = new Promise((resolve) => {
      this.#noteRemoved = resolve;
    });
    const limits = { ...limitsDefault, ...options.limits };
    this.#timeoutMs = timeoutMsOf(options.electionMs, limits.timeoutBaseMs);
    const { raft, driver, snapshots } = build({
      ...parts,
      ...options,
      log,
      machine,
      home: parts.tables,
      limits,
      onMembership: () => {
        this.refreshPeers();
      },
    });
    this.#raft = raft;
    this.#driver = driver;
    this.#snapshots = snapshots;
    this.#leases = new LeaseKeeper({
      machine,
      clock: parts.clock,
      driver,
      electionMs: options.electionMs,
    });
  }

  /** Rejects when the transport cannot listen. Resolves at once else: see whenReady. */
  async start(): Promise<void> {
    await this.#parts.transport.start(this.identity, this.#handlers());
    this.refreshPeers();
    this.#driver.onStateChange(() => {
      this.#leases.noteLeadership();
      this.#checkRemoved();
    });
    this.#driver.start();
    this.#leases.start();
  }

  /** Resolves when a leader is known and everything it had committed by now is applied here. */
  async whenReady(): Promise<void> {
    for (;;) {
      try {
        await this.confirmRead();
        return;
      } catch (error) {
        if (!isPassing(error)) throw error;
      }
    }
  }

  get role(): Role {
    return this.#raft.role;
  }

  get isLeader(): boolean {
    return this.#driver.isLeader;
  }

  /** Leads, and has applied the first entry of its term: the time to start what only a leader does. */
  get isLeading(): boolean {
    return this.#driver.isLeading;
  }

  get hasLeader(): boolean {
    return this.#driver.hasLeader;
  }

  /** 0n = none known. */
  get leader(): MemberId {
    return this.#driver.leader;
  }

  get term(): number {
    return this.#driver.term;
  }

  get commitIndex(): number {
    return this.#driver.commitIndex;
  }

  get appliedIndex(): number {
    return this.#driver.appliedIndex;
  }

  /** First entry the log still has; what a member lacks before it comes as a snapshot. */
  get logFirstIndex(): number {
    return this.#log.firstIndex;
  }

  /** As far as this member has applied changes of it. Empty: it has joined, and heard nothing yet. */
  get membership(): Membership {
    return this.#driver.membership;
  }

  get isLearner(): boolean {
    return this.membership.learners.includes(this.identity.memberId);
  }

  /** How far the others are; empty unless leader. */
  progress(): readonly MemberProgress[] {
    return this.#raft.progress();
  }

  /** Called at every change of role, leader, term or isLeading; returns how to stop listening. */
  onStateChange(listener: () => void): () => void {
    return this.#driver.onStateChange(listener);
  }

  /**
   * Resolves with the result of the apply, whoever leads. Errors: 'request-too-large', 'too-many-requests', 'stopped';
   * 'timeout', 'timeout-leader-lost': it may still be applied.
   */
  propose(command: Command): Promise<CommandResult> {
    return this.#driver.propose(command);
  }

  /**
   * Resolves when the local state holds every write acknowledged before the call. Errors: 'leader-changed', 'timeout',
   * 'too-many-requests', 'stopped'.
   */
  confirmRead(): Promise<void> {
    return this.#driver.confirmRead();
  }

  /**
   * Leader only, one at a time; resolves with the membership after it, when it is applied. Errors: 'not-leader',
   * 'leader-changed' (not done), 'too-many-requests' (not done: another change was under way), 'timeout' (may be done yet).
   */
  proposeConfChange(change: ConfChange): Promise<Membership> {
    return this.#driver.proposeConfChange(change);
  }

  /** Resolves when `target` leads. Errors: 'not-leader', 'bad-transferee' (no voter), 'timeout'. */
  transferLeader(target: MemberId): Promise<void> {
    if (!this.isLeader) return Promise.reject(new StoreError('not-leader'));
    if (target === this.identity.memberId) return Promise.resolve();
    if (!this.membership.voters.includes(target))
      return Promise.reject(new StoreError('bad-transferee'));
    this.#raft.transferLeader(target);
    this.#driver.wake();
    return this.#until(() => this.leader === target, this.#timeoutMs);
  }

  /** The list of members changed without a conf change (URLs): tells the transport. */
  refreshPeers(): void {
    const { members, transport } = this.#parts;
    const own = this.identity.memberId;
    transport.setPeers(
      members.peers().filter(({ id }) => id !== own),
      members.removed(),
    );
    this.#checkRemoved();
  }

  /** Hands leadership over when another healthy voter is there, and stops. */
  async stop(): Promise<void> {
    if (!this.#stopped) await this.#handOver();
    await this.halt();
  }

  /** Stops without handing over. Waiting calls end with 'stopped'. */
  halt(): Promise<void> {
    this.#stopped ??= this.#halt();
    return this.#stopped;
  }

  async #halt(): Promise<void> {
    this.#leases.stop();
    await this.#parts.transport.stop();
    await this.#driver.stop();
    try {
      await this.machine.close();
    } finally {
      this.#log.close();
    }
  }

  /** To the voter that has most of the log. In vain is no harm: the others elect one. */
  async #handOver(): Promise<void> {
    const { voters } = this.membership;
    const healthy = this.progress()
      .filter(({ member, recentActive }) => recentActive && voters.includes(member))
      .sort((a, b) => b.match - a.match);
    const [best] = healthy;
    if (!best) return;
    this.#raft.transferLeader(best.member);
    this.#driver.wake();
    const isDone = (): boolean => !this.isLeader && this.hasLeader;
    await this.#until(isDone, 2 * this.#options.electionMs).catch(() => undefined);
  }

  /** Error: 'timeout'. */
  #until(isTrue: () => boolean, timeoutMs: number): Promise<void> {
    if (isTrue()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        stopListening();
        cancel();
        settle();
      };
      const stopListening = this.onStateChange(() => {
        if (isTrue()) end(resolve);
      });
      const cancel = this.#parts.clock.after(timeoutMs, () => {
        end(() => {
          reject(new StoreError('timeout'));
        });
      });
    });
  }

  #checkRemoved(): void {
    const own = this.identity.memberId;
    const { voters, learners } = this.membership;
    const isMember = [...voters, ...learners].includes(own);
    if (isMember) this.#wasMember = true;
    // Not being in it is no proof: a member that joins may be sent a snapshot from before it was added.
    const isOut = this.#parts.members.removed().includes(own) || (this.#wasMember && !isMember);
    // A removed leader leads on until a voter takes over (raft/leader.ts).
    if (isOut && !this.isLeader) this.#noteRemoved();
  }

  #handlers(): TransportHandlers {
    return {
      messages: (messages) => {
        this.#driver.step(messages);
      },
      forwarded: (payload) => this.#driver.proposeForwarded(payload),
      snapshot: (message, chunks) => this.#snapshots.receive(message, chunks),
      ask: (request, from) => this.#parts.answer(request, from),
      unreachable: (member) => {
        this.#raft.reportUnreachable(member);
      },
      removed: () => {
        this.#noteRemoved();
      },
    };
  }
}

const markOf = (start: ReplicaStart): SnapshotMark =>
  start.type === 'found'
    ? { ...foundingMark, membership: { voters: start.voters, learners: [] } }
    : { index: 0, term: 0, membership: { voters: [], learners: [] } };

/** The first start: rows first, then the log, which says from then on that the member exists. */
async function begin(log: RaftLog, tables: Tables, start: ReplicaStart): Promise<void> {
  const { index, term, membership } = log.snapshot();
  // Rows that are there were restored from a backup.
  if (start.type === 'found' && readApplied(tables).index === 0) {
    await tables.commit([
      ...start.rows,
      confStateRow(membership),
      { table: 'meta', key: indexKey, value: counterBytes(index) },
      { table: 'meta', key: termKey, value: counterBytes(term) },
    ]);
  }
  await log.save({ hardState: { term, vote: 0n, commit: index }, entries: [] });
}

function isPassing(error: unknown): boolean {
  return (
    error instanceof StoreError && (error.code === 'leader-changed' || error.code === 'timeout')
  );
}
