// Compaction: refuses old revisions at once, removes their rows in the background, in small batches with pauses. Marks
// in the meta table say what was asked for (before the work) and what is done (after), so an interrupted one goes on at
// the next open. Which rows go: KeyIndex.compactKey.
import type { Clock } from '../clock.js';
import { StoreError } from '../errors.js';
import { droppable } from './key-index.js';
import type { Keyspace } from './keyspace.js';
import { parseRowKey, rowKey } from './revision.js';
import type { Tables } from '../tables/tables.js';
import type { WriteBuffer } from '../tables/write-buffer.js';

const scheduledKey = Buffer.from('scheduledCompactRev');
const finishedKey = Buffer.from('finishedCompactRev');

export interface CompactionMarks {
  /** -1: never compacted (compacting at 0 is accepted once, as in etcd). */
  readonly scheduled: number;
  readonly finished: number;
}

export interface CompactionPace {
  readonly keysPerBatch: number;
  readonly rowsPerBatch: number;
  readonly pauseMs: number;
}

export const compactionPaceDefault: CompactionPace = {
  keysPerBatch: 1_000,
  rowsPerBatch: 2_000,
  pauseMs: 10,
};

export function readCompactionMarks(tables: Tables): CompactionMarks {
  const read = (key: Uint8Array): number => {
    const row = tables.get('meta', key);
    return row === undefined ? -1 : parseRowKey(row).main;
  };
  return { scheduled: read(scheduledKey), finished: read(finishedKey) };
}

export class Compaction {
  readonly #keyspace: Keyspace;
  readonly #buffer: WriteBuffer;
  readonly #clock: Clock;
  readonly #pace: CompactionPace;
  #scheduled: number;
  #finished: number;
  #cancelPause: (() => void) | undefined;
  #idleWaiters: (() => void)[] = [];

  constructor(
    keyspace: Keyspace,
    buffer: WriteBuffer,
    clock: Clock,
    start: { readonly marks: CompactionMarks; readonly pace: CompactionPace },
  ) {
    this.#keyspace = keyspace;
    this.#buffer = buffer;
    this.#clock = clock;
    this.#pace = start.pace;
    this.#scheduled = Math.max(start.marks.scheduled, start.marks.finished);
    this.#finished = start.marks.finished;
    if (this.#finished < this.#scheduled) this.#start();
  }

  /** Reads below this are refused; -1 before the first compaction. */
  get revision(): number {
    return this.#scheduled;
  }

  /** Errors: 'compacted', 'future-revision'. */
  schedule(revision: number): void {
    if (revision <= this.#scheduled)
      throw new StoreError('compacted', { compactRevision: this.#scheduled });
    if (revision > this.#keyspace.revision) throw new StoreError('future-revision');
    this.#scheduled = revision;
    this.#buffer.put('meta', scheduledKey, rowKey(revision, 0));
    if (!this.#cancelPause) this.#start();
  }

  /** Resolves when nothing is left to remove (etcd's physical compaction). */
  idle(): Promise<void> {
    if (this.#finished >= this.#scheduled) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  stop(): void {
    this.#cancelPause?.();
    this.#cancelPause = undefined;
    this.#releaseWaiters();
  }

  #start(): void {
    this.#pauseThen({ revision: this.#scheduled, nextKey: '' });
  }

  #pauseThen(pass: Pass): void {
    this.#cancelPause = this.#clock.after(this.#pace.pauseMs, () => {
      this.#cancelPause = undefined;
      this.#runBatch(pass);
    });
  }

  #runBatch({ revision, nextKey }: Pass): void {
    const { keysPerBatch, rowsPerBatch } = this.#pace;
    const keys: string[] = [];
    let visited = 0;
    let next: string | undefined;
    this.#keyspace.index.forRange({ start: nextKey, end: undefined }, (entry) => {
      if (visited++ === keysPerBatch) {
        next = entry.key;
        return false;
      }
      if (droppable(entry, revision) > 0) keys.push(entry.key);
      return true;
    });
    let rowsLeft = rowsPerBatch;
    for (const key of keys) {
      rowsLeft -= this.#keyspace.compactKey(key, revision, rowsLeft);
      if (rowsLeft > 0) continue;
      next = key; // it may have more to give
      break;
    }
    if (next === undefined) this.#finish(revision);
    else this.#pauseThen({ revision, nextKey: next });
    this.#buffer.touch();
  }

  #finish(revision: number): void {
    this.#finished = revision;
    this.#buffer.put('meta', finishedKey, rowKey(revision, 0));
    if (this.#finished < this.#scheduled) this.#start();
    else this.#releaseWaiters();
  }

  #releaseWaiters(): void {
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}

interface Pass {
  readonly revision: number;
  readonly nextKey: string;
}
