// WatchCaches: one watch of the whole registry, dealt out to a cache per served kind. All caches have seen the
// same revision, so "fresh enough" is one number. kind-cache.ts is one kind's part; lists are in lists.ts.
import { apiVersionOf } from '../../object/kube-object.js';
import type { JsonObject, KubeObject } from '../../object/kube-object.js';
import { Codec } from '../codec.js';
import { Freshness } from './freshness.js';
import type { KeyedResource, KeyLayout, StoredKind } from '../keys.js';
import type { CacheLimits, CacheSource } from './cache-source.js';
import { WatchCache } from './kind-cache.js';
import { decodeKey, encodeKey } from '../store-keys.js';
import type { Stop } from './watch-cache-types.js';
import { tooLargeVersion } from './version-errors.js';
import {
  prefixEnd,
  type Clock,
  type KeyValueStore,
  type WatchBatch,
} from '../../../store/index.js';

export { WatchCache } from './kind-cache.js';

/** The part of a Resource row that the caches need. */
export interface CachedResource extends KeyedResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly storage: StoredKind & {
    readonly conversion?: {
      readonly fromStored: (object: KubeObject) => KubeObject;
      readonly toStored: (object: KubeObject) => KubeObject;
    };
  };
  readonly selectableFields: Readonly<Record<string, (object: JsonObject) => string>>;
}

/** Hears of every key that changes below the root, without values: `pods`, `default/web-1`. */
export type KeyObserver = (storagePath: string, objectPath: string) => void;

const defaultLimits: CacheLimits = { historyCountMax: 20_000, historyBytesMax: 16 << 20 };
/** How long a read waits for a revision that has not come yet, as kube-apiserver does. */
const waitMaxMs = 3_000;
const retryFeedMs = 500;

interface Waiter {
  readonly revision: number;
  readonly resolve: () => void;
}

export class WatchCaches implements CacheSource {
  readonly store: KeyValueStore;
  readonly clock: Clock;
  readonly layout: KeyLayout;
  readonly freshness: Freshness;
  private readonly limits: CacheLimits;
  private readonly rootPrefix: string;
  /** Storage path -> the caches of the versions served from it (nearly always one). */
  private readonly byPath = new Map<string, WatchCache[]>();
  private readonly byResource = new Map<string, { row: CachedResource; cache: WatchCache }>();
  private readonly retired = new WeakSet<CachedResource>();
  private readonly observers = new Set<KeyObserver>();
  /** In order of revision. */
  private waiters: Waiter[] = [];
  private seen = 0;

  constructor(
    store: KeyValueStore,
    layout: KeyLayout,
    clock: Clock,
    limits: CacheLimits = defaultLimits,
  ) {
    this.store = store;
    this.layout = layout;
    this.clock = clock;
    this.limits = limits;
    this.rootPrefix = `${layout.root}/`;
    this.freshness = new Freshness(store, layout.root);
  }

  get revision(): number {
    return this.seen;
  }

  /** A row that has changed (a CRD's) gets a new cache; the old one's watchers are ended. */
  for(resource: CachedResource): WatchCache {
    const id = idOf(resource);
    const known = this.byResource.get(id);
    if (known?.row === resource) return known.cache;
    const cache = new WatchCache(this, cachedKind(resource, this.layout), this.limits);
    // A request that began with a row since replaced reads beside the new row's cache, not in its place.
    if (this.retired.has(resource)) return cache;
    const old = this.forget(id);
    this.byResource.set(id, { row: resource, cache });
    const path = this.layout.path(resource);
    this.byPath.set(path, [...(this.byPath.get(path) ?? []), cache]);
    // Last: whoever followed the old one asks for the new one at once.
    old?.reset();
    return cache;
  }

  /** A row that is served no more (a CRD's, replaced or gone): its watches end. */
  remove(resource: CachedResource): void {
    this.retired.add(resource);
    const id = idOf(resource);
    if (this.byResource.get(id)?.row === resource) this.forget(id)?.reset();
  }

  /** Resolves when the caches can be read; they then follow the store until `signal` aborts. */
  async start(signal: AbortSignal): Promise<void> {
    this.seen = await this.freshness.revision();
    void this.run(signal);
  }

