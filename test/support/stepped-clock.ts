// SteppedClock: time stands still until a test moves it; due tasks then run in order.
import type { Clock } from '../../store/index.js';

interface Task {
  readonly dueMs: number;
  readonly run: () => void;
}

export class SteppedClock implements Clock {
  private nowMs: number;
  private tasks: Task[] = [];

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  now(): number {
    return this.nowMs;
  }

  monotonic(): number {
    return this.nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const task = { dueMs: this.nowMs + delayMs, run };
    this.tasks.push(task);
    return () => {
      this.tasks = this.tasks.filter((other) => other !== task);
    };
  }

  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const [next] = this.tasks
        .filter((task) => task.dueMs <= untilMs)
        .sort((a, b) => a.dueMs - b.dueMs);
      if (next === undefined) break;
      this.tasks = this.tasks.filter((task) => task !== next);
      this.nowMs = next.dueMs;
      next.run();
    }
    this.nowMs = untilMs;
  }
}
