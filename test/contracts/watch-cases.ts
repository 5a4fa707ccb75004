// Watch: from any kept revision, every revision once, whole and in order (etcd's watch guarantees). Numbers in names
// are etcd issues whose bug the case would catch.
import { expect } from '@jest/globals';
import type { KeyValueStore, WatchBatch, WatchQuery } from '../../store/index.js';
import {
  all,
  between,
  bytes,
  codeOf,
  collect,
  deleteOp,
  drain,
  plainBatch,
  put,
  putOp,
  range,
  rangeOp,
  write,
} from './operations.js';
import type { RegisterCase } from './register-case.js';

export function watchCases(store: () => KeyValueStore, it: RegisterCase): void {
  const seen = async (query: WatchQuery, last: number) =>
    (await collect(store(), query, last)).map(plainBatch);

  it('delivers what comes after the call, also before the first pull', async () => {
    await put(store(), 'a', 'before');
    const stop = new AbortController();
    const watch = store().watch({ key: bytes('a') }, stop.signal);
    const now = await put(store(), 'a', 'after');
    expect((await drain(watch, now, stop)).map(plainBatch)).toEqual([
      { revision: now, events: ['put a=after (2 3 2 0)'] },
    ]);
  });

  it('delivers live while the consumer waits', async () => {
    const stop = new AbortController();
    const batches = drain(store().watch(range('a'), stop.signal), 3, stop);
    await put(store(), 'a1');
    await put(store(), 'a2');
    expect((await batches).map(({ revision }) => revision)).toEqual([2, 3]);
  });

  it('replays history from any revision, then goes on live without gap or repeat', async () => {
    for (let i = 0; i < 20; i++) await put(store(), `k${i % 3}`, `${i}`);
    const stop = new AbortController();
    const batches = drain(store().watch({ ...all, startRevision: 5 }, stop.signal), 41, stop);
    for (let i = 20; i < 40; i++) await put(store(), `k${i % 3}`, `${i}`);
    const revisions = (await batches).map(({ revision }) => revision);
    expect(revisions).toEqual(Array.from({ length: 37 }, (_, i) => i + 5));
  });

  it('waits for a start in the future and delivers nothing before it (#20221)', async () => {
    const stop = new AbortController();
    const batches = drain(store().watch({ ...all, startRevision: 4 }, stop.signal), 4, stop);
    for (const name of ['a', 'b', 'c']) await put(store(), name);
    expect((await batches).map(plainBatch)).toEqual([
      { revision: 4, events: ['put c= (4 4 1 0)'] },
    ]);
  });

  it('takes a negative start as compacted away', async () => {
    await put(store(), 'a');
    expect(await codeOf(collect(store(), { ...all, startRevision: -1 }, 2))).toBe('compacted');
  });

  it('delivers a revision whole, in op order', async () => {
    const now = await write(store(), putOp('b'), putOp('a'), putOp('x'), putOp('c'));
    const batch = { revision: now, events: ['b', 'a', 'c'].map((key) => `put ${key}= (2 2 1 0)`) };
    expect(await seen({ ...between('a', 'd'), startRevision: 1 }, now)).toEqual([batch]);
  });

  it('watches one key, not its neighbours', async () => {
    await put(store(), 'a');
    await put(store(), 'aa');
    const last = await put(store(), 'a', '2');
    const revisions = (await seen({ key: bytes('a'), startRevision: 1 }, last)).map(
      ({ revision }) => revision,
    );
    expect(revisions).toEqual([2, 4]);
  });

  it('shows deletes with key and revision, and what was there when asked', async () => {
    await put(store(), 'a', '1');
    const last = await write(store(), deleteOp('a'));
    const query = { key: bytes('a'), startRevision: last };
    expect(await seen(query, last)).toEqual([{ revision: 3, events: ['delete a= (0 3 0 0)'] }]);
    expect(await seen({ ...query, prevKv: true }, last)).toEqual([
      { revision: 3, events: ['delete a= (0 3 0 0) was a=1 (2 2 1 0)'] },
    ]);
  });

  it('gives prevKv for every event but a create, live and from history', async () => {
    const stop = new AbortController();
    const query = { ...all, prevKv: true };
    const live = drain(store().watch(query, stop.signal), 5, stop);
    await put(store(), 'a', '1');
    await put(store(), 'a', '2');
    await write(store(), deleteOp('a'));
    await put(store(), 'a', '3');
    const events = [
      'put a=1 (2 2 1 0)',
      'put a=2 (2 3 2 0) was a=1 (2 2 1 0)',
      'delete a= (0 4 0 0) was a=2 (2 3 2 0)',
      'put a=3 (5 5 1 0)',
    ];
    expect((await live).flatMap((batch) => plainBatch(batch).events)).toEqual(events);
    const history = await seen({ ...query, startRevision: 1 }, 5);
    expect(history.flatMap((batch) => batch.events)).toEqual(events);
  });

  it('filters puts or deletes out and skips a revision all filtered', async () => {
    await put(store(), 'a');
    await write(store(), deleteOp('a'), putOp('b'));
    await write(store(), deleteOp('b'));
    const last = await put(store(), 'c');
    const history = { ...all, startRevision: 1 };
    const kinds = async (query: WatchQuery) =>
      (await seen({ ...query, progress: true }, last)).map(({ revision, events }) => ({
        revision,
        events: events.map((event) => event.split('=')[0]),
      }));
    expect(await kinds({ ...history, noPut: true })).toEqual([
      { revision: 3, events: ['delete a'] },
      { revision: 4, events: ['delete b'] },
    ]);
    expect(await kinds({ ...history, noDelete: true })).toEqual([
      { revision: 2, events: ['put a'] },
      { revision: 3, events: ['put b'] },
      { revision: 5, events: ['put c'] },
    ]);
  });

  it('never shows an event of an inverted range', async () => {
    const last = await put(store(), 'b');
    expect(await seen({ ...between('c', 'a'), startRevision: 1, progress: true }, last)).toEqual(
      [],
    );
  });

  it('marks progress past revisions of other keys, never ahead of events (#15220, #17507)', async () => {
    const stop = new AbortController();
    const watch = store().watch({ key: bytes('a'), progress: true }, stop.signal);
    const marks: WatchBatch[] = [];
    const reading = (async () => {
      let told = 0;
      for await (const batch of watch) {
        expect(batch.revision).toBeGreaterThan(told);
        told = batch.revision;
        marks.push(batch);
        if (batch.revision === 42) break;
      }
    })();
    for (let i = 0; i < 40; i++) await put(store(), i % 10 === 0 ? 'a' : 'other');
    await put(store(), 'other');
    await reading;
    expect(marks.at(-1)).toEqual({ revision: 42, events: [] });
    const withEvents = marks.filter(({ events }) => events.length > 0);
    expect(withEvents.map(({ revision }) => revision)).toEqual([2, 12, 22, 32]);
  });

  it('marks progress after a replay that found nothing', async () => {
    for (let i = 0; i < 5; i++) await put(store(), 'other');
    const stop = new AbortController();
    const query = { key: bytes('a'), startRevision: 2, progress: true };
    for await (const batch of store().watch(query, stop.signal)) {
      expect(batch).toEqual({ revision: 6, events: [] });
      break;
    }
  });

  it('says nothing without progress for revisions of other keys', async () => {
    const stop = new AbortController();
    const watch = store().watch({ key: bytes('a') }, stop.signal);
    await put(store(), 'b');
    const last = await put(store(), 'a');
    for await (const { revision } of watch) {
      expect(revision).toBe(last);
      break;
    }
  });

  it('ends when aborted: before, while waiting, and with batches queued', async () => {
    const ended = async (stop: AbortController, watch: AsyncIterable<WatchBatch>) => {
      const rest: WatchBatch[] = [];
      for await (const batch of watch) rest.push(batch);
      expect(stop.signal.aborted).toBe(true);
      return rest;
    };
    const before = new AbortController();
    before.abort();
    expect(await ended(before, store().watch(all, before.signal))).toEqual([]);
    const waiting = new AbortController();
    const pending = ended(waiting, store().watch(all, waiting.signal));
    await put(store(), 'a');
    waiting.abort();
    expect((await pending).length).toBeLessThanOrEqual(1);
    const queued = new AbortController();
    const watch = store().watch(all, queued.signal);
    await put(store(), 'a');
    queued.abort();
    expect(await ended(queued, watch)).toEqual([]);
  });

  it('ends every watch with stopped when the store closes', async () => {
    const stop = new AbortController();
    const pending = codeOf(drain(store().watch(all, stop.signal), Infinity, stop));
    await store().close();
    expect(await pending).toBe('stopped');
  });

  it('loses nothing for a consumer that falls far behind (#17529)', async () => {
    const stop = new AbortController();
    const watch = store().watch({ ...range('k'), prevKv: true }, stop.signal);
    const count = 1_500;
    for (let i = 0; i < count; i++) await put(store(), `k${i % 7}`, `${i}`);
    let expected = 2;
    for await (const { revision, events } of watch) {
      expect(revision).toBe(expected++);
      expect(events).toHaveLength(1);
      const isCreate = revision < 9 || revision === count + 2;
      expect(events[0]!.prevKv === undefined).toBe(isCreate);
      if (revision === 1_000) await put(store(), 'k-live');
      if (revision === count + 2) break;
    }
    expect(expected).toBe(count + 3);
  });

  it('serves many watchers of keys and ranges each its own events', async () => {
    const stop = new AbortController();
    const queries = Array.from({ length: 60 }, (_, i): WatchQuery =>
      i % 2
        ? { key: bytes(`p${i % 5}/k`) }
        : i % 4
          ? range(`p${i % 5}/`)
          : between(`p${i % 5}`, '\0'),
    );
    const watches = queries.map((query) =>
      store().watch({ ...query, progress: true }, stop.signal),
    );
    for (let i = 0; i < 50; i++) await put(store(), `p${i % 6}/${i % 2 ? 'k' : 'other'}`, `${i}`);
    const both = watches.map(async (watch, i) => {
      const own = await drain(watch, 51, new AbortController());
      const again = { ...queries[i]!, startRevision: 2, progress: true };
      const repeated = await collect(store(), again, 51);
      expect(own.map(plainBatch)).toEqual(repeated.map(plainBatch));
    });
    await Promise.all(both);
    stop.abort();
  });

  it('shows the same in a watch as in ranges at each revision', async () => {
    const last = await write(store(), putOp('a', '1'), putOp('b', '1'));
    await write(store(), putOp('a', '2'), rangeOp('b'), deleteOp('b'));
    for (const { revision, events } of await collect(
      store(),
      { ...all, startRevision: 2 },
      last + 1,
    ))
      for (const { type, kv } of events) {
        const [then] = (await store().range({ key: kv.key, revision })).kvs;
        if (type === 'put') expect(then).toEqual(kv);
        else expect(then).toBeUndefined();
      }
  });
}
