// The same random requests, one after the other, to a real etcd and to ours: the answers must be alike, but for the ids
// of cluster and member. A failure prints the requests that lead to it.
import { expect, it } from '@jest/globals';
import type { Partially } from '../../../store/etcd/codec.js';
import type { Methods, RequestOp, WatchResponse } from '../../../store/etcd/messages.js';
import { describeWithEtcd } from '../../support/describe-with-etcd.js';
import { EtcdProcess } from '../../support/etcd-process.js';
import { RawClient } from './raw-client.js';
import { runEtcd } from './running-etcd.js';

type Path = keyof Methods;
interface Step {
  readonly path: Path;
  readonly request: object;
}

/** Mulberry32: a seed gives the same requests on every machine. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Requests {
  readonly #random: () => number;
  /** Guess of the store's revision, so that most reads of the past find something. */
  revision = 1;

  constructor(seed: number) {
    this.#random = randomOf(seed);
  }

  next(): Step {
    const roll = this.#random();
    if (roll < 0.3) return { path: 'etcdserverpb.KV/Put', request: this.#plainPut() };
    if (roll < 0.55) return { path: 'etcdserverpb.KV/Range', request: this.#range() };
    if (roll < 0.65) return { path: 'etcdserverpb.KV/DeleteRange', request: this.#delete() };
    if (roll < 0.88) return { path: 'etcdserverpb.KV/Txn', request: this.#txn(0) };
    if (roll < 0.9)
      return {
        path: 'etcdserverpb.KV/Compact',
        request: { revision: this.#revision(), physical: this.#chance(0.3) },
      };
    if (roll < 0.93)
      return {
        path: 'etcdserverpb.Lease/LeaseGrant',
        request: { TTL: this.#pick([600, 6000, 9_000_000_001]), ID: this.#lease() || 7n },
      };
    if (roll < 0.95)
      return { path: 'etcdserverpb.Lease/LeaseRevoke', request: { ID: this.#lease() } };
    if (roll < 0.97)
      return {
        path: 'etcdserverpb.Lease/LeaseTimeToLive',
        request: { ID: this.#lease(), keys: true },
      };
    if (roll < 0.98) return { path: 'etcdserverpb.Maintenance/HashKV', request: {} };
    return { path: 'etcdserverpb.Lease/LeaseLeases', request: {} };
  }

  #chance(part: number): boolean {
    return this.#random() < part;
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)]!;
  }

  #key(): Buffer {
    return Buffer.from(
      this.#pick(['a', 'a', 'b', 'b', 'aa', 'ab', 'c', 'd', '\xff', '']),
      'latin1',
    );
  }

  #end(): Buffer {
    return Buffer.from(this.#pick(['', '', '', '\0', 'b', 'c', 'a', 'ab', 'zz']), 'latin1');
  }

  #lease(): bigint {
    return this.#pick([0n, 0n, 0n, 1n, 2n, 3n, -4n, 2n ** 62n, 5n]);
  }

  #revision(): number {
    return Math.floor(this.revision * (this.#random() * 1.1)) - 1;
  }

  #put(): Partially<Methods['etcdserverpb.KV/Put'][0]> {
    const ignoreValue = this.#chance(0.1);
    const ignoreLease = this.#chance(0.1);
    return {
      key: this.#key(),
      value: Buffer.from(ignoreValue && this.#chance(0.8) ? '' : this.#pick(['', 'x', 'yy', 'z'])),
      lease: ignoreLease && this.#chance(0.8) ? 0n : this.#lease(),
      prev_kv: this.#chance(0.4),
      ignore_value: ignoreValue,
      ignore_lease: ignoreLease,
    };
  }

  /** Of two things wrong with a put, etcd names another one outside a txn than inside. */
  #plainPut(): Partially<Methods['etcdserverpb.KV/Put'][0]> {
    const put = this.#put();
    const keeps = (put.ignore_value ?? false) || (put.ignore_lease ?? false);
    return keeps && !put.ignore_lease ? { ...put, lease: 0n } : put;
  }

  #range(): Partially<Methods['etcdserverpb.KV/Range'][0]> {
    const bound = (): number => (this.#chance(0.15) ? this.#revision() : 0);
    return {
      key: this.#chance(0.2) ? Buffer.from([0]) : this.#key(),
      range_end: this.#end(),
      limit: this.#pick([0, 0, 0, 1, 2, -1]),
      revision: this.#chance(0.3) ? this.#revision() : 0,
      sort_order: this.#pick([0, 0, 1, 2]),
      sort_target: this.#pick([0, 0, 1, 2, 3, 4]),
      serializable: this.#chance(0.3),
      keys_only: this.#chance(0.15),
      count_only: this.#chance(0.1),
      min_mod_revision: bound(),
      max_mod_revision: bound(),
      min_create_revision: bound(),
      max_create_revision: bound(),
    };
  }

  #delete(): Partially<Methods['etcdserverpb.KV/DeleteRange'][0]> {
    return { key: this.#key(), range_end: this.#end(), prev_kv: this.#chance(0.5) };
  }

  /** etcd takes a put and an open-ended delete of the same key for no collision: its check reads the end as a key. */
  #boundedDelete(): Partially<Methods['etcdserverpb.KV/DeleteRange'][0]> {
    const request = this.#delete();
    return request.range_end?.[0] === 0 ? { ...request, range_end: Buffer.alloc(0) } : request;
  }

  #txn(depth: number): Partially<Methods['etcdserverpb.KV/Txn'][0]> {
    const many = (most: number): null[] =>
      new Array<null>(Math.floor(this.#random() * (most + 1))).fill(null);
    return {
      compare: many(2).map(() => this.#compare()),
      success: many(3).map(() => this.#op(depth)),
      failure: many(2).map(() => this.#op(depth)),
    };
  }

  #compare(): Partially<Methods['etcdserverpb.KV/Txn'][0]['compare'][number]> {
    const target = this.#pick([0, 1, 2, 3, 4]);
    const number = this.#pick([0, 0, 1, this.#revision()]);
    const unions = [
      { version: number },
      { create_revision: number },
      { mod_revision: number },
      { value: Buffer.from(this.#pick(['', 'x', 'yy'])) },
      { lease: this.#lease() },
    ];
    return {
      key: this.#key(),
      range_end: this.#chance(0.3) ? this.#end() : Buffer.alloc(0),
      target,
      result: this.#pick([0, 0, 1, 2, 3]),
      ...(this.#chance(0.9) ? unions[target] : {}),
    };
  }

  #op(depth: number): Partially<RequestOp> {
    const roll = this.#random();
    if (roll < 0.4) return { request_put: this.#put() };
    if (roll < 0.7) return { request_range: this.#range() };
    if (roll < 0.85) return { request_delete_range: this.#boundedDelete() };
    if (roll < 0.87) return {};
    return depth < 2 ? { request_txn: this.#txn(depth + 1) } : { request_put: this.#put() };
  }
}

/** Ids and terms are each server's own; etcd keeps a lease's keys and equal leases in no order; seconds run. */
const ownFields = ['cluster_id', 'member_id', 'raft_term', 'hash_revision'];
const unordered = ['keys', 'leases'];

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !ownFields.includes(key))
      .map(([key, each]) => {
        if (unordered.includes(key) && Array.isArray(each))
          return [key, each.map((item) => JSON.stringify(plain(item))).sort()];
        if (key === 'TTL' && 'grantedTTL' in value) return [key, Math.sign(Number(each))];
        return [key, plain(each)];
      }),
  );
}

async function withBoth(run: (etcd: RawClient, ours: RawClient) => Promise<void>): Promise<void> {
  const etcd = await EtcdProcess.start();
  const running = await runEtcd({}, { electionMs: 200, heartbeatMs: 20 });
  const clients = [new RawClient(etcd.endpoint), new RawClient(running.url)] as const;
  try {
    await run(...clients);
  } finally {
    for (const client of clients) client.close();
    await running.close();
    await etcd.stop();
  }
}

async function play(seed: number, count: number, etcd: RawClient, ours: RawClient): Promise<void> {
  const requests = new Requests(seed);
  const trace: string[] = [];
  for (let i = 0; i < count; i++) {
    const { path, request } = requests.next();
    trace.push(`${path} ${JSON.stringify(plain(request))}`);
    const [theirs, mine] = await Promise.all([etcd.call(path, request), ours.call(path, request)]);
    if (JSON.stringify(plain(mine)) !== JSON.stringify(plain(theirs))) {
      console.error(`seed ${seed}, step ${i}:\n${trace.slice(-12).join('\n')}`);
      expect(plain(mine)).toEqual(plain(theirs));
    }
    const header = (theirs.answer as { header?: { revision: number } } | undefined)?.header;
    requests.revision = Math.max(requests.revision, header?.revision ?? 0);
  }
}

async function history(client: RawClient, from: number, to: number): Promise<unknown[]> {
  const stream = client.stream('etcdserverpb.Watch/Watch');
  stream.send({
    create_request: { range_end: Uint8Array.of(0), start_revision: from, prev_kv: true },
  });
  const events: unknown[] = [];
  for (let last = 0; last < to;) {
    const message: WatchResponse | undefined = await stream.next();
    if (!message) throw new Error('the watch ended');
    for (const event of message.events) events.push(plain(event));
    last = message.events.at(-1)?.kv?.mod_revision ?? last;
  }
  await stream.cancel();
  return events;
}

describeWithEtcd('a real etcd and ours', () => {
  it.each([1, 2, 3])(
    'answer alike to random requests (seed %i)',
    async (seed) => {
      await withBoth(async (etcd, ours) => {
        await play(seed, 500, etcd, ours);
        const all = { key: Uint8Array.of(0), range_end: Uint8Array.of(0) };
        const { header } = await etcd.ask('etcdserverpb.KV/Put', { key: Buffer.from('last') });
        await ours.ask('etcdserverpb.KV/Put', { key: Buffer.from('last') });
        const { compact_revision } = await etcd.ask('etcdserverpb.Maintenance/HashKV', {});
        // A delete at the compacted revision itself is kept from 3.4.34 on.
        const from = Math.max(1, compact_revision + 1);
        const now = header?.revision ?? 0;
        expect(await history(ours, from, now)).toEqual(await history(etcd, from, now));
        expect(plain(await ours.ask('etcdserverpb.KV/Range', all))).toEqual(
          plain(await etcd.ask('etcdserverpb.KV/Range', all)),
        );
      });
    },
    60_000,
  );
});
