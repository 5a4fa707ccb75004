// The npm client etcd3 against frontdesk's store: what its users do with a real one.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Etcd3 } from 'etcd3';
import { EtcdProcess, frontdeskEtcd } from '../support/etcd-process.js';

describe('the etcd3 client', () => {
  let server: EtcdProcess;
  let client: Etcd3;

  beforeAll(async () => {
    server = await EtcdProcess.start({ program: frontdeskEtcd });
    client = new Etcd3({ hosts: server.endpoint });
  });

  afterAll(async () => {
    client.close();
    await server.stop();
  });

  it('puts, gets, lists and deletes', async () => {
    await client.put('plain/a').value('1');
    await client.put('plain/b').value(2);
    await client.put('plain/c').value('');
    expect(await client.get('plain/a').string()).toBe('1');
    expect(await client.get('plain/b').number()).toBe(2);
    expect(await client.get('plain/none').string()).toBeNull();
    expect(await client.getAll().prefix('plain/').strings()).toEqual({
      'plain/a': '1',
      'plain/b': '2',
      'plain/c': '',
    });
    expect(await client.getAll().prefix('plain/').sort('Key', 'Descend').limit(1).keys()).toEqual([
      'plain/c',
    ]);
    expect(await client.getAll().prefix('plain/').count()).toBe(3);
    const { deleted } = await client.delete().prefix('plain/');
    expect(deleted).toBe('3');
  });

  it('compares and swaps', async () => {
    const first = await client
      .if('swap', 'Create', '==', 0)
      .then(client.put('swap').value('a'))
      .commit();
    expect(first.succeeded).toBe(true);
    const again = await client
      .if('swap', 'Create', '==', 0)
      .then(client.put('swap').value('b'))
      .else(client.get('swap'))
      .commit();
    expect(again.succeeded).toBe(false);
    expect(again.responses[0]?.response_range.kvs[0]?.value.toString()).toBe('a');
  });

  it('watches a prefix, from where it says', async () => {
    const watcher = await client.watch().prefix('watched/').create();
    const seen: string[] = [];
    const three = new Promise<void>((resolve) => {
      watcher.on('put', ({ key, value }) => {
        seen.push(`put ${key.toString()} ${value.toString()}`);
        if (seen.length === 3) resolve();
      });
      watcher.on('delete', ({ key }) => {
        seen.push(`delete ${key.toString()}`);
        if (seen.length === 3) resolve();
      });
    });
    await client.put('watched/1').value('x');
    await client.put('elsewhere').value('x');
    await client.delete().key('watched/1');
    await client.put('watched/2').value('y');
    await three;
    expect(seen).toEqual(['put watched/1 x', 'delete watched/1', 'put watched/2 y']);
    await watcher.cancel();
  });

  it('keeps a lease alive, and its keys go with it', async () => {
    const lease = client.lease(2);
    await lease.put('leased').value('here');
    const renewed = new Promise((resolve) => lease.once('keepaliveSucceeded', resolve));
    await renewed;
    expect(await client.get('leased').string()).toBe('here');
    await lease.revoke();
    expect(await client.get('leased').string()).toBeNull();
  });

  it('locks', async () => {
    const order: string[] = [];
    const lock = client.lock('gate');
    await lock.acquire();
    const second = client.lock('gate');
    await expect(second.acquire()).rejects.toThrow();
    order.push('held');
    await lock.release();
    await client.lock('gate').do(() => {
      order.push('held again');
      return Promise.resolve();
    });
    expect(order).toEqual(['held', 'held again']);
  });

  it('elects', async () => {
    const election = client.election('office', 5);
    const campaign = election.campaign('ada');
    await new Promise((resolve, reject) => {
      campaign.once('elected', () => {
        resolve(undefined);
      });
      campaign.once('error', reject);
    });
    expect(await election.leader()).toBe('ada');
    await campaign.resign();
    expect(await election.leader()).toBeUndefined();
  });

  it('gets etcd errors as its own', async () => {
    await expect(client.put('x').value('y').lease('1234').exec()).rejects.toThrow(
      'requested lease not found',
    );
    await expect(client.get('x').revision(99_999).string()).rejects.toThrow(
      'required revision is a future revision',
    );
  });

  it('manages users when authentication is on', async () => {
    const root = client.user('root');
    await root.create('secret');
    await root.addRole('root');
    await client.role('root').create();
    await client.auth.authEnable();
    const admin = new Etcd3({
      hosts: server.endpoint,
      auth: { username: 'root', password: 'secret' },
    });
    try {
      await admin.put('guarded').value('x');
      await expect(client.get('guarded').string()).rejects.toThrow('user name is empty');
      expect(await admin.get('guarded').string()).toBe('x');
    } finally {
      await admin.auth.authDisable();
      admin.close();
    }
  });
});
