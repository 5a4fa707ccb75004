// WatchCache: every object of one served kind, in key order, following the store. Loaded on first use; then a
// read waits until the cache has reached the revision it needs and answers from memory. Single-threaded: a
// snapshot and the attachment of a watcher are one step, so nothing can fall between them.
import sortedBtree from 'sorted-btree';
import { gone, serviceUnavailable, type ApiError } from '../../object/api-error.js';
import type { Codec } from '../codec.js';
import { StoredEntry, type EntryReader } from './entry.js';
import type { Freshness } from './freshness.js';
import { Change, frame, History } from './history.js';
import { followFromStore } from '../store-replay.js';
import { loadKind } from './kind-loader.js';
import {
  errorFrame,
  Watcher,
  watcherScope,
  type WatchFilter,
  type WatchOptions,
} from './watcher.js';
import { tooLargeVersion } from './version-errors.js';
import { WatcherIndex } from './watcher-index.js';
import type { Stop, WatchFrameEvent, WatchSink } from './watch-cache-types.js';
import type { Clock, KeyValueStore, WatchEvent } from '../../../store/index.js';

const { default: BTree } = sortedBtree;

/** How old an answer may be. `fresh` reflects every write acknowledged before the call. */
export type ReadVersion =
  | { readonly type: 'fresh' }
  | { readonly type: 'any' }
  | { readonly type: 'at-least'; readonly revision: number };

export type WatchStart =
  | { readonly type: 'state'; readonly version: ReadVersion; readonly endBookmark: boolean }
  | { readonly type: 'now' }
  | { readonly type: 'after'; readonly revision: number };

/** What all caches share: the loop that feeds them. */
export interface CacheSource {
  readonly store: KeyValueStore;
  readonly clock: Clock;
  readonly freshness: Freshness;
  /** Every event up to this revision has been applied to every loaded cache. */
  readonly revision: number;
  reached(revision: number): Promise<void>;
}

export interface CachedKind {
  readonly prefix: string;
  readonly codec: Codec;
  readonly isNamespaced: boolean;
  readonly selectableFields: EntryReader['selectableFields'];
}

export interface CacheLimits {
  readonly historyCountMax: number;
  readonly historyBytesMax: number;
}

export interface Listener {
  changed(change: Change): void;
  /** The cache lost its place and forgot its listeners: follow again. */
  lost(): void;
}

const loadTriesMax = 5;

export class WatchCache {
  readonly kind: CachedKind;
  private readonly source: CacheSource;
  private readonly limits: CacheLimits;
  private readonly reader: EntryReader;
  private readonly watchers: WatcherIndex;
  private readonly listeners = new Set<Listener>();
  private entries = newTree();
  private history: History;
  /** The revision the entries were loaded at; 0: not loaded. */
  private loadedAt = 0;
  private loading: Promise<void> | undefined;
  private missed: { event: WatchEvent; path: string }[] | undefined;

  constructor(source: CacheSource, kind: CachedKind, limits: CacheLimits) {
    this.source = source;
    this.kind = kind;
    this.limits = limits;
    this.reader = {
      codec: kind.codec,
      prefixLength: kind.prefix.length,
      isNamespaced: kind.isNamespaced,
      selectableFields: kind.selectableFields,
    };
    this.watchers = new WatcherIndex(kind.isNamespaced);
    this.history = new History(0, limits.historyCountMax, limits.historyBytesMax);
  }

  get clock(): Clock {
    return this.source.clock;
  }

  get revision(): number {
    return Math.max(this.source.revision, this.loadedAt);
  }

  get store(): KeyValueStore {
    return this.source.store;
  }

  get watcherCount(): number {
    return this.watchers.size;
  }

  /** Waits until what `at` and its siblings answer is as fresh as asked. */
  async ready(version: ReadVersion): Promise<void> {
    if (version.type === 'fresh') {
      const revision = await this.source.freshness.revision();
      if (revision > this.revision) await this.source.reached(revision);
    } else if (version.type === 'at-least' && version.revision > this.revision) {
      await this.source.reached(version.revision);
    }
    // A load is void when the feed broke under it.
    for (let tries = 0; this.loadedAt === 0; tries++) {
      if (tries >= loadTriesMax) throw serviceUnavailable('the watch cache is being rebuilt');
      await this.load();
    }
  }

  /** Now, without waiting; undefined also when the kind is not loaded. `path`: `namespace/name` or `name`. */
  at(path: string): StoredEntry | undefined {
    return this.entries.get(path);
  }

  /** Now, without waiting, in key order. */
  all(namespace?: string): StoredEntry[] {
    if (namespace === undefined || !this.kind.isNamespaced) return this.entries.valuesArray();
    const found: StoredEntry[] = [];
    this.entries.forRange(`${namespace}/`, `${namespace}0`, false, (_path, entry) => {
      found.push(entry); // '0' is the character after '/'
    });
    return found;
  }

  async get(path: string, version: ReadVersion): Promise<StoredEntry | undefined> {
    await this.ready(version);
    return this.entries.get(path);
  }

  /** For controllers: every change from now on, in order, starting with the state as it is. */
  async follow(listener: Listener): Promise<{ entries: StoredEntry[]; stop: Stop }> {
    await this.ready({ type: 'any' });
    this.listeners.add(listener);
    return { entries: this.all(), stop: () => this.listeners.delete(listener) };
  }

