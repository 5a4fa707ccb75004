// Watches over raw HTTP: where they begin, what they bring, how they end. Read next: watch-race.test.ts.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient, Json } from '../support/api-client.js';
import { expectFailure } from '../support/failure.js';
import { PatientServer } from '../support/patient-server.js';
import type { Seen, WatchStream } from '../support/watch-stream.js';

let server: PatientServer;
let api: ApiClient;
let namespaces = 0;
/** Of the test's own namespace. */
let configMaps: string;
const open: WatchStream[] = [];

beforeAll(async () => {
  server = await PatientServer.start();
  ({ api } = server);
});

afterAll(() => server.stop());

/** A namespace and three config maps: a and b labelled in=yes, c not. */
async function setUp(): Promise<Json[]> {
  for (const watch of open.splice(0)) watch.close();
  const name = `watch-${String((namespaces += 1))}`;
  await api.post('/api/v1/namespaces', { metadata: { name } });
  configMaps = `/api/v1/namespaces/${name}/configmaps`;
  const objects: Json[] = [];
  for (const [object, label] of ['a yes', 'b yes', 'c no'].map((text) => text.split(' '))) {
    const answer = await api.post(configMaps, {
      metadata: { name: object, labels: { in: label } },
    });
    objects.push(answer.json);
  }
  return objects;
}

async function watch(query: string, headers: Record<string, string> = {}): Promise<WatchStream> {
  const stream = await api.watch(
    `${configMaps}?watch=1${query === '' ? '' : `&${query}`}`,
    headers,
  );
  open.push(stream);
  return stream;
}

const label = (name: string, value: string): Promise<unknown> =>
  api.patch(`${configMaps}/${name}`, 'merge', { metadata: { labels: { in: value } } });
const annotate = async (name: string, value: string): Promise<string> =>
  versionOf(
    (await api.patch(`${configMaps}/${name}`, 'merge', { metadata: { annotations: { v: value } } }))
      .json,
  );
const metadataOf = (object: Json): Json => object['metadata'] as Json; // as: every object has one
const versionOf = (object: Json): string => String(metadataOf(object)['resourceVersion']);
const brief = ({ type, object }: Seen): string => `${type} ${String(metadataOf(object)['name'])}`;
const take = async (stream: WatchStream, count: number): Promise<string[]> => {
  const seen: string[] = [];
  while (seen.length < count) seen.push(brief(await stream.next()));
  return seen;
};

