// A whole server in memory, asked over HTTPS.
import { connect as connectTcp } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TestServer } from '../../support/running-server.js';

let server: TestServer;
const configmaps = '/api/v1/namespaces/default/configmaps';

beforeAll(async () => {
  server = await TestServer.start();
  const namespace = await server.ask('/api/v1/namespaces/default');
  if (namespace.code === 404) {
    await server.post('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'default' },
    });
  }
});
afterAll(() => server.stop());

const configmap = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

describe('credentials', () => {
  it('are needed for everything but health and version', async () => {
    for (const path of ['/healthz', '/livez', '/readyz', '/livez/ping', '/version']) {
      expect((await server.ask(path, { asAdmin: false })).code).toBe(200);
    }
    for (const path of ['/', '/api', '/apis', '/api/v1', configmaps, '/metrics', '/openapi/v3']) {
      const answer = await server.ask(path, { asAdmin: false });
      expect(answer.code).toBe(401);
      expect(answer.json).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'Unauthorized',
        reason: 'Unauthorized',
        code: 401,
      });
    }
  });

  it('that are wrong are refused even where none are needed', async () => {
    const headers = { Authorization: 'Bearer nobody' };
    expect((await server.ask('/healthz', { asAdmin: false, headers })).code).toBe(401);
    const basic = { Authorization: 'Basic YTpi' };
    expect((await server.ask(configmaps, { asAdmin: false, headers: basic })).code).toBe(401);
  });

  it('stay with a resumed TLS session', async () => {
    // An agent that keeps no connections resumes the sessions of former ones.
    const agent = new Agent({ ...server.admin.options, keepAlive: false });
    const seen: [number | undefined, boolean][] = [];
    for (let i = 0; i < 3; i++) {
      const sent = request({ ...server.options('/api'), agent });
      sent.end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      seen.push([response.statusCode, (response.socket as TLSSocket).isSessionReused()]);
      response.resume();
      await once(sent, 'close');
    }
    expect(seen).toEqual([
      [200, false],
      [200, true],
      [200, true],
    ]);
  });

  it('can be those of another, for who may impersonate', async () => {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const answer = await server.ask('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'Impersonate-User': 'anna',
        'Impersonate-Group': ['dev', ',,,odd'],
        'Impersonate-Extra-Scopes': 'read',
      },
      body: JSON.stringify(review),
    });
    expect(answer.json).toMatchObject({
      status: {
        userInfo: {
          username: 'anna',
          groups: ['dev', ',,,odd', 'system:authenticated'],
          extra: { scopes: ['read'] },
        },
      },
    });
  });

  it('of a group without a user are a mistake', async () => {
    const answer = await server.ask('/api', { headers: { 'Impersonate-Group': 'dev' } });
    expect(answer.code).toBe(400);
    expect(answer.text).toContain('without impersonating a user');
  });
});

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

