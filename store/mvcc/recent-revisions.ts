// The newest revisions' rows in memory, decoded: watchers read them from here, and reads find what LMDB has not
// committed yet. Invariant: holds a gapless run of revisions up to the current one; a revision leaves only after it is
// committed to the tables. Bounded by count and bytes once committed.
import assert from 'node:assert/strict';
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
  /** Index = revision - #base; the slots before #first are spent and cut off now and then. */
  #slots: (readonly RowEvent[])[] = [];
  #base: number;
  #first: number;
  #bytes = 0;

  /** Holds what comes after `revision`. */
  constructor(revision: number, limits: RecentLimits) {
    this.#limits = limits;
    this.#first = revision + 1;
    this.#base = revision + 1;
  }

  /** The oldest revision from which on everything is here. */
  get first(): number {
    return this.#first;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** `revision` is the one after the last added. */
  add(revision: number, rows: readonly RowEvent[]): void {
    assert(revision === this.#base + this.#slots.length, 'revisions have no gaps');
    this.#slots.push(rows);
    this.#bytes += bytesOf(rows);
  }

  rows(revision: number): readonly RowEvent[] | undefined {
    return revision < this.#first ? undefined : this.#slots[revision - this.#base];
  }

  find(revision: number, sub: number): KeyValue | undefined {
    return this.rows(revision)?.[sub]?.event.kv;
  }

  /** Drops what exceeds the limits, but nothing newer than `committedRevision`. */
  trim(committedRevision: number): void {
    const { revisionsMax, bytesMax } = this.#limits;
    const end = this.#base + this.#slots.length;
    while (
      this.#first <= committedRevision &&
      (end - this.#first > revisionsMax || this.#bytes > bytesMax)
    ) {
      const index = this.#first - this.#base;
      this.#bytes -= bytesOf(this.#slots[index] ?? noRows);
      this.#slots[index] = noRows;
      this.#first++;
    }
    const spent = this.#first - this.#base;
    if (spent * 2 < this.#slots.length) return;
    this.#slots = this.#slots.slice(spent);
    this.#base = this.#first;
  }
}

const noRows: readonly RowEvent[] = [];

function bytesOf(rows: readonly RowEvent[]): number {
  let bytes = 0;
  for (const { key, event } of rows) bytes += rowOverheadBytes + key.length + event.kv.value.length;
  return bytes;
}
