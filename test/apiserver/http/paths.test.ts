// What is answered outside the resources, and where there is nothing.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configmap, configmaps, TestServer } from '../../support/running-server.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

describe('paths that lead nowhere', () => {
  it.each([
    ['GET', '/api/v1/nonsense', 404, 'the server could not find the requested resource'],
    [
      'GET',
      '/api/v1/namespaces/default/nodes',
      404,
      'the server could not find the requested resource',
    ],
    ['GET', `${configmaps}/a/nonsense`, 404, 'the server could not find the requested resource'],
    ['GET', '/apis/apps/v9/deployments', 404, 'the server could not find the requested resource'],
    [
      'POST',
      '/api/v1/configmaps',
      405,
      'the server does not allow this method on the requested resource',
    ],
    ['PUT', configmaps, 405, 'the server does not allow this method on the requested resource'],
    [
      'POST',
      `${configmaps}/a`,
      405,
      'the server does not allow this method on the requested resource',
    ],
    [
      'DELETE',
      '/api/v1/namespaces',
      405,
      'the server does not allow this method on the requested resource',
    ],
    ['OPTIONS', configmaps, 405, 'the server does not allow this method on the requested resource'],
  ])('%s %s is %d', async (method, path, code, message) => {
    const answer = await server.ask(path, { method });
    expect(answer.code).toBe(code);
    expect(answer.json).toMatchObject({ kind: 'Status', status: 'Failure', message, code });
  });

  it('outside the API list those that lead somewhere', async () => {
    const answer = await server.ask('/nonsense');
    expect(answer.code).toBe(404);
    expect(answer.json['paths']).toContain('/apis/apps/v1');
    expect((await server.ask('/')).json['paths']).toContain('/metrics');
  });

  it('/api/kubernetes and unknown groups are 404, a slash at the end does no harm', async () => {
    expect((await server.ask('/api/kubernetes')).code).toBe(404);
    expect((await server.ask('/apis/nonsense')).code).toBe(404);
    expect((await server.ask('/apis/apps/')).code).toBe(200);
  });
});

describe('health', () => {
  it('is `ok`, or every check with ?verbose', async () => {
    expect((await server.ask('/livez')).text).toBe('ok');
    const verbose = await server.ask('/readyz?verbose');
    expect(verbose.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(verbose.text).toMatch(/^\[\+\]ping ok\n(?:\[\+\]\S+ ok\n)+readyz check passed\n$/);
  });

  it('leaves out what is excluded and says what it does not know', async () => {
    const { text } = await server.ask('/livez?verbose&exclude=etcd&exclude=foo,bar');
    expect(text).toBe(
      '[+]ping ok\n[+]etcd excluded: ok\nwarn: some health checks cannot be excluded: no matches for "foo", "bar"\nlivez check passed\n',
    );
  });

  it('has a path a check', async () => {
    expect((await server.ask('/readyz/etcd')).text).toBe('ok');
    expect((await server.ask('/readyz/nonsense')).code).toBe(404);
  });
});

describe('/version', () => {
  it('is one that clients can compare with', async () => {
    const { json } = await server.ask('/version');
    expect(json).toMatchObject({ major: '1', minor: '36' });
    expect(json['gitVersion']).toMatch(/^v1\.36\.\d+\+frontdesk$/);
    expect(json['platform']).toMatch(/^\w+\/\w+$/);
  });
});

describe('the store, shown', () => {
  it('has a key an object, with its revisions and history', async () => {
    await server.post(configmaps, configmap('shown', { v: '1' }));
    await server.ask(`${configmaps}/shown`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/merge-patch+json' },
      body: '{"data":{"v":"2"}}',
    });
    await server.ask(`${configmaps}/shown`, { method: 'DELETE' });
    const key = '/registry/configmaps/default/shown';
    const { json } = await server.ask(`/inspect/v1/keys?history=${key}`);
    expect(json['events']).toMatchObject([
      { type: 'put', kv: { key, version: 1, value: { data: { v: '1' } } } },
      { type: 'put', kv: { key, version: 2, value: { data: { v: '2' } } } },
      { type: 'delete' },
    ]);
    const list = await server.ask('/inspect/v1/keys?prefix=/registry/namespaces/');
    expect(JSON.stringify(list.json)).toContain('/registry/namespaces/default');
  });

  it('is for administrators only', async () => {
    const answer = await server.ask('/inspect/v1/keys', {
      headers: { 'Impersonate-User': 'anna' },
    });
    expect(answer.code).toBe(403);
  });
});

describe('/metrics', () => {
  it('counts what was asked before anybody looked', async () => {
    await server.ask('/api/v1/nodes');
    const { text, headers } = await server.ask('/metrics');
    expect(headers['content-type']).toContain('text/plain');
    for (const name of [
      'apiserver_request_total{verb="LIST",code="200",group="",version="v1",resource="nodes"',
      'apiserver_request_duration_seconds_bucket{',
      'apiserver_current_inflight_requests{request_kind="mutating"}',
      'apiserver_storage_objects{resource="configmaps"}',
      'etcd_server_has_leader 1',
      'process_resident_memory_bytes',
    ]) {
      expect(text).toContain(name);
    }
  });
});
