// Driver: runs the Raft core. It turns each Ready into effects in the order the core's promises need:
// send, save (one write + one fdatasync), report saved, send what depends on it. Committed entries
// are applied while the disk works. Everything that arrives in one turn of the event loop goes in one round.
import assert from 'node:assert/strict';
import type { Clock } from '../clock.js';
import { StoreError } from '../errors.js';
import type { Command, CommandResult } from '../mvcc/command.js';
import {
  noMember,
  type ConfChange,
  type MemberId,
  type Membership,
  type Message,
  type Ready,
} from '../raft/message.js';
import type { Raft } from '../raft/raft.js';
import type { RaftLog } from '../wal/raft-log.js';
import type { Applier } from './applier.js';
import type { ConfChanges } from './conf-changes.js';
import type { LogKeeper } from './log-keeper.js';
import type { Outbox } from './outbox.js';
import type { Proposals } from './proposals.js';
import type { Reads } from './reads.js';
import type { Arrival, SnapshotReceiver } from './snapshot-receiver.js';
import type { ForwardOutcome } from './transport.js';

export interface DriverParts {
  readonly raft: Raft;
  readonly log: RaftLog;
  readonly logKeeper: LogKeeper;
  readonly applier: Applier;
  readonly proposals: Proposals;
  readonly confChanges: ConfChanges;
  readonly reads: Reads;
  readonly outbox: Outbox;
  readonly snapshots: SnapshotReceiver;
  readonly clock: Clock;
  readonly heartbeatMs: number;
  /** Runs a task after the current turn of the event loop. */
  readonly defer: (task: () => void) => void;
  /** The disk failed or an invariant broke: the process must not go on. */
  readonly fatal: (error: unknown) => void;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: StoreError) => void;
}

export class Driver {
  readonly #parts: DriverParts;
  #scheduled = false;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #cancelTick: () => void = () => undefined;
  /** First index of this member's current leadership; reads may be served once it is applied. */
  #leaderFrom = Infinity;
  #leaderTerm = 0;
  #leader: MemberId = noMember;
  #wasLeading = false;
  #leaderWaiters: Waiter[] = [];
  readonly #stateListeners = new Set<() => void>();

  constructor(parts: DriverParts) {
    this.#parts = parts;
  }

