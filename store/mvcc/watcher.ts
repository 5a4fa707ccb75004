// One watch: a bounded queue of whole revisions between the hub and a consumer that pulls. Synced: the hub offers it
// each new revision. Unsynced (started in the past, or its queue ran over): it takes nothing from the hub and, when
// its queue is empty, reads history from `position` on until it has caught up. Read next: watch-hub.ts.
import assert from 'node:assert/strict';
import type { StoreError } from '../errors.js';
import type { WatchBatch, WatchEvent, WatchQuery } from '../kv.js';
import type { NodeWatch } from '../node.js';
import { isSingleKey, textRange, type TextRange } from '../tables/sorted-map.js';
import type { RowEvent } from './recent-revisions.js';

export interface WatcherLimits {
  readonly queueBatchesMax: number;
  readonly queueBytesMax: number;
}

export const watcherLimitsDefault: WatcherLimits = {
  queueBatchesMax: 1_000,
  queueBytesMax: 8 * 2 ** 20,
};

/** What a watcher needs of the hub. */
export interface WatcherSource {
  /** The newest revision; synced watchers have been offered everything up to it. */
  readonly revision: number;
  /** Fills the queue from history, moves the position, makes the watcher synced when it has caught up. */
  replay(watcher: Watcher): void;
  /** A progress mark is wanted once everything is quiet. */
  awaitProgress(watcher: Watcher): void;
  withPrevious(row: RowEvent): WatchEvent;
  /** Its queue ran over: it is to be offered nothing more. */
  unsync(watcher: Watcher): void;
  remove(watcher: Watcher): void;
}

interface Pull {
  readonly resolve: (result: IteratorResult<WatchBatch, undefined>) => void;
  readonly reject: (error: StoreError) => void;
}

const finished: IteratorResult<WatchBatch, undefined> = { done: true, value: undefined };

export class Watcher implements AsyncIterableIterator<WatchBatch, undefined>, NodeWatch {
  readonly range: TextRange;
  readonly isSingleKey: boolean;
  readonly startRevision: number;
  readonly wantsProgress: boolean;
  isSynced = false;
  /** While unsynced: the first revision not queued yet. */
  position: number;
  /** The last revision the consumer has been told of. */
  reported: number;
  readonly #query: WatchQuery;
  readonly #limits: WatcherLimits;
  readonly #source: WatcherSource;
  #queue: WatchBatch[] = [];
  #queueBytes = 0;
  #events: WatchEvent[] = [];
  #pull: Pull | undefined;
  #notify: (() => void) | undefined;
  #isContinuing = false;
  #end: { readonly error: StoreError | undefined } | undefined;

