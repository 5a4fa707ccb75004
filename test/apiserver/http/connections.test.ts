// Many requests on one connection, with and without bodies, and answers made while they are read.
import { once } from 'node:events';
import { connect } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configmap, configmaps, TestServer } from '../../support/running-server.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

async function exchange(text: string): Promise<string> {
  const socket = connect({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false });
  const chunks: string[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  await once(socket, 'secureConnect');
  socket.write(text);
  await once(socket, 'close');
  return chunks.join('');
}

const statuses = (answer: string): string[] =>
  [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, code = '']) => code);

describe('a connection', () => {
  it('carries requests with and without bodies one after another, sent before the answers came', async () => {
    const head = (line: string, ...headers: string[]): string =>
      [`${line} HTTP/1.1`, 'Host: a', ...headers, '', ''].join('\r\n');
    const answer = await exchange(
      [
        head('GET /healthz'),
        head('GET /version', 'Content-Length: 0'),
        `${head('GET /livez', 'Content-Length: 5')}hello`,
        head('GET /nothing'),
        `${head('GET /readyz', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
        head('DELETE /healthz'),
        head('GET /healthz', 'Connection: close'),
      ].join(''),
    );
    expect(statuses(answer)).toEqual(['200', '200', '200', '401', '200', '200', '200']);
  });

  it('serves on after a client has gone in the middle of an answer', async () => {
    const socket = connect({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    socket.write('GET /openapi/v2 HTTP/1.1\r\nHost: a\r\n\r\n');
    socket.destroy();
    await once(socket, 'close');
    expect((await server.ask('/healthz')).code).toBe(200);
  });
});

describe('a long table', () => {
  const rows = 150;
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const namesOf = (text: string): string[] =>
    // as: the shape of a Table
    (JSON.parse(text) as { rows: { cells: string[] }[] }).rows.map(({ cells }) => cells[0] ?? '');
  const expected = Array.from({ length: rows }, (_, i) => `row-${String(i).padStart(3, '0')}`);

  beforeAll(async () => {
    await Promise.all(
      expected.map((name) => server.post(configmaps, configmap(name, { text: 'ä'.repeat(1000) }))),
    );
  });

  it('has every row, without a length told before', async () => {
    const path = `${configmaps}?includeObject=Object&fieldSelector=metadata.name!=kube-root-ca.crt`;
    const { headers, text } = await server.ask(path, { headers: { accept } });
    expect(namesOf(text)).toEqual(expected);
    expect(headers['content-length']).toBeUndefined();
  });

  it('is compressed when asked', async () => {
    const path = `${configmaps}?fieldSelector=metadata.name!=kube-root-ca.crt`;
    const { headers, body } = await server.ask(path, {
      headers: { accept, 'accept-encoding': 'gzip' },
    });
    expect(headers['content-encoding']).toBe('gzip');
    expect(namesOf(gunzipSync(body).toString())).toEqual(expected);
  });

  it('that is short tells its length', async () => {
    const { headers, text } = await server.ask(`${configmaps}?limit=10`, { headers: { accept } });
    expect(namesOf(text)).toHaveLength(10);
    expect(Number(headers['content-length'])).toBe(Buffer.byteLength(text));
  });
});
