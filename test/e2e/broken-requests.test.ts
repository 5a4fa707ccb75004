// Bytes that are no HTTP request, or only half of one: answered or cut off at once, nothing stored, and the
// server goes on serving. Each case has a connection of its own.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../support/api-client.js';
import { startApi, type Api } from '../support/api-server.js';

let server: Api;
let api: ApiClient;

beforeAll(async () => {
  server = await startApi();
  ({ api } = server);
});

afterAll(async () => {
  expect((await api.get('/readyz')).text).toBe('ok');
  expect((await api.get(configMaps)).json['items']).toEqual([]);
  await server.stop();
});

const configMaps = '/api/v1/namespaces/default/configmaps';

/** Everything the server says until it closes the connection. */
async function converse(bytes: string | Uint8Array, isFinished = false): Promise<string> {
  const socket = await api.socket();
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(bytes);
  if (isFinished) socket.end();
  await closed;
  return Buffer.concat(chunks).toString();
}

const head = 'Host: x\r\nContent-Type: application/json\r\nConnection: close\r\n';
const post = (more: string): string => `POST ${configMaps} HTTP/1.1\r\n${head}${more}`;
const object = '{"metadata":{"name":"half"}}';

describe('the listener', () => {
  it.each<[what: string, status: number, bytes: string | Uint8Array]>([
    ['random bytes', 400, Uint8Array.of(0, 1, 2, 0xff, 0xfe)],
    ['a method in lower case', 400, `get /healthz HTTP/1.1\r\n${head}\r\n`],
    ['a request without Host', 400, 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['a negative length', 400, post(`Content-Length: -1\r\n\r\n${object}`)],
    ['a length beyond all numbers', 400, post(`Content-Length: ${'9'.repeat(30)}\r\n\r\n{}`)],
    ['a length that is too great', 413, post('Content-Length: 99999999999\r\n\r\n{}')],
    ['a length that is too small', 400, post(`Content-Length: 5\r\n\r\n${object}`)],
    ['two lengths', 400, post(`Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} `)],
    ['a length and chunks', 400, post('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}')],
    ['a chunk that is none', 400, post('Transfer-Encoding: chunked\r\n\r\nzz\r\n{}')],
    ['64 KiB of headers', 431, `GET /healthz HTTP/1.1\r\n${head}X: ${'a'.repeat(70_000)}\r\n\r\n`],
    ['an expectation', 417, post('Expect: tea\r\nContent-Length: 2\r\n\r\n{}')],
  ])('answers %s with %d', async (_what, status, bytes) => {
    expect(await converse(bytes)).toMatch(new RegExp(`^HTTP/1.1 ${String(status)} `));
  });

  it('stores nothing of a body that ends in the middle', async () => {
    const length = object.length + 10;
    const said = await converse(post(`Content-Length: ${String(length)}\r\n\r\n${object}`), true);
    expect(said).toMatch(/^HTTP\/1.1 400 /);
    expect((await api.get(`${configMaps}/half`)).code).toBe(404);
  });

  it('accepts the absolute form, any case of header names and HTTP/1.0', async () => {
    const absolute =
      'GET https://elsewhere/healthz HTTP/1.1\r\nHOST: x\r\nCONNECTION: close\r\n\r\n';
    expect(await converse(absolute)).toMatch(/^HTTP\/1.1 200 OK[^]*\r\n\r\nok$/);
    expect(await converse('GET /healthz HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 OK/);
  });

  it('answers pipelined requests in order', async () => {
    const requests = ['/healthz', '/nowhere', '/healthz'].map(
      (path, at) =>
        `GET ${path} HTTP/1.1\r\nHost: x\r\n${at === 2 ? 'Connection: close\r\n' : ''}\r\n`,
    );
    const said = await converse(requests.join(''));
    expect(said.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200']);
  });
});
