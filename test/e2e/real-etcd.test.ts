// The client over real etcds that are killed, paused, restarted and left without a quorum while it writes and watches: no
// acknowledged write is lost, no event is lost or doubled, and whoever asks while nobody answers is told so in time.
import { afterEach, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import {
  connectEtcd,
  StoreError,
  type EtcdClientOptions,
  type KeyValueStore,
} from '../../store/index.js';
import { all, bytes, codeOf, collect, put, range, text } from '../contracts/operations.js';
import { describeWithEtcd } from '../support/describe-with-etcd.js';
import { EtcdProcess, etcdctl, startEtcdCluster } from '../support/etcd-process.js';
import { makeEtcdTls } from '../support/etcd-tls.js';

describeWithEtcd('the client of a real etcd', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const load of loads) load.isOver = true;
    loads.clear();
    for (const close of closing.splice(0).reverse()) await close();
  });

  const keep = (etcd: EtcdProcess): EtcdProcess => {
    closing.push(() => etcd.stop());
    return etcd;
  };
  const start = async (): Promise<EtcdProcess> => keep(await EtcdProcess.start());
  const connect = async (
    members: readonly EtcdProcess[],
    options: Partial<EtcdClientOptions> = {},
  ): Promise<KeyValueStore> => {
    const endpoints = members.map(({ endpoint }) => endpoint);
    const store = await connectEtcd({ endpoints, ...options });
    closing.push(() => store.close());
    return store;
  };

  it('loses no acknowledged write and no event when etcd is killed and paused under load', async () => {
    const etcd = await start();
    const store = await connect([etcd], { requestMaxMs: 3_000 });
    const load = startLoad(store);
    const watch = followAll(store);
    await load.reached(200);
    await etcd.restart();
    await load.reached(400);
    etcd.pause();
    const { count } = load;
    await new Promise((resolve) => {
      AbortSignal.timeout(500).addEventListener('abort', resolve);
    });
    // What was answered before the pause may still arrive.
    expect(load.count).toBeLessThanOrEqual(count + writerCount);
    etcd.resume();
    await load.reached(600);
    await etcd.terminate();
    await etcd.restart();
    await load.reached(800);
    await load.stop();
    const now = (await store.range(range('load/'))).kvs.map((kv) => text(kv.key));
    expect(load.acknowledged.filter((key) => !now.includes(key))).toEqual([]);
    const last = await put(store, 'end');
    const seen = await watch.until(last);
    const history = await collect(store, { ...all, startRevision: 2 }, last);
    expect(seen).toEqual(history.map(({ revision }) => revision));
    expect(seen).toEqual(Array.from({ length: last - 1 }, (_, i) => i + 2));
  }, 60_000);

  it('says that no etcd can be reached, and goes on when one can', async () => {
    const etcd = await start();
    const store = await connect([etcd]);
    await put(store, 'a', '1');
    await etcd.kill();
    expect(await codeOf(store.range(all))).toBe('stopped');
    expect(await codeOf(put(store, 'a', '2'))).toBe('stopped');
    expect(await codeOf(store.status())).toBe('stopped');
    await etcd.restart();
    expect(text((await store.range({ key: bytes('a') })).kvs[0]!.value)).toBe('1');
  });

  it('tells a write that nobody answered from one that never left', async () => {
    const etcd = await start();
    const store = await connect([etcd], { requestMaxMs: 600 });
    etcd.pause();
    const fate = codeOf(put(store, 'maybe'));
    const read = codeOf(store.range(all));
    expect([await fate, await read]).toEqual(['timeout', 'timeout']);
    etcd.resume();
    // It was carried out or it was not: 'timeout' says that nobody knows. What comes after is known again.
    await put(store, 'sure');
    const keys = (await store.range(all)).kvs.map(({ key }) => text(key));
    expect(keys.filter((key) => key !== 'maybe')).toEqual(['sure']);
  });

  it('goes on with the other members when some are gone, the leader among them', async () => {
    const members = (await startEtcdCluster(3)).map(keep);
    // An etcd that lost its leader answers writes after seven seconds; these ask again sooner.
    const store = await connect(members, { requestMaxMs: 1_500 });
    const load = startLoad(store);
    const watch = followAll(store);
    await load.reached(50);
    for (const member of members.slice(0, 2)) {
      await member.kill();
      await load.reached(load.count + 50);
      await member.restart();
    }
    await load.stop();
    const last = await put(store, 'end');
    const seen = await watch.until(last);
    expect(seen).toEqual(Array.from({ length: last - 1 }, (_, i) => i + 2));
    const now = (await store.range(range('load/'))).kvs.map((kv) => text(kv.key));
    expect(load.acknowledged.filter((key) => !now.includes(key))).toEqual([]);
  }, 60_000);

  it('leaves a member without a quorum, and says so when all are', async () => {
    const members = (await startEtcdCluster(3)).map(keep);
    const [first, second, third] = members;
    const store = await connect(members, { requestMaxMs: 1_000 });
    await put(store, 'a');
    await second!.kill();
    await third!.kill();
    for (;;) {
      const status = await store.status();
      if (!status.hasLeader) break;
    }
    expect(await codeOf(put(store, 'b'))).toBe('timeout');
    // Which of the two it is depends on whom it asked last.
    expect(['timeout', 'stopped']).toContain(await codeOf(store.range(all)));
    expect((await store.range({ ...all, linearizable: false })).count).toBeGreaterThan(0);
    await Promise.all([second!.restart(), third!.restart()]);
    await load(store);
    expect((await store.status()).hasLeader).toBe(true);
    expect(first!.child.exitCode).toBeNull();
  }, 60_000);

  it('carries hundreds of watches over streams that break', async () => {
    const etcd = await start();
    const store = await connect([etcd]);
    const stop = new AbortController();
    const names = Array.from({ length: 250 }, (_, i) => `key-${String(i).padStart(3, '0')}`);
    const watches = names.map((name) =>
      store.watch({ key: bytes(name), startRevision: 2, prevKv: true }, stop.signal),
    );
    for (const name of names) await put(store, name, 'one');
    await etcd.restart();
    for (const name of names) await put(store, name, 'two');
    const heard = watches.map(async (watch) => {
      const values: string[] = [];
      for await (const { events } of watch) {
        for (const { kv, prevKv } of events) {
          values.push(`${text(kv.value)} was ${prevKv ? text(prevKv.value) : 'nothing'}`);
        }
        if (values.length === 2) break;
      }
      return values;
    });
    const expected = ['one was nothing', 'two was one'];
    expect(await Promise.all(heard)).toEqual(names.map(() => expected));
    stop.abort();
  }, 60_000);

  it('puts big revisions together again', async () => {
    const etcd = await start();
    const store = await connect([etcd]);
    const value = Buffer.alloc(14_000, 'x');
    const ops = Array.from({ length: 100 }, (_, i) => ({
      type: 'put' as const,
      key: bytes(`big/${String(i).padStart(3, '0')}`),
      value,
    }));
    const write = async (): Promise<number> =>
      (await store.txn({ compare: [], success: ops, failure: [] })).revision;
    const live = store.watch({ ...range('big/'), prevKv: true }, AbortSignal.timeout(20_000));
    await write();
    await write();
    const last = await write();
    const batches = [];
    for await (const batch of live) {
      batches.push(batch);
      if (batch.revision === last) break;
    }
    const replayed = await collect(
      store,
      { ...range('big/'), startRevision: 2, prevKv: true },
      last,
    );
    for (const each of [batches, replayed]) {
      expect(each.map(({ revision, events }) => [revision, events.length])).toEqual([
        [2, 100],
        [3, 100],
        [4, 100],
      ]);
    }
  });

  it('ends a watch that was away while its history was forgotten', async () => {
    const etcd = await start();
    const store = await connect([etcd]);
    const other = await connect([etcd]);
    const watch = store.watch(range('a'), AbortSignal.timeout(20_000))[Symbol.asyncIterator]();
    const first = watch.next();
    await put(store, 'a');
    await first;
    await store.close();
    expect(await codeOf(Promise.resolve(watch.next()))).toBe('stopped');
    const last = await put(other, 'a');
    await other.compact(last);
    expect(await codeOf(collect(other, { ...range('a'), startRevision: 2 }, last))).toBe(
      'compacted',
    );
    expect(await other.status()).toMatchObject({ revision: last, compactRevision: last });
  });

  it('reports alarms, and refuses what etcd refuses', async () => {
    const etcd = keep(await EtcdProcess.start({ args: ['--quota-backend-bytes=1000000'] }));
    const store = await connect([etcd]);
    const big = Buffer.alloc(400_000, 'x').toString();
    let code = 'no error';
    // etcd counts what it has committed, every tenth of a second.
    for (let i = 0; i < 300 && code === 'no error'; i++)
      code = await codeOf(put(store, `k${i}`, big));
    expect(code).toBe('no-space');
    expect((await store.status()).alarms).toEqual(['nospace']);
    const tooBig = Buffer.alloc(3 * 2 ** 20, 'x').toString();
    expect(await codeOf(put(store, 'k', tooBig))).toBe('request-too-large');
  });

  it('speaks TLS with a certificate of its own, and only so to an etcd that asks for one', async () => {
    const tls = await makeEtcdTls();
    closing.push(() => rm(tls.folder, { recursive: true, force: true }));
    const etcd = keep(await EtcdProcess.start({ tls: tls.server }));
    const store = await connect([etcd], { tls: tls.client });
    expect(await put(store, 'a')).toBe(2);
    const quick = { connectMaxMs: 500, unreachableMaxMs: 500 };
    const { ca } = tls.client;
    const refused: unknown = await connect([etcd], { tls: { ca: ca! }, ...quick }).catch(
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(StoreError);
  });

  it('logs in, and again when an etcd has forgotten', async () => {
    const etcd = await start();
    const admin = (...args: string[]) => etcdctl(args, [etcd.endpoint]);
    await admin('role', 'add', 'writer');
    await admin('role', 'grant-permission', 'writer', '--prefix=true', 'readwrite', 'app/');
    await admin('user', 'add', 'app:secret');
    await admin('user', 'grant-role', 'app', 'writer');
    await admin('user', 'add', 'root:root');
    await admin('user', 'grant-role', 'root', 'root');
    expect((await admin('auth', 'enable')).code).toBe(0);
    const store = await connect([etcd], { user: { name: 'app', password: 'secret' } });
    const watch = store.watch(range('app/'), AbortSignal.timeout(20_000))[Symbol.asyncIterator]();
    const first = watch.next();
    await put(store, 'app/a', '1');
    expect((await first).value).toMatchObject({ events: [{ type: 'put' }] });
    expect(await codeOf(put(store, 'other', '1'))).toBe('permission-denied');
    expect(await codeOf(collect(store, { ...all, startRevision: 1 }, 1))).toBe('permission-denied');
    // Whose roles change must log in again; a new watch then cannot use the stream of the old one.
    const asRoot = (...args: string[]) => admin('--user=root:root', ...args);
    expect((await asRoot('role', 'add', 'nothing')).code).toBe(0);
    expect((await asRoot('user', 'grant-role', 'app', 'nothing')).code).toBe(0);
    const stop = AbortSignal.timeout(20_000);
    const late = store.watch(range('app/late'), stop)[Symbol.asyncIterator]();
    const lateEvent = late.next();
    const second = watch.next();
    await put(store, 'app/late', '1');
    expect((await lateEvent).value).toMatchObject({ events: [{ type: 'put' }] });
    expect((await second).value).toMatchObject({ events: [{ type: 'put' }] });
    const third = watch.next();
    await etcd.restart();
    await put(store, 'app/a', '2');
    expect((await third).value).toMatchObject({ events: [{ type: 'put' }] });
    const wrong = { user: { name: 'app', password: 'wrong' }, connectMaxMs: 200 };
    await expect(connect([etcd], wrong)).rejects.toMatchObject({ code: 'auth-failed' });
  });
});

