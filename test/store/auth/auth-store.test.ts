import { describe, expect, it } from '@jest/globals';
import type { AuthChange } from '../../../store/auth/command.js';
import type { Command } from '../../../store/mvcc/command.js';
import type { StateMachine } from '../../../store/mvcc/state-machine.js';
import type { Caller } from '../../../store/node.js';
import { memoryTables, type Tables } from '../../../store/tables/tables.js';
import type { Compare, Op } from '../../../store/index.js';
import { bytes, deleteOp, putOp, rangeOp, txnOf } from '../../contracts/operations.js';
import { apply, errorOf, openMachine, withLmdb } from '../mvcc/machines.js';

const password = Buffer.from('$2a$04$stand-in');
const addUser = (user: string): AuthChange => ({ action: 'add-user', user, password });
const addRole = (role: string): AuthChange => ({ action: 'add-role', role });
const grantRole = (user: string, role: string): AuthChange => ({
  action: 'grant-role',
  user,
  role,
});
const allow = (
  role: string,
  type: 'read' | 'write' | 'readwrite',
  key: string,
  end?: string,
): AuthChange => ({
  action: 'grant-permission',
  role,
  permission: { type, key: bytes(key), ...(end !== undefined && { end: bytes(end) }) },
});

function change(machine: StateMachine, auth: AuthChange, caller?: Caller): string | undefined {
  return errorOf(apply(machine, { type: 'auth', change: auth, ...(caller && { caller }) })[0]);
}

const withRoot: readonly AuthChange[] = [addUser('root'), grantRole('root', 'root')];
const enabled: readonly AuthChange[] = [...withRoot, { action: 'enable' }];

function machineAfter(
  changes: readonly AuthChange[],
  tables: Tables = memoryTables(),
): StateMachine {
  const machine = openMachine(tables);
  for (const auth of changes) {
    const error = change(machine, auth);
    if (error !== undefined) throw new Error(`${auth.action}: ${error}`);
  }
  return machine;
}

/** As of now, so never old. */
const as = (machine: StateMachine, user: string): Caller => ({
  user,
  authRevision: machine.auth.revision,
});

const rowsOf = (tables: Tables): string[] =>
  (['auth', 'authUsers', 'authRoles'] as const).flatMap((table) =>
    [...tables.scan(table)].map(
      ({ key, value }) =>
        `${table} ${Buffer.from(key).toString()} ${Buffer.from(value).toString('latin1')}`,
    ),
  );

