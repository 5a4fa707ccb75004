import { afterEach, describe, expect, it } from '@jest/globals';
import {
  bytes,
  put,
  putCommand,
  read,
  TestCluster,
  type TestClusterOptions,
} from './test-cluster.js';

let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
});

const three = async (options: TestClusterOptions = {}): Promise<TestCluster> => {
  cluster = new TestCluster([1n, 2n, 3n], options);
  await cluster.startAll();
  return cluster;
};

describe('three members', () => {
  it('elect one leader, and hold what is written through any of them', async () => {
    const c = await three();
    const leader = await c.leader();
    const follower = await c.follower();
    await put(leader, 'a', 'through the leader');
    await put(follower, 'b', 'through a follower');
    for (const member of c.members.values()) {
      await member.replica.confirmRead();
      expect([read(member, 'a'), read(member, 'b')]).toEqual([
        'through the leader',
        'through a follower',
      ]);
    }
    expect(new Set([...c.members.values()].map((m) => m.replica.leader)).size).toBe(1);
  });

  it('share entries between the writes of one turn, on followers, too', async () => {
    const c = await three();
    const follower = await c.follower();
    const before = follower.replica.appliedIndex;
    await Promise.all(Array.from({ length: 500 }, (_, i) => put(follower, `k${i}`)));
    expect(follower.replica.appliedIndex - before).toBeLessThan(20);
    expect(follower.replica.machine.revision).toBe(501);
  });

  it('elect another leader when theirs is gone, which has every acknowledged write', async () => {
    const c = await three();
    const first = await c.leader();
    for (let i = 0; i < 20; i++) await put(first, `k${i}`, `${i}`);
    await c.kill(first.id);
    const second = await c.leader();
    expect(second.id).not.toBe(first.id);
    await put(second, 'after', 'x');
    expect(read(second, 'k19')).toBe('19');
    // The one that was away catches up.
    const again = await c.start(first.id);
    await c.caughtUp(first.id);
    expect(read(again, 'after')).toBe('x');
    expect(again.replica.role).toBe('follower');
  });

  it('acknowledge nothing without a majority; what waited goes through when it is back', async () => {
    const c = await three();
    const leader = await c.leader();
    const others = [...c.members.keys()].filter((id) => id !== leader.id);
    for (const id of others) await c.kill(id);
    await c.until(() => !leader.replica.hasLeader);
    const settled: string[] = [];
    const reading = leader.replica.confirmRead().then(
      () => settled.push('read'),
      (error: unknown) => settled.push(String(error)),
    );
    const writing = put(leader, 'late', 'x').then(() => settled.push('written'));
    // Pre-votes go unanswered: nobody becomes leader.
    const { term } = leader.replica;
    await c.until(() => leader.replica.role === 'pre-candidate');
    expect([settled, leader.replica.term]).toEqual([[], term]);
    await c.start(others[0]!);
    await Promise.all([reading, writing]);
    expect(settled).toContain('written');
    expect(settled).toContain('StoreError: etcdserver: leader changed');
    expect(read(await c.leader(), 'late')).toBe('x');
  });

  it('move the leadership when asked, and when the leader stops in peace', async () => {
    const c = await three();
    const first = await c.leader();
    const second = await c.follower();
    await first.replica.transferLeader(second.id);
    expect(second.replica.isLeader || first.replica.leader === second.id).toBe(true);
    await c.leader();
    await expect(first.replica.transferLeader(3n)).rejects.toMatchObject({ code: 'not-leader' });
    const term = second.replica.term;
    await second.replica.stop();
    c.members.delete(second.id);
    const third = await c.leader();
    // One election, asked for: nobody had to notice a silence.
    expect(third.replica.term).toBe(term + 1);
  });

  it('go on as who they were, whatever is asked for at a restart', async () => {
    const c = await three();
    await put(await c.leader(), 'a');
    for (const id of [1n, 2n, 3n]) await c.kill(id);
    for (const id of [1n, 2n, 3n]) await c.start(id, 'join');
    const leader = await c.leader();
    expect(leader.replica.identity.memberId).toBe(leader.id);
    expect(leader.replica.membership.voters).toEqual([1n, 2n, 3n]);
    expect(read(leader, 'a')).toBe('v');
  });
});