interface Load {
  readonly acknowledged: readonly string[];
  readonly count: number;
  reached(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** Four writers of keys of their own; a write that fails is given up and the next key tried. */
const writerCount = 4;
/** Loads of a test that failed half-way must not go on beside the next one. */
const loads = new Set<{ isOver: boolean }>();

function startLoad(store: KeyValueStore): Load {
  const acknowledged: string[] = [];
  const waiters: { count: number; resolve: () => void }[] = [];
  const state = { isOver: false };
  loads.add(state);
  const write = async (writer: number): Promise<void> => {
    for (let i = 0; !state.isOver; i++) {
      const key = `load/${writer}/${i}`;
      const code = await codeOf(put(store, key, 'x'));
      if (code !== 'no error') {
        // A store that is closed refuses at once: without a turn of the event loop nothing else would run.
        await new Promise(setImmediate);
        continue;
      }
      acknowledged.push(key);
      for (const { count, resolve } of waiters) if (acknowledged.length >= count) resolve();
    }
  };
  const writers = Array.from({ length: writerCount }, (_, writer) => write(writer));
  return {
    acknowledged,
    get count() {
      return acknowledged.length;
    },
    reached: (count) =>
      new Promise((resolve) => {
        waiters.push({ count, resolve });
      }),
    stop: async () => {
      state.isOver = true;
      await Promise.all(writers);
    },
  };
}

/** A few writes, each tried until it is acknowledged. */
async function load(store: KeyValueStore): Promise<void> {
  for (let i = 0; i < 5; i++) while ((await codeOf(put(store, `late/${i}`))) !== 'no error');
}

/** Every revision that a watch of everything shows, from now on. */
function followAll(store: KeyValueStore): { until(last: number): Promise<number[]> } {
  const stop = new AbortController();
  const seen: number[] = [];
  const watch = store.watch({ ...all, startRevision: 2 }, stop.signal);
  return {
    until: async (last) => {
      for await (const { revision, events } of watch) {
        if (events.length > 0) seen.push(revision);
        if (revision >= last) break;
      }
      stop.abort();
      return seen;
    },
  };
}