describe('changes of users and roles', () => {
  const revoke = { action: 'revoke-permission', role: 'r', key: bytes('k') } as const;
  it.each<[string, readonly AuthChange[], AuthChange, string | undefined, number]>([
    ['a user', [], addUser('u'), undefined, 2],
    ['a user without a name', [], addUser(''), 'user-empty', 1],
    ['a user twice', [addUser('u')], addUser('u'), 'user-exists', 2],
    ['no such user', [], { action: 'delete-user', user: 'u' }, 'user-not-found', 1],
    ['a user goes', [addUser('u')], { action: 'delete-user', user: 'u' }, undefined, 3],
    ['root goes while off', withRoot, { action: 'delete-user', user: 'root' }, undefined, 4],
    ['root stays', enabled, { action: 'delete-user', user: 'root' }, 'invalid-auth-management', 3],
    [
      'a password',
      [addUser('u')],
      { action: 'change-password', user: 'u', password },
      undefined,
      3,
    ],
    [
      'the password of nobody',
      [],
      { action: 'change-password', user: 'u', password },
      'user-not-found',
      1,
    ],
    ['a role', [], addRole('r'), undefined, 2],
    ['a role without a name', [], addRole(''), 'role-empty', 1],
    ['a role twice', [addRole('r')], addRole('r'), 'role-exists', 2],
    ['no such role', [], { action: 'delete-role', role: 'r' }, 'role-not-found', 1],
    ['a role goes', [addRole('r')], { action: 'delete-role', role: 'r' }, undefined, 3],
    [
      'the role root stays',
      [addRole('root'), ...enabled],
      { action: 'delete-role', role: 'root' },
      'invalid-auth-management',
      4,
    ],
    ['a role for nobody', [addRole('r')], grantRole('u', 'r'), 'user-not-found', 2],
    ['an unknown role', [addUser('u')], grantRole('u', 'r'), 'role-not-found', 2],
    ['root needs no row', [addUser('u')], grantRole('u', 'root'), undefined, 3],
    [
      'a role twice to one user',
      [addUser('u'), addRole('r'), grantRole('u', 'r')],
      grantRole('u', 'r'),
      undefined,
      4,
    ],
    [
      'a role not granted',
      [addUser('u')],
      { action: 'revoke-role', user: 'u', role: 'r' },
      'role-not-granted',
      2,
    ],
    ['a role of nobody', [], { action: 'revoke-role', user: 'u', role: 'r' }, 'user-not-found', 1],
    [
      'root keeps root',
      enabled,
      { action: 'revoke-role', user: 'root', role: 'root' },
      'invalid-auth-management',
      3,
    ],
    ['a permission', [addRole('r')], allow('r', 'read', 'k'), undefined, 3],
    [
      'a permission twice',
      [addRole('r'), allow('r', 'read', 'k')],
      allow('r', 'write', 'k'),
      undefined,
      4,
    ],
    ['for an unknown role', [], allow('r', 'read', 'k'), 'role-not-found', 1],
    [
      'an inverted range',
      [addRole('r')],
      allow('r', 'read', 'k', 'a'),
      'invalid-auth-management',
      2,
    ],
    ['an open range', [addRole('r')], allow('r', 'read', 'k', '\0'), undefined, 3],
    ['no key', [addRole('r')], allow('r', 'read', ''), 'invalid-auth-management', 2],
    ['revoked', [addRole('r'), allow('r', 'read', 'k')], revoke, undefined, 4],
    ['revoked of nobody', [], revoke, 'role-not-found', 1],
    [
      'revoked with another end',
      [addRole('r'), allow('r', 'read', 'k', 'l')],
      revoke,
      'permission-not-granted',
      3,
    ],
    ['enabling without root', [], { action: 'enable' }, 'root-user-missing', 1],
    ['enabling with a plain root', [addUser('root')], { action: 'enable' }, 'root-role-missing', 2],
    ['enabling', withRoot, { action: 'enable' }, undefined, 3],
    ['enabling twice', enabled, { action: 'enable' }, undefined, 3],
    ['disabling when off', [], { action: 'disable' }, undefined, 1],
    ['disabling', enabled, { action: 'disable' }, undefined, 4],
  ])('%s', (_, before, auth, error, revision) => {
    const machine = machineAfter(before);
    expect(change(machine, auth)).toBe(error);
    expect(machine.auth.revision).toBe(revision);
  });

  it('deletes a role from its users', () => {
    const machine = machineAfter([
      addUser('u'),
      ...['b', 'a', 'c'].flatMap((role) => [addRole(role), grantRole('u', role)]),
      { action: 'delete-role', role: 'b' },
    ]);
    expect(machine.auth.user('u')?.roles).toEqual(['a', 'c']);
    expect(machine.auth.roleNames()).toEqual(['a', 'c']);
  });

  it('keeps permissions sorted, one a range', () => {
    const machine = machineAfter([
      addRole('r'),
      allow('r', 'read', 'm'),
      allow('r', 'read', 'b', 'c'),
      allow('r', 'read', 'b'),
      allow('r', 'readwrite', 'b'),
    ]);
    const said = machine.auth
      .rolePermissions('r')
      .map(({ type, key, end }) => [type, Buffer.from(key).toString(), end?.length]);
    expect(said).toEqual([
      ['read', 'b', 1],
      ['readwrite', 'b', undefined],
      ['read', 'm', undefined],
    ]);
  });

  it('tells that root may do everything, but only of a role that has a row', () => {
    expect(() => machineAfter(withRoot).auth.rolePermissions('root')).toThrow(
      'role name not found',
    );
    const [permission] = machineAfter([addRole('root')]).auth.rolePermissions('root');
    expect(permission?.type).toBe('readwrite');
    expect(permission?.key).toHaveLength(0);
    expect(Buffer.from(permission?.end ?? []).toString('hex')).toBe('00');
  });

  it('lets a role named by old rows but gone mean nothing', async () => {
    const tables = memoryTables();
    const row = Buffer.from('0a01751a04676f6e65', 'hex'); // user u, role gone
    await tables.commit([{ table: 'authUsers', key: bytes('u'), value: row }]);
    const machine = machineAfter(enabled, tables);
    expect(() => {
      machine.auth.checkAccess(as(machine, 'u'), 'read', { key: bytes('k') });
    }).toThrow('permission denied');
    expect(change(machine, { action: 'change-password', user: 'u', password })).toBeUndefined();
  });
});

