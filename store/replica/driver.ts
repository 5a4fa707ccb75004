// Driver: runs the Raft core. It turns each Ready into effects in the order the core's promises need:
// send, save (one write + one fdatasync), report saved, send what depends on it. Committed entries
// are applied while the disk works. Everything that arrives in one turn of the event loop goes in one round.
import type { Clock } from '../clock.js';
import { StoreError } from '../errors.js';
import type { Command, CommandResult } from '../mvcc/command.js';
import type { StateMachine } from '../mvcc/state-machine.js';
import {
  noMember,
  type MemberId,
  type Membership,
  type Message,
  type ReadState,
  type Ready,
  type Role,
} from '../raft/message.js';
import type { Raft } from '../raft/raft.js';
import type { RaftLog } from '../wal/raft-log.js';
import type { Applier } from './applier.js';
import type { Proposals } from './proposals.js';

export interface DriverParts {
  readonly raft: Raft;
  readonly log: RaftLog;
  readonly machine: StateMachine;
  readonly applier: Applier;
  readonly proposals: Proposals;
  readonly send: (messages: readonly Message[]) => void;
  readonly clock: Clock;
  /** Runs a task after the current turn of the event loop. */
  readonly defer: (task: () => void) => void;
  /** The disk failed or an invariant broke: the process must not go on. */
  readonly fatal: (error: unknown) => void;
}

export interface DriverOptions {
  readonly heartbeatMs: number;
  readonly readTimeoutMs: number;
  /** Entries and bytes kept behind what the state machine has made durable, for followers that lag. */
  readonly trailingEntries: number;
  readonly trailingBytes: number;
}

interface ReadWaiter {
  readonly resolve: () => void;
  readonly reject: (error: StoreError) => void;
}

const compactEveryEntries = 1000;

export class Driver {
  readonly #parts: DriverParts;
  readonly #options: DriverOptions;
  #scheduled = false;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #cancelTick: () => void = () => undefined;
  #compactedAt = 0;
  #nextRead = 1n;
  #newReads: ReadWaiter[] = [];
  readonly #askedReads = new Map<bigint, ReadWaiter[]>();
  readonly #confirmedReads: { readonly index: number; readonly waiters: readonly ReadWaiter[] }[] =
    [];
  /** First index of this member's current leadership; reads may be served once it is applied. */
  #leaderFrom = Infinity;
  #leaderTerm = 0;
  #leaderWaiters: ReadWaiter[] = [];
  readonly #stateListeners = new Set<() => void>();

  constructor(parts: DriverParts, options: DriverOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  start(): void {
    const tick = (): void => {
      if (this.#stopped) return;
      this.#parts.raft.tick();
      this.#wake();
      this.#cancelTick = this.#parts.clock.after(this.#options.heartbeatMs, tick);
    };
    this.#cancelTick = this.#parts.clock.after(this.#options.heartbeatMs, tick);
    this.#wake();
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

  /** Called at every change of role, leader or term; returns how to stop listening. */
  onStateChange(listener: () => void): () => void {
    this.#stateListeners.add(listener);
    return () => {
      this.#stateListeners.delete(listener);
    };
  }

  /** Resolves with the result of the apply. Errors: see Proposals.add, and 'no-leader'. */
  propose(command: Command): Promise<CommandResult> {
    const result = this.#parts.proposals.add(command);
    this.#wake();
    return result;
  }

  /** Resolves when the local state holds every write that was acknowledged before the call (ReadIndex). */
  confirmRead(): Promise<void> {
    if (this.#canReadAtOnce()) return Promise.resolve();
    if (this.#stopped) return Promise.reject(new StoreError('stopped'));
    return this.#waitFor(this.#newReads);
  }

  /** Resolves when this member leads and has applied the first entry of its term. */
  whenLeading(): Promise<void> {
    if (this.#leadsAndApplied()) return Promise.resolve();
    return this.#waitFor(this.#leaderWaiters);
  }

  step(message: Message): void {
    this.#parts.raft.step(message);
    this.#wake();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTick();
    await this.#running;
    const stopped = new StoreError('stopped');
    this.#parts.proposals.close();
    const waiters = [...this.#askedReads.values(), ...this.#confirmedReads.map((r) => r.waiters)];
    for (const list of [...waiters, this.#newReads, this.#leaderWaiters]) {
      for (const waiter of list) waiter.reject(stopped);
    }
  }

  #waitFor(list: ReadWaiter[]): Promise<void> {
    const waiting = new Promise<void>((resolve, reject) => {
      list.push({ resolve, reject });
    });
    this.#wake();
    return waiting;
  }

  /**
   * A sole voter needs no heartbeat round: nobody else can have acknowledged a write, and our own
   * acknowledgements come after the apply, so the applied state holds them all.
   */
  #canReadAtOnce(): boolean {
    const { voters } = this.#parts.raft.membership;
    return voters.length === 1 && voters[0] === this.#parts.raft.id && this.#leadsAndApplied();
  }

  #leadsAndApplied(): boolean {
    return this.isLeader && this.#parts.applier.appliedIndex >= this.#leaderFrom;
  }

  #wake(): void {
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
        })
        .finally(() => {
          this.#running = undefined;
          // Asked for between the last round's end and here.
          if (!this.#again) return;
          this.#again = false;
          this.#wake();
        });
    });
  }

  async #rounds(): Promise<void> {
    const { raft, log, proposals, send } = this.#parts;
    for (;;) {
      proposals.drain((payload) => raft.propose(payload));
      this.#askReads();
      const ready = raft.takeReady();
      if (!ready) return;
      if (ready.state) this.#noteRole(ready.state);
      send(ready.send);
      const saving = ready.save ? log.save(ready.save) : undefined;
      this.#advance(ready);
      if (saving) await saving;
      raft.saved(ready);
      send(ready.sendAfterSave);
      this.#compactLog();
    }
  }

