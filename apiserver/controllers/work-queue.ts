// WorkQueue: keys to look at, each at most once at a time and never forgotten: a key added while it is being
// worked on is worked on again. A failure comes back later, each time later.
import type { Clock } from '../../store/index.js';

const firstDelayMs = 50;
const delayMaxMs = 30_000;
const parallelMax = 8;

export class WorkQueue<T> {
  private readonly work: (item: T) => Promise<void>;
  private readonly clock: Clock;
  private readonly waiting = new Map<string, T>();
  private readonly busy = new Map<string, T | undefined>();
  private readonly failures = new Map<string, number>();
  private readonly timers = new Set<() => void>();
  private isStopped = false;

  constructor(work: (item: T) => Promise<void>, clock: Clock, signal: AbortSignal) {
    this.work = work;
    this.clock = clock;
    const stop = (): void => {
      this.isStopped = true;
      this.waiting.clear();
      for (const cancel of this.timers) cancel();
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  }

  get isIdle(): boolean {
    return this.waiting.size === 0 && this.busy.size === 0;
  }

  add(key: string, item: T): void {
    if (this.isStopped) return;
    if (this.busy.has(key)) {
      this.busy.set(key, item);
      return;
    }
    this.waiting.set(key, item);
    if (this.busy.size < parallelMax) queueMicrotask(() => void this.next());
  }

  private async next(): Promise<void> {
    const [first] = this.waiting;
    if (first === undefined || this.busy.size >= parallelMax) return;
    const [key, item] = first;
    this.waiting.delete(key);
    this.busy.set(key, undefined);
    try {
      await this.work(item);
      this.failures.delete(key);
    } catch {
      this.retryLater(key, item);
    }
    const again = this.busy.get(key);
    this.busy.delete(key);
    if (again !== undefined) this.add(key, again);
    void this.next();
  }

  private retryLater(key: string, item: T): void {
    if (this.isStopped) return;
    const failures = (this.failures.get(key) ?? 0) + 1;
    this.failures.set(key, failures);
    const delayMs = Math.min(firstDelayMs * 2 ** failures, delayMaxMs);
    const cancel = this.clock.after(delayMs, () => {
      this.timers.delete(cancel);
      this.add(key, item);
    });
    this.timers.add(cancel);
  }
}