describe('who may change users and roles', () => {
  it.each([
    ['nobody', '', 'user-empty'],
    ['an unknown one', 'x', 'user-not-found'],
    ['a plain user', 'u', 'permission-denied'],
    ['an admin', 'admin', undefined],
  ])('%s', (_, user, error) => {
    const machine = machineAfter([
      addUser('u'),
      addUser('admin'),
      grantRole('admin', 'root'),
      ...enabled,
    ]);
    const caller = { user, authRevision: 1 };
    const revision = machine.auth.revision;
    expect(change(machine, addRole('r'), caller)).toBe(error);
    expect(machine.auth.revision).toBe(revision + (error === undefined ? 1 : 0));
    expect(errorOf(apply(machine, { type: 'compact', revision: 1, caller })[0])).toBe(error);
    const alarm = { action: 'activate', alarm: 'nospace', member: 1n } as const;
    expect(errorOf(apply(machine, { type: 'alarm', ...alarm, caller })[0])).toBe(error);
  });

  it('anybody, while it is off', () => {
    const machine = machineAfter(withRoot);
    expect(change(machine, addRole('r'), { user: '', authRevision: 0 })).toBeUndefined();
  });
});

describe('who may do what with keys', () => {
  const setUp = (): StateMachine => {
    const machine = machineAfter([
      ...['reader', 'writer', 'both', 'plain'].map(addUser),
      ...['r', 'w'].map(addRole),
      allow('r', 'read', 'a', 'c'),
      allow('w', 'write', 'b', 'd'),
      grantRole('reader', 'r'),
      grantRole('writer', 'w'),
      grantRole('both', 'r'),
      grantRole('both', 'w'),
      ...enabled,
    ]);
    apply(machine, { type: 'txn', txn: txnOf([putOp('a', '1'), putOp('b', '1')]) });
    return machine;
  };
  const compare: Compare = { target: 'version', result: 'equal', number: 1, key: bytes('a') };
  const nested = (op: Op): Op => ({ type: 'txn', txn: txnOf([op]) });

  it.each<[string, Op[], string]>([
    ['put', [putOp('b')], 'writer both root'],
    ['put that answers the old value', [putOp('b', '', { prevKv: true })], 'both root'],
    ['put elsewhere', [putOp('a')], 'root'],
    ['delete', [deleteOp('b')], 'writer both root'],
    ['delete of a range', [deleteOp('b', 'd')], 'writer both root'],
    ['delete of too much', [deleteOp('b', 'e')], 'root'],
    ['delete that answers the old values', [deleteOp('b', 'c', true)], 'both root'],
    ['delete that answers too many', [deleteOp('b', 'd', true)], 'root'],
    ['range beside a put', [rangeOp('a'), putOp('b')], 'both root'],
    ['nested put', [nested(putOp('b'))], 'writer both root'],
    ['nested put elsewhere', [nested(nested(putOp('a')))], 'root'],
    ['empty', [], 'reader writer both plain root'],
  ])('%s', (_, ops, allowed) => {
    const machine = setUp();
    const by = ['reader', 'writer', 'both', 'plain', 'root'].filter((user) => {
      const command: Command = { type: 'txn', txn: txnOf(ops), caller: as(machine, user) };
      const error = errorOf(apply(machine, command)[0]);
      expect([undefined, 'permission-denied']).toContain(error);
      return error === undefined;
    });
    expect(by.join(' ')).toBe(allowed);
  });

  it('asks for compares, and for the branch that does not run', () => {
    const machine = setUp();
    const run = (user: string, success: Op[], failure: Op[]): string | undefined =>
      errorOf(
        apply(machine, {
          type: 'txn',
          txn: { compare: [compare], success, failure },
          caller: as(machine, user),
        })[0],
      );
    expect(run('writer', [putOp('b')], [])).toBe('permission-denied');
    expect(run('both', [putOp('b')], [])).toBeUndefined();
    expect(run('both', [putOp('b')], [putOp('x')])).toBe('permission-denied');
  });

  it.each([
    ['no name', { user: '', authRevision: 0 }, 'user-empty'],
    ['an unknown user', { user: 'x', authRevision: 0 }, 'permission-denied'],
    ['an old token', { user: 'both', authRevision: 3 }, 'auth-old-revision'],
    ['a certificate', { user: 'both', authRevision: 0 }, undefined],
  ])('%s', (_, caller, error) => {
    const machine = setUp();
    const txn = txnOf([putOp('b')]);
    const before = machine.revision;
    expect(errorOf(apply(machine, { type: 'txn', txn, caller })[0])).toBe(error);
    expect(machine.revision).toBe(before + (error === undefined ? 1 : 0));
    const lease: Command = { type: 'lease-grant', id: 9n, ttlSeconds: 60, caller };
    expect(errorOf(apply(machine, lease)[0])).toBe(error);
  });

  it('sees a change of roles in the next command of the same entry', () => {
    const machine = setUp();
    const put: Command = {
      type: 'txn',
      txn: txnOf([putOp('b')]),
      caller: { user: 'writer', authRevision: 0 },
    };
    const revoke = { action: 'revoke-role', user: 'writer', role: 'w' } as const;
    const results = apply(machine, put, { type: 'auth', change: revoke }, put);
    expect(results.map(errorOf)).toEqual([undefined, undefined, 'permission-denied']);
  });

  it('lets only who may write all keys of a lease attach to it, keep or revoke it', () => {
    const machine = setUp();
    apply(machine, { type: 'lease-grant', id: 7n, ttlSeconds: 60 });
    apply(machine, { type: 'txn', txn: txnOf([putOp('x', '', { lease: 7n })]) });
    const caller = as(machine, 'both');
    const attach = txnOf([putOp('b', '', { lease: 7n })]);
    expect(errorOf(apply(machine, { type: 'txn', txn: attach, caller })[0])).toBe(
      'permission-denied',
    );
    const inBranch = { compare: [compare], success: [], failure: attach.success };
    expect(errorOf(apply(machine, { type: 'txn', txn: inBranch, caller })[0])).toBe(
      'permission-denied',
    );
    const revoke: Command = { type: 'lease-revoke', id: 7n, caller };
    expect(errorOf(apply(machine, revoke)[0])).toBe('permission-denied');
    apply(machine, { type: 'txn', txn: txnOf([deleteOp('x')]) });
    expect(errorOf(apply(machine, { type: 'txn', txn: attach, caller })[0])).toBeUndefined();
    expect(errorOf(apply(machine, revoke)[0])).toBeUndefined();
  });
});

