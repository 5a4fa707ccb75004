// Writers against list+watch: whatever moment a client lists at, the list plus the watch from its version is the
// whole truth, each change in it once and in order. Pages and exact lists of that time are the same snapshot.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient, Json } from '../support/api-client.js';
import { startApi, type Api } from '../support/api-server.js';
import { Damage } from '../support/damage.js';
import type { Seen, WatchStream } from '../support/watch-stream.js';

const writers = 6;
const writesEach = 120;
const names = 25;

let server: Api;
let api: ApiClient;

beforeAll(async () => {
  server = await startApi();
  ({ api } = server);
  for (const name of ['race-a', 'race-b'])
    await api.post('/api/v1/namespaces', { metadata: { name } });
});

afterAll(() => server.stop());

const versionOf = (object: Json): string => String((object['metadata'] as Json)['resourceVersion']);
const pathOf = ({ metadata }: Json): string => {
  const { namespace, name } = metadata as Json;
  return `${String(namespace)}/${String(name)}`;
};

/** Random creates, updates, label changes and deletes; resolves with the number that changed something. */
async function write(seed: number): Promise<number> {
  const dice = new Damage(seed);
  let count = 0;
  for (let i = 0; i < writesEach; i++) {
    const collection = `/api/v1/namespaces/${dice.pick(['race-a', 'race-b'])}/configmaps`;
    const name = `c-${String(dice.below(names))}`;
    const labels = { on: dice.pick(['yes', 'no']) };
    const value = { data: { by: `${String(seed)}/${String(i)}` }, metadata: { name, labels } };
    const { code } =
      dice.below(3) === 0
        ? await api.delete(`${collection}/${name}`)
        : dice.below(2) === 0
          ? await api.patch(`${collection}/${name}`, 'merge', value)
          : await api.post(collection, value);
    if (code < 300) count += 1;
    else expect([404, 409]).toContain(code);
  }
  return count;
}

interface View {
  readonly query: string;
  readonly state: Map<string, string>;
  readonly version: string;
  readonly stream: WatchStream;
}

const all = '/api/v1/configmaps';
const onlyHere = 'fieldSelector=metadata.namespace!%3Dkube-system';

async function look(query: string, limit: number): Promise<View> {
  const state = new Map<string, string>();
  let token = '';
  let version = '';
  do {
    const page = await api.get(`${all}?${query}&limit=${String(limit)}&continue=${token}`);
    expect(page.code).toBe(200);
    const { metadata, items } = page.json as { metadata: Json; items: Json[] };
    if (version !== '') expect(metadata['resourceVersion']).toBe(version);
    version = String(metadata['resourceVersion']);
    for (const item of items) state.set(pathOf(item), JSON.stringify(stateOf(item)));
    token = String(metadata['continue'] ?? '');
  } while (token !== '');
  const stream = await api.watch(`${all}?${query}&watch=1&resourceVersion=${version}`);
  return { query, state, version, stream };
}

/** Items of lists say neither kind nor apiVersion. */
const stateOf = (object: Json): Json => {
  const state = { ...object };
  delete state['kind'];
  delete state['apiVersion'];
  return state;
};

function replay(state: ReadonlyMap<string, string>, events: readonly Seen[]): Map<string, string> {
  const result = new Map(state);
  let last = 0;
  for (const { type, object } of events) {
    const path = pathOf(object);
    // An event that repeats or skips one shows here: the type would not fit what is known.
    expect([path, type === 'ADDED' ? !result.has(path) : result.has(path)]).toEqual([path, true]);
    expect(Number(versionOf(object))).toBeGreaterThan(last);
    last = Number(versionOf(object));
    if (type === 'DELETED') result.delete(path);
    else result.set(path, JSON.stringify(stateOf(object)));
  }
  return result;
}

const sorted = (state: ReadonlyMap<string, string>): [string, string][] =>
  [...state].sort(([a], [b]) => (a < b ? -1 : 1));

describe('list and watch among writers', () => {
  it('tell the whole story once, whenever they begin', async () => {
    const whole = await look(onlyHere, 0);
    const progress = { isWriting: true };
    const writing = Promise.all(
      Array.from({ length: writers }, (_, seed) => write(seed + 1)),
    ).finally(() => {
      progress.isWriting = false;
    });
    const views: View[] = [whole];
    for (let round = 0; progress.isWriting; round++) {
      const query = `${onlyHere}${round % 2 === 0 ? '' : '&labelSelector=on%3Dyes'}`;
      const view = await look(query, [0, 3, 10][round % 3] ?? 0);
      if (views.length < 40) views.push(view);
      else view.stream.close();
      const exact = `resourceVersion=${view.version}&resourceVersionMatch=Exact`;
      const again = (await api.get(`${all}?${query}&${exact}`)).json['items'] as Json[];
      expect(again.map(pathOf)).toEqual([...view.state.keys()]);
    }
    const written = (await writing).reduce((sum, count) => sum + count, 0);
    const end = await api.post('/api/v1/namespaces/race-b/configmaps', {
      metadata: { name: 'zz-last', labels: { on: 'yes' } },
    });
    const isLast = ({ object }: Seen): boolean => pathOf(object) === 'race-b/zz-last';
    const final = await look(onlyHere, 0);
    const finalOn = await look(`${onlyHere}&labelSelector=on%3Dyes`, 0);
    const story = await whole.stream.until(isLast);
    expect(story).toHaveLength(written + 1);
    expect(story.at(-1)?.object).toEqual(end.json);
    for (const { query, state, version, stream } of views.slice(1)) {
      const events = await stream.until(isLast);
      const isWhole = query === onlyHere;
      expect(sorted(replay(state, events))).toEqual(sorted((isWhole ? final : finalOn).state));
      const later = story.filter(({ object }) => Number(versionOf(object)) > Number(version));
      if (isWhole) expect(events).toEqual(later);
    }
    expect(sorted(replay(whole.state, story))).toEqual(sorted(final.state));
    for (const { stream } of [...views, final, finalOn]) stream.close();
  }, 60_000);
});
