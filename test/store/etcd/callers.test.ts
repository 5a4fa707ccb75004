import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RawClient } from './raw-client.js';
import { runApi, type RunningApi } from './running-api.js';

let running: RunningApi;
let client: RawClient;
const root = { user: 'root', authRevision: 0 };
const key = Buffer.from('k');

beforeAll(async () => {
  running = await runApi();
  client = new RawClient(running.url);
  const { auth } = running.member;
  await auth.addUser('root', 'toor', undefined);
  await auth.grantRole('root', 'root');
  await auth.addUser('alice', 'password', undefined);
  await auth.addRole('r');
  await auth.grantPermission('r', { type: 'readwrite', key });
  await auth.grantRole('alice', 'r');
});
afterAll(async () => {
  client.close();
  await running.close();
});

describe('calls while users and roles change', () => {
  it('refuse who has no name from the switching on, also who asked before it', async () => {
    const { auth } = running.member;
    const outcomes = [
      auth.enable(),
      ...Array.from({ length: 20 }, () => client.call('etcdserverpb.KV/Put', { key })),
    ];
    const answers = (await Promise.all(outcomes)).slice(1);
    const late = await client.call('etcdserverpb.KV/Put', { key });
    expect(late.failure).toEqual({ code: 3, details: 'etcdserver: user name is empty' });
    for (const answer of answers) expect([undefined, 3]).toContain(answer?.failure?.code);
  });

  it('are made again with a token that is still good', async () => {
    const { auth } = running.member;
    const login = { name: 'alice', password: 'password' };
    const { token } = await client.ask('etcdserverpb.Auth/Authenticate', login);
    for (let round = 0; round < 20; round++) {
      const [, put, range] = await Promise.all([
        auth.addRole(`more ${round}`, root),
        client.call('etcdserverpb.KV/Put', { key }, { token }),
        client.call('etcdserverpb.KV/Range', { key }, { token }),
      ]);
      expect([put.failure, range.failure]).toEqual([undefined, undefined]);
    }
  });

  it('are refused with one that is not', async () => {
    const { failure } = await client.call('etcdserverpb.KV/Put', { key }, { token: 'x.1' });
    expect(failure).toEqual({ code: 16, details: 'etcdserver: invalid auth token' });
  });
});
