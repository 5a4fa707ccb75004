// What a server survives: garbage, and more than it allows.
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { configmaps, TestServer } from '../../../support/running-server.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

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
