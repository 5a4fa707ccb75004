// Watches, over HTTPS.
import { once } from 'node:events';
import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configmap, configmaps, TestServer } from '../../support/running-server.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

describe('a watch', () => {
  const open = (path: string, accept = 'application/json') =>
    new Promise<AsyncIterator<Record<string, unknown>>>((resolve, reject) => {
      const sent = request(server.options(path, { headers: { Accept: accept } }), (response) => {
        expect(response.statusCode).toBe(200);
        expect(response.headers['content-type']).toBe('application/json');
        resolve(linesOf(response));
      });
      sent.once('error', reject);
      sent.end();
    });

  async function* linesOf(response: AsyncIterable<Buffer>) {
    let rest = '';
    for await (const chunk of response) {
      const lines = `${rest}${chunk.toString()}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as Record<string, unknown>; // as: one frame a line
    }
  }

  const next = async (events: AsyncIterator<Record<string, unknown>>) =>
    (await events.next()).value as unknown;

  it('answers before anything happens, then says what does', async () => {
    const { json } = await server.ask(configmaps);
    const version = (json['metadata'] as { resourceVersion: string }).resourceVersion;
    const events = await open(`${configmaps}?watch=1&resourceVersion=${version}`);
    await server.post(configmaps, configmap('watched'));
    expect(await next(events)).toMatchObject({
      type: 'ADDED',
      object: { kind: 'ConfigMap', metadata: { name: 'watched' } },
    });
    await server.ask(`${configmaps}/watched`, { method: 'DELETE' });
    expect(await next(events)).toMatchObject({ type: 'DELETED' });
    await events.return?.();
  });

  it('comes as tables, of which the first has the columns', async () => {
    await server.post(configmaps, configmap('row'));
    const events = await open(
      `${configmaps}?watch=1&fieldSelector=metadata.name%3Drow`,
      'application/json;as=Table;v=v1;g=meta.k8s.io',
    );
    expect(await next(events)).toMatchObject({
      type: 'ADDED',
      object: { kind: 'Table', columnDefinitions: [{ name: 'Name' }, {}, {}], rows: [{}] },
    });
    await server.ask(`${configmaps}/row`, { method: 'DELETE' });
    expect(await next(events)).toMatchObject({
      type: 'DELETED',
      object: { columnDefinitions: null },
    });
    await events.return?.();
  });

  it('comes as metadata, and under the old path too', async () => {
    await server.post(configmaps, configmap('old', { secret: 'x' }));
    const events = await open(
      '/api/v1/watch/namespaces/default/configmaps/old',
      'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
    );
    const first = (await next(events)) as { object: unknown };
    expect(first.object).toMatchObject({
      kind: 'PartialObjectMetadata',
      metadata: { name: 'old' },
    });
    expect(first.object).not.toHaveProperty('data');
    await events.return?.();
  });

  it('ends when its time is up', async () => {
    const events = await open(`/api/v1/nodes?watch=1&timeoutSeconds=1`);
    expect(await events.next()).toMatchObject({ done: true });
  });
});

describe('stopping', () => {
  it('ends open watches and is done within a second', async () => {
    const other = await TestServer.start();
    const sent = request(other.options('/api/v1/nodes?watch=1'));
    sent.end();
    const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream];
    response.resume();
    const startedAt = performance.now();
    await Promise.all([once(response, 'end'), other.server.stop()]);
    expect(performance.now() - startedAt).toBeLessThan(1000);
    await other.stop();
  });
});