  observe(observer: KeyObserver): Stop {
    this.observers.add(observer);
    return () => this.observers.delete(observer);
  }

  async reached(revision: number): Promise<void> {
    if (revision <= this.seen) return;
    const isReached = await new Promise<boolean>((resolve) => {
      const waiter: Waiter = {
        revision,
        resolve: () => {
          cancel();
          resolve(true);
        },
      };
      const cancel = this.clock.after(waitMaxMs, () => {
        this.waiters = this.waiters.filter((other) => other !== waiter);
        resolve(false);
      });
      this.addWaiter(waiter);
    });
    if (!isReached) throw tooLargeVersion(revision, this.seen);
  }

  private addWaiter(waiter: Waiter): void {
    let at = this.waiters.length;
    while (at > 0 && (this.waiters[at - 1]?.revision ?? 0) > waiter.revision) at -= 1;
    this.waiters.splice(at, 0, waiter);
  }

  private forget(id: string): WatchCache | undefined {
    const known = this.byResource.get(id);
    if (known === undefined) return undefined;
    this.byResource.delete(id);
    const path = this.layout.path(known.row);
    const rest = (this.byPath.get(path) ?? []).filter((cache) => cache !== known.cache);
    if (rest.length === 0) this.byPath.delete(path);
    else this.byPath.set(path, rest);
    return known.cache;
  }

  private async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        await this.feed(signal);
      } catch {
        // The feed broke (compacted under us, the store without a leader): start over from now.
      }
      this.resetAll();
      if (signal.aborted) return;
      await this.pause(signal);
      try {
        this.seen = await this.freshness.revision();
      } catch {
        // Not back yet; the next round tries again.
      }
      // What was loaded meanwhile has missed what came after it was loaded.
      this.resetAll();
    }
  }

  private resetAll(): void {
    for (const { cache } of [...this.byResource.values()]) cache.reset();
  }

  private async feed(signal: AbortSignal): Promise<void> {
    const key = encodeKey(this.rootPrefix);
    const query = { key, end: prefixEnd(key), startRevision: this.seen + 1, progress: true };
    for await (const batch of this.store.watch(query, signal)) this.deal(batch);
  }

  private deal(batch: WatchBatch): void {
    for (const event of batch.events) {
      const below = decodeKey(event.kv.key).slice(this.rootPrefix.length);
      const slash = below.indexOf('/');
      const second = below.indexOf('/', slash + 1);
      // A path has one segment (`pods`) or two (`services/specs`, `example.com/widgets`).
      const depth = second > 0 && this.byPath.has(below.slice(0, second)) ? second : slash;
      const storagePath = below.slice(0, depth);
      const path = below.slice(depth + 1);
      for (const cache of this.byPath.get(storagePath) ?? []) cache.apply(event, path);
      for (const observer of this.observers) observer(storagePath, path);
    }
    this.seen = Math.max(this.seen, batch.revision);
    let due = 0;
    while (due < this.waiters.length && (this.waiters[due]?.revision ?? 0) <= this.seen) due += 1;
    if (due > 0) for (const { resolve } of this.waiters.splice(0, due)) resolve();
  }

  private pause(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.clock.after(retryFeedMs, resolve);
      signal.addEventListener(
        'abort',
        () => {
          cancel();
          resolve();
        },
        { once: true },
      );
    });
  }
}

const idOf = ({ group, version, plural }: CachedResource): string =>
  `${group}/${version}/${plural}`;

export function codecFor(resource: CachedResource): Codec {
  const { storage } = resource;
  return new Codec({
    kind: resource.kind,
    apiVersion: apiVersionOf(resource.group, resource.version),
    storedKind: storage.kind,
    storedApiVersion: storage.apiVersion,
    ...storage.conversion,
  });
}

function cachedKind(resource: CachedResource, layout: KeyLayout): WatchCache['kind'] {
  return {
    prefix: layout.prefix(resource),
    codec: codecFor(resource),
    isNamespaced: resource.scope === 'Namespaced',
    selectableFields: resource.selectableFields,
  };
}