describe('the form of an answer', () => {
  beforeAll(async () => {
    await server.post(configmaps, configmap('form', { a: '1' }));
  });

  it('carries what proxies and people need to know', async () => {
    const { headers } = await server.ask(`${configmaps}/form`);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-cache, private',
      'audit-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-kubernetes-pf-flowschema-uid': expect.any(String),
      'x-kubernetes-pf-prioritylevel-uid': expect.any(String),
    });
    const named = await server.ask('/healthz', { headers: { 'Audit-ID': 'mine-1' } });
    expect(named.headers['audit-id']).toBe('mine-1');
  });

  it('is compact for programs and indented for people', async () => {
    const compact = await server.ask(`${configmaps}/form`);
    expect(compact.text).toMatch(/^\{"kind".*\}\n$/);
    for (const agent of ['curl/8.0', 'Wget/1.2', 'Mozilla/5.0 (X11)']) {
      const { text } = await server.ask(`${configmaps}/form`, { headers: { 'User-Agent': agent } });
      expect(text).toContain('\n  "metadata": {\n');
    }
    expect((await server.ask(`${configmaps}/form?pretty=true`)).text).toContain('\n  "kind"');
    const asked = { headers: { 'User-Agent': 'curl/8.0' } };
    expect((await server.ask(`${configmaps}/form?pretty=false`, asked)).text).toBe(compact.text);
  });

  it('is YAML when asked, also for errors', async () => {
    const headers = { Accept: 'application/yaml' };
    const object = await server.ask(`${configmaps}/form`, { headers });
    expect(object.headers['content-type']).toBe('application/yaml');
    expect(object.text).toContain('\nkind: ConfigMap\n');
    const missing = await server.ask(`${configmaps}/nothing`, { headers });
    expect(missing.code).toBe(404);
    expect(missing.text).toContain('\nreason: NotFound\n');
  });

  it('is a table when asked', async () => {
    const headers = { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
    const one = await server.ask(`${configmaps}/form`, { headers });
    expect(one.json).toMatchObject({
      kind: 'Table',
      rows: [{ cells: ['form', 1, expect.any(String)] }],
    });
    const { json } = await server.ask('/api/v1/nodes', { headers });
    expect(json).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1', rows: [] });
    const bad = await server.ask(`${configmaps}?includeObject=Some`, { headers });
    expect(bad.code).toBe(400);
  });

  it('is metadata alone when asked, of objects and lists', async () => {
    const accept = (as: string) => ({
      headers: { Accept: `application/json;as=${as};g=meta.k8s.io;v=v1` },
    });
    const object = await server.ask(`${configmaps}/form`, accept('PartialObjectMetadata'));
    expect(object.json).toMatchObject({
      kind: 'PartialObjectMetadata',
      metadata: { name: 'form' },
    });
    expect(object.json['data']).toBeUndefined();
    const { json } = await server.ask(configmaps, accept('PartialObjectMetadataList'));
    expect(json).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' });
    expect(JSON.stringify(json['items'])).not.toContain('"data"');
  });

  it('is 406 when nothing acceptable can be served', async () => {
    const headers = { Accept: 'application/vnd.kubernetes.protobuf' };
    const answer = await server.ask(configmaps, { headers });
    expect(answer.code).toBe(406);
    expect(answer.json).toMatchObject({ reason: 'NotAcceptable', code: 406 });
    const review = await server.ask('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      method: 'POST',
      headers: { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
      body: '{}',
    });
    expect(review.code).toBe(406);
  });

  it('is packed when it is big and the client can unpack', async () => {
    const big = Object.fromEntries([...'abc'].map((key) => [key, 'x'.repeat(60_000)]));
    await server.post(configmaps, configmap('big', big));
    const packed = await server.ask(`${configmaps}/big`, {
      headers: { 'Accept-Encoding': 'gzip' },
    });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(JSON.parse(gunzipSync(packed.body).toString())).toMatchObject({ data: big });
    const list = await server.ask(configmaps, { headers: { 'Accept-Encoding': 'br, gzip;q=0.5' } });
    expect(gunzipSync(list.body).toString()).toContain('"kind":"ConfigMapList"');
    const small = await server.ask(`${configmaps}/form`, {
      headers: { 'Accept-Encoding': 'gzip' },
    });
    expect(small.headers['content-encoding']).toBeUndefined();
    const plain = await server.ask(configmaps, { headers: { 'Accept-Encoding': 'gzip;q=0' } });
    expect(plain.headers['content-length']).toBe(String(plain.body.length));
    await server.ask(`${configmaps}/big`, { method: 'DELETE' });
  });

  it('has no body for HEAD', async () => {
    const answer = await server.ask(`${configmaps}/form`, { method: 'HEAD' });
    expect([answer.code, answer.text]).toEqual([200, '']);
  });

  it('of discovery and OpenAPI is known by its tag', async () => {
    const first = await server.ask('/openapi/v3');
    const tag = first.headers.etag ?? '';
    expect(tag).not.toBe('');
    const again = await server.ask('/openapi/v3', { headers: { 'If-None-Match': tag } });
    expect([again.code, again.text]).toEqual([304, '']);
  });
});

