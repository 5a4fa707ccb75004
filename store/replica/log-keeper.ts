// LogKeeper: decides how much of the write-ahead log stays. It is needed beyond what the tables hold durably; a tail behind
// that stays for members that lag, and more of it, within a limit, for one that is being sent a snapshot: it will need
// everything from there on.
import type { StateMachine } from '../mvcc/state-machine.js';
import type { RaftLog } from '../wal/raft-log.js';
import type { Applier } from './applier.js';
import type { ReplicaLimits } from './parts.js';

export class LogKeeper {
  readonly #log: RaftLog;
  readonly #machine: StateMachine;
  readonly #applier: Applier;
  readonly #limits: ReplicaLimits;
  readonly #holds = new Set<{ readonly index: number }>();
  #lookedAt = 0;

  constructor(log: RaftLog, machine: StateMachine, applier: Applier, limits: ReplicaLimits) {
    this.#log = log;
    this.#machine = machine;
    this.#applier = applier;
    this.#limits = limits;
  }

  /** A member will need what comes after `index`, until the function given back is called. */
  hold(index: number): () => void {
    const hold = { index };
    this.#holds.add(hold);
    return () => {
      this.#holds.delete(hold);
    };
  }

  compact(): void {
    // Behind what was given out for applying, also when the tables hold more from an earlier life.
    const durableIndex = Math.min(this.#machine.durableIndex, this.#applier.seenIndex);
    const { trailingEntries, trailingBytes, compactEveryEntries, heldBytesMax } = this.#limits;
    // Entries are as big as their batch: many small ones and few big ones both come due.
    const isDue =
      durableIndex >= this.#lookedAt + compactEveryEntries ||
      (durableIndex > this.#lookedAt && this.#log.entriesBytes > 1.5 * trailingBytes);
    if (!isDue) return;
    this.#lookedAt = durableIndex;
    const behindTail = this.#log.markWithTail(durableIndex, trailingEntries, trailingBytes);
    const isHolding = this.#log.entriesBytes < heldBytesMax;
    const held = isHolding ? [...this.#holds].map((hold) => hold.index) : [];
    const index = Math.min(behindTail, ...held);
    if (index <= this.#log.snapshot().index) return;
    const membership = this.#applier.membershipAt(index);
    this.#log.compactTo({ index, term: this.#log.term(index), membership });
    this.#applier.forgetBefore(index);
  }
}
