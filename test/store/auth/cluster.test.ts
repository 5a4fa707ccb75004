// Users of a cluster of three: what one member is told, all know, whichever is asked.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Member } from '../../../store/index.js';
import { bytes, put, TestNodes } from '../node/test-nodes.js';

const nodes = new TestNodes();
const root = { user: 'root', authRevision: 0 };
let members: readonly Member[];

beforeAll(async () => {
  await nodes.place('a', 'b', 'c');
  const initialCluster = nodes.cluster('a', 'b', 'c');
  members = await Promise.all(
    ['a', 'b', 'c'].map((name) => nodes.start(name, { initialCluster, bcryptCost: 4 })),
  );
  const [a, b, c] = members as readonly [Member, Member, Member]; // as: three were started
  await a.auth.addUser('root', 'toor', undefined);
  await b.auth.grantRole('root', 'root');
  await c.auth.addUser('alice', 'password', undefined);
  await a.auth.addRole('r');
  await b.auth.grantPermission('r', { type: 'readwrite', key: bytes('a') });
  await c.auth.grantRole('alice', 'r');
  await a.auth.enable();
}, 60_000);

afterAll(async () => {
  await nodes.close();
  expect(nodes.failures).toEqual([]);
});

const putA = {
  compare: [],
  success: [{ type: 'put', key: bytes('a'), value: bytes('') }],
  failure: [],
} as const;

describe('users of a cluster', () => {
  it('are the same on every member, by revision', async () => {
    const states = await Promise.all(members.map(({ auth }) => auth.status(root)));
    expect(new Set(states.map(({ authRevision }) => authRevision)).size).toBe(1);
    for (const { auth } of members) expect(await auth.listUsers(root)).toEqual(['alice', 'root']);
  });

  it('use at any member, at once, the token that another gave them', async () => {
    for (const giver of members) {
      const token = await giver.auth.authenticate('alice', 'password');
      for (const taker of members) {
        const caller = await taker.auth.callerOf(token);
        expect(caller?.user).toBe('alice');
        await taker.storeFor(caller).txn(putA);
      }
    }
  });

  it('are refused everywhere once they are refused anywhere', async () => {
    for (const [at, changer] of members.entries()) {
      await changer.auth.revokeRole('alice', 'r', root);
      for (const member of members) {
        const write = member.storeFor({ user: 'alice', authRevision: 0 }).txn(putA);
        await expect(write).rejects.toMatchObject({ code: 'permission-denied' });
        const read = member.storeFor({ user: 'alice', authRevision: 0 }).range({ key: bytes('a') });
        await expect(read).rejects.toMatchObject({ code: 'permission-denied' });
      }
      await members[(at + 1) % members.length]!.auth.grantRole('alice', 'r', root);
    }
  });

  it('are asked for by a member that was away while authentication was switched on (#14571)', async () => {
    await members[0]!.auth.disable(root);
    await nodes.stop('c');
    const [a] = members as readonly [Member]; // as: see above
    await a.auth.addUser('late', 'password', undefined);
    await a.auth.enable();
    await put(a, 'while away');
    const c = await nodes.start('c', { bcryptCost: 4 });
    const write = c.storeFor({ user: '', authRevision: 0 }).txn(putA);
    await expect(write).rejects.toMatchObject({ code: 'user-empty' });
    expect(await c.auth.getUser('late', root)).toEqual([]);
  });
});
