// Carries every sealed revision to the watchers it concerns. Invariant: a watcher sees each revision from its start on
// exactly once, whole and in order, whether it came live or from history: all moves between the two happen within one
// turn, at a revision boundary. Slow consumers cost a bounded queue, then nothing until they pull again.
import { setMaxListeners } from 'node:events';
import { StoreError } from '../errors.js';
import type { WatchEvent, WatchQuery } from '../kv.js';
import { IntervalIndex } from './interval-index.js';
import { recordAt } from './key-index.js';
import { tombstoneOf, type Keyspace, type SealedRevision } from './keyspace.js';
import type { RowEvent } from './recent-revisions.js';
import { parseRowKey, rowKey } from './revision.js';
import { decodeKeyValue } from './row-codec.js';
import { inRange, keyText } from '../tables/sorted-map.js';
import type { TableRow, Tables } from '../tables/tables.js';
import { Watcher, type WatcherLimits, type WatcherSource } from './watcher.js';

/** One step of reading history holds the event loop no longer than this allows (a few ms). */
const replayRevisionsMax = 1_000;
const replayRowsMax = 2_000;
const replayBytesMax = 4 * 2 ** 20;

/** What watches are served from. */
export interface WatchedState {
  readonly keyspace: Keyspace;
  readonly tables: Tables;
  /** Its revision: reads below it are refused. */
  readonly compaction: { readonly revision: number };
}

export class WatchHub implements WatcherSource {
  #state: WatchedState;
  readonly #limits: WatcherLimits & { readonly watchersMax: number };
  /** Each with what takes its listener off the caller's signal. */
  readonly #all = new Map<Watcher, () => void>();
  readonly #byKey = new Map<string, Set<Watcher>>();
  readonly #byRange = new IntervalIndex<Watcher>();
  readonly #awaitingProgress = new Set<Watcher>();
  #progressScheduled = false;
  #isClosed = false;

  constructor(state: WatchedState, limits: WatcherLimits & { readonly watchersMax: number }) {
    this.#state = state;
    this.#limits = limits;
  }

  get revision(): number {
    return this.#state.keyspace.revision;
  }

  get watcherCount(): number {
    return this.#all.size;
  }

