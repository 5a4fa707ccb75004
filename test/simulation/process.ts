// One life of a member's process, and its clock. Everything that reaches the program from outside (timers, messages,
// finished disk work) comes through `later`: a stopped process (SIGSTOP, a long garbage collection) gets it all when it
// goes on, a dead one never.
import type { Clock } from '../../store/clock.js';
import type { World } from './world.js';

export interface ClockFault {
  /** Virtual seconds to seconds of this clock: 1.01 runs 1% fast. */
  readonly rate: number;
  readonly wallOffsetMs: number;
}

const epochMs = 1_700_000_000_000;

export class Process {
  readonly clock: Clock;
  readonly #world: World;
  #isAlive = true;
  #isPaused = false;
  #held: (() => void)[] = [];

  constructor(world: World, fault: ClockFault) {
    this.#world = world;
    const { rate, wallOffsetMs } = fault;
    const bootedMs = world.nowMs;
    this.clock = {
      now: () => Math.floor(epochMs + wallOffsetMs + world.nowMs * rate),
      // Counts from the start of the process, and goes on while it is stopped.
      monotonic: () => (world.nowMs - bootedMs) * rate,
      after: (delayMs, task) => this.later(Math.max(1, delayMs) / rate, task),
    };
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  later(delayMs: number, task: () => void): () => void {
    let isCancelled = false;
    const run = (): void => {
      if (!this.#isAlive || isCancelled) return;
      if (this.#isPaused) this.#held.push(run);
      else task();
    };
    const cancel = this.#world.schedule(delayMs, run);
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    // Each in a turn of its own, in the order it came.
    const held = this.#held;
    this.#held = [];
    for (const run of held) this.#world.schedule(0, run);
  }

  kill(): void {
    this.#isAlive = false;
    this.#held = [];
  }
}