  constructor(query: WatchQuery, start: number, limits: WatcherLimits, source: WatcherSource) {
    this.#query = query;
    this.#limits = limits;
    this.#source = source;
    this.range = textRange(query.key, query.end);
    this.isSingleKey = isSingleKey(this.range);
    this.startRevision = start;
    this.wantsProgress = query.progress ?? false;
    this.position = start;
    this.reported = start - 1;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  get isWaiting(): boolean {
    return this.#pull !== undefined;
  }

  get hasRoom(): boolean {
    const { queueBatchesMax, queueBytesMax } = this.#limits;
    return this.#queue.length < queueBatchesMax && this.#queueBytes < queueBytesMax;
  }

  async next(): Promise<IteratorResult<WatchBatch, undefined>> {
    assert(!this.#pull, 'a watch is read by one consumer');
    for (;;) {
      const batch = this.#queue.shift();
      if (batch) return this.#hand(batch);
      if (this.#end?.error) throw this.#takeError(this.#end.error);
      if (this.#end) return finished;
      if (this.isSynced) return this.#wait();
      this.#source.replay(this);
      // Long histories without a match must not hold up the event loop.
      if (this.#needsMoreHistory) await new Promise(setImmediate);
    }
  }

  take(): WatchBatch | undefined {
    if (this.#queue.length === 0 && !this.isSynced && !this.#end) this.#source.replay(this);
    const batch = this.#queue.shift();
    if (batch) {
      this.#noteTaken(batch);
      return batch;
    }
    if (this.#end?.error) throw this.#takeError(this.#end.error);
    if (this.#needsMoreHistory) this.#continueLater();
    return undefined;
  }

  onReady(listener: () => void): void {
    this.#notify = listener;
  }

  /** There may be something to take that was not offered: history has changed hands. */
  wake(): void {
    this.#notify?.();
  }

  get takenTo(): number | undefined {
    return this.isSynced && this.#queue.length === 0 ? this.#source.revision : undefined;
  }

  return(): Promise<IteratorResult<WatchBatch, undefined>> {
    this.end(undefined);
    return Promise.resolve(finished);
  }

  /** Collects a row of the revision being published; true for its first one. */
  offer(row: RowEvent, revision: number): boolean {
    if (revision < this.startRevision) return false;
    const { type } = row.event;
    if (type === 'put' ? this.#query.noPut : this.#query.noDelete) return false;
    this.#events.push(this.#query.prevKv ? this.#source.withPrevious(row) : row.event);
    return this.#events.length === 1;
  }

  /** The revision is whole: hands over or queues what was offered of it. */
  deliver(revision: number): void {
    const events = this.#events;
    if (events.length === 0) return;
    this.#events = [];
    const batch = { revision, events };
    if (this.#pull) {
      const { resolve } = this.#pull;
      this.#pull = undefined;
      resolve(this.#hand(batch));
    } else if (this.isSynced && !this.hasRoom) {
      this.position = revision;
      this.#source.unsync(this);
    } else {
      this.#queueBytes += bytesOf(batch);
      if (this.#queue.push(batch) === 1) this.#notify?.();
    }
  }

  /** Everything up to `revision` has been delivered: says so if someone waits to hear it. */
  reportProgress(revision: number): void {
    if (!this.#pull || revision <= this.reported || revision < this.startRevision) return;
    const { resolve } = this.#pull;
    this.#pull = undefined;
    this.reported = revision;
    resolve({ done: false, value: { revision, events: [] } });
  }

  /** Ends the watch: without an error at once, with one after what is queued. */
  end(error: StoreError | undefined): void {
    if (this.#end) return;
    this.#end = { error };
    if (!error) this.#clear();
    this.#source.remove(this);
    const pull = this.#pull;
    this.#pull = undefined;
    if (error) this.#notify?.();
    if (!pull) return;
    if (error) pull.reject(this.#takeError(error));
    else pull.resolve(finished);
  }

  get #needsMoreHistory(): boolean {
    return this.#queue.length === 0 && !this.isSynced && !this.#end;
  }

  #wait(): Promise<IteratorResult<WatchBatch, undefined>> {
    return new Promise((resolve, reject) => {
      this.#pull = { resolve, reject };
      if (this.wantsProgress) this.#source.awaitProgress(this);
    });
  }

  #hand(batch: WatchBatch): IteratorResult<WatchBatch, undefined> {
    this.#noteTaken(batch);
    return { done: false, value: batch };
  }

  #noteTaken(batch: WatchBatch): void {
    this.reported = batch.revision;
    if (this.#queue.length === 0) this.#queueBytes = 0;
    else this.#queueBytes -= bytesOf(batch);
  }

  /** Long histories without a match must not hold up the event loop. */
  #continueLater(): void {
    if (this.#isContinuing) return;
    this.#isContinuing = true;
    setImmediate(() => {
      this.#isContinuing = false;
      this.#notify?.();
    });
  }

  #takeError(error: StoreError): StoreError {
    this.#end = { error: undefined }; // thrown once, then the iteration is over
    return error;
  }

  #clear(): void {
    this.#queue = [];
    this.#queueBytes = 0;
    this.#events = [];
  }
}

function bytesOf({ events }: WatchBatch): number {
  let bytes = 0;
  for (const { kv, prevKv } of events) bytes += kv.value.length + (prevKv?.value.length ?? 0) + 200;
  return bytes;
}
