// The forms of answers and bodies, over HTTPS.
import { once } from 'node:events';
import { request } from 'node:https';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configmap, configmaps, TestServer } from '../../support/running-server.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

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
    const big = Object.fromEntries(['a', 'b', 'c'].map((key) => [key, 'x'.repeat(60_000)]));
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
