// Leadership by lease over a store with a clock that the test moves: one leader at a time, a successor when it ends, and
// nobody who still believes in a lease that may have run out.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import {
  leadByLease,
  type LeaseLeadership,
} from '../../../apiserver/controllers/lease-leadership.js';
import { openInMemoryStore, StoreError, type KeyValueStore } from '../../../store/index.js';
import { SteppedClock } from '../../support/stepped-clock.js';

const key = '/registry/leader';

let clock: SteppedClock;
let store: KeyValueStore;
let stops: AbortController[];
let isCut: boolean;

beforeEach(() => {
  clock = new SteppedClock(1_700_000_000_000);
  store = openInMemoryStore(clock);
  stops = [];
  isCut = false;
});

afterEach(async () => {
  for (const stop of stops) stop.abort();
  await store.close();
});

const settle = async (): Promise<void> => {
  for (let i = 0; i < 30; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** In steps, since what one task starts is due later. */
const pass = async (ms: number): Promise<void> => {
  for (let passed = 0; passed < ms; passed += 500) {
    clock.advance(500);
    await settle();
  }
};

interface Server {
  readonly leadership: LeaseLeadership;
  readonly stop: AbortController;
}

const start = (identity: string, over: KeyValueStore = store): Server => {
  const stop = new AbortController();
  stops.push(stop);
  const leadership = leadByLease({ store: over, clock, key, identity, signal: stop.signal });
  return { leadership, stop };
};

const holder = async (): Promise<string | undefined> => {
  const { kvs } = await store.range({ key: new TextEncoder().encode(key) });
  return kvs[0] && new TextDecoder().decode(kvs[0].value);
};

/** The same store over a link that can be cut: questions fail then, and watches are silent. */
const overLink = (): KeyValueStore => {
  const guard = <T>(ask: () => Promise<T>): Promise<T> =>
    isCut ? Promise.reject(new StoreError('timeout')) : ask();
  return {
    range: (query) => guard(() => store.range(query)),
    txn: (txn) => guard(() => store.txn(txn)),
    watch: (query, signal) => store.watch(query, signal),
    compact: (revision) => guard(() => store.compact(revision)),
    grantLease: (ttl, id) => guard(() => store.grantLease(ttl, id)),
    keepLeaseAlive: (id) => guard(() => store.keepLeaseAlive(id)),
    revokeLease: (id) => guard(() => store.revokeLease(id)),
    status: () => guard(() => store.status()),
    close: () => Promise.resolve(),
  };
};

it('makes one of two servers leader, for as long as it runs', async () => {
  const [one, two] = [start('one'), start('two')];
  await settle();
  expect([one, two].filter(({ leadership }) => leadership.isLeader)).toHaveLength(1);
  const first = await holder();
  await pass(120_000);
  expect([one, two].filter(({ leadership }) => leadership.isLeader)).toHaveLength(1);
  expect(await holder()).toBe(first);
});

it('hands over at once when the leader resigns', async () => {
  const one = start('one');
  await settle();
  const two = start('two');
  await settle();
  expect([one.leadership.isLeader, two.leadership.isLeader]).toEqual([true, false]);
  one.stop.abort();
  await one.leadership.resign();
  await pass(1_500);
  expect([one.leadership.isLeader, two.leadership.isLeader]).toEqual([false, true]);
  expect(await holder()).toBe('two');
});

it('tells who listens of each change', async () => {
  const one = start('one');
  const told: boolean[] = [];
  one.leadership.onChange(() => told.push(one.leadership.isLeader));
  await settle();
  one.stop.abort();
  await one.leadership.resign();
  expect(told).toEqual([true, false]);
});

it('stops leading before its lease can expire, and only then another leads', async () => {
  const one = start('one', overLink());
  await settle();
  const two = start('two');
  await settle();
  isCut = true;
  let lostAt: number | undefined;
  let wonAt: number | undefined;
  for (let passed = 0; passed < 40_000 && wonAt === undefined; passed += 500) {
    await pass(500);
    if (!one.leadership.isLeader) lostAt ??= passed;
    if (two.leadership.isLeader) wonAt = passed;
  }
  expect(lostAt).toBeLessThan(wonAt ?? 0);
  isCut = false;
  await pass(30_000);
  expect([one.leadership.isLeader, two.leadership.isLeader]).toEqual([false, true]);
});

it('gives way when somebody deletes its key', async () => {
  const one = start('one');
  await settle();
  const told: boolean[] = [];
  one.leadership.onChange(() => told.push(one.leadership.isLeader));
  await store.txn({
    compare: [],
    success: [{ type: 'delete', key: new TextEncoder().encode(key) }],
    failure: [],
  });
  await pass(3_000);
  expect(told).toEqual([false, true]);
  expect(await holder()).toBe('one');
});
