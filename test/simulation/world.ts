// The world of one run: virtual time, what is due when, and the trace. One thing happens at a time; after each, the
// program under test runs until it waits again (one turn of the real event loop: all promises, then what setImmediate
// queued), so a run is a function of its seed alone.
import { crc32 } from 'node:zlib';
import { Random } from './random.js';

interface Due {
  readonly atMs: number;
  readonly sequence: number;
  task: (() => void) | undefined;
}

const traceLinesMax = 300;

export class World {
  readonly random: Random;
  /** Set by whoever finds a violation; ends the run. */
  failure: Error | undefined;
  #nowMs = 0;
  #sequence = 0;
  #events = 0;
  #traceHash = 0;
  readonly #queue = new Heap();
  #lines: string[] = [];
  readonly #print: ((line: string) => void) | undefined;

  constructor(seed: number, print?: (line: string) => void) {
    this.random = new Random(seed);
    this.#print = print;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  get events(): number {
    return this.#events;
  }

  /** Over everything that was traced: equal for two runs only if they went the same way. */
  get traceHash(): number {
    return this.#traceHash;
  }

  get lastLines(): readonly string[] {
    return this.#lines;
  }

  trace(text: string): void {
    const line = `${this.#nowMs.toFixed(3)} ${text}`;
    this.#traceHash = crc32(line, this.#traceHash);
    this.#print?.(line);
    this.#lines.push(line);
    if (this.#lines.length > 2 * traceLinesMax) this.#lines = this.#lines.slice(-traceLinesMax);
  }

  /** The returned function cancels it. */
  schedule(delayMs: number, task: () => void): () => void {
    const due: Due = {
      atMs: this.#nowMs + Math.max(0, delayMs),
      sequence: this.#sequence++,
      task,
    };
    this.#queue.push(due);
    return () => {
      due.task = undefined;
    };
  }

  /** Keeps the first one. */
  fail(error: unknown): void {
    this.failure ??= asError(error);
  }

  /** Until the time is reached, `isOver` says so, or a checker has failed. */
  async run(untilMs: number, isOver: () => boolean = () => false): Promise<void> {
    while (!this.failure && !isOver()) {
      const due = this.#queue.peek();
      if (!due || due.atMs > untilMs) {
        this.#nowMs = Math.max(this.#nowMs, untilMs);
        return;
      }
      this.#queue.pop();
      const { task } = due;
      if (!task) continue;
      this.#nowMs = due.atMs;
      this.#events++;
      try {
        task();
      } catch (error) {
        this.fail(error);
      }
      await turn();
    }
  }
}

export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** By shape: inside a test runner there is more than one Error. */
export function asError(error: unknown): Error {
  return isErrorShaped(error) ? error : new Error(String(error));
}

function isErrorShaped(error: unknown): error is Error {
  return typeof error === 'object' && error !== null && 'message' in error && 'stack' in error;
}

/** What is due first is on top; equal times in the order they were asked for. */
class Heap {
  readonly #items: Due[] = [];

  peek(): Due | undefined {
    return this.#items[0];
  }

  push(item: Due): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!isBefore(item, items[parent]!)) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = item;
  }

  pop(): void {
    const items = this.#items;
    const last = items.pop();
    if (!last || items.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && isBefore(items[child + 1]!, items[child]!)) child++;
      if (!isBefore(items[child]!, last)) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = last;
  }
}

const isBefore = (a: Due, b: Due): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
