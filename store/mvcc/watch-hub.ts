// Carries every sealed revision to the watchers it concerns. Invariant: a watcher sees each revision from its start on
// exactly once, whole and in order, whether it came live or from history: all moves between the two happen within one
// turn, at a revision boundary. Slow consumers cost a bounded queue, then nothing until they pull again.
import { setMaxListeners } from 'node:events';
import { StoreError } from '../errors.js';
import type { WatchBatch, WatchEvent, WatchQuery } from '../kv.js';
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

export class WatchHub implements WatcherSource {
  readonly #keyspace: Keyspace;
  readonly #tables: Tables;
  readonly #compactRevision: () => number;
  readonly #limits: WatcherLimits & { readonly watchersMax: number };
  /** Each with what takes its listener off the caller's signal. */
  readonly #all = new Map<Watcher, () => void>();
  readonly #byKey = new Map<string, Set<Watcher>>();
  readonly #byRange = new IntervalIndex<Watcher>();
  readonly #awaitingProgress = new Set<Watcher>();
  #progressScheduled = false;
  #isClosed = false;

  constructor(
    keyspace: Keyspace,
    tables: Tables,
    compactRevision: () => number,
    limits: WatcherLimits & { readonly watchersMax: number },
  ) {
    this.#keyspace = keyspace;
    this.#tables = tables;
    this.#compactRevision = compactRevision;
    this.#limits = limits;
  }

  get watcherCount(): number {
    return this.#all.size;
  }

  /** The position is taken now, not at the first pull. */
  watch(query: WatchQuery, signal: AbortSignal): AsyncIterableIterator<WatchBatch, undefined> {
    const current = this.#keyspace.revision;
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
    const compactRevision = this.#compactRevision();
    if (watcher.position < Math.max(0, compactRevision)) {
      watcher.end(new StoreError('compacted', { compactRevision: Math.max(0, compactRevision) }));
      return;
    }
    if (watcher.position >= this.#keyspace.recent.first) this.#replayRecent(watcher);
    else this.#replayTables(watcher);
    if (watcher.position > this.#keyspace.revision) this.#sync(watcher);
  }

  awaitProgress(watcher: Watcher): void {
    this.#awaitingProgress.add(watcher);
    if (watcher.reported < this.#keyspace.revision) this.#scheduleProgress();
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
    const last = Math.min(this.#keyspace.revision, watcher.position + replayRevisionsMax - 1);
    while (watcher.position <= last && watcher.hasRoom) {
      const revision = watcher.position++;
      for (const row of this.#keyspace.recent.rows(revision) ?? [])
        if (inRange(watcher.range, row.key)) watcher.offer(row, revision);
      watcher.deliver(revision);
    }
  }

  /** What is older than the recent revisions is in the tables: those leave memory only once committed. */
  #replayTables(watcher: Watcher): void {
    const recentFirst = this.#keyspace.recent.first;
    let rowCount = 0;
    let bytes = 0;
    for (const row of this.#tables.scan('key', rowKey(watcher.position, 0))) {
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
    if ((event.type === 'put' && version === 1) || before < this.#compactRevision()) return event;
    const entry = this.#keyspace.index.get(key);
    const record = entry && recordAt(entry, before);
    if (record === undefined || record.version === 0) return event;
    return { ...event, prevKv: this.#keyspace.read(record) };
  }

  #scheduleProgress(): void {
    if (this.#progressScheduled) return;
    this.#progressScheduled = true;
    // After this turn's writes: a burst of revisions makes one mark.
    setImmediate(() => {
      this.#progressScheduled = false;
      const revision = this.#keyspace.revision;
      for (const watcher of this.#awaitingProgress) {
        watcher.reportProgress(revision);
        if (!watcher.isWaiting) this.#awaitingProgress.delete(watcher);
      }
    });
  }
}

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
