import { describe, expect, it } from '@jest/globals';
import { DeadlineQueue } from '../../../../apiserver/http/stages/deadline-queue.js';
import { Slots } from '../../../../apiserver/http/stages/slots.js';
import type { Clock } from '../../../../store/index.js';

/** Time that moves when told; timers fire in order of their time. */
class HandClock implements Clock {
  #nowMs = 0;
  #timers: { atMs: number; task: () => void }[] = [];

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  get timers(): number {
    return this.#timers.length;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  moveTo(ms: number): void {
    for (;;) {
      const [next] = this.#timers.sort((a, b) => a.atMs - b.atMs);
      if (next === undefined || next.atMs > ms) break;
      this.#timers.shift();
      this.#nowMs = next.atMs;
      next.task();
    }
    this.#nowMs = ms;
  }
}

describe('DeadlineQueue', () => {
  it('expires each deadline at its own time, with one timer for all', () => {
    const clock = new HandClock();
    const queue = new DeadlineQueue(100);
    const expired: string[] = [];
    for (const [atMs, name] of [
      [0, 'a'],
      [10, 'b'],
      [60, 'c'],
    ] as const) {
      clock.moveTo(atMs);
      queue.add(clock, () => expired.push(`${name} at ${clock.now()}`));
    }
    expect(clock.timers).toBe(1);
    clock.moveTo(120);
    expect(expired).toEqual(['a at 100', 'b at 110']);
    clock.moveTo(1000);
    expect(expired).toEqual(['a at 100', 'b at 110', 'c at 160']);
    expect([queue.size, clock.timers]).toEqual([0, 0]);
  });

  it('forgets what was cancelled, and cancelling late or twice changes nothing', () => {
    const clock = new HandClock();
    const queue = new DeadlineQueue(100);
    const expired: string[] = [];
    const cancelFirst = queue.add(clock, () => expired.push('first'));
    const cancelSecond = queue.add(clock, () => expired.push('second'));
    cancelFirst();
    cancelFirst();
    clock.moveTo(200);
    cancelSecond();
    queue.add(clock, () => expired.push('third'));
    cancelSecond();
    cancelFirst();
    clock.moveTo(400);
    expect(expired).toEqual(['second', 'third']);
  });
});

describe('Slots', () => {
  it('uses places again and counts what is in them', () => {
    const slots = new Slots<{ name: string }>();
    const first = slots.add({ name: 'a' });
    slots.add({ name: 'b' });
    slots.delete(first);
    expect(slots.add({ name: 'c' })).toBe(first);
    expect(slots.size).toBe(2);
    expect(slots.items().map(({ name }) => name)).toEqual(['c', 'b']);
  });
});
