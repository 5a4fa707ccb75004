// The whole way: a member, its log, passwords and tokens.
import { afterEach, describe, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { openMember, systemClock, type Clock, type Member } from '../../../store/index.js';
import type { MemberOptions } from '../../../store/member/options.js';
import type { AuthAdmin, Caller } from '../../../store/node.js';
import { bytes, putOp, range, rangeOp, txnOf } from '../../contracts/operations.js';

const nobody: Caller = { user: '', authRevision: 0 };
const root: Caller = { user: 'root', authRevision: 0 };
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function temporaryDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'frontdesk-auth-'));
  closing.push(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function member(options: Partial<MemberOptions> = {}): Promise<Member> {
  const opened = await openMember({
    bcryptCost: 4,
    onFatal: (error) => {
      throw error;
    },
    ...options,
  });
  closing.push(() => opened.close());
  return opened;
}

async function enable(auth: AuthAdmin): Promise<void> {
  await auth.addUser('root', 'toor', undefined);
  await auth.grantRole('root', 'root');
  await auth.addUser('alice', 'pässword', undefined);
  await auth.addRole('r');
  await auth.grantPermission('r', { type: 'readwrite', key: bytes('a'), end: bytes('b') });
  await auth.grantRole('alice', 'r');
  await auth.enable();
}

/** The system's clock, but its monotonic time can be put forward. */
function movableClock(): { clock: Clock; pass: (ms: number) => void } {
  let aheadMs = 0;
  const clock: Clock = {
    now: () => systemClock.now() + aheadMs,
    monotonic: () => systemClock.monotonic() + aheadMs,
    after: (delayMs, task) => systemClock.after(delayMs, task),
  };
  return {
    clock,
    pass: (ms) => {
      aheadMs += ms;
    },
  };
}

const refused = (code: string) => expect.objectContaining({ code }) as unknown;

describe('logging in', () => {
  it('is not for a store without authentication', async () => {
    const { auth } = await member();
    expect(auth.isEnabled).toBe(false);
    await expect(auth.authenticate('root', 'x')).rejects.toEqual(refused('auth-not-enabled'));
    await expect(auth.callerOf('anything')).resolves.toBeUndefined();
  });

  it('takes the right password and nothing else', async () => {
    const { auth } = await member();
    await enable(auth);
    await auth.addUser('cert', undefined, undefined, root);
    await expect(auth.authenticate('alice', 'wrong')).rejects.toEqual(refused('auth-failed'));
    await expect(auth.authenticate('bob', 'x')).rejects.toEqual(refused('auth-failed'));
    await expect(auth.authenticate('cert', 'x')).rejects.toEqual(refused('no-password-user'));
    const token = await auth.authenticate('alice', 'pässword');
    expect(token).toMatch(/^[a-zA-Z]{16}\.\d+$/);
    await expect(auth.callerOf(token)).resolves.toEqual({
      user: 'alice',
      authRevision: (await auth.status(root)).authRevision,
    });
    await expect(auth.callerOf(`x${token}`)).rejects.toEqual(refused('invalid-auth-token'));
    await expect(auth.callerOf('')).rejects.toEqual(refused('invalid-auth-token'));
    await expect(auth.callerOf('abc.999999')).rejects.toEqual(refused('invalid-auth-token'));
  });

  it('takes a hash made elsewhere, if it is one', async () => {
    const { auth } = await member();
    await enable(auth);
    const hashed = Buffer.from(hashSync('geheim', 4)).toString('base64');
    await auth.addUser('bob', undefined, hashed, root);
    await expect(auth.authenticate('bob', 'geheim')).resolves.toContain('.');
    const notOne = Buffer.from('geheim').toString('base64');
    await expect(auth.addUser('eve', undefined, notOne, root)).rejects.toEqual(
      refused('no-password-user'),
    );
  });

  it('refuses a password that bcrypt would cut short', async () => {
    const { auth } = await member();
    const long = 'x'.repeat(73);
    await expect(auth.addUser('u', long, undefined)).rejects.toEqual(refused('password-too-long'));
  });

  it('works on few passwords at a time', async () => {
    const { auth } = await member();
    await enable(auth);
    const logins = Array.from({ length: 80 }, () => auth.authenticate('alice', 'pässword'));
    const codes = (await Promise.allSettled(logins)).map((login) =>
      login.status === 'fulfilled' ? 'ok' : (login.reason as { code: string }).code,
    );
    expect(codes.filter((code) => code === 'ok')).toHaveLength(64);
    expect(codes.filter((code) => code === 'too-many-requests')).toHaveLength(16);
  });

  it('keeps clear passwords out of everything on disk', async () => {
    const dataDir = await temporaryDir();
    const opened = await member({ dataDir });
    await enable(opened.auth);
    await opened.auth.authenticate('alice', 'pässword');
    await opened.auth.changePassword('alice', 'swordfish', undefined, root);
    await opened.close();
    const files = await readdir(dataDir, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      const content = await readFile(join(file.parentPath, file.name));
      for (const secret of ['pässword', 'swordfish', 'toor'])
        expect({ file: file.name, at: content.indexOf(secret) }).toEqual({
          file: file.name,
          at: -1,
        });
    }
  });
});

describe('a simple token', () => {
  it('lives as long as it is used, and no longer', async () => {
    const { clock, pass } = movableClock();
    const { auth } = await member({ clock, authTokenTtlMs: 1_000_000 });
    await enable(auth);
    const token = await auth.authenticate('alice', 'pässword');
    pass(900_000);
    await auth.callerOf(token);
    pass(900_000);
    await auth.callerOf(token);
    pass(1_000_000);
    await expect(auth.callerOf(token)).rejects.toEqual(refused('invalid-auth-token'));
  });

  it.each<[string, (auth: AuthAdmin) => Promise<void>]>([
    ['a new password', (auth) => auth.changePassword('alice', 'new', undefined, root)],
    ['the end of its user', (auth) => auth.deleteUser('alice', root)],
    ['switching off', (auth) => auth.disable(root).then(() => auth.enable())],
  ])('ends with %s', async (_, end) => {
    const { auth } = await member();
    await enable(auth);
    const token = await auth.authenticate('alice', 'pässword');
    await end(auth);
    await expect(auth.callerOf(token)).rejects.toEqual(refused('invalid-auth-token'));
  });

  it('does not end with a change of roles, which counts at once', async () => {
    const opened = await member();
    const { auth } = opened;
    await enable(auth);
    const token = await auth.authenticate('alice', 'pässword');
    const before = await auth.callerOf(token);
    await opened.storeFor(before).txn(txnOf([putOp('a')]));
    await auth.revokePermission('r', bytes('a'), bytes('b'), root);
    const write = opened.storeFor(before).txn(txnOf([putOp('a')]));
    await expect(write).rejects.toEqual(refused('auth-old-revision'));
    const again = opened.storeFor(await auth.callerOf(token)).txn(txnOf([putOp('a')]));
    await expect(again).rejects.toEqual(refused('permission-denied'));
  });
});

describe('a JSON Web Token', () => {
  async function keys(type: 'rsa' | 'ec'): Promise<string> {
    const dir = await temporaryDir();
    const { publicKey, privateKey } =
      type === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await writeFile(join(dir, 'pub'), publicKey.export({ type: 'spki', format: 'pem' }));
    await writeFile(join(dir, 'priv'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    return `pub-key=${join(dir, 'pub')},priv-key=${join(dir, 'priv')}`;
  }

  it.each([
    ['RS256', 'rsa'],
    ['PS384', 'rsa'],
    ['ES256', 'ec'],
  ] as const)('signed with %s says who and when', async (method, type) => {
    const { clock, pass } = movableClock();
    const authToken = `jwt,${await keys(type)},sign-method=${method},ttl=10m`;
    const { auth } = await member({ clock, authToken });
    await enable(auth);
    const token = await auth.authenticate('alice', 'pässword');
    const claims = JSON.parse(
      Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
    ) as Record<string, unknown>;
    const { authRevision } = await auth.status(root);
    expect(Object.keys(claims).sort()).toEqual(['exp', 'revision', 'username']);
    expect(claims).toMatchObject({ username: 'alice', revision: authRevision });
    await expect(auth.callerOf(token)).resolves.toEqual({ user: 'alice', authRevision });
    const forged = `${token.slice(0, -8)}AAAAAAAA`;
    await expect(auth.callerOf(forged)).rejects.toEqual(refused('invalid-auth-token'));
    pass(11 * 60_000);
    await expect(auth.callerOf(token)).rejects.toEqual(refused('invalid-auth-token'));
  });

  it('outlives a restart, and is old after the next change', async () => {
    const dataDir = await temporaryDir();
    const authToken = `jwt,${await keys('ec')},sign-method=ES256`;
    const first = await member({ dataDir, authToken });
    await enable(first.auth);
    const token = await first.auth.authenticate('alice', 'pässword');
    await first.close();
    const again = await member({ dataDir, authToken });
    const caller = await again.auth.callerOf(token);
    await again.storeFor(caller).txn(txnOf([putOp('a')]));
    await again.auth.addRole('more', root);
    const write = again.storeFor(await again.auth.callerOf(token)).txn(txnOf([putOp('a')]));
    await expect(write).rejects.toEqual(refused('auth-old-revision'));
  });

  it.each([
    ['nothing', 'unknown kind of token'],
    ['jwt', 'unknown sign-method'],
    ['jwt,sign-method=none', 'unknown sign-method'],
    ['jwt,sign-method=RS256', 'pub-key and priv-key are missing'],
    ['jwt,sign-method=RS256,sign-method=RS256', 'given twice'],
    ['jwt,sign-method', 'not of the form'],
    ['jwt,sign-method=RS256,priv-key=/nowhere', 'ENOENT'],
    ['jwt,sign-method=RS256,frob=1', 'unknown setting'],
  ])('is not made of %s', async (authToken, why) => {
    await expect(member({ authToken })).rejects.toEqual(
      expect.objectContaining({ message: expect.stringContaining(why) as unknown }),
    );
  });

  it('is not made with keys that do not fit', async () => {
    const [rsa, ec] = [await keys('rsa'), await keys('ec')];
    await expect(member({ authToken: `jwt,${rsa},sign-method=ES256` })).rejects.toThrow(
      'do not fit',
    );
    const mixed = `${rsa.split(',')[0] ?? ''},${ec.split(',')[1] ?? ''}`;
    await expect(member({ authToken: `jwt,${mixed},sign-method=RS256` })).rejects.toThrow(
      'do not match',
    );
  });
});

describe('a store as one caller may use it', () => {
  it('reads, watches and keeps leases as allowed', async () => {
    const opened = await member();
    await enable(opened.auth);
    const alice = opened.storeFor({ user: 'alice', authRevision: 0 });
    const trusted = opened.storeFor();
    const { id } = await trusted.grantLease(60);
    await trusted.txn(txnOf([putOp('x', '1', { lease: id })]));
    await expect(alice.range({ key: bytes('a') })).resolves.toMatchObject({ count: 0 });
    const denied = refused('permission-denied');
    await expect(alice.range(range('x'))).rejects.toEqual(denied);
    await expect(alice.txn(txnOf([rangeOp('x')]))).rejects.toEqual(denied);
    expect(() => alice.watch(range('x'), new AbortController().signal)).toThrow(
      'permission denied',
    );
    await expect(alice.compact(2)).rejects.toEqual(denied);
    await expect(alice.keepLeaseAlive(id)).rejects.toEqual(denied);
    await expect(alice.leaseTimeToLive(id, true)).rejects.toEqual(denied);
    await expect(alice.leaseTimeToLive(id, false)).resolves.toMatchObject({ id });
    await expect(alice.leases()).rejects.toEqual(denied);
    await expect(alice.revokeLease(id)).rejects.toEqual(denied);
    await expect(opened.storeFor(nobody).range({ key: bytes('a') })).rejects.toEqual(
      refused('user-empty'),
    );
  });

  it('is maintained by admins', async () => {
    const opened = await member();
    await enable(opened.auth);
    const { maintenance } = opened;
    const alice = { user: 'alice', authRevision: 0 };
    const alarm = { memberId: opened.header().memberId, alarm: 'nospace' } as const;
    const denied = refused('permission-denied');
    await expect(maintenance.hash(alice)).rejects.toEqual(denied);
    await expect(maintenance.hashKv(0, alice)).rejects.toEqual(denied);
    await expect(maintenance.defragment(alice)).rejects.toEqual(denied);
    await expect(maintenance.activateAlarm(alarm, alice)).rejects.toEqual(denied);
    await expect(maintenance.alarms(alice)).resolves.toEqual([]);
    await expect(maintenance.alarms(nobody)).rejects.toEqual(refused('user-empty'));
    await expect(maintenance.status(nobody)).rejects.toEqual(refused('user-empty'));
  });

  it('tells users of themselves and their own roles only', async () => {
    const { auth } = await member();
    await enable(auth);
    const alice = { user: 'alice', authRevision: 0 };
    await auth.addRole('other', root);
    const denied = refused('permission-denied');
    await expect(auth.getUser('alice', alice)).resolves.toEqual(['r']);
    await expect(auth.getUser('root', alice)).rejects.toEqual(denied);
    await expect(auth.getRole('r', alice)).resolves.toHaveLength(1);
    await expect(auth.getRole('other', alice)).rejects.toEqual(denied);
    await expect(auth.listUsers(alice)).rejects.toEqual(denied);
    await expect(auth.listRoles(alice)).rejects.toEqual(denied);
    await expect(auth.listUsers(root)).resolves.toEqual(['alice', 'root']);
    await expect(auth.changePassword('alice', 'x', undefined, alice)).rejects.toEqual(denied);
    await expect(auth.status(nobody)).rejects.toEqual(refused('user-empty'));
  });
});
