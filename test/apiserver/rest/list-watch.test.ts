import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Desk, parse } from './desk.js';

const maps = { resource: 'configmaps' };

let desk: Desk;
beforeEach(async () => {
  desk = await new Desk().open();
});
afterEach(() => desk.close());

const make = (name: string, labels: Record<string, string> = {}): Promise<unknown> =>
  desk.create({ ...maps, body: { metadata: { name, labels } } });

const label = (name: string, labels: Record<string, string | null>): Promise<unknown> =>
  desk.ask('patch', {
    ...maps,
    name,
    body: { metadata: { labels } },
    contentType: 'application/merge-patch+json',
  });

const remove = (name: string): Promise<unknown> => desk.ask('delete', { ...maps, name });

describe('a list', () => {
  it('is ordered by name, and filtered by label and field', async () => {
    for (const [name, app] of Object.entries({ c: 'x', a: 'y', b: 'x' })) await make(name, { app });
    expect((await desk.list(maps)).names).toEqual(['a', 'b', 'c']);
    const byLabel = await desk.list({ ...maps, query: 'labelSelector=app+in+(x)' });
    expect(byLabel.names).toEqual(['b', 'c']);
    const byName = await desk.list({ ...maps, query: 'fieldSelector=metadata.name%3Da' });
    expect(byName.names).toEqual(['a']);
    const excluded = await desk.list({ ...maps, query: 'fieldSelector=metadata.name!%3Da' });
    expect(excluded.names).toEqual(['b', 'c']);
    const bad = await desk.refusal('list', { ...maps, query: 'fieldSelector=data.x%3D1' });
    expect([bad.code, bad.message]).toEqual([
      400,
      '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ]);
  });

  it('comes in pages of one snapshot', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await make(name);
    const first = await desk.list({ ...maps, query: 'limit=2' });
    expect([first.names, first.page.remainingItemCount]).toEqual([['a', 'b'], 3]);
    await remove('c');
    await make('bb');
    const next = `continue=${first.page.continueToken ?? ''}`;
    const second = await desk.list({ ...maps, query: `limit=2&${next}` });
    expect([second.names, second.page.remainingItemCount]).toEqual([['c', 'd'], 1]);
    expect(second.page.revision).toBe(first.page.revision);
    const last = await desk.list({
      ...maps,
      query: `limit=2&continue=${second.page.continueToken ?? ''}`,
    });
    expect([last.names, last.page.continueToken, last.page.remainingItemCount]).toEqual([
      ['e'],
      undefined,
      undefined,
    ]);
  });

  it('pages through a selection without counting the rest', async () => {
    for (let i = 0; i < 10; i++) await make(`m${i}`, { odd: String(i % 2) });
    const query = 'limit=2&labelSelector=odd%3D1';
    const first = await desk.list({ ...maps, query });
    expect([first.names, first.page.remainingItemCount]).toEqual([['m1', 'm3'], undefined]);
    const names: string[] = [];
    for (let token = first.page.continueToken; token !== undefined;) {
      const page = await desk.list({ ...maps, query: `${query}&continue=${token}` });
      names.push(...page.names);
      token = page.page.continueToken;
    }
    expect(names).toEqual(['m5', 'm7', 'm9']);
  });

  it('of a compacted snapshot is gone, with a token to go on from', async () => {
    for (const name of ['a', 'b', 'c']) await make(name);
    const first = await desk.list({ ...maps, query: 'limit=1' });
    await make('d');
    await desk.store.compact((await desk.store.status()).revision);
    const query = `limit=2&continue=${first.page.continueToken ?? ''}`;
    const error = await desk.refusal('list', { ...maps, query });
    expect([error.code, error.reason]).toEqual([410, 'Expired']);
    expect(error.message).toContain('The provided continue parameter is too old');
    const fresh = error.metadata['continue'] as string;
    const rest = await desk.list({ ...maps, query: `limit=2&continue=${fresh}` });
    expect([rest.names, rest.page.remainingItemCount]).toEqual([['b', 'c'], 1]);
    expect(rest.page.revision).toBeGreaterThan(first.page.revision);
    const exact = 'resourceVersion=2&resourceVersionMatch=Exact';
    const old = await desk.refusal('list', { ...maps, query: exact });
    expect(old.message).toBe('The resourceVersion for the provided list is too old.');
  });

  it('at an exact resourceVersion shows the past', async () => {
    await make('a');
    const { page } = await desk.list(maps);
    await make('b');
    await remove('a');
    const query = `resourceVersion=${page.revision}&resourceVersionMatch=Exact`;
    const past = await desk.list({ ...maps, query });
    expect([past.names, past.page.revision]).toEqual([['a'], page.revision]);
  });

  it('of the future does not come, and says so', async () => {
    const asking = desk.refusal('list', { ...maps, query: 'resourceVersion=1000' });
    await desk.settle();
    desk.clock.advance(3_000);
    const error = await asking;
    expect([error.code, error.details?.causes?.[0]?.reason]).toEqual([
      504,
      'ResourceVersionTooLarge',
    ]);
    expect(error.message).toMatch(/^Timeout: Too large resource version: 1000, current: \d+$/);
  });

  it.each([
    ['continue=%25%25', 400, 'invalid continue token: continue key is not valid'],
    ['continue=e30', 400, 'does not recognize this encoded version'],
    ['resourceVersion=abc', 400, 'resourceVersion: Invalid value: "abc"'],
    ['limit=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['labelSelector=a+in', 400, 'unable to parse requirement'],
    ['resourceVersionMatch=Exact', 422, 'resourceVersionMatch is forbidden unless resourceVersion'],
    ['resourceVersion=0&resourceVersionMatch=Exact', 422, 'is forbidden for resourceVersion "0"'],
    ['sendInitialEvents=true', 422, 'sendInitialEvents is forbidden for list'],
  ])('refuses %s', async (query, code, message) => {
    const error = await desk.refusal('list', { ...maps, query });
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });
});

describe('a watch', () => {
  it('without a resourceVersion begins with what is there', async () => {
    await make('a');
    const log = await desk.watch(maps);
    expect(log.lines).toEqual(['ADDED a']);
    await make('b');
    await label('a', { x: '1' });
    await remove('a');
    await desk.settle();
    expect(log.lines).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED a']);
    const [gone] = log.events.slice(-1);
    expect(gone!.object.metadata.labels).toEqual({ x: '1' });
    expect(Number(gone!.object.metadata.resourceVersion)).toBe(
      (await desk.store.status()).revision,
    );
  });

  it('from a resourceVersion has all that came after it, once', async () => {
    await make('a');
    const { page } = await desk.list(maps);
    await label('a', { x: '1' });
    await remove('a');
    const log = await desk.watch({ ...maps, query: `resourceVersion=${page.revision}` });
    await make('b');
    await desk.settle();
    expect(log.lines).toEqual(['MODIFIED a', 'DELETED a', 'ADDED b']);
  });

  it('from before the cache was loaded is replayed from the store', async () => {
    await make('a');
    await label('a', { x: '1' });
    const { revision } = await desk.store.status();
    await remove('a');
    // Nobody has read configmaps so far: the cache is empty.
    const log = await desk.watch({ ...maps, query: `resourceVersion=${revision - 2}` });
    await make('b');
    await desk.settle();
    for (let turn = 0; turn < 20; turn++) await new Promise((done) => setImmediate(done));
    expect(log.lines).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED b']);
  });

  it('from before a compaction ends with 410 in the stream', async () => {
    await make('a');
    await make('b');
    await desk.store.compact((await desk.store.status()).revision);
    const log = await desk.watch({ ...maps, query: 'resourceVersion=1' });
    for (let turn = 0; turn < 20; turn++) await new Promise((done) => setImmediate(done));
    expect(log.lines).toEqual([
      expect.stringMatching(/^ERROR too old resource version: 1 \(\d+\)$/),
    ]);
    expect(log.events[0]!.object).toMatchObject({ kind: 'Status', code: 410, reason: 'Expired' });
    expect(log.isEnded).toBe(true);
  });

  it('with a selector sees objects enter and leave the selection', async () => {
    const log = await desk.watch({ ...maps, query: 'labelSelector=on%3Dyes' });
    await make('a', { on: 'yes' });
    await label('a', { on: 'no' });
    await label('a', { other: '1' });
    await label('a', { on: 'yes' });
    await label('a', { other: '2' });
    await remove('a');
    await desk.settle();
    expect(log.lines).toEqual(['ADDED a', 'DELETED a', 'ADDED a', 'MODIFIED a', 'DELETED a']);
    expect(log.events[1]!.object.metadata.labels).toEqual({ on: 'yes' });
  });

  it('of one name sees only that object', async () => {
    const log = await desk.watch({ ...maps, query: 'fieldSelector=metadata.name%3Da' });
    await make('a');
    await make('b');
    await desk.settle();
    expect(log.lines).toEqual(['ADDED a']);
  });

  it('with sendInitialEvents marks where the state ends', async () => {
    await make('a');
    const query =
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const log = await desk.watch({ ...maps, query });
    expect(log.events.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK']);
    expect(log.frames[1]!.endsInitialEvents).toBe(true);
    expect(log.events[1]!.object).toMatchObject({
      kind: 'ConfigMap',
      metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } },
    });
  });

  it('brings a bookmark each minute, and one before its end', async () => {
    const log = await desk.watch({
      ...maps,
      query: 'resourceVersion=1&allowWatchBookmarks=true&timeoutSeconds=90',
    });
    for (let turn = 0; turn < 20; turn++) await new Promise((done) => setImmediate(done));
    desk.clock.advance(60_000);
    expect(log.lines).toEqual(['BOOKMARK']);
    desk.clock.advance(28_000);
    expect(log.lines).toEqual(['BOOKMARK', 'BOOKMARK']);
  });

  it('shares one frame among all watchers of an event', async () => {
    const logs = [await desk.watch(maps), await desk.watch(maps)];
    await make('a');
    await desk.settle();
    expect(logs[0]!.frames[0]).toBe(logs[1]!.frames[0]);
  });

  it('of a client that does not read is ended', async () => {
    const reply = await desk.handle('watch', maps);
    let ended = 0;
    if (reply.type !== 'watch') throw new Error('no watch');
    reply.start({ send: () => false, end: () => (ended += 1) });
    await make('a');
    await make('b');
    await desk.settle();
    expect(ended).toBe(1);
  });

  it('feeds a large state in chunks, at the pace of the client', async () => {
    for (let i = 0; i < 1200; i++) await make(`m${i}`);
    const reply = await desk.handle('watch', maps);
    if (reply.type !== 'watch') throw new Error('no watch');
    const names: string[] = [];
    const waits: (() => void)[] = [];
    reply.start({
      send: (events) => {
        names.push(...events.map((event) => parse(event.object.bytes).metadata.name ?? ''));
        return true;
      },
      drained: () => new Promise((resolve) => waits.push(resolve)),
      end: () => undefined,
    });
    expect(names.length).toBe(500);
    await make('live');
    await desk.settle();
    while (waits.length > 0) {
      waits.shift()!();
      await new Promise((done) => setImmediate(done));
    }
    expect(names.length).toBe(1201);
    expect(names.at(-1)).toBe('live');
  });

  it.each([
    ['sendInitialEvents=true', 'sendInitialEvents requires setting resourceVersionMatch'],
    ['resourceVersionMatch=NotOlderThan', 'forbidden for watch unless sendInitialEvents'],
  ])('refuses %s', async (query, message) => {
    const error = await desk.refusal('watch', { ...maps, query });
    expect(error.code).toBe(422);
    expect(error.message).toContain(message);
  });
});
