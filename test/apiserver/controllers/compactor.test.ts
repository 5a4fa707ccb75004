import { expect, it } from '@jest/globals';
import { compactEveryMs, startCompactor } from '../../../apiserver/controllers/compactor.js';
import { openInMemoryStore } from '../../../store/index.js';
import { SteppedClock } from '../../support/stepped-clock.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('keeps five minutes of history, also after a while in which nothing was written', async () => {
  const clock = new SteppedClock(1_700_000_000_000);
  const store = openInMemoryStore(clock);
  const lifetime = new AbortController();
  const write = (): Promise<unknown> => {
    const key = new TextEncoder().encode('key');
    return store.txn({ compare: [], success: [{ type: 'put', key, value: key }], failure: [] });
  };
  const rounds = async (count: number): Promise<number> => {
    for (let round = 0; round < count; round++) {
      clock.advance(compactEveryMs);
      for (let i = 0; i < 20; i++) await turn();
    }
    return (await store.status()).compactRevision;
  };
  await write();
  startCompactor(store, clock, lifetime.signal);
  await turn();
  const { revision: first } = await store.status();
  await write();
  expect(await rounds(1)).toBe(first);
  const { revision: idle } = await store.status();
  // The second idle round finds nothing to compact, which the store refuses.
  expect(await rounds(3)).toBe(idle);
  await write();
  await write();
  const { revision: last } = await store.status();
  expect(await rounds(2)).toBe(last);
  lifetime.abort();
  await store.close();
});