describe('a watch', () => {
  it.each(['', 'resourceVersion=0', 'resourceVersion='])(
    'with "%s" begins with what is there, then follows',
    async (query) => {
      await setUp();
      const stream = await watch(query);
      expect(await take(stream, 3)).toEqual(['ADDED a', 'ADDED b', 'ADDED c']);
      await api.delete(`${configMaps}/b`);
      expect(await take(stream, 1)).toEqual(['DELETED b']);
    },
  );

  it('from a version brings what came later, of objects that are gone as well', async () => {
    const [, , last] = await setUp();
    const modified = await annotate('a', '1');
    await api.delete(`${configMaps}/a`);
    const stream = await watch(`resourceVersion=${versionOf(last ?? {})}`);
    const first = await stream.next();
    expect([brief(first), versionOf(first.object)]).toEqual(['MODIFIED a', modified]);
    const second = await stream.next();
    expect(brief(second)).toBe('DELETED a');
    expect(Number(versionOf(second.object))).toBeGreaterThan(Number(modified));
    expect(metadataOf(second.object)['annotations']).toEqual({ v: '1' });
  });

  it('goes on from the version of any event, missing and repeating nothing', async () => {
    const [first] = await setUp();
    const whole = await watch(`resourceVersion=${versionOf(first ?? {})}`);
    for (const value of ['1', '2', '3']) for (const name of ['a', 'c']) await annotate(name, value);
    await api.delete(`${configMaps}/b`);
    const events = await whole.until((event) => event.type === 'DELETED');
    expect(events).toHaveLength(9);
    for (const [at, { object }] of events.entries()) {
      if (at === events.length - 1) break;
      const stream = await watch(`resourceVersion=${versionOf(object)}`);
      expect(await stream.until((event) => event.type === 'DELETED')).toEqual(events.slice(at + 1));
      stream.close();
    }
  });

  it('gives a hundred watchers the same sequence', async () => {
    const [first] = await setUp();
    const query = `resourceVersion=${versionOf(first ?? {})}`;
    const early = await Promise.all(Array.from({ length: 50 }, () => watch(query)));
    for (const value of ['1', '2', '3', '4']) await annotate('a', value);
    const late = await Promise.all(Array.from({ length: 50 }, () => watch(query)));
    await api.delete(`${configMaps}/a`);
    const isLast = (event: Seen): boolean => event.type === 'DELETED';
    const [one, ...others] = await Promise.all(
      [...early, ...late].map(async (stream) =>
        (await stream.until(isLast)).map(({ object }) => versionOf(object)),
      ),
    );
    expect(one).toHaveLength(7);
    for (const other of others) expect(other).toEqual(one);
  });

  it('with a selector sees objects enter and leave', async () => {
    await setUp();
    const stream = await watch('labelSelector=in%3Dyes');
    expect(await take(stream, 2)).toEqual(['ADDED a', 'ADDED b']);
    await annotate('c', 'unseen');
    await label('a', 'no');
    await annotate('a', 'unseen');
    await label('a', 'yes');
    await label('c', 'yes');
    await annotate('a', 'seen');
    await api.delete(`${configMaps}/a`);
    const expected = ['DELETED a', 'ADDED a', 'ADDED c', 'MODIFIED a', 'DELETED a'];
    expect(await take(stream, expected.length)).toEqual(expected);
  });

  it('of one name sees only that', async () => {
    await setUp();
    const stream = await watch('fieldSelector=metadata.name%3Db');
    await annotate('a', '1');
    await annotate('b', '1');
    expect(await take(stream, 2)).toEqual(['ADDED b', 'MODIFIED b']);
  });

  it('ends after timeoutSeconds', async () => {
    await setUp();
    const stream = await watch('timeoutSeconds=1');
    await stream.ended;
    expect(stream.events.map(brief)).toEqual(['ADDED a', 'ADDED b', 'ADDED c']);
  });

  it('with bookmarks gets one a minute, at the newest version though nothing of it changed', async () => {
    const [, , last] = await setUp();
    const stream = await watch(`allowWatchBookmarks=true&resourceVersion=${versionOf(last ?? {})}`);
    const elsewhere = await api.post('/api/v1/namespaces', { metadata: { generateName: 'n-' } });
    await api.get(configMaps);
    server.clock.pass(60_000);
    const { type, object } = await stream.next();
    expect(type).toBe('BOOKMARK');
    expect(object).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1' });
    expect(Number(versionOf(object))).toBeGreaterThanOrEqual(Number(versionOf(elsewhere.json)));
  });

  it('from a forgotten version ends with 410 in the stream', async () => {
    const [first] = await setUp();
    await server.compact(versionOf(first ?? {}));
    for (const accept of ['application/json', 'application/json;as=Table;g=meta.k8s.io;v=v1']) {
      const stream = await watch('resourceVersion=1', { Accept: accept });
      await stream.ended;
      expect(stream.events).toMatchObject([
        { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } },
      ]);
    }
  });

  it('comes as tables, the columns first', async () => {
    await setUp();
    const accept = 'application/json;as=Table;g=meta.k8s.io;v=v1';
    const stream = await watch('', { Accept: accept });
    const [first, second] = [await stream.next(), await stream.next()];
    expect(first.object).toMatchObject({
      kind: 'Table',
      columnDefinitions: [{ name: 'Name' }, { name: 'Data' }, { name: 'Age' }],
      rows: [{ cells: ['a', 0, expect.any(String)], object: { kind: 'PartialObjectMetadata' } }],
    });
    expect(second.object).toMatchObject({
      columnDefinitions: null,
      rows: [{ cells: ['b', 0, expect.any(String)] }],
    });
  });

  it('comes as metadata alone, with the bookmark as well', async () => {
    await setUp();
    const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    const stream = await watch(streaming, { Accept: accept });
    const events = await stream.until((event) => event.type === 'BOOKMARK');
    expect(events).toHaveLength(4);
    for (const { object } of events) {
      expect(object).toMatchObject({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' });
      expect(object).not.toHaveProperty('data');
    }
  });
});

const streaming =
  'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

describe('a streamed list', () => {
  it.each(['', '&resourceVersion=0', '&resourceVersion=1', '&labelSelector=in'])(
    'brings the state%s, says where it ends, then follows',
    async (more) => {
      const objects = await setUp();
      const stream = await watch(streaming + more);
      expect(await take(stream, 3)).toEqual(['ADDED a', 'ADDED b', 'ADDED c']);
      const { type, object } = await stream.next();
      expect(type).toBe('BOOKMARK');
      expect(metadataOf(object)).toMatchObject({
        annotations: { 'k8s.io/initial-events-end': 'true' },
      });
      expect(Number(versionOf(object))).toBeGreaterThanOrEqual(Number(versionOf(objects[2] ?? {})));
      await annotate('a', '1');
      expect(await take(stream, 1)).toEqual(['MODIFIED a']);
    },
  );

  it('of nothing is the bookmark alone', async () => {
    await setUp();
    const stream = await watch(`${streaming}&labelSelector=nobody`);
    expect((await stream.next()).type).toBe('BOOKMARK');
  });

  it('without bookmarks brings none, and without initial events nothing', async () => {
    await setUp();
    const plain = await watch(streaming.replace('&allowWatchBookmarks=true', ''));
    const later = await watch(streaming.replace('Events=true', 'Events=false'));
    await annotate('b', '1');
    expect(await take(plain, 4)).toEqual(['ADDED a', 'ADDED b', 'ADDED c', 'MODIFIED b']);
    expect(await take(later, 1)).toEqual(['MODIFIED b']);
  });

  it('of a version that has not come is refused with the cause clients look for', async () => {
    await setUp();
    const answer = await api.get(`${configMaps}?watch=1&${streaming}&resourceVersion=999999`);
    expectFailure(answer, '504 Timeout', 'Timeout: Too large resource version: 999999, current: ');
    expect(answer.json['details']).toEqual({
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    });
  });
});
