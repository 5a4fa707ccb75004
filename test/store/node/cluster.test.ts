// Clusters as their operators see them: membership, leadership, leases and reads through any member.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { openMember, type Member } from '../../../store/index.js';
import { Peers } from '../../../store/replica/peers/peers.js';
import { bytes, fastClock, put, TestNodes, until, valueOf, whenNot } from './test-nodes.js';

const code = (expected: string) => ({ code: expected });

describe('three members that founded a cluster', () => {
  const nodes = new TestNodes();
  let founders: readonly Member[];
  beforeAll(async () => {
    founders = await nodes.found('a', 'b', 'c');
  }, 60_000);
  afterAll(async () => {
    await nodes.close();
    expect(nodes.failures).toEqual([]);
  });

  it('know one another by id, name and URLs', async () => {
    const lists = await Promise.all(founders.map((member) => member.cluster.members(true)));
    const [first] = lists;
    expect(lists).toEqual([first, first, first]);
    expect(first?.map(({ name, clientUrls }) => ({ name, clientUrls }))).toEqual(
      expect.arrayContaining(
        ['a', 'b', 'c'].map((name) => ({ name, clientUrls: [`http://${name}.example:2379`] })),
      ),
    );
    const headers = founders.map((member) => member.header());
    expect(new Set(headers.map(({ clusterId }) => clusterId)).size).toBe(1);
    expect(new Set(headers.map(({ memberId }) => memberId)).size).toBe(3);
  });

  it('show through any member what was written through any other', async () => {
    for (const [i, member] of founders.entries()) {
      await put(member, `from ${i}`, `value ${i}`);
      for (const reader of founders) expect(await valueOf(reader, `from ${i}`)).toBe(`value ${i}`);
    }
  });

  it('let a watch on one member see a write through another', async () => {
    const [writer, watcher] = [await nodes.leader(), await nodes.follower()];
    const stop = new AbortController();
    const watch = watcher.watch({ key: bytes('watched') }, stop.signal)[Symbol.asyncIterator]();
    const { revision } = await put(writer, 'watched');
    expect((await watch.next()).value).toMatchObject({ revision, events: [{ type: 'put' }] });
    stop.abort();
  });

  it('keep one lease alive through whichever member is asked', async () => {
    const lease = await founders[0]!.grantLease(100);
    for (const member of founders) {
      expect(await member.keepLeaseAlive(lease.id)).toMatchObject({ ttlSeconds: 100 });
      const left = await member.leaseTimeToLive(lease.id, true);
      expect(left).toMatchObject({ id: lease.id, grantedTtlSeconds: 100, keys: [] });
      expect(await member.leases()).toEqual([lease.id]);
    }
    await founders[1]!.revokeLease(lease.id);
    for (const member of founders) {
      await expect(member.keepLeaseAlive(lease.id)).rejects.toMatchObject(code('lease-not-found'));
      expect(await member.leaseTimeToLive(lease.id, false)).toBeUndefined();
    }
  });

  it('hash to the same number at the same revision', async () => {
    const { revision } = await put(founders[0]!, 'hashed');
    for (const member of founders) await valueOf(member, 'hashed'); // has applied it
    const hashes = founders.map((member) => member.maintenance.hashKv(revision));
    expect(new Set((await Promise.all(hashes)).map(({ hash }) => hash)).size).toBe(1);
  });

  it('move leadership only when the leader is asked, and only to a voter', async () => {
    const [leader, follower] = [await nodes.leader(), await nodes.follower()];
    const ids = { leader: leader.header().memberId, follower: follower.header().memberId };
    await expect(follower.cluster.moveLeader(ids.follower)).rejects.toMatchObject(
      code('not-leader'),
    );
    await expect(leader.cluster.moveLeader(4711n)).rejects.toMatchObject(code('bad-transferee'));
    await leader.cluster.moveLeader(ids.leader);
    expect(leader.isLeader).toBe(true);
    await leader.cluster.moveLeader(ids.follower);
    await until(() => follower.isLeader);
    await put(leader, 'moved');
  });

  it('refuse to update a member to URLs that are taken or none, and update to others', async () => {
    const follower = await nodes.follower();
    const id = follower.header().memberId;
    const [other] = (await follower.cluster.members(true)).filter((one) => one.id !== id);
    const { cluster } = follower;
    await expect(cluster.updateMember(id, other!.peerUrls)).rejects.toMatchObject(
      code('peer-urls-exist'),
    );
    for (const urls of [[], ['nonsense'], ['http://host:1/path']])
      await expect(cluster.updateMember(id, urls)).rejects.toMatchObject(code('member-bad-urls'));
    await expect(cluster.updateMember(4711n, ['http://new:1'])).rejects.toMatchObject(
      code('member-not-found'),
    );
    const before = (await cluster.members(true)).find((one) => one.id === id)!;
    const urls = [...before.peerUrls, 'http://another-way.example:2380'];
    const after = (await cluster.updateMember(id, urls)).find((one) => one.id === id);
    expect(after).toEqual({ ...before, peerUrls: urls.toSorted() });
    await cluster.updateMember(id, before.peerUrls);
    await put(follower, 'still there');
  });

  it('refuse to promote who is no learner', async () => {
    const follower = await nodes.follower();
    await expect(follower.cluster.promoteMember(follower.header().memberId)).rejects.toMatchObject(
      code('member-not-learner'),
    );
    await expect(follower.cluster.promoteMember(4711n)).rejects.toMatchObject(
      code('member-not-found'),
    );
  });

  it('take a member back that restarts, whatever its flags say now', async () => {
    const name = (await nodes.follower()).name;
    const { memberId } = nodes.member(name).header();
    await nodes.stop(name);
    await put(await nodes.leader(), 'while away', 'kept');
    const again = await nodes.start(name, {
      initialCluster: new Map([[name, ['http://elsewhere.example:1']]]),
      initialClusterState: 'existing',
      clusterToken: 'another',
    });
    expect(again.header().memberId).toBe(memberId);
    expect(await valueOf(again, 'while away')).toBe('kept');
  });

  it('refuse to add anybody while a member is down', async () => {
    const name = (await nodes.follower()).name;
    await nodes.stop(name);
    const leader = await nodes.leader();
    await expect(
      leader.cluster.addMember(['http://new.example:2380'], false),
    ).rejects.toMatchObject(code('unhealthy'));
    await nodes.start(name);
  });

  it('go on without the one that is removed, which learns of it and stays out', async () => {
    const [asked, leaving] = [await nodes.leader(), await nodes.follower()];
    const id = leaving.header().memberId;
    const rest = await whenNot('unhealthy', () => leaving.cluster.removeMember(id));
    expect(rest.map((one) => one.id)).not.toContain(id);
    await leaving.removed;
    await put(asked, 'without it');
    await expect(asked.cluster.removeMember(id)).rejects.toMatchObject(code('member-not-found'));
    await nodes.stop(leaving.name);
    const back = await openMember({
      name: leaving.name,
      dataDir: join(nodes.root, `${leaving.name}-anew`),
      peerUrls: [nodes.urlOf(leaving.name)],
      initialCluster: nodes.cluster('a', 'b', 'c'),
      initialClusterState: 'existing',
      transport: nodes.transport(leaving.name),
      clock: fastClock,
      onFatal: (error) => nodes.failures.push(error),
    }).catch((error: unknown) => error);
    expect(String(back)).toMatch(/member count is unequal/);
  });
});

