// DeadlineQueue: the deadlines of all requests that have the same time. One timer, set for the oldest, does for
// all of them: a timer a request costs more than finding its user.
import type { Clock } from '../../../store/index.js';
import { Slots } from './slots.js';

interface Deadline {
  readonly dueMs: number;
  readonly expire: () => void;
}

export class DeadlineQueue {
  readonly #lifeMs: number;
  readonly #open = new Slots<Deadline & { slot: number }>();
  #isArmed = false;

  constructor(lifeMs: number) {
    this.#lifeMs = lifeMs;
  }

  get size(): number {
    return this.#open.size;
  }

  /** `expire` runs once after the queue's time, unless the result is called before. */
  add(clock: Clock, expire: () => void): () => void {
    const deadline = { dueMs: clock.monotonic() + this.#lifeMs, expire, slot: 0 };
    deadline.slot = this.#open.add(deadline);
    // Nothing comes that is due earlier than what is armed for.
    if (!this.#isArmed) this.#arm(clock, this.#lifeMs);
    return () => {
      if (deadline.slot < 0) return;
      this.#open.delete(deadline.slot);
      deadline.slot = -1;
    };
  }

  #arm(clock: Clock, delayMs: number): void {
    this.#isArmed = true;
    clock.after(delayMs, () => {
      this.#isArmed = false;
      this.#expireDue(clock);
    });
  }

  #expireDue(clock: Clock): void {
    const nowMs = clock.monotonic();
    let nextMs = Infinity;
    for (const deadline of this.#open.items()) {
      // A timer may fire a little early by the other clock.
      if (deadline.dueMs - nowMs > 1) {
        nextMs = Math.min(nextMs, deadline.dueMs);
        continue;
      }
      this.#open.delete(deadline.slot);
      deadline.slot = -1;
      deadline.expire();
    }
    if (nextMs < Infinity && !this.#isArmed) this.#arm(clock, nextMs - nowMs);
  }
}
