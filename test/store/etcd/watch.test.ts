import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Partially } from '../../../store/etcd/codec.js';
import type {
  WatchCreateRequest,
  WatchRequest,
  WatchResponse,
} from '../../../store/etcd/messages.js';
import { all, bytes, put, text } from '../../contracts/operations.js';
import { ManualClock } from '../mvcc/manual-clock.js';
import { RawClient, type RawStream } from './raw-client.js';
import { runEtcd, type RunningEtcd } from './running-etcd.js';

let etcd: RunningEtcd;
let client: RawClient;
let stream: RawStream<WatchRequest, WatchResponse>;
const clock = new ManualClock();

beforeEach(async () => {
  etcd = await runEtcd({ clock, watchProgressIntervalMs: 1000, requestBytesMax: 1000 });
  client = new RawClient(etcd.url);
  stream = client.stream('etcdserverpb.Watch/Watch');
});

afterEach(async () => {
  client.close();
  await etcd.close();
});

const write = (key: string, value = ''): Promise<number> => put(etcd.member, key, value);

async function next(): Promise<WatchResponse> {
  const message = await stream.next();
  if (!message) throw new Error(`the stream ended: ${stream.failure?.details ?? ''}`);
  return message;
}

async function create(request: Partially<WatchCreateRequest>): Promise<WatchResponse> {
  stream.send({ create_request: request });
  return next();
}

const seen = ({ events }: WatchResponse): string[] =>
  events.map(({ kv }) => `${text(kv!.key)}@${kv!.mod_revision}`);

describe('a watch', () => {
  it('says that it was created, then gives history and goes on live', async () => {
    await write('a');
    await write('b');
    expect(await create({ key: bytes('a'), start_revision: 2 })).toMatchObject({
      header: { revision: 3 },
      watch_id: 0n,
      created: true,
      canceled: false,
    });
    expect(seen(await next())).toEqual(['a@2']);
    await write('a', 'x');
    const live = await next();
    expect(seen(live)).toEqual(['a@4']);
    expect(live.header?.revision).toBe(4);
  });

  it('gives all events of one revision in one answer', async () => {
    await create({ key: bytes('a'), range_end: bytes('c') });
    await client.ask('etcdserverpb.KV/Txn', {
      success: ['a', 'b', 'c'].map((key) => ({ request_put: { key: bytes(key) } })),
    });
    expect(seen(await next())).toEqual(['a@2', 'b@2']);
  });

  it('splits an answer that is too big, if that was asked for', async () => {
    await create({ ...all, range_end: all.end, fragment: true });
    await client.ask('etcdserverpb.KV/Txn', {
      success: ['a', 'b', 'c'].map((key) => ({
        request_put: { key: bytes(key), value: Buffer.alloc(300) },
      })),
    });
    const parts = [await next(), await next()];
    expect(parts.map((part) => part.fragment)).toEqual([true, false]);
    expect(parts.flatMap(seen)).toEqual(['a@2', 'b@2', 'c@2']);
  });

  it('leaves out what its filters say, and tells what was there before', async () => {
    await create({ key: bytes('a'), filters: [1], prev_kv: true });
    await create({ key: bytes('a'), filters: [0] });
    await write('a', 'old');
    expect((await next()).watch_id).toBe(0n);
    await client.ask('etcdserverpb.KV/DeleteRange', { key: bytes('a') });
    const deleted = await next();
    expect(deleted).toMatchObject({ watch_id: 1n, events: [{ type: 1 }] });
    expect(deleted.events[0]!.prev_kv).toBeUndefined();
    await write('a', 'new');
    await write('a', 'newer');
    expect((await next()).events[0]!.prev_kv).toBeUndefined();
    expect(text((await next()).events[0]!.prev_kv!.value)).toBe('new');
  });

  it('is cancelled with where history begins when it starts before that', async () => {
    for (const value of ['1', '2', '3', '4']) await write('a', value);
    await etcd.member.compact(4);
    expect((await create({ key: bytes('a'), start_revision: 3 })).created).toBe(true);
    expect(await next()).toMatchObject({
      header: { revision: 0 },
      watch_id: 0n,
      canceled: true,
      compact_revision: 4,
      cancel_reason: '',
    });
    await create({ key: bytes('a'), start_revision: 4 });
    expect(seen(await next())).toEqual(['a@4', 'a@5']);
  });

  it('starts in the future when asked to', async () => {
    await create({ key: bytes('a'), start_revision: 4 });
    for (const value of ['1', '2', '3', '4']) await write('a', value);
    expect(seen(await next())[0]).toBe('a@4');
  });

  it.each([
    [{ key: bytes('b'), range_end: bytes('a') }, 'mvcc: watcher range is empty'],
    [
      { key: bytes('a'), start_revision: -1 },
      'etcdserver: mvcc: required revision has been compacted',
    ],
    [{ key: bytes('a'), watch_id: 7n }, 'mvcc: duplicate watch ID provided on the WatchStream'],
  ])('is refused when it makes no sense: %j', async (request, cancel_reason) => {
    expect((await create({ key: bytes('z'), watch_id: 7n })).watch_id).toBe(7n);
    expect(await create(request)).toMatchObject({
      watch_id: -1n,
      created: true,
      canceled: true,
      cancel_reason,
    });
  });

  it('goes on when the requests end, and ends when it is cancelled', async () => {
    await create({ key: bytes('a') });
    await create({ key: bytes('b'), watch_id: -9n });
    stream.send({ cancel_request: { watch_id: 0n } });
    expect(await next()).toMatchObject({ watch_id: 0n, canceled: true });
    stream.send({ cancel_request: { watch_id: 55n } });
    stream.send({});
    stream.halfClose();
    await write('a');
    await write('b');
    expect(await next()).toMatchObject({ watch_id: -9n, events: [{ kv: { mod_revision: 3 } }] });
  });
});