  #advance(ready: Ready): void {
    this.#parts.applier.apply(ready.apply);
    for (const read of ready.reads) this.#confirmRead(read);
    for (const id of ready.droppedReads) {
      const waiters = this.#askedReads.get(id) ?? [];
      this.#askedReads.delete(id);
      for (const waiter of waiters) waiter.reject(new StoreError('leader-changed'));
    }
    this.#releaseReads();
  }

  #noteRole(state: { readonly role: Role; readonly term: number }): void {
    if (state.role !== 'leader') {
      this.#leaderFrom = Infinity;
    } else if (this.#leaderTerm !== state.term) {
      // The empty entry a new leader appends is the first it may count on (Raft §8); it is at or before the end.
      this.#leaderTerm = state.term;
      this.#leaderFrom = this.#parts.raft.lastIndex;
    }
    for (const listener of this.#stateListeners) listener();
  }

  #askReads(): void {
    if (this.#newReads.length === 0) return;
    const id = this.#nextRead++;
    const waiters = this.#newReads;
    this.#newReads = [];
    this.#askedReads.set(id, waiters);
    this.#parts.clock.after(this.#options.readTimeoutMs, () => {
      if (!this.#askedReads.delete(id)) return;
      for (const waiter of waiters) waiter.reject(new StoreError('timeout'));
    });
    this.#parts.raft.requestRead(id);
  }

  #confirmRead(read: ReadState): void {
    const waiters = this.#askedReads.get(read.id);
    if (!waiters) return;
    this.#askedReads.delete(read.id);
    this.#confirmedReads.push({ index: read.index, waiters });
  }

  #releaseReads(): void {
    const { appliedIndex } = this.#parts.applier;
    for (;;) {
      const [first] = this.#confirmedReads;
      if (!first || first.index > appliedIndex) break;
      this.#confirmedReads.shift();
      for (const waiter of first.waiters) waiter.resolve();
    }
    if (this.#leaderWaiters.length > 0 && this.#leadsAndApplied()) {
      const waiters = this.#leaderWaiters;
      this.#leaderWaiters = [];
      for (const waiter of waiters) waiter.resolve();
    }
  }

  /** The WAL is needed only beyond what the tables hold durably; a tail stays for followers. */
  #compactLog(): void {
    const { log, machine, applier } = this.#parts;
    const { durableIndex } = machine;
    const { trailingEntries, trailingBytes } = this.#options;
    // Entries are as big as their batch: many small ones and few big ones both come due.
    const isDue =
      durableIndex >= this.#compactedAt + compactEveryEntries ||
      (durableIndex > this.#compactedAt && log.entriesBytes > 1.5 * trailingBytes);
    if (!isDue) return;
    this.#compactedAt = durableIndex;
    const index = log.markWithTail(durableIndex, trailingEntries, trailingBytes);
    if (index <= log.snapshot().index) return;
    log.compactTo({ index, term: log.term(index), membership: applier.membershipAt(index) });
  }
}