  /** The position is taken now, not at the first pull. */
  watch(query: WatchQuery, signal: AbortSignal): Watcher {
    const current = this.#state.keyspace.revision;
    const watcher = new Watcher(query, query.startRevision || current + 1, this.#limits, this);
    if (signal.aborted) watcher.end(undefined);
    else if (this.#isClosed) watcher.end(new StoreError('stopped'));
    else if (this.#all.size >= this.#limits.watchersMax)
      watcher.end(new StoreError('too-many-requests'));
    else {
      this.#all.set(watcher, endOnAbort(watcher, signal));
      if (watcher.startRevision > current) this.#sync(watcher);
    }
    return watcher;
  }

  publish({ revision, rows }: SealedRevision): void {
    if (this.#all.size === 0) return;
    const touched: Watcher[] = [];
    for (const row of rows) {
      const offer = (watcher: Watcher): void => {
        if (watcher.offer(row, revision)) touched.push(watcher);
      };
      this.#byKey.get(row.key)?.forEach(offer);
      this.#byRange.forKey(row.key, offer);
    }
    for (const watcher of touched) watcher.deliver(revision);
    if (this.#awaitingProgress.size > 0) this.#scheduleProgress();
  }

  replay(watcher: Watcher): void {
    const compactRevision = this.#state.compaction.revision;
    if (watcher.position < Math.max(0, compactRevision)) {
      watcher.end(new StoreError('compacted', { compactRevision: Math.max(0, compactRevision) }));
      return;
    }
    if (watcher.position >= this.#state.keyspace.recent.first) this.#replayRecent(watcher);
    else this.#replayTables(watcher);
    if (watcher.position > this.#state.keyspace.revision) this.#sync(watcher);
  }

  awaitProgress(watcher: Watcher): void {
    this.#awaitingProgress.add(watcher);
    if (watcher.reported < this.#state.keyspace.revision) this.#scheduleProgress();
  }

  withPrevious(row: RowEvent): WatchEvent {
    return (row.eventWithPrevious ??= this.#findPrevious(row));
  }

  unsync(watcher: Watcher): void {
    watcher.isSynced = false;
    if (watcher.isSingleKey) {
      const watchers = this.#byKey.get(watcher.range.start);
      if (watchers?.delete(watcher) && watchers.size === 0) this.#byKey.delete(watcher.range.start);
    } else this.#byRange.remove(watcher.range, watcher);
  }

  remove(watcher: Watcher): void {
    if (watcher.isSynced) this.unsync(watcher);
    this.#all.get(watcher)?.();
    this.#all.delete(watcher);
    this.#awaitingProgress.delete(watcher);
  }

  /**
   * A later state has taken the place of this one, and what happened in between was published by nobody: every watch reads
   * it from there, from its own next revision on (etcd's rule after a snapshot).
   */
  install(state: WatchedState): void {
    const next = this.#state.keyspace.revision + 1;
    this.#state = state;
    for (const watcher of [...this.#all.keys()]) {
      if (watcher.isSynced) {
        this.unsync(watcher);
        watcher.position = Math.max(next, watcher.startRevision);
      }
      if (watcher.isWaiting) this.#resume(watcher);
      else watcher.wake();
    }
  }

  /** Reads history for a watcher whose consumer waits, until there is something for it or it is synced again. */
  #resume(watcher: Watcher): void {
    if (this.#isClosed || !isBehind(watcher)) return;
    this.replay(watcher);
    if (isBehind(watcher)) {
      setImmediate(() => {
        this.#resume(watcher);
      });
    } else if (this.#awaitingProgress.size > 0) this.#scheduleProgress();
  }

  /** Every watch ends with 'stopped'. */
  close(): void {
    this.#isClosed = true;
    for (const watcher of [...this.#all.keys()]) watcher.end(new StoreError('stopped'));
  }

  #sync(watcher: Watcher): void {
    watcher.isSynced = true;
    if (!watcher.isSingleKey) {
      this.#byRange.add(watcher.range, watcher);
      return;
    }
    const { start } = watcher.range;
    const watchers = this.#byKey.get(start);
    if (watchers) watchers.add(watcher);
    else this.#byKey.set(start, new Set([watcher]));
  }

  #replayRecent(watcher: Watcher): void {
    const last = Math.min(this.#state.keyspace.revision, watcher.position + replayRevisionsMax - 1);
    while (watcher.position <= last && watcher.hasRoom) {
      const revision = watcher.position++;
      for (const row of this.#state.keyspace.recent.rows(revision) ?? [])
        if (inRange(watcher.range, row.key)) watcher.offer(row, revision);
      watcher.deliver(revision);
    }
  }

  /** What is older than the recent revisions is in the tables: those leave memory only once committed. */
  #replayTables(watcher: Watcher): void {
    const recentFirst = this.#state.keyspace.recent.first;
    let rowCount = 0;
    let bytes = 0;
    for (const row of this.#state.tables.scan('key', rowKey(watcher.position, 0))) {
      const { main } = parseRowKey(row.key);
      if (main > watcher.position) {
        watcher.deliver(watcher.position);
        watcher.position = Math.min(main, recentFirst);
        const isEnough = rowCount >= replayRowsMax || bytes >= replayBytesMax || !watcher.hasRoom;
        if (main >= recentFirst || isEnough) return;
      }
      rowCount++;
      bytes += row.value.length;
      const event = toRowEvent(row);
      if (inRange(watcher.range, event.key)) watcher.offer(event, main);
    }
    watcher.deliver(watcher.position);
    watcher.position = recentFirst;
  }

  #findPrevious({ key, event }: RowEvent): WatchEvent {
    const { modRevision, version } = event.kv;
    const before = modRevision - 1;
    if ((event.type === 'put' && version === 1) || before < this.#state.compaction.revision)
      return event;
    const entry = this.#state.keyspace.index.get(key);
    const record = entry && recordAt(entry, before);
    if (record === undefined || record.version === 0) return event;
    return { ...event, prevKv: this.#state.keyspace.read(record) };
  }

  #scheduleProgress(): void {
    if (this.#progressScheduled) return;
    this.#progressScheduled = true;
    // After this turn's writes: a burst of revisions makes one mark.
    setImmediate(() => {
      this.#progressScheduled = false;
      const revision = this.#state.keyspace.revision;
      for (const watcher of this.#awaitingProgress) {
        if (watcher.isSynced) watcher.reportProgress(revision);
        if (!watcher.isWaiting) this.#awaitingProgress.delete(watcher);
      }
    });
  }
}

const isBehind = (watcher: Watcher): boolean => watcher.isWaiting && !watcher.isSynced;

function endOnAbort(watcher: Watcher, signal: AbortSignal): () => void {
  const abort = (): void => {
    watcher.end(undefined);
  };
  setMaxListeners(0, signal); // many watches may share one signal; that is no leak
  signal.addEventListener('abort', abort, { once: true });
  return () => {
    signal.removeEventListener('abort', abort);
  };
}

function toRowEvent({ key, value }: TableRow): RowEvent {
  const { main, tombstone } = parseRowKey(key);
  const kv = decodeKeyValue(value);
  const event: WatchEvent = tombstone
    ? { type: 'delete', kv: tombstoneOf(kv.key, main) }
    : { type: 'put', kv };
  return { key: keyText(kv.key), event, eventWithPrevious: undefined };
}