describe('a changing cluster', () => {
  it('takes in a learner by a snapshot, makes it a voter, and lets a removed one go', async () => {
    const c = await three();
    await put(await c.leader(), 'before', 'x');
    const context = bytes('{"name":"four"}');
    await c.changeMembers({ type: 'add-learner', member: 4n, context });
    const fourth = await c.start(4n, 'join');
    await c.caughtUp(4n);
    expect(read(fourth, 'before')).toBe('x');
    expect(fourth.replica.isLearner).toBe(true);
    await c.changeMembers({ type: 'add-voter', member: 4n, context });
    await c.caughtUp(4n);
    expect(fourth.replica.membership.voters).toEqual([1n, 2n, 3n, 4n]);
    const leader = await c.leader();
    const gone = [...c.members.keys()].find((id) => id !== leader.id && id !== 4n)!;
    await c.changeMembers({ type: 'remove', member: gone, context: bytes('') });
    await c.get(gone).replica.removed;
    await put(fourth, 'after', 'y');
  });

  it('lets a leader remove itself: it goes when another leads', async () => {
    const c = await three();
    const leader = await c.leader();
    await c.changeMembers({ type: 'remove', member: leader.id, context: bytes('') });
    await leader.replica.removed;
    expect(leader.replica.isLeader).toBe(false);
    await c.kill(leader.id);
    await put(await c.leader(), 'after', 'y');
  });

  it('refuses changes on followers, and two at once', async () => {
    const c = await three();
    const follower = await c.follower();
    const change = { type: 'add-learner', member: 4n, context: bytes('') } as const;
    await expect(follower.replica.proposeConfChange(change)).rejects.toMatchObject({
      code: 'not-leader',
    });
    const { replica } = await c.leader();
    const [first, second] = await Promise.allSettled([
      replica.proposeConfChange(change),
      replica.proposeConfChange({ ...change, member: 5n }),
    ]);
    expect(first).toMatchObject({ status: 'fulfilled', value: { learners: [4n] } });
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'too-many-requests' } });
  });
});

describe('questions between members', () => {
  it('are answered, errors by their code; strangers may only ask who is there', async () => {
    const members = { type: 'members', clusterId: 0xc1n, members: [] } as const;
    const c = await three({
      answer: (id, request) => {
        if (request.type === 'lease-renew')
          return Promise.resolve({
            type: 'lease',
            id: request.id,
            ttlSeconds: Number(id),
            grantedTtlSeconds: 9,
            keys: [bytes('k')],
          });
        return Promise.resolve(members);
      },
    });
    const { peers } = c.get(1n);
    expect(await peers.ask(2n, { type: 'lease-renew', id: -5n }, 5_000)).toMatchObject({
      id: -5n,
      ttlSeconds: 2,
    });
    await expect(peers.ask(9n, { type: 'members' }, 5_000)).rejects.toMatchObject({
      code: 'timeout',
    });
    const url = `http://127.0.0.1:${c.get(2n).peers.ports[0]!}`;
    expect(await peers.askUrl(url, { type: 'members' }, 5_000)).toEqual(members);
    await expect(peers.askUrl(url, { type: 'lease-ids' }, 5_000)).rejects.toMatchObject({
      code: 'timeout',
    });
  });
});

describe('a write nobody can vouch for', () => {
  it('ends with an error that says it may have happened', async () => {
    const c = await three({ limits: { timeoutBaseMs: 0 } });
    const leader = await c.leader();
    for (const id of [1n, 2n, 3n]) if (id !== leader.id) await c.kill(id);
    await expect(leader.replica.propose(putCommand('lost', 'x'))).rejects.toMatchObject({
      code: expect.stringMatching(/^timeout/),
    });
  });
});
