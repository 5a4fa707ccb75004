import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KeyLayout } from '../../../../apiserver/storage/keys.js';
import { listPage, type ListQuery } from '../../../../apiserver/storage/cache/lists.js';
import { ObjectStore } from '../../../../apiserver/storage/object-store.js';
import {
  codecFor,
  WatchCaches,
  type CachedResource,
} from '../../../../apiserver/storage/cache/watch-cache.js';
import type { WatchFrameEvent } from '../../../../apiserver/storage/cache/watch-cache-types.js';
import { openInMemoryStore, type KeyValueStore } from '../../../../store/index.js';
import { SteppedClock } from '../../../support/stepped-clock.js';

const services: CachedResource = {
  group: '',
  version: 'v1',
  plural: 'services',
  kind: 'Service',
  scope: 'Namespaced',
  storage: {
    path: 'services',
    kubernetesPath: 'services/specs',
    apiVersion: 'v1',
    kind: 'Service',
  },
  selectableFields: {},
};
const everything: ListQuery = { version: { type: 'fresh' }, limit: 0, continueToken: '' };

/** The store with a watch that can be cut, as a lost connection to a remote one is. */
class CuttableStore {
  cut = new AbortController();
  readonly store: KeyValueStore;

  constructor(inner: KeyValueStore) {
    this.store = {
      range: (query) => inner.range(query),
      txn: (txn) => inner.txn(txn),
      watch: (query, signal) => inner.watch(query, AbortSignal.any([signal, this.cut.signal])),
      compact: (revision) => inner.compact(revision),
      grantLease: (ttlSeconds, id) => inner.grantLease(ttlSeconds, id),
      keepLeaseAlive: (id) => inner.keepLeaseAlive(id),
      revokeLease: (id) => inner.revokeLease(id),
      status: () => inner.status(),
      close: () => inner.close(),
    };
  }
}

describe.each(['frontdesk', 'kubernetes'] as const)(
  'the watch cache over the %s layout',
  (layout) => {
    const clock = new SteppedClock(0);
    let line: CuttableStore;
    let stop: AbortController;
    let caches: WatchCaches;
    beforeEach(async () => {
      line = new CuttableStore(openInMemoryStore(clock));
      stop = new AbortController();
      caches = new WatchCaches(line.store, new KeyLayout(layout), clock);
      await caches.start(stop.signal);
    });
    afterEach(async () => {
      stop.abort();
      await line.store.close();
    });

    const put = async (name: string): Promise<void> => {
      const place = {
        key: caches.layout.key(services, 'default', name),
        codec: codecFor(services),
        group: '',
        plural: 'services',
        kind: 'Service',
        name,
      };
      const object = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name, namespace: 'default' },
      };
      await new ObjectStore(line.store).create(place, () => object, { dryRun: false });
    };
    const names = async (): Promise<string[]> => {
      const { entries } = await listPage(caches.for(services), everything);
      return entries.map(({ bytes }) => {
        const { metadata } = JSON.parse(Buffer.from(bytes).toString()) as {
          metadata: { name: string };
        };
        return metadata.name;
      });
    };

    it('shows what was written before a read, whenever it was loaded', async () => {
      await put('a');
      expect(await names()).toEqual(['a']);
      await put('b');
      expect(await names()).toEqual(['a', 'b']);
    });

    it('ends its watches and starts over when its feed breaks', async () => {
      await put('a');
      const seen: WatchFrameEvent[] = [];
      let ended = 0;
      const open = await caches
        .for(services)
        .prepareWatch(
          { type: 'state', version: { type: 'fresh' }, endBookmark: false },
          { bookmarks: false },
        );
      open({ send: (events) => seen.push(...events) > 0, end: () => (ended += 1) });
      const broken = line.cut;
      line.cut = new AbortController();
      broken.abort();
      while (ended === 0) await new Promise((done) => setImmediate(done));
      await put('b');
      clock.advance(500);
      for (let turn = 0; turn < 20; turn++) await new Promise((done) => setImmediate(done));
      expect(await names()).toEqual(['a', 'b']);
      await put('c');
      expect(await names()).toEqual(['a', 'b', 'c']);
      expect([seen.length, ended]).toEqual([1, 1]);
    });

    it('replays from the store what its own history has dropped', async () => {
      const small = new WatchCaches(line.store, caches.layout, clock, {
        historyCountMax: 2,
        historyBytesMax: 1 << 20,
      });
      await small.start(stop.signal);
      const cache = small.for(services);
      await cache.ready({ type: 'fresh' });
      const { revision } = cache;
      for (const name of ['a', 'b', 'c', 'd', 'e']) await put(name);
      await cache.ready({ type: 'fresh' });
      const lines: string[] = [];
      const open = await cache.prepareWatch({ type: 'after', revision }, { bookmarks: false });
      open({
        send: (events) => {
          for (const { type, object } of events) {
            const text = Buffer.from(object.bytes).toString();
            lines.push(`${type} ${/"name":"(.)"/.exec(text)?.[1] ?? ''}`);
          }
          return true;
        },
        end: () => lines.push('END'),
      });
      await put('f');
      for (let turn = 0; turn < 50; turn++) await new Promise((done) => setImmediate(done));
      expect(lines).toEqual(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `ADDED ${name}`));
    });
  },
);