describe('a request body', () => {
  const create = { method: 'POST', headers: { 'Content-Type': 'application/json' } };

  it('of more than 3 MiB is refused before it is read', async () => {
    const body = Buffer.alloc(3 * 1024 * 1024 + 1, 0x20);
    const answer = await server.ask(configmaps, { ...create, body });
    expect(answer.code).toBe(413);
    expect(answer.json).toMatchObject({
      reason: 'RequestEntityTooLarge',
      message: 'Request entity too large: limit is 3145728',
    });
  });

  it('without a length is refused when it grows too long', async () => {
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(server.options(configmaps, create), (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.once('error', reject);
      const chunk = Buffer.alloc(1024 * 1024, 0x20);
      for (let i = 0; i < 4; i++) sent.write(chunk);
    });
    expect(answer).toBe(413);
  });

  it('that stops in the middle changes nothing', async () => {
    const sent = request(
      server.options(configmaps, {
        ...create,
        headers: { ...create.headers, 'Content-Length': '500' },
      }),
    );
    sent.on('error', () => undefined);
    sent.write(JSON.stringify(configmap('half')).slice(0, 40));
    await once(sent, 'socket');
    sent.destroy();
    expect((await server.ask(`${configmaps}/half`)).code).toBe(404);
  });

  it('may be protobuf, as typed Go clients send it', async () => {
    // A ConfigMap `proto` with data x=y, as kubectl create configmap encodes it.
    const body = Buffer.from(
      '6b3873000a0f0a0276311209436f6e6669674d6170121f0a150a0570726f746f12001a0022002a0032003800420012060a017812017' +
        '91a002200',
      'hex',
    );
    const headers = { 'Content-Type': 'application/vnd.kubernetes.protobuf' };
    const answer = await server.ask(configmaps, { method: 'POST', headers, body });
    expect(answer.code).toBe(201);
    expect(answer.json).toMatchObject({ metadata: { name: 'proto' }, data: { x: 'y' } });
    const broken = await server.ask(configmaps, {
      method: 'POST',
      headers,
      body: body.subarray(0, 30),
    });
    expect(broken.code).toBe(400);
  });

  it('of an unknown type is 415', async () => {
    const headers = { 'Content-Type': 'text/html' };
    const answer = await server.ask(configmaps, { method: 'POST', headers, body: '<p>' });
    expect(answer.code).toBe(415);
  });
});

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

