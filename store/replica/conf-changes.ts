// ConfChanges: membership changes on their way through the log. Only the leader proposes them, one at a time; each caller
// learns what became of the entry at the index its change was given.
import { StoreError } from '../errors.js';
import type { ConfChange, Entry, Membership } from '../raft/message.js';
import type { Raft } from '../raft/raft.js';

interface Waiter {
  readonly change: ConfChange;
  readonly deadlineMs: number;
  readonly resolve: (membership: Membership) => void;
  readonly reject: (error: StoreError) => void;
}

interface Proposed extends Waiter {
  readonly term: number;
}

export class ConfChanges {
  readonly #timeoutMs: number;
  #new: Waiter[] = [];
  readonly #proposed = new Map<number, Proposed>();

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  add(change: ConfChange, nowMs: number): Promise<Membership> {
    return new Promise((resolve, reject) => {
      this.#new.push({ change, deadlineMs: nowMs + this.#timeoutMs, resolve, reject });
    });
  }

  propose(raft: Raft): void {
    const waiters = this.#new;
    this.#new = [];
    for (const waiter of waiters) {
      const outcome = raft.proposeConfChange(waiter.change);
      if (outcome === 'accepted')
        this.#proposed.set(raft.lastIndex, { ...waiter, term: raft.term });
      else if (outcome === 'not-leader') waiter.reject(new StoreError('not-leader'));
      else waiter.reject(new StoreError('too-many-requests'));
    }
  }

  /** `membership` is the one after the entry, if it was a change. */
  applied(entry: Entry, membership: Membership | undefined): void {
    const waiter = this.#proposed.get(entry.index);
    if (!waiter) return;
    this.#proposed.delete(entry.index);
    // Another leader's entry: the change is in no log any more.
    if (waiter.term !== entry.term) waiter.reject(new StoreError('leader-changed'));
    // An empty entry took its place: another change was under way.
    else if (!membership) waiter.reject(new StoreError('too-many-requests'));
    else waiter.resolve(membership);
  }

  tick(nowMs: number): void {
    for (const [index, waiter] of this.#proposed) {
      if (waiter.deadlineMs > nowMs) continue;
      this.#proposed.delete(index);
      waiter.reject(new StoreError('timeout'));
    }
  }

  close(): void {
    for (const waiter of [...this.#new, ...this.#proposed.values()])
      waiter.reject(new StoreError('stopped'));
    this.#new = [];
    this.#proposed.clear();
  }
}