describe('auth as replicated state', () => {
  const changes: readonly AuthChange[] = [
    ...['alice', 'bob', 'zoë'].map(addUser),
    { action: 'add-user', user: 'cert' },
    ...['r', 'é', 'z'].map(addRole),
    allow('r', 'read', 'b', 'c'),
    allow('r', 'readwrite', 'a', '\0'),
    grantRole('alice', 'z'),
    grantRole('alice', 'é'),
    grantRole('alice', 'r'),
    ...enabled,
    { action: 'change-password', user: 'bob', password: Buffer.from('other') },
    { action: 'delete-role', role: 'z' },
    { action: 'delete-user', user: 'zoë' },
  ];

  it('is alike, row by row, on members that apply the same entries', async () => {
    const all = [memoryTables(), memoryTables()];
    const [first, second] = all.map((tables) => openMachine(tables));
    for (const auth of changes) apply(first!, { type: 'auth', change: auth });
    const commands = changes.map((auth): Command => ({ type: 'auth', change: auth }));
    apply(second!, ...commands.slice(0, 5)); // batched otherwise
    apply(second!, ...commands.slice(5));
    await Promise.all([first!.flush(), second!.flush()]);
    expect(rowsOf(all[0]!)).toEqual(rowsOf(all[1]!));
    expect(rowsOf(all[0]!)).toHaveLength(2 + 4 + 2);
  });

  it('is there again after a restart', async () => {
    await withLmdb(async (open) => {
      const machine = machineAfter(changes, await open());
      const { revision } = machine.auth;
      await machine.close();
      const again = openMachine(await open());
      expect(again.auth.isEnabled).toBe(true);
      expect(again.auth.revision).toBe(revision);
      expect(again.auth.userNames()).toEqual(['alice', 'bob', 'cert', 'root']);
      expect(again.auth.user('alice')?.roles).toEqual(['r', 'é']);
      expect(again.auth.user('cert')?.options?.noPassword).toBe(true);
      again.auth.checkAccess(as(again, 'alice'), 'write', { key: bytes('q') });
      await again.close();
    });
  });

  it('travels with the tables, as in a snapshot (#14571)', async () => {
    const tables = memoryTables();
    const machine = machineAfter(changes, tables);
    await machine.flush();
    const copy = memoryTables();
    for (const table of ['auth', 'authUsers', 'authRoles', 'meta'] as const)
      await copy.commit([...tables.scan(table)].map((row) => ({ table, ...row })));
    const other = openMachine(copy);
    expect(other.appliedIndex).toBe(machine.appliedIndex);
    for (const member of [machine, other]) {
      const caller = { user: 'alice', authRevision: 0 };
      const txn = txnOf([putOp('A')]);
      expect(errorOf(apply(member, { type: 'txn', txn, caller })[0])).toBe('permission-denied');
      expect(change(member, addRole('late'))).toBeUndefined();
    }
    expect(other.auth.revision).toBe(machine.auth.revision);
  });

  it('is not held up by alarms', () => {
    const machine = machineAfter(enabled);
    for (const alarm of ['nospace', 'corrupt'] as const)
      apply(machine, { type: 'alarm', action: 'activate', alarm, member: 1n });
    expect(change(machine, addRole('r'))).toBeUndefined();
  });
});
