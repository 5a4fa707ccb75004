import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request, type IncomingMessage } from 'node:http';
import { gatewayPaths } from '../../../store/etcd/http/gateway-paths.js';
import { base64, post, runApi, type RunningApi } from './running-api.js';

let running: RunningApi;
let url = '';
beforeAll(async () => {
  running = await runApi();
  ({ url } = running);
});
afterAll(() => running.close());

const key = base64('foo');

/** Lines of a stream as they come; the request's body stays open until `end`. */
async function open(path: string, first: unknown, base = url, authorization = '') {
  const sent = request(`${base}${path}`, { method: 'POST', headers: { authorization } });
  sent.write(JSON.stringify(first));
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).once('error', reject);
  });
  response.setEncoding('utf8');
  let text = '';
  const chunks = response[Symbol.asyncIterator]() as AsyncIterator<string>;
  return {
    send: (message: unknown) => sent.write(JSON.stringify(message)),
    async next(): Promise<Record<string, unknown>> {
      while (!text.includes('\n')) {
        const chunk = await chunks.next();
        if (chunk.done === true) throw new Error('the stream is over');
        text += chunk.value;
      }
      const [line = ''] = text.split('\n', 1);
      text = text.slice(line.length + 1);
      return JSON.parse(line) as Record<string, unknown>;
    },
    close: () => sent.destroy(),
  };
}

describe('the JSON gateway', () => {
  it('answers as etcd’s does: names of the .proto, 64 bits as text, zeros left out', async () => {
    const { clusterId, memberId } = running.member.header();
    const header = { cluster_id: String(clusterId), member_id: String(memberId), raft_term: '2' };
    const put = await post(url, '/v3/kv/put', { key, value: base64('bar') });
    expect(put).toEqual({ status: 200, body: { header: { ...header, revision: '2' } } });
    const range = await post(url, '/v3/kv/range', { key });
    const kv = { key, create_revision: '2', mod_revision: '2', version: '1', value: 'YmFy' };
    const body = { header: { ...header, revision: '2' }, kvs: [kv], count: '1' };
    expect(range).toEqual({ status: 200, body });
    const missing = await post(url, '/v3/kv/range', { key: base64('nothing') });
    expect(missing.body).toEqual({ header: { ...header, revision: '2' } });
  });

  it('takes either form of names, numbers and enums, and skips what it does not know', async () => {
    const forms = [
      { range_end: 'AA==', sort_order: 'DESCEND', sort_target: 'MOD', limit: '1' },
      { rangeEnd: 'AA', sortOrder: 2, sortTarget: 2, limit: 1, unknown: { x: [1] } },
      { range_end: 'AA==', limit: null },
    ];
    for (const form of forms) {
      const { status, body } = await post(url, '/v3/kv/range', { key: 'AA==', ...form });
      expect({ status, count: body['count'] }).toEqual({ status: 200, count: '1' });
    }
  });

  it('keeps all digits of a number', async () => {
    const body = '{ "TTL": 60, "ID": 7587862094384925707 }';
    const grant = await post(url, '/v3/lease/grant', body);
    expect(grant.body).toMatchObject({ ID: '7587862094384925707', TTL: '60' });
    const revoke = await post(url, '/v3/kv/lease/revoke', { ID: '7587862094384925707' });
    expect(revoke.status).toBe(200);
  });

  it('runs transactions', async () => {
    const { body } = await post(url, '/v3/kv/txn', {
      compare: [{ key, target: 'VALUE', value: base64('bar') }],
      success: [
        { request_put: { key: base64('a'), value: base64('1') } },
        { requestRange: { key } },
        { request_txn: { success: [{ request_delete_range: { key: base64('b') } }] } },
      ],
    });
    expect(body).toMatchObject({
      succeeded: true,
      responses: [
        { response_put: { header: { revision: '3' } } },
        { response_range: { count: '1' } },
        { response_txn: { succeeded: true, responses: [{ response_delete_range: {} }] } },
      ],
    });
  });

  it.each<[string, unknown, number, number, string]>([
    ['/v3/kv/range', '', 400, 3, 'etcdserver: key is not provided'],
    ['/v3/kv/range', 'null', 400, 3, 'etcdserver: key is not provided'],
    ['/v3/kv/range', '{bad', 400, 3, 'invalid JSON'],
    ['/v3/kv/range', '[]', 400, 3, 'must be a JSON object'],
    ['/v3/kv/range', { key: 5 }, 400, 3, 'key must be bytes in base64'],
    ['/v3/kv/range', { key: '!' }, 400, 3, 'key must be bytes in base64'],
    ['/v3/kv/range', { key, limit: 1.5 }, 400, 3, 'limit must be an integer'],
    ['/v3/kv/range', { key, limit: '9223372036854775808' }, 400, 3, 'limit is out of range'],
    ['/v3/kv/range', { key, serializable: 'yes' }, 400, 3, 'must be true or false'],
    ['/v3/kv/range', { key, sort_order: 'UP' }, 400, 3, 'unknown value "UP"'],
    ['/v3/kv/range', { key, sort_target: 9 }, 400, 3, 'etcdserver: invalid sort option'],
    ['/v3/kv/range', { key, revision: '99' }, 400, 11, 'is a future revision'],
    ['/v3/kv/txn', { success: {} }, 400, 3, 'success must be a list'],
    ['/v3/lease/revoke', { ID: '1' }, 404, 5, 'etcdserver: requested lease not found'],
    ['/v3/auth/enable', {}, 400, 9, 'etcdserver: root user does not exist'],
    ['/v3/auth/role/grant', { name: 'r' }, 400, 3, 'etcdserver: permission not given'],
    ['/v3/election/proclaim', {}, 500, 2, '"leader" field must be provided'],
    ['/v3/maintenance/downgrade', {}, 400, 3, 'wrong downgrade target version format'],
    ['/v3/nothing', {}, 404, 5, 'Not Found'],
    ['/v3/__proto__', {}, 404, 5, 'Not Found'],
  ])('%s %j is refused', async (path, body, status, code, text) => {
    const answer = await post(url, path, body);
    expect(answer).toMatchObject({ status, body: { code } });
    expect(answer.body['error']).toContain(text);
    expect(answer.body['message']).toBe(answer.body['error']);
  });

  it('answers to POST alone', async () => {
    const response = await fetch(`${url}/v3/kv/range`);
    expect({ status: response.status, allow: response.headers.get('allow') }).toEqual({
      status: 405,
      allow: 'POST',
    });
  });

  it('has a path for every method, and a method for every path', () => {
    const served = running.api.served.map(({ method }) => method.path.slice(1));
    const wanted = served.filter((path) => !path.startsWith('grpc.health.'));
    expect([...new Set(Object.values(gatewayPaths))].sort()).toEqual(wanted.sort());
  });

  it('refuses a body that is too big, and says so', async () => {
    const value = 'A'.repeat(3 * 2 ** 20);
    const big = await post(url, '/v3/kv/put', { key, value });
    expect(big).toMatchObject({ status: 429, body: { code: 8 } });
    const over = await post(url, '/v3/kv/put', { key, value: 'A'.repeat(2.4 * 2 ** 20) });
    expect(over.body['error']).toBe('etcdserver: request is too large');
  });

  it('streams a watch, a line an answer, and takes further requests meanwhile', async () => {
    const watch = await open('/v3/watch', { create_request: { key: base64('w') } });
    expect(await watch.next()).toMatchObject({ result: { created: true } });
    await post(url, '/v3/kv/put', { key: base64('w'), value: base64('1') });
    const kv = { key: base64('w'), value: base64('1') };
    expect(await watch.next()).toMatchObject({ result: { events: [{ kv }] } });
    watch.send({ create_request: { key: base64('x'), watch_id: '7' } });
    expect(await watch.next()).toMatchObject({ result: { created: true, watch_id: '7' } });
    await post(url, '/v3/kv/deleterange', { key: base64('w') });
    const event = { type: 'DELETE', kv: { key: base64('w') } };
    expect(await watch.next()).toMatchObject({ result: { events: [event] } });
    watch.close();
  });

  it('ends a stream with what went wrong', async () => {
    const stream = await open('/v3/lease/keepalive', { ID: '12345' });
    expect(await stream.next()).toMatchObject({ result: { ID: '12345' } });
    stream.send({ ID: 'x' });
    const error = { grpc_code: 3, http_code: 400, http_status: 'Bad Request' };
    expect(await stream.next()).toMatchObject({ error });
    stream.close();
  });

  it('sends a snapshot', async () => {
    const response = await fetch(`${url}/v3/maintenance/snapshot`, { method: 'POST', body: '' });
    const lines = (await response.text()).trim().split('\n');
    const last = JSON.parse(lines.at(-1) ?? '') as { result: { blob: string } };
    expect(Buffer.from(last.result.blob, 'base64')).toHaveLength(32);
  });
});