  start(): void {
    const { clock, heartbeatMs } = this.#parts;
    const tick = (): void => {
      if (this.#stopped) return;
      this.#tick();
      this.#cancelTick = clock.after(heartbeatMs, tick);
    };
    this.#cancelTick = clock.after(heartbeatMs, tick);
    this.wake();
  }

  get isLeader(): boolean {
    return this.#parts.raft.role === 'leader';
  }

  get hasLeader(): boolean {
    return this.#parts.raft.leader !== noMember;
  }

  /** 0n = none known. */
  get leader(): MemberId {
    return this.#parts.raft.leader;
  }

  get term(): number {
    return this.#parts.raft.term;
  }

  get commitIndex(): number {
    return this.#parts.raft.commit;
  }

  get appliedIndex(): number {
    return this.#parts.applier.appliedIndex;
  }

  get membership(): Membership {
    return this.#parts.raft.membership;
  }

  /** Leads, and has applied the first entry of its term: knows all that was acknowledged before. */
  get isLeading(): boolean {
    return this.isLeader && this.appliedIndex >= this.#leaderFrom;
  }

  /** Called at every change of role, leader, term or isLeading; returns how to stop listening. */
  onStateChange(listener: () => void): () => void {
    this.#stateListeners.add(listener);
    return () => {
      this.#stateListeners.delete(listener);
    };
  }

  /** Resolves with the result of the apply. Errors: see Proposals.add. */
  propose(command: Command, term?: number): Promise<CommandResult> {
    const result = this.#parts.proposals.add(command, term);
    this.wake();
    return result;
  }

  proposeConfChange(change: ConfChange): Promise<Membership> {
    if (this.#stopped) return Promise.reject(new StoreError('stopped'));
    const result = this.#parts.confChanges.add(change, this.#parts.clock.monotonic());
    this.wake();
    return result;
  }

  /** Another member's batch. */
  proposeForwarded(payload: Uint8Array): ForwardOutcome {
    const outcome = this.#stopped ? 'not-leader' : this.#parts.raft.propose(payload);
    this.wake();
    return outcome;
  }

  /** Resolves when the local state holds every write that was acknowledged before the call (ReadIndex). */
  confirmRead(): Promise<void> {
    if (this.#canReadAtOnce()) return Promise.resolve();
    return this.confirmReadByQuorum();
  }

  /** As confirmRead; on a leader it also proves that no other member led at some time after the call. */
  confirmReadByQuorum(): Promise<void> {
    if (this.#stopped) return Promise.reject(new StoreError('stopped'));
    const confirmed = this.#parts.reads.add(this.#parts.clock.monotonic());
    this.wake();
    return confirmed;
  }

  /** Resolves when this member leads and has applied the first entry of its term. */
  whenLeading(): Promise<void> {
    if (this.isLeading) return Promise.resolve();
    return new Promise<void>((resolve, reject) => {
      this.#leaderWaiters.push({ resolve, reject });
      this.wake();
    });
  }

  step(messages: readonly Message[]): void {
    if (this.#stopped) return;
    for (const message of messages) {
      // A snapshot comes with its data, through the receiver.
      if (message.type !== 'snapshot') this.#parts.raft.step(message);
    }
    this.wake();
  }

  /** Something changed in the core or in what waits for it. */
  wake(): void {
    if (this.#running) {
      this.#again = true;
      return;
    }
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    this.#parts.defer(() => {
      this.#scheduled = false;
      if (this.#stopped) return;
      this.#running = this.#rounds()
        .catch((error: unknown) => {
          this.#stopped = true;
          this.#parts.fatal(error);
          this.#rejectAll();
        })
        .finally(() => {
          this.#running = undefined;
          // Asked for between the last round's end and here.
          if (!this.#again) return;
          this.#again = false;
          this.wake();
        });
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTick();
    await this.#running;
    this.#rejectAll();
  }

  #rejectAll(): void {
    const { proposals, reads, confChanges, snapshots } = this.#parts;
    proposals.close();
    reads.close();
    confChanges.close();
    snapshots.close();
    for (const waiter of this.#leaderWaiters) waiter.reject(new StoreError('stopped'));
    this.#leaderWaiters = [];
  }

  #tick(): void {
    const { raft, proposals, reads, confChanges, clock } = this.#parts;
    const nowMs = clock.monotonic();
    raft.tick();
    proposals.tick(nowMs);
    reads.tick(nowMs);
    confChanges.tick(nowMs);
    this.wake();
  }

  /**
   * A sole voter needs no heartbeat round: nobody else can have acknowledged a write, and our own
   * acknowledgements come after the apply, so the applied state holds them all.
   */
  #canReadAtOnce(): boolean {
    const { voters } = this.#parts.raft.membership;
    return voters.length === 1 && voters[0] === this.#parts.raft.id && this.isLeading;
  }

  async #rounds(): Promise<void> {
    const { raft, log, logKeeper, outbox, reads, snapshots, clock } = this.#parts;
    for (;;) {
      const arrival = snapshots.take();
      if (arrival) raft.step(arrival.message);
      this.#propose();
      reads.ask(clock.monotonic(), (id) => {
        raft.requestRead(id);
      });
      const ready = raft.takeReady();
      if (arrival && !ready?.save?.snapshot) snapshots.refuse(arrival);
      if (!ready) return;
      if (ready.state) this.#noteState();
      outbox.send(ready.send);
      const saving = ready.save ? log.save(ready.save) : undefined;
      // Awaited below; when applying fails first, a save that fails too has nobody else to tell.
      saving?.catch(() => undefined);
      this.#advance(ready);
      if (saving) await saving;
      if (ready.save?.snapshot) await this.#install(arrival);
      raft.saved(ready);
      outbox.send(ready.sendAfterSave);
      logKeeper.compact();
    }
  }

  #propose(): void {
    const { raft, proposals, confChanges, outbox } = this.#parts;
    if (raft.role === 'leader') proposals.drain(raft.term, (payload) => raft.propose(payload));
    else if (raft.leader !== noMember) {
      const { leader } = raft;
      proposals.drainTo(
        (payload) => outbox.forward(leader, payload),
        () => {
          this.wake();
        },
      );
    }
    confChanges.propose(raft);
  }

  #advance(ready: Ready): void {
    const { applier, reads } = this.#parts;
    applier.apply(ready.apply);
    for (const read of ready.reads) reads.confirm(read);
    // Reads in droppedReads had nobody to be asked of; they are asked again in a while.
    this.#release();
  }

  #release(): void {
    this.#parts.reads.release(this.appliedIndex);
    if (this.isLeading === this.#wasLeading) return;
    this.#tellListeners();
    if (!this.isLeading) return;
    const waiters = this.#leaderWaiters;
    this.#leaderWaiters = [];
    for (const waiter of waiters) waiter.resolve();
  }

  async #install(arrival: Arrival | undefined): Promise<void> {
    assert(arrival, 'the core takes a snapshot only when its data is here');
    const { applier, snapshots } = this.#parts;
    await snapshots.install(arrival);
    const { index, membership } = arrival.message.snapshot;
    applier.installed(index, membership);
    this.#release();
  }

  #noteState(): void {
    const { raft, proposals, reads } = this.#parts;
    const { role, term, leader } = raft;
    if (role !== 'leader') {
      this.#leaderFrom = Infinity;
    } else if (this.#leaderTerm !== term) {
      // The empty entry a new leader appends is the first it may count on (Raft §8); it is at or before the end.
      this.#leaderTerm = term;
      this.#leaderFrom = raft.lastIndex;
    }
    if (leader !== this.#leader) {
      this.#leader = leader;
      proposals.leaderChanged();
      if (leader !== noMember) reads.leaderChanged();
    }
    this.#tellListeners();
  }

  #tellListeners(): void {
    this.#wasLeading = this.isLeading;
    for (const listener of this.#stateListeners) listener();
  }
}
