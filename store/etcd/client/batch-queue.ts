// BatchQueue: what a watch has received and its consumer has not taken yet. Marks of progress are folded together.
import type { WatchBatch } from '../../kv.js';

export class BatchQueue {
  #batches: WatchBatch[] = [];
  #head = 0;
  #sizeBytes = 0;
  #end: { readonly error?: unknown } | undefined;
  #waiting: (() => void) | undefined;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get count(): number {
    return this.#batches.length - this.#head;
  }

  push(batch: WatchBatch): void {
    if (this.#end) return;
    const last = this.#batches.at(-1);
    if (last?.events.length === 0 && this.count > 0) {
      this.#batches.pop();
      this.#sizeBytes -= sizeOf(last);
    }
    this.#batches.push(batch);
    this.#sizeBytes += sizeOf(batch);
    this.#wake();
  }

  /** With an error: thrown once the queue is empty. Without: the queue is empty now. */
  end(error?: unknown): void {
    if (this.#end) return;
    this.#end = error === undefined ? {} : { error };
    if (error === undefined) {
      this.#batches = [];
      this.#head = 0;
      this.#sizeBytes = 0;
    }
    this.#wake();
  }

  /** Undefined: ended. One consumer at a time. */
  async take(): Promise<WatchBatch | undefined> {
    for (;;) {
      const batch = this.#batches[this.#head];
      if (batch) {
        this.#head += 1;
        this.#sizeBytes -= sizeOf(batch);
        if (this.#head === this.#batches.length || this.#head > 1_000) {
          this.#batches = this.#batches.slice(this.#head);
          this.#head = 0;
        }
        return batch;
      }
      if (this.#end) {
        if ('error' in this.#end) throw this.#end.error;
        return undefined;
      }
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  #wake(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }
}

const batchOverheadBytes = 100;

function sizeOf({ events }: WatchBatch): number {
  let size = batchOverheadBytes;
  for (const { kv, prevKv } of events) {
    size += batchOverheadBytes + kv.key.length + kv.value.length + (prevKv?.value.length ?? 0);
  }
  return size;
}