describe('users on the gateway', () => {
  it('says who calls by a token', async () => {
    const own = await runApi();
    try {
      const ask = (path: string, body: unknown, token?: string) =>
        post(own.url, path, body, token === undefined ? {} : { authorization: token });
      for (const name of ['root', 'u']) await ask('/v3/auth/user/add', { name, password: 'p' });
      await ask('/v3/auth/user/grant', { user: 'root', role: 'root' });
      await ask('/v3/auth/role/add', { name: 'r' });
      await ask('/v3/auth/role/grant', { name: 'r', perm: { permType: 'READWRITE', key } });
      await ask('/v3/auth/user/grant', { user: 'u', role: 'r' });
      await ask('/v3/auth/enable', {});
      const put = { key, value: base64('1') };
      expect(await ask('/v3/kv/put', put)).toMatchObject({
        status: 400,
        body: { error: 'etcdserver: user name is empty' },
      });
      const wrong = await ask('/v3/auth/authenticate', { name: 'u', password: 'q' });
      expect(wrong).toMatchObject({ status: 400, body: { code: 3 } });
      const login = await ask('/v3/auth/authenticate', { name: 'u', password: 'p' });
      const token = String(login.body['token']);
      expect((await ask('/v3/kv/put', put, token)).status).toBe(200);
      expect((await ask('/v3/kv/put', put, `Bearer ${token}`)).status).toBe(200);
      expect((await ask('/v3/kv/put', { ...put, key: 'eA==' }, token)).status).toBe(403);
      expect((await ask('/v3/auth/user/list', {}, token)).status).toBe(403);
      expect((await ask('/v3/kv/put', put, 'nonsense')).status).toBe(401);
      const create = { create_request: { key: 'eA==' } };
      const watch = await open('/v3/watch', create, own.url, token);
      const cancel_reason = expect.stringContaining('permission denied') as unknown;
      expect(await watch.next()).toMatchObject({ result: { canceled: true, cancel_reason } });
      watch.close();
    } finally {
      await own.close();
    }
  });
});