describe('garbage', () => {
  it('of any kind on any path never makes a 5xx', async () => {
    const segment = fc.oneof(
      fc.constantFrom(
        'api',
        'apis',
        'v1',
        'apps',
        'namespaces',
        'default',
        'pods',
        'configmaps',
        'status',
        'watch',
        'a',
      ),
      fc.string({ maxLength: 12 }).map(encodeURIComponent),
      fc.constantFrom('%', '%zz', '..', '', '%2F', '%00', '~!@$&'),
    );
    const query = fc.oneof(
      fc.constant(''),
      fc.constantFrom(
        'limit=x',
        'continue=zz',
        'resourceVersion=-1',
        'labelSelector=((',
        'timeout=x',
        'fieldSelector=a',
        'dryRun=x',
        'watch=0&sendInitialEvents=true',
      ),
      fc.string({ maxLength: 20 }).map(encodeURIComponent),
    );
    const garbage = fc.record({
      path: fc.array(segment, { maxLength: 8 }).map((parts) => `/${parts.join('/')}`),
      query,
      method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'),
      type: fc.constantFrom(
        'application/json',
        'application/yaml',
        'application/vnd.kubernetes.protobuf',
        'application/merge-patch+json',
        'application/apply-patch+yaml',
        'application/json-patch+json',
        'application/strategic-merge-patch+json',
        'x',
      ),
      body: fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.json().map((text) => Buffer.from(text)),
        fc
          .uint8Array({ maxLength: 100 })
          .map((tail) => Buffer.concat([Buffer.from('k8s\0'), tail])),
      ),
    });
    await fc.assert(
      fc.asyncProperty(garbage, async ({ path, query: search, method, type, body }) => {
        // A watch that succeeds has no end to wait for.
        fc.pre(!path.includes('watch') || method !== 'GET');
        const hasBody = method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
        const answer = await server.ask(`${path}?${search}`, {
          method,
          headers: { 'Content-Type': type },
          ...(hasBody ? { body } : {}),
        });
        expect(answer.code).toBeLessThan(500);
      }),
      { numRuns: 400 },
    );
  });

  it('on the socket ends that connection and nothing else', async () => {
    for (const bytes of ['\0\0\0\0', 'GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\xff\xff']) {
      const socket = connectTcp(server.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.end(bytes);
      socket.resume();
      await once(socket, 'close');
    }
    const tls = connect({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(tls, 'secureConnect');
    expect(await said(tls, 'NONSENSE\r\n\r\n')).toContain('400 Bad Request');
    expect((await server.ask('/healthz')).code).toBe(200);
  });

  it('of headers without end is cut off', async () => {
    const tls = connect({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(tls, 'secureConnect');
    const answer = await said(tls, `GET / HTTP/1.1\r\nHost: a\r\nx: ${'y'.repeat(100_000)}`);
    expect(answer).not.toContain('200');
    expect((await server.ask('/healthz')).code).toBe(200);
  });

  const said = async (socket: TLSSocket, text: string): Promise<string> => {
    const chunks: string[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
    socket.on('error', () => undefined);
    socket.write(text);
    await once(socket, 'close');
    return chunks.join('');
  };
});

describe('files named by flags', () => {
  it('let token users in, and the audit log says who came', async () => {
    const folder = server.folder;
    const [tokens, log] = [join(folder, 'tokens.csv'), join(folder, 'audit.log')];
    await writeFile(tokens, 'secret,anna,7,"dev"\n');
    const other = await TestServer.start([
      `--token-auth-file=${tokens}`,
      `--audit-log-path=${log}`,
    ]);
    const headers = { Authorization: 'Bearer secret' };
    const answer = await other.ask('/api/v1/nodes', { asAdmin: false, headers });
    expect(answer.code).toBe(200);
    await other.stop();
    const lines = (await readFile(log, 'utf8')).trim().split('\n');
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: 'Event',
        level: 'Metadata',
        stage: 'ResponseComplete',
        auditID: answer.headers['audit-id'],
        verb: 'list',
        requestURI: '/api/v1/nodes',
        user: { username: 'anna', uid: '7', groups: ['dev', 'system:authenticated'] },
        objectRef: { resource: 'nodes', apiVersion: 'v1' },
        responseStatus: { metadata: {}, code: 200 },
      }),
    );
  });

  it('that cannot be read are named in one line', async () => {
    await expect(TestServer.start(['--token-auth-file=/nonexistent'])).rejects.toThrow(
      /^--token-auth-file: .*ENOENT/,
    );
    await expect(TestServer.start(['--client-ca-file=/dev/null'])).rejects.toThrow(
      'no PEM certificate in it',
    );
  });
});

describe('limits', () => {
  it('refuse more requests at a time than allowed, but never those of system:masters', async () => {
    const tokens = join(server.folder, 'limited.csv');
    await writeFile(tokens, 'secret,anna,7\n');
    const limited = await TestServer.start([
      `--token-auth-file=${tokens}`,
      '--max-mutating-requests-inflight=1',
    ]);
    // A body that has not arrived keeps its request in flight.
    const options = {
      method: 'POST',
      headers: { Authorization: 'Bearer secret', 'Content-Length': '10' },
    };
    const slow = request(limited.options(configmaps, { ...options, asAdmin: false }));
    slow.on('error', () => undefined);
    slow.flushHeaders();
    let answer = await limited.ask(configmaps, { ...options, asAdmin: false, body: '0123456789' });
    while (answer.code !== 429) {
      answer = await limited.ask(configmaps, { ...options, asAdmin: false, body: '0123456789' });
    }
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.json).toMatchObject({
      reason: 'TooManyRequests',
      details: { retryAfterSeconds: 1 },
    });
    expect((await limited.ask(configmaps, { method: 'POST', body: '{}' })).code).not.toBe(429);
    slow.destroy();
    await limited.stop();
  });

  it('stop a request that takes longer than it may', async () => {
    const options = server.options(`${configmaps}?timeout=20ms`, {
      method: 'POST',
      headers: { 'Content-Length': '10' },
    });
    const sent = request(options);
    sent.on('error', () => undefined);
    sent.flushHeaders();
    const [response] = (await once(sent, 'response')) as [{ statusCode?: number; destroy(): void }];
    expect(response.statusCode).toBe(504);
    response.destroy();
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
