// What each change of users and roles asks for and does, with etcd's order of checks. A change that throws has changed
// nothing; one that changes anything but enables raises the auth revision by one.
import assert from 'node:assert/strict';
import { StoreError } from '../errors.js';
import type { KeyRange } from '../kv.js';
import type { KeyPermission } from '../node.js';
import { compareNames, hasRootRole, rootName, type Accounts } from './accounts.js';
import type { AuthChange } from './command.js';

export type AccountChange = Exclude<AuthChange, { readonly action: 'authenticate' }>;

const noPassword = new Uint8Array(0);

/** Throws StoreError. */
export function changeAccounts(accounts: Accounts, change: AccountChange): void {
  const hasChanged = run(accounts, change);
  if (hasChanged && change.action !== 'enable') accounts.raiseRevision();
}

/** False: it was so already. */
function run(accounts: Accounts, change: AccountChange): boolean {
  switch (change.action) {
    case 'enable':
      return enable(accounts);
    case 'disable':
      if (!accounts.isEnabled) return false;
      accounts.setEnabled(false);
      return true;
    case 'add-user':
      return addUser(accounts, change.user, change.password);
    case 'delete-user':
      return deleteUser(accounts, change.user);
    case 'change-password':
      return changePassword(accounts, change.user, change.password);
    case 'grant-role':
      return grantRole(accounts, change.user, change.role);
    case 'revoke-role':
      return revokeRole(accounts, change.user, change.role);
    case 'add-role':
      return addRole(accounts, change.role);
    case 'delete-role':
      return deleteRole(accounts, change.role);
    case 'grant-permission':
      return grantPermission(accounts, change.role, change.permission);
    case 'revoke-permission':
      return revokePermission(accounts, change.role, change);
    default:
      // From the log's bytes it could be one of a later version.
      change satisfies never;
      assert.fail('an auth change of an unknown kind');
  }
}

function enable(accounts: Accounts): boolean {
  if (accounts.isEnabled) return false;
  const root = accounts.user(rootName);
  if (!root) throw new StoreError('root-user-missing');
  if (!hasRootRole(root)) throw new StoreError('root-role-missing');
  accounts.setEnabled(true);
  return true;
}

function addUser(accounts: Accounts, name: string, password: Uint8Array | undefined): boolean {
  if (name === '') throw new StoreError('user-empty');
  if (accounts.user(name)) throw new StoreError('user-exists');
  const options = { noPassword: password === undefined };
  accounts.putUser({ name, password: password ?? noPassword, roles: [], options });
  return true;
}

function deleteUser(accounts: Accounts, name: string): boolean {
  if (accounts.isEnabled && name === rootName) throw new StoreError('invalid-auth-management');
  accounts.knownUser(name);
  accounts.removeUser(name);
  return true;
}

/** A user who is without a password stays so. */
function changePassword(accounts: Accounts, name: string, password: Uint8Array): boolean {
  const user = accounts.knownUser(name);
  accounts.putUser({ ...user, password: user.options?.noPassword ? noPassword : password });
  return true;
}

/** The role root is always there, row or not. */
function grantRole(accounts: Accounts, name: string, role: string): boolean {
  const user = accounts.knownUser(name);
  if (role !== rootName) accounts.knownRole(role);
  if (user.roles.includes(role)) return false;
  accounts.putUser({ ...user, roles: [...user.roles, role].sort(compareNames) });
  return true;
}

function revokeRole(accounts: Accounts, name: string, role: string): boolean {
  if (accounts.isEnabled && name === rootName && role === rootName)
    throw new StoreError('invalid-auth-management');
  const user = accounts.knownUser(name);
  if (!user.roles.includes(role)) throw new StoreError('role-not-granted');
  accounts.putUser({ ...user, roles: user.roles.filter((other) => other !== role) });
  return true;
}

function addRole(accounts: Accounts, name: string): boolean {
  if (name === '') throw new StoreError('role-empty');
  if (accounts.role(name)) throw new StoreError('role-exists');
  accounts.putRole(name, []);
  return true;
}

function deleteRole(accounts: Accounts, name: string): boolean {
  if (accounts.isEnabled && name === rootName) throw new StoreError('invalid-auth-management');
  accounts.knownRole(name);
  accounts.removeRole(name);
  for (const userName of accounts.userNames()) {
    const user = accounts.knownUser(userName);
    if (!user.roles.includes(name)) continue;
    accounts.putUser({ ...user, roles: user.roles.filter((other) => other !== name) });
  }
  return true;
}

function grantPermission(accounts: Accounts, role: string, permission: KeyPermission): boolean {
  if (!isValidRange(permission)) throw new StoreError('invalid-auth-management');
  const permissions = accounts.knownRole(role);
  const { type, key, end } = permission;
  const granted = { type, key, ...(end && end.length > 0 && { end }) };
  const at = permissions.findIndex((other) => isSameRange(other, permission));
  // Sorting is stable: of two with one key the older stays in front.
  const changed =
    at >= 0
      ? permissions.with(at, granted)
      : [...permissions, granted].sort((a, b) => Buffer.compare(a.key, b.key));
  accounts.putRole(role, changed);
  return true;
}

function revokePermission(accounts: Accounts, role: string, range: KeyRange): boolean {
  const permissions = accounts.knownRole(role);
  const rest = permissions.filter((permission) => !isSameRange(permission, range));
  if (rest.length === permissions.length) throw new StoreError('permission-not-granted');
  accounts.putRole(role, rest);
  return true;
}

function isValidRange({ key, end }: KeyRange): boolean {
  if (key.length === 0) return false;
  if (end === undefined || end.length === 0) return true;
  return Buffer.compare(key, end) < 0 || (end.length === 1 && end[0] === 0);
}

function isSameRange(a: KeyRange, b: KeyRange): boolean {
  const endOf = ({ end }: KeyRange): Uint8Array => end ?? new Uint8Array(0);
  return Buffer.compare(a.key, b.key) === 0 && Buffer.compare(endOf(a), endOf(b)) === 0;
}
