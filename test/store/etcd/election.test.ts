import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Etcd3 } from 'etcd3';
import { RawClient } from './raw-client.js';
import { runApi, type RunningApi } from './running-api.js';

let running: RunningApi;
let client: RawClient;
beforeAll(async () => {
  running = await runApi();
  client = new RawClient(running.url);
});
afterAll(async () => {
  client.close();
  await running.close();
});

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (data: Uint8Array | undefined): string => Buffer.from(data ?? []).toString();

async function lease(): Promise<bigint> {
  return (await client.ask('etcdserverpb.Lease/LeaseGrant', { TTL: 60 })).ID;
}

async function campaign(name: string, value: string) {
  const request = { name: bytes(name), lease: await lease(), value: bytes(value) };
  const { leader } = await client.ask('v3electionpb.Election/Campaign', request);
  return leader!;
}

const valueOf = async (name: string): Promise<string> => {
  const { kv } = await client.ask('v3electionpb.Election/Leader', { name: bytes(name) });
  return text(kv?.value);
};

describe('elections', () => {
  it('are won one after the other', async () => {
    const first = await campaign('e', 'one');
    expect(text(first.key)).toBe(`e/${first.lease.toString(16)}`);
    expect(await valueOf('e')).toBe('one');
    const second = campaign('e', 'two');
    await client.ask('v3electionpb.Election/Proclaim', { leader: first, value: bytes('uno') });
    expect(await valueOf('e')).toBe('uno');
    await client.ask('v3electionpb.Election/Resign', { leader: first });
    const leader = await second;
    expect(await valueOf('e')).toBe('two');
    const late = { leader: first, value: bytes('late') };
    const { failure } = await client.call('v3electionpb.Election/Proclaim', late);
    expect(failure).toEqual({ code: 2, details: 'election: not leader' });
    // Resigning twice is no failure, and takes nothing from the next leader.
    await client.ask('v3electionpb.Election/Resign', { leader: first });
    expect(await valueOf('e')).toBe('two');
    await client.ask('v3electionpb.Election/Resign', { leader });
  });

  it('have no leader before somebody leads', async () => {
    const { failure } = await client.call('v3electionpb.Election/Leader', { name: bytes('none') });
    expect(failure).toEqual({ code: 2, details: 'election: no leader' });
  });

  it.each(['Proclaim', 'Resign'] as const)(
    '%s needs to know of which leadership',
    async (method) => {
      const { failure } = await client.call(`v3electionpb.Election/${method}`, {});
      expect(failure).toEqual({ code: 2, details: '"leader" field must be provided' });
    },
  );

  it('proclaim anew when who leads campaigns again', async () => {
    const ID = await lease();
    const request = { name: bytes('again'), lease: ID };
    await client.ask('v3electionpb.Election/Campaign', { ...request, value: bytes('a') });
    await client.ask('v3electionpb.Election/Campaign', { ...request, value: bytes('b') });
    expect(await valueOf('again')).toBe('b');
  });

  it('can be observed from before the first leader on', async () => {
    const stream = client.stream('v3electionpb.Election/Observe');
    stream.send({ name: bytes('o') });
    stream.halfClose();
    const first = await campaign('o', 'one');
    expect(text((await stream.next())?.kv?.value)).toBe('one');
    await client.ask('v3electionpb.Election/Proclaim', { leader: first, value: bytes('uno') });
    expect(text((await stream.next())?.kv?.value)).toBe('uno');
    const second = campaign('o', 'two');
    await client.ask('etcdserverpb.Lease/LeaseRevoke', { ID: first.lease });
    await second;
    expect(text((await stream.next())?.kv?.value)).toBe('two');
    await stream.cancel();
  });

  it('work together with clients that elect by keys of their own', async () => {
    const etcd3 = new Etcd3({ hosts: running.url });
    const election = etcd3.election('c', 60);
    const ours = election.campaign('theirs');
    await new Promise((resolve, reject) => {
      ours.once('elected', resolve).once('error', reject);
    });
    expect(await election.leader()).toBe('theirs');
    await ours.resign();
    etcd3.close();
  });
});
