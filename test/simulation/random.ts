// Chance, drawn from a seed: the same seed, the same run.
import { seededRandom } from '../raft/simulation.js';

const delayMsMax = 1_500;

export class Random {
  /** Uniform in [0, 1). */
  readonly next: () => number;

  constructor(seed: number) {
    this.next = seededRandom(seed);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** From [0, end). */
  integer(end: number): number {
    return Math.floor(this.next() * end);
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  pick<T>(from: readonly T[]): T | undefined {
    return from[this.integer(from.length)];
  }

  /** Short most of the time, now and then many times longer: how disks and networks behave. Never for seconds. */
  delayMs(usualMs: number): number {
    const delayMs = usualMs * (0.5 + this.next()) * (this.chance(0.03) ? this.between(5, 50) : 1);
    return Math.min(delayMs, delayMsMax);
  }

  /** A source of its own, so that drawing from one does not shift the other. */
  fork(): Random {
    return new Random(Math.floor(this.next() * 2 ** 32));
  }
}
