import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { compactEveryMs, startCompactor } from '../../../apiserver/controllers/compactor.js';
import { openInMemoryStore } from '../../../store/index.js';
import { SteppedClock } from '../../support/stepped-clock.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});
afterEach(() => desk.close());

const encoder = new TextEncoder();

class Desk {
  readonly clock = new SteppedClock(1_700_000_000_000);
  readonly store = openInMemoryStore(this.clock);
  readonly lifetime = new AbortController();

  /** The revision it got. */
  async write(): Promise<number> {
    const key = encoder.encode('key');
    const put = { type: 'put', key, value: key } as const;
    return (await this.store.txn({ compare: [], success: [put], failure: [] })).revision;
  }

  async settle(): Promise<void> {
    for (let i = 0; i < 20; i++) await turn();
  }

  /** Lets the interval pass; the compacted revision. */
  async round(): Promise<number> {
    this.clock.advance(compactEveryMs);
    await this.settle();
    return (await this.store.status()).compactRevision;
  }

  async close(): Promise<void> {
    this.lifetime.abort();
    await this.store.close();
  }
}

it('keeps five minutes of history, also after a while in which nothing was written', async () => {
  const { clock, store, lifetime } = desk;
  await desk.write();
  startCompactor(store, clock, lifetime.signal);
  await desk.settle();
  const { revision: first } = await store.status();
  await desk.write();
  expect(await desk.round()).toBe(first);
  for (let idle = 0; idle < 3; idle++) {
    const { revision } = await store.status();
    expect(await desk.round()).toBe(revision);
  }
  const last = await desk.write();
  const before = await desk.round();
  expect(before).toBeLessThan(last);
  expect(await desk.round()).toBeGreaterThanOrEqual(last);
});

it('takes turns with others by the key that kube-apiservers use', async () => {
  const { clock, store, lifetime } = desk;
  for (let server = 0; server < 3; server++) startCompactor(store, clock, lifetime.signal);
  await desk.settle();
  const { revision: first } = await store.status();
  await desk.write();
  expect(await desk.round()).toBe(first);
  const { kvs } = await store.range({ key: encoder.encode('compact_rev_key') });
  // Two rounds so far, whoever did them; the value is what was forgotten last.
  expect(kvs[0]).toMatchObject({ version: 2, value: encoder.encode(String(first)) });
});

it('lets a server that comes later begin with what the key says', async () => {
  const { clock, store, lifetime } = desk;
  startCompactor(store, clock, lifetime.signal);
  await desk.settle();
  await desk.write();
  await desk.round();
  const { compactRevision } = await store.status();
  startCompactor(store, clock, lifetime.signal);
  await desk.settle();
  expect((await store.status()).compactRevision).toBe(compactRevision);
});

it('never compacts when the interval is 0', async () => {
  const { clock, store, lifetime } = desk;
  startCompactor(store, clock, lifetime.signal, 0);
  const written = await desk.write();
  await desk.round();
  await desk.round();
  expect((await store.status()).revision).toBe(written);
});
