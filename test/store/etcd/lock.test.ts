import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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

async function lease(): Promise<bigint> {
  return (await client.ask('etcdserverpb.Lease/LeaseGrant', { TTL: 60 })).ID;
}

/** Keys under a name, oldest first, as soon as there are `count`. */
async function lineWhen(name: string, count: number): Promise<string[]> {
  for (;;) {
    const range = { key: bytes(`${name}/`), range_end: bytes(`${name}0`) };
    const { kvs } = await client.ask('etcdserverpb.KV/Range', {
      ...range,
      sort_order: 1,
      sort_target: 2,
    });
    if (kvs.length === count) return kvs.map(({ key }) => Buffer.from(key).toString());
    await new Promise(setImmediate);
  }
}

describe('locks', () => {
  it('go round in the order they were asked for', async () => {
    const leases = [await lease(), await lease(), await lease()];
    const order: number[] = [];
    const locks = [];
    for (const [at, ID] of leases.entries()) {
      const lock = client.ask('v3lockpb.Lock/Lock', { name: bytes('l'), lease: ID });
      locks.push(
        lock.then(({ key }) => {
          order.push(at);
          return key;
        }),
      );
      await lineWhen('l', at + 1);
    }
    for (const [at, ID] of leases.entries()) {
      const key = await locks[at]!;
      expect(Buffer.from(key).toString()).toBe(`l/${ID.toString(16)}`);
      expect(order).toEqual(leases.slice(0, at + 1).map((_, index) => index));
      await client.ask('v3lockpb.Lock/Unlock', { key });
    }
  });

  it('are taken again at once with the same lease', async () => {
    const ID = await lease();
    const first = await client.ask('v3lockpb.Lock/Lock', { name: bytes('again'), lease: ID });
    const second = await client.ask('v3lockpb.Lock/Lock', { name: bytes('again'), lease: ID });
    expect(second.key).toEqual(first.key);
  });

  it('fall with the lease', async () => {
    const [holder, waiter] = [await lease(), await lease()];
    await client.ask('v3lockpb.Lock/Lock', { name: bytes('f'), lease: holder });
    const waiting = client.ask('v3lockpb.Lock/Lock', { name: bytes('f'), lease: waiter });
    await lineWhen('f', 2);
    await client.ask('etcdserverpb.Lease/LeaseRevoke', { ID: holder });
    expect(Buffer.from((await waiting).key).toString()).toBe(`f/${waiter.toString(16)}`);
  });

  it('are refused to who lost the lease while waiting', async () => {
    const [holder, waiter] = [await lease(), await lease()];
    const { key } = await client.ask('v3lockpb.Lock/Lock', { name: bytes('g'), lease: holder });
    const waiting = client.call('v3lockpb.Lock/Lock', { name: bytes('g'), lease: waiter });
    await lineWhen('g', 2);
    await client.ask('etcdserverpb.Lease/LeaseRevoke', { ID: waiter });
    await client.ask('v3lockpb.Lock/Unlock', { key });
    const failure = { code: 2, details: 'mutex: session is expired' };
    expect((await waiting).failure).toEqual(failure);
  });

  it('leave the line when the caller gives up', async () => {
    const [holder, waiter] = [await lease(), await lease()];
    await client.ask('v3lockpb.Lock/Lock', { name: bytes('c'), lease: holder });
    const impatient = new RawClient(running.url);
    const stream = impatient.stream('v3lockpb.Lock/Lock');
    stream.send({ name: bytes('c'), lease: waiter });
    stream.halfClose();
    await lineWhen('c', 2);
    await stream.cancel();
    expect(await lineWhen('c', 1)).toEqual([`c/${holder.toString(16)}`]);
    impatient.close();
  });

  it('grant a lease to who has none', async () => {
    const { key } = await client.ask('v3lockpb.Lock/Lock', { name: bytes('n') });
    const ID = BigInt(`0x${Buffer.from(key).toString().slice(2)}`);
    const { grantedTTL } = await client.ask('etcdserverpb.Lease/LeaseTimeToLive', { ID });
    expect(grantedTTL).toBe(60);
  });

  it('need a lease that is there', async () => {
    const { failure } = await client.call('v3lockpb.Lock/Lock', { name: bytes('x'), lease: 99n });
    expect(failure).toEqual({ code: 5, details: 'etcdserver: requested lease not found' });
  });
});