  /** The result opens the watch; whatever must be refused with a status has been by then. */
  async prepareWatch(start: WatchStart, options: WatchOptions): Promise<(sink: WatchSink) => Stop> {
    await this.ready(start.type === 'state' ? start.version : { type: 'any' });
    return (sink) => {
      const watcher = new Watcher(this, options, sink);
      if (this.loadedAt === 0)
        watcher.end(); // the feed broke since: the client starts over
      else if (start.type === 'after') this.openAfter(watcher, start.revision);
      else if (start.type === 'now') this.attach(watcher, [], this.revision);
      else this.attach(watcher, this.stateFrames(options, start.endBookmark), this.revision);
      return () => {
        watcher.stop();
      };
    };
  }

  /** An object of this kind as read from the store. */
  entry(key: string, revision: number, value: Uint8Array): StoredEntry {
    return new StoredEntry(this.reader, key, revision, value);
  }

  tooLarge(asked: number): ApiError {
    return tooLargeVersion(asked, this.revision);
  }

  /** A store event at or below the revision the kind was loaded at is already in. */
  apply(event: WatchEvent, path: string): void {
    if (this.missed !== undefined) {
      this.missed.push({ event, path });
      return;
    }
    const { kv, type } = event;
    if (this.loadedAt === 0 || kv.modRevision <= this.loadedAt) return;
    const before = this.entries.get(path);
    let after: StoredEntry | undefined;
    if (type === 'put') {
      after = new StoredEntry(this.reader, this.kind.prefix + path, kv.modRevision, kv.value);
      this.entries.set(path, after);
    } else {
      if (before === undefined) return;
      this.entries.delete(path);
    }
    const change = new Change(this.kind.codec, { revision: kv.modRevision, path }, before, after);
    this.history.push(change);
    this.watchers.forEach(path, (watcher) => {
      watcher.offer(change);
    });
    for (const listener of this.listeners) listener.changed(change);
  }

  /** Forgets everything: the feed broke. Watchers are ended, their clients list again. */
  reset(): void {
    for (const watcher of this.watchers.everyone()) watcher.end();
    this.entries = newTree();
    this.loadedAt = 0;
    this.loading = undefined;
    this.missed = undefined;
    const listeners = [...this.listeners];
    this.listeners.clear();
    for (const listener of listeners) listener.lost();
  }

  detach(watcher: Watcher): void {
    this.watchers.delete(watcher);
  }

  bookmark(revision: number, endsInitialEvents: boolean): WatchFrameEvent {
    const { kind, apiVersion } = this.kind.codec.form;
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
    const frames = this.select(filter).map((entry) => () => frame('ADDED', entry));
    const { revision } = this;
    if (endBookmark) frames.push(() => this.bookmark(revision, true));
    return frames;
  }

  /** Now, without waiting. */
  select({ namespace, name, selects }: WatchFilter): StoredEntry[] {
    let entries: StoredEntry[];
    if (name === undefined) {
      entries = this.all(namespace);
    } else if (this.kind.isNamespaced && namespace === undefined) {
      entries = this.all().filter((entry) => entry.name === name);
    } else {
      const entry = this.at(this.kind.isNamespaced ? `${namespace ?? ''}/${name}` : name);
      entries = entry === undefined ? [] : [entry];
    }
    return selects === undefined ? entries : entries.filter(selects);
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
    const scope = watcherScope(this.kind.isNamespaced, watcher.options);
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
    const scope = watcherScope(this.kind.isNamespaced, watcher.options);
    try {
      await followFromStore(
        { store: this.source.store, prefix: this.kind.prefix, reader: this.reader },
        revision,
        watcher.signal,
        async (changes, reached) => {
          const frames = changes
            .filter((change) => scope(change.path))
            .map((change) => change.frameFor(watcher.options.selects))
            .filter((event) => event !== undefined);
          if (!watcher.send(frames)) return 'stop';
          if (reached >= this.history.startRevision && this.loadedAt > 0) {
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

  private load(): Promise<void> {
    this.loading ??= this.loadAll().finally(() => {
      this.loading = undefined;
    });
    return this.loading;
  }

  private async loadAll(): Promise<void> {
    const missed: { event: WatchEvent; path: string }[] = [];
    this.missed = missed;
    const entries = newTree();
    let revision: number;
    try {
      revision = await loadKind(this.source.store, this.kind.prefix, (path, kv) => {
        const { prefix } = this.kind;
        entries.set(path, new StoredEntry(this.reader, prefix + path, kv.modRevision, kv.value));
      });
    } catch (error) {
      if (this.missed === missed) this.missed = undefined;
      throw error;
    }
    if (this.missed !== missed) return; // reset meanwhile
    this.missed = undefined;
    this.entries = entries;
    this.loadedAt = revision;
    const { historyCountMax, historyBytesMax } = this.limits;
    this.history = new History(revision, historyCountMax, historyBytesMax);
    for (const { event, path } of missed) this.apply(event, path);
  }
}

const newTree = (): InstanceType<typeof BTree<string, StoredEntry>> =>
  new BTree<string, StoredEntry>(undefined, (a, b) => (a < b ? -1 : a > b ? 1 : 0));
