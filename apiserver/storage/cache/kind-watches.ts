// KindWatches: the open watches of one kind and the recent changes they may start from. A watch starts with the
// state, now, or after a revision: from the history in memory, or from the store until the history has it.
import { gone } from '../../object/api-error.js';
import type { CachedKind, CacheLimits } from './cache-source.js';
import type { EntryReader, StoredEntry } from './entry.js';
import { type Change, frame, History } from './history.js';
import type { WatchStart } from './read-version.js';
import { followFromStore } from '../store-replay.js';
import type { WatchFrameEvent, WatchSink } from './watch-cache-types.js';
import {
  errorFrame,
  Watcher,
  watcherScope,
  type Watched,
  type WatchFilter,
  type WatchOptions,
} from './watcher.js';
import { WatcherIndex } from './watcher-index.js';
import type { Clock, KeyValueStore } from '../../../store/index.js';

/** The cache whose kind is watched. */
export interface WatchedCache {
  readonly clock: Clock;
  readonly store: KeyValueStore;
  readonly kind: CachedKind;
  /** Everything up to this revision has been offered. */
  readonly revision: number;
  readonly isLoaded: boolean;
  select(filter: WatchFilter): StoredEntry[];
}

export class KindWatches implements Watched {
  private readonly cache: WatchedCache;
  private readonly reader: EntryReader;
  private readonly limits: CacheLimits;
  private readonly watchers: WatcherIndex;
  private history: History;

  constructor(cache: WatchedCache, reader: EntryReader, limits: CacheLimits) {
    this.cache = cache;
    this.reader = reader;
    this.limits = limits;
    this.watchers = new WatcherIndex(cache.kind.isNamespaced);
    this.history = new History(0, limits.historyCountMax, limits.historyBytesMax);
  }

  get clock(): Clock {
    return this.cache.clock;
  }

  get revision(): number {
    return this.cache.revision;
  }

  get size(): number {
    return this.watchers.size;
  }

  open(start: WatchStart, options: WatchOptions, sink: WatchSink): Watcher {
    const watcher = new Watcher(this, options, sink);
    if (!this.cache.isLoaded)
      watcher.end(); // the feed broke since: the client starts over
    else if (start.type === 'after') this.openAfter(watcher, start.revision);
    else if (start.type === 'now') this.attach(watcher, [], this.revision);
    else this.attach(watcher, this.stateFrames(options, start.endBookmark), this.revision);
    return watcher;
  }

  offer(change: Change): void {
    this.history.push(change);
    this.watchers.forEach(change.path, (watcher) => {
      watcher.offer(change);
    });
  }

  endAll(): void {
    for (const watcher of this.watchers.everyone()) watcher.end();
  }

  /** The kind was loaded at `revision`: what came before is not in the history. */
  restart(revision: number): void {
    const { historyCountMax, historyBytesMax } = this.limits;
    this.history = new History(revision, historyCountMax, historyBytesMax);
  }

  detach(watcher: Watcher): void {
    this.watchers.delete(watcher);
  }

  bookmark(revision: number, endsInitialEvents: boolean): WatchFrameEvent {
    const { kind, apiVersion } = this.cache.kind.codec.form;
    const annotations = endsInitialEvents
      ? { annotations: { 'k8s.io/initial-events-end': 'true' } }
      : {};
    const object = {
      kind,
      apiVersion,
      metadata: { resourceVersion: String(revision), creationTimestamp: null, ...annotations },
    };
    const made = frame('BOOKMARK', { bytes: Buffer.from(JSON.stringify(object)) });
    return endsInitialEvents ? { ...made, endsInitialEvents } : made;
  }

  private stateFrames(filter: WatchFilter, endBookmark: boolean): (() => WatchFrameEvent)[] {
    const frames = this.cache.select(filter).map((entry) => () => frame('ADDED', entry));
    const { revision } = this;
    if (endBookmark) frames.push(() => this.bookmark(revision, true));
    return frames;
  }

  private attach(
    watcher: Watcher,
    initial: readonly (() => WatchFrameEvent)[],
    floor: number,
  ): void {
    this.watchers.add(watcher);
    watcher.begin(initial, floor);
  }

  /** Revisions above `revision`: from the history, or from the store until the history has them. */
  private openAfter(watcher: Watcher, revision: number): void {
    if (revision >= this.history.startRevision) {
      this.attachAfter(watcher, revision);
      return;
    }
    void this.replay(watcher, revision);
  }

  private attachAfter(watcher: Watcher, revision: number): void {
    const scope = watcherScope(this.cache.kind.isNamespaced, watcher.options);
    const frames: WatchFrameEvent[] = [];
    for (const change of this.history.after(revision)) {
      if (!scope(change.path)) continue;
      const event = change.frameFor(watcher.options.selects);
      if (event !== undefined) frames.push(event);
    }
    this.attach(
      watcher,
      frames.map((event) => () => event),
      Math.max(this.revision, revision),
    );
  }

  private async replay(watcher: Watcher, revision: number): Promise<void> {
    const scope = watcherScope(this.cache.kind.isNamespaced, watcher.options);
    try {
      await followFromStore(
        { store: this.cache.store, prefix: this.cache.kind.prefix, reader: this.reader },
        revision,
        watcher.signal,
        async (changes, reached) => {
          const frames = changes
            .filter((change) => scope(change.path))
            .map((change) => change.frameFor(watcher.options.selects))
            .filter((event) => event !== undefined);
          if (!watcher.send(frames)) return 'stop';
          if (reached >= this.history.startRevision && this.cache.isLoaded) {
            this.attachAfter(watcher, reached);
            return 'stop';
          }
          await watcher.drained();
          return 'go-on';
        },
      );
    } catch {
      // Compacted, or the store is gone: either way the client has to list again.
      const message = `too old resource version: ${revision} (${this.history.startRevision})`;
      watcher.send([errorFrame(gone(message).toStatus())]);
      watcher.end();
    }
  }
}
