// PatientClock: the system clock, but what is due in a minute or later waits until a test lets it run. So a
// test need not wait for bookmarks and compactions, and nothing else notices.
import { systemClock, type Clock } from '../../store/index.js';

interface Task {
  readonly delayMs: number;
  readonly run: () => void;
}

const heldFromMs = 60_000;

export class PatientClock implements Clock {
  private readonly held = new Set<Task>();

  now(): number {
    return systemClock.now();
  }

  monotonic(): number {
    return systemClock.monotonic();
  }

  after(delayMs: number, run: () => void): () => void {
    if (delayMs < heldFromMs) return systemClock.after(delayMs, run);
    const task = { delayMs, run };
    this.held.add(task);
    return () => {
      this.held.delete(task);
    };
  }

  /** Runs what was to happen after exactly this long. */
  pass(delayMs: number): void {
    for (const task of [...this.held].filter((held) => held.delayMs === delayMs)) {
      this.held.delete(task);
      task.run();
    }
  }
}