describe('progress', () => {
  it('is told on request, behind every event before it', async () => {
    await create({ key: bytes('a') });
    for (let i = 0; i < 20; i++) await write('a', String(i));
    stream.send({ progress_request: {} });
    const revisions: number[] = [];
    for (let message = await next(); ; message = await next()) {
      if (message.watch_id === -1n) {
        expect(message).toMatchObject({ header: { revision: 21 }, events: [] });
        break;
      }
      for (const { kv } of message.events) revisions.push(kv!.mod_revision);
    }
    expect(revisions).toHaveLength(20);
  });

  it('is not told while a watch starts in the future, nor without any watch', async () => {
    stream.send({ progress_request: {} });
    await create({ key: bytes('a'), start_revision: 3 });
    stream.send({ progress_request: {} });
    await write('a');
    stream.send({ progress_request: {} });
    await write('a');
    expect(seen(await next())).toEqual(['a@3']);
    stream.send({ progress_request: {} });
    expect(await next()).toMatchObject({ watch_id: -1n, header: { revision: 3 } });
  });

  it('is told now and then to a watch that asked for it and got nothing', async () => {
    await create({ key: bytes('quiet'), progress_notify: true });
    await create({ key: bytes('a') });
    clock.advance(1100);
    clock.advance(1100);
    expect(await next()).toMatchObject({ watch_id: 0n, header: { revision: 1 }, events: [] });
  });
});

describe('a stream', () => {
  it('shares its events with other streams, each under its own id', async () => {
    const streams = Array.from({ length: 20 }, () => client.stream('etcdserverpb.Watch/Watch'));
    for (const [index, each] of streams.entries()) {
      each.send({ create_request: { key: bytes('a'), watch_id: BigInt(index) } });
      await each.next();
    }
    await write('a', 'x');
    for (const [index, each] of streams.entries())
      expect(await each.next()).toMatchObject({
        watch_id: BigInt(index),
        events: [{ type: 0, kv: { mod_revision: 2 } }],
      });
  });

  it('loses and doubles nothing when its receiver is slow', async () => {
    await create({ key: bytes('a') });
    stream.pause();
    const value = 'v'.repeat(4_000);
    for (let i = 0; i < 400; i++) await write('a', value);
    stream.resume();
    const revisions: number[] = [];
    while (revisions.length < 400)
      for (const { kv } of (await next()).events) revisions.push(kv!.mod_revision);
    expect(revisions).toEqual(Array.from({ length: 400 }, (_, index) => index + 2));
  });

  it('ends its watches with it', async () => {
    await create({ key: bytes('a') });
    await create({ key: bytes('b') });
    expect(etcd.server.metrics.watches).toBe(2);
    await stream.cancel();
    while (etcd.server.metrics.watchStreams > 0) await new Promise(setImmediate);
    expect(etcd.server.metrics.watches).toBe(0);
  });

  it('is told when the server stops', async () => {
    await create({ key: bytes('a') });
    await etcd.server.close();
    expect(await stream.next()).toBeUndefined();
    expect(stream.failure).toEqual({ code: 14, details: 'etcdserver: server stopped' });
  });
});
