// WatchCache: every object of one served kind, in key order, following the store. Loaded on first use; then a
// read waits until the cache has reached the revision it needs and answers from memory. Single-threaded: a
// snapshot and the attachment of a watcher are one step, so nothing can fall between them. Watches: kind-watches.ts.
import sortedBtree from 'sorted-btree';
import { serviceUnavailable, type ApiError } from '../../object/api-error.js';
import type { CachedKind, CacheLimits, CacheSource } from './cache-source.js';
import { StoredEntry, type EntryReader } from './entry.js';
import { Change } from './history.js';
import { loadKind } from './kind-loader.js';
import { KindWatches } from './kind-watches.js';
import type { ReadVersion, WatchStart } from './read-version.js';
import { tooLargeVersion } from './version-errors.js';
import type { Stop, WatchSink } from './watch-cache-types.js';
import type { WatchFilter, WatchOptions } from './watcher.js';
import type { Clock, KeyValueStore, WatchEvent } from '../../../store/index.js';

const { default: BTree } = sortedBtree;

export interface Listener {
  changed(change: Change): void;
  /** The cache lost its place and forgot its listeners: follow again. */
  lost(): void;
}

const loadTriesMax = 5;

export class WatchCache {
  readonly kind: CachedKind;
  private readonly source: CacheSource;
  private readonly reader: EntryReader;
  private readonly watches: KindWatches;
  private readonly listeners = new Set<Listener>();
  private entries = newTree();
  /** The revision the entries were loaded at; 0: not loaded. */
  private loadedAt = 0;
  private loading: Promise<void> | undefined;
  private missed: { event: WatchEvent; path: string }[] | undefined;

  constructor(source: CacheSource, kind: CachedKind, limits: CacheLimits) {
    this.source = source;
    this.kind = kind;
    this.reader = {
      codec: kind.codec,
      prefixLength: kind.prefix.length,
      isNamespaced: kind.isNamespaced,
      selectableFields: kind.selectableFields,
    };
    this.watches = new KindWatches(this, this.reader, limits);
  }

  get clock(): Clock {
    return this.source.clock;
  }

  get revision(): number {
    return Math.max(this.source.revision, this.loadedAt);
  }

  get isLoaded(): boolean {
    return this.loadedAt > 0;
  }

  get store(): KeyValueStore {
    return this.source.store;
  }

  get watcherCount(): number {
    return this.watches.size;
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
      const watcher = this.watches.open(start, options, sink);
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
    this.watches.offer(change);
    for (const listener of this.listeners) listener.changed(change);
  }

  /** Forgets everything: the feed broke. Watchers are ended, their clients list again. */
  reset(): void {
    this.watches.endAll();
    this.entries = newTree();
    this.loadedAt = 0;
    this.loading = undefined;
    this.missed = undefined;
    const listeners = [...this.listeners];
    this.listeners.clear();
    for (const listener of listeners) listener.lost();
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
    this.watches.restart(revision);
    for (const { event, path } of missed) this.apply(event, path);
  }
}

const newTree = (): InstanceType<typeof BTree<string, StoredEntry>> =>
  new BTree<string, StoredEntry>(undefined, (a, b) => (a < b ? -1 : a > b ? 1 : 0));
