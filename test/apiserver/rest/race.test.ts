import { describe, expect, it } from '@jest/globals';
import { Desk, type Answer, type WatchLog } from './desk.js';

const maps = { resource: 'configmaps' };
const names = ['a', 'b', 'c', 'd', 'e', 'f'];

/** A small generator, so that a failure can be run again from its seed. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

async function write(desk: Desk, pick: (below: number) => number): Promise<void> {
  const name = names[pick(names.length)]!;
  const labels = { on: pick(2) === 0 ? 'yes' : 'no', n: String(pick(1000)) };
  const body = { metadata: { name, labels } };
  try {
    switch (pick(4)) {
      case 0:
        await desk.ask('delete', { ...maps, name });
        return;
      case 1:
        await desk.create({ ...maps, body });
        return;
      default:
        await desk.ask('patch', {
          ...maps,
          name,
          body,
          contentType: 'application/merge-patch+json',
        });
    }
  } catch {
    // Not there, or there already: the others were first.
  }
}

/** What a client knows that listed and then followed the watch; fails on any event out of order. */
function follow(
  listed: readonly Answer['object'][],
  log: WatchLog,
  from: number,
): Map<string | undefined, Answer['object']> {
  const known = new Map(listed.map((item) => [item.metadata.name, item]));
  let last = from;
  for (const { type, object } of log.events) {
    const { name } = object.metadata;
    const revision = Number(object.metadata.resourceVersion);
    expect(revision).toBeGreaterThan(last);
    last = revision;
    expect(`${type} ${String(known.has(name))}`).toBe(
      type === 'ADDED' ? 'ADDED false' : `${type} true`,
    );
    if (type === 'DELETED') known.delete(name);
    else known.set(name, object);
  }
  return new Map([...known].sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
}

describe('list and watch while others write', () => {
  it.each([1, 2, 3, 4, 5])('see every event exactly once (seed %i)', async (seed) => {
    const desk = await new Desk().open();
    const pick = generator(seed);
    const clients: { listed: Answer['object'][]; from: number; log: WatchLog; query: string }[] =
      [];
    let left = 400;
    const writer = async (): Promise<void> => {
      while (left-- > 0) await write(desk, pick);
    };
    const reader = async (query: string): Promise<void> => {
      for (let round = 0; round < 15; round++) {
        const { items, page } = await desk.list({ ...maps, query });
        for (let turn = pick(4); turn > 0; turn--) await new Promise((done) => setImmediate(done));
        const since = `${query}&resourceVersion=${page.revision}`;
        const log = await desk.watch({ ...maps, query: since });
        clients.push({ listed: items, from: page.revision, log, query });
      }
    };
    await Promise.all([writer(), writer(), writer(), reader(''), reader('labelSelector=on%3Dyes')]);
    await desk.settle();
    for (const { listed, from, log, query } of clients) {
      const { items } = await desk.list({ ...maps, query });
      const truth = new Map(items.map((item) => [item.metadata.name, item]));
      expect(follow(listed, log, from)).toEqual(truth);
    }
    await desk.close();
  });
});
