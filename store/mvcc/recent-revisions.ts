// The newest revisions' rows in memory, decoded: watchers read them from here, and reads find what LMDB has not
// committed yet. Invariant: holds a gapless run of revisions up to the current one; a revision leaves only after it is
// committed to the tables. Bounded by count and bytes once committed.
import type { KeyValue, WatchEvent } from '../kv.js';

/** One row as the watch hub shows it; prevKv is looked up once, when the first watcher asks. */
export interface RowEvent {
  readonly key: string;
  readonly event: WatchEvent;
  eventWithPrevious: WatchEvent | undefined;
}

export interface RevisionRows {
  readonly revision: number;
  /** Index = sub revision. */
  readonly rows: readonly RowEvent[];
}

export interface RecentLimits {
  readonly revisionsMax: number;
  readonly bytesMax: number;
}

export const recentLimitsDefault: RecentLimits = { revisionsMax: 10_000, bytesMax: 16 * 2 ** 20 };
const rowOverheadBytes = 300;

export class RecentRevisions {
  readonly #limits: RecentLimits;
  readonly #byRevision = new Map<number, readonly RowEvent[]>();
  #first: number;
  #last: number;
  #bytes = 0;

  /** Holds what comes after `revision`. */
  constructor(revision: number, limits: RecentLimits) {
    this.#limits = limits;
    this.#first = revision + 1;
    this.#last = revision;
  }

  /** The oldest revision from which on everything is here. */
  get first(): number {
    return this.#first;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(revision: number, rows: readonly RowEvent[]): void {
    this.#byRevision.set(revision, rows);
    this.#last = revision;
    this.#bytes += bytesOf(rows);
  }

  rows(revision: number): readonly RowEvent[] | undefined {
    return this.#byRevision.get(revision);
  }

  find(revision: number, sub: number): KeyValue | undefined {
    return this.#byRevision.get(revision)?.[sub]?.event.kv;
  }

  /** Drops what exceeds the limits, but nothing newer than `committedRevision`. */
  trim(committedRevision: number): void {
    const { revisionsMax, bytesMax } = this.#limits;
    const limit = Math.min(committedRevision, this.#last);
    while (
      this.#first <= limit &&
      (this.#byRevision.size > revisionsMax || this.#bytes > bytesMax)
    ) {
      const rows = this.#byRevision.get(this.#first);
      if (rows !== undefined) {
        this.#bytes -= bytesOf(rows);
        this.#byRevision.delete(this.#first);
      }
      this.#first++;
    }
  }
}

function bytesOf(rows: readonly RowEvent[]): number {
  let bytes = 0;
  for (const { key, event } of rows) bytes += rowOverheadBytes + key.length + event.kv.value.length;
  return bytes;
}