describe('a cluster that grows from one member', () => {
  let nodes: TestNodes;
  beforeEach(() => {
    nodes = new TestNodes();
  });
  afterEach(async () => {
    await nodes.close();
    expect(nodes.failures).toEqual([]);
  });

  it('takes in a learner, which answers little, and makes it a voter once it has caught up', async () => {
    const [first] = await nodes.found('a');
    await nodes.place('b');
    await put(first!, 'key', 'from before');
    const { cluster } = first!;
    const { member, members } = await cluster.addMember([nodes.urlOf('b')], true);
    expect(member).toMatchObject({ name: '', isLearner: true, peerUrls: [nodes.urlOf('b')] });
    expect(members).toHaveLength(2);
    await expect(cluster.addMember(['http://c.example:1'], true)).rejects.toMatchObject(
      code('too-many-learners'),
    );
    await expect(cluster.addMember([nodes.urlOf('b')], true)).rejects.toMatchObject(
      code('peer-urls-exist'),
    );
    await expect(cluster.promoteMember(member.id)).rejects.toMatchObject(code('learner-not-ready'));
    await expect(cluster.moveLeader(member.id)).rejects.toMatchObject(code('bad-transferee'));

    const learner = await nodes.start('b', {
      initialCluster: nodes.cluster('a', 'b'),
      initialClusterState: 'existing',
    });
    expect(learner.header()).toMatchObject({ memberId: member.id });
    expect(learner.isLearner).toBe(true);
    expect((await learner.maintenance.status()).isLearner).toBe(true);
    await until(async () => (await valueOf(learner, 'key', false)) === 'from before');
    for (const refused of [
      () => valueOf(learner, 'key'),
      () => put(learner, 'key'),
      () => learner.grantLease(10),
      () => learner.cluster.members(false),
      () => learner.maintenance.alarms(),
    ])
      await expect(refused()).rejects.toMatchObject(code('learner-unsupported'));
    expect(() => learner.watch({ key: bytes('key') }, new AbortController().signal)).toThrow();

    await whenNot('learner-not-ready', () => cluster.promoteMember(member.id));
    await until(() => !learner.isLearner);
    expect(await valueOf(learner, 'key')).toBe('from before');
    expect(await cluster.members(true)).toMatchObject([{ isLearner: false }, { isLearner: false }]);
  }, 30_000);

  it('adds voters one by one, and nobody while one has not started', async () => {
    const [first] = await nodes.found('a');
    await nodes.place('b', 'c');
    const { cluster } = first!;
    await expect(cluster.removeMember(first!.header().memberId)).rejects.toMatchObject(
      code('not-enough-started'),
    );
    await cluster.addMember([nodes.urlOf('b')], false);
    await expect(cluster.addMember([nodes.urlOf('c')], false)).rejects.toMatchObject(
      code('not-enough-started'),
    );
    await nodes.start('b', {
      initialCluster: nodes.cluster('a', 'b'),
      initialClusterState: 'existing',
    });
    await whenNot('unhealthy', () => cluster.addMember([nodes.urlOf('c')], false));
    const third = await nodes.start('c', {
      initialCluster: nodes.cluster('a', 'b', 'c'),
      initialClusterState: 'existing',
    });
    await put(third, 'from the third');
    expect(await valueOf(first!, 'from the third')).toBe('v');
    // A leader that is removed hands over, then stops.
    const leader = await nodes.leader();
    const id = leader.header().memberId;
    await whenNot('unhealthy', () => third.cluster.removeMember(id));
    await leader.removed;
    expect(leader.isLeader).toBe(false);
    await nodes.stop(leader.name);
    await put(await nodes.leader(), 'after');
  }, 30_000);

  it('keeps out who lost its data and says it founds the cluster anew', async () => {
    await nodes.found('a', 'b', 'c');
    await nodes.stop('c');
    const initialCluster = nodes.cluster('a', 'b', 'c');
    await expect(
      nodes.start('c', { initialCluster, dataDir: join(nodes.root, 'lost') }),
    ).rejects.toThrow(/has already been bootstrapped/);
  }, 30_000);

  it('begins again when it was stopped before the cluster had told it anything', async () => {
    const [first] = await nodes.found('a');
    await nodes.place('b');
    await put(first!, 'key');
    await first!.cluster.addMember([nodes.urlOf('b')], true);
    const initialCluster = nodes.cluster('a', 'b');
    const stop = new AbortController();
    // It can ask, but nobody reaches it.
    const deaf = new Peers({ listen: ['127.0.0.1:0'], clock: fastClock });
    const joining = nodes.start('b', {
      initialCluster,
      initialClusterState: 'existing',
      transport: deaf,
      signal: stop.signal,
    });
    joining.catch(() => undefined);
    await until(() => deaf.ports.length > 0);
    stop.abort();
    await expect(joining).rejects.toMatchObject(code('stopped'));
    // Alone it would wait for ever, so it asks first, and says when nobody answers.
    const nowhere = new Map([...initialCluster, ['a', ['http://127.0.0.1:1']]]);
    await expect(nodes.start('b', { initialCluster: nowhere })).rejects.toThrow(/cannot fetch/);
    const learner = await nodes.start('b', { initialCluster });
    expect(learner.isLearner).toBe(true);
    expect(await valueOf(learner, 'key', false)).toBe('v');
  }, 30_000);

  it('tells a member that it was removed while it was away', async () => {
    await nodes.found('a', 'b', 'c');
    const gone = await nodes.follower();
    await nodes.stop(gone.name);
    const leader = await nodes.leader();
    await whenNot('unhealthy', () => leader.cluster.removeMember(gone.header().memberId));
    const back = await nodes.start(gone.name);
    await back.removed;
  }, 30_000);

  it('answers from local state alone when its quorum is gone, and says that it has no leader', async () => {
    await nodes.found('a', 'b', 'c');
    await put(nodes.member('a'), 'key');
    expect(await valueOf(nodes.member('a'), 'key')).toBe('v');
    await nodes.stop('b');
    await nodes.stop('c');
    const left = nodes.member('a');
    await until(() => !left.hasLeader);
    expect(await valueOf(left, 'key', false)).toBe('v');
    const range = { type: 'range', key: bytes('key'), linearizable: false } as const;
    expect(await left.txn({ compare: [], success: [range], failure: [] })).toMatchObject({
      succeeded: true,
      responses: [{ count: 1 }],
    });
    const { leader, errors } = await left.maintenance.status();
    expect({ leader, errors }).toEqual({ leader: 0n, errors: ['etcdserver: no leader'] });
    expect(await left.cluster.members(false)).toHaveLength(3);
    await expect(valueOf(left, 'key')).rejects.toMatchObject(code('timeout'));
    await expect(left.keepLeaseAlive(1n)).rejects.toMatchObject(code('timeout'));
    await expect(left.cluster.removeMember(1n)).rejects.toMatchObject(code('timeout'));
  }, 30_000);

  it('lets only root change who is in, once there are users', async () => {
    const [first] = await nodes.found('a');
    const { auth, cluster } = first!;
    await auth.addUser('root', 'secret', undefined);
    await auth.addRole('root');
    await auth.grantRole('root', 'root');
    await auth.addUser('guest', 'secret', undefined);
    await auth.enable();
    const [guest, nobody] = [
      { user: 'guest', authRevision: 0 },
      { user: '', authRevision: 0 },
    ];
    const id = first!.header().memberId;
    for (const refused of [
      () => cluster.addMember([nodes.urlOf('a')], false, guest),
      () => cluster.removeMember(id, guest),
      () => cluster.updateMember(id, ['http://new.example:1'], guest),
      () => cluster.promoteMember(id, guest),
      () => cluster.moveLeader(id, guest),
      () => first!.maintenance.defragment(guest),
      () => first!.maintenance.hashKv(0, guest),
      () => first!.maintenance.snapshot(guest),
      () => first!.maintenance.activateAlarm({ memberId: id, alarm: 'nospace' }, guest),
    ])
      await expect(refused()).rejects.toMatchObject(code('permission-denied'));
    expect(await cluster.members(true, guest)).toHaveLength(1);
    await expect(cluster.members(true, nobody)).rejects.toMatchObject(code('user-empty'));
    await cluster.moveLeader(id, { user: 'root', authRevision: 0 });
  }, 30_000);

  it('says which flag does not fit', async () => {
    await nodes.place('a', 'b');
    const start = (options: object): Promise<unknown> => nodes.start('a', options);
    await expect(start({ initialCluster: nodes.cluster('b') })).rejects.toThrow(
      /couldn't find local name "a"/,
    );
    const elsewhere = new Map([['a', ['http://elsewhere.example:1']]]);
    await expect(start({ initialCluster: elsewhere })).rejects.toThrow(
      /but this member advertises/,
    );
    const twice = new Map([
      ['a', [nodes.urlOf('a')]],
      ['b', [nodes.urlOf('a')]],
    ]);
    await expect(start({ initialCluster: twice })).rejects.toThrow(/twice/);
    const joining = { initialCluster: nodes.cluster('a', 'b'), initialClusterState: 'existing' };
    await expect(start(joining)).rejects.toThrow(/cannot fetch the members/);
  });

  it('stops waiting for its quorum when it is told to', async () => {
    await nodes.place('a', 'b', 'c');
    const stop = new AbortController();
    const starting = nodes.start('a', {
      initialCluster: nodes.cluster('a', 'b', 'c'),
      signal: stop.signal,
    });
    setImmediate(() => {
      stop.abort();
    });
    await expect(starting).rejects.toMatchObject(code('stopped'));
  });
});
