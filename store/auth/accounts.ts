// Users, roles, whether authentication is on and the auth revision, each change of them also a row of etcd's three
// tables. Plain keeping: what may be changed and when is said in account-changes.ts.
import { StoreError } from '../errors.js';
import type { KeyPermission } from '../node.js';
import { counterBytes, readCounter } from '../tables/counter.js';
import type { Tables } from '../tables/tables.js';
import type { WriteBuffer } from '../tables/write-buffer.js';
import { decodeRole, decodeUser, encodeRole, encodeUser, type UserRow } from './rows.js';

/** The name of the user and of the role that may do everything. */
export const rootName = 'root';
const enabledKey = Buffer.from('authEnabled');
const revisionKey = Buffer.from('authRevision');

export class Accounts {
  readonly #buffer: WriteBuffer;
  readonly #users = new Map<string, UserRow>();
  readonly #roles = new Map<string, readonly KeyPermission[]>();
  #isEnabled: boolean;
  #revision: number;

  constructor(tables: Tables, buffer: WriteBuffer) {
    this.#buffer = buffer;
    this.#isEnabled = tables.get('auth', enabledKey)?.[0] === 1;
    const revision = tables.get('auth', revisionKey);
    // A new store has no row yet, and an old etcd may have left a zero.
    this.#revision = revision === undefined ? 1 : Math.max(1, readCounter(revision));
    for (const { value } of tables.scan('authUsers')) {
      const user = decodeUser(value);
      this.#users.set(user.name, user);
    }
    for (const { value } of tables.scan('authRoles')) {
      const { name, permissions } = decodeRole(value);
      this.#roles.set(name, permissions);
    }
  }

  get isEnabled(): boolean {
    return this.#isEnabled;
  }

  get revision(): number {
    return this.#revision;
  }

  user(name: string): UserRow | undefined {
    return this.#users.get(name);
  }

  /** Error: 'user-not-found'. */
  knownUser(name: string): UserRow {
    const user = this.#users.get(name);
    if (!user) throw new StoreError('user-not-found');
    return user;
  }

  role(name: string): readonly KeyPermission[] | undefined {
    return this.#roles.get(name);
  }

  /** Error: 'role-not-found'. */
  knownRole(name: string): readonly KeyPermission[] {
    const permissions = this.#roles.get(name);
    if (!permissions) throw new StoreError('role-not-found');
    return permissions;
  }

  /** Sorted by their bytes, as the other list. */
  userNames(): readonly string[] {
    return [...this.#users.keys()].sort(compareNames);
  }

  roleNames(): readonly string[] {
    return [...this.#roles.keys()].sort(compareNames);
  }

  setEnabled(isEnabled: boolean): void {
    this.#isEnabled = isEnabled;
    this.#buffer.put('auth', enabledKey, Uint8Array.of(isEnabled ? 1 : 0));
  }

  raiseRevision(): void {
    this.#revision++;
    this.#buffer.put('auth', revisionKey, counterBytes(this.#revision));
  }

  putUser(user: UserRow): void {
    this.#users.set(user.name, user);
    this.#buffer.put('authUsers', Buffer.from(user.name), encodeUser(user));
  }

  removeUser(name: string): void {
    this.#users.delete(name);
    this.#buffer.remove('authUsers', Buffer.from(name));
  }

  putRole(name: string, permissions: readonly KeyPermission[]): void {
    this.#roles.set(name, permissions);
    this.#buffer.put('authRoles', Buffer.from(name), encodeRole({ name, permissions }));
  }

  removeRole(name: string): void {
    this.#roles.delete(name);
    this.#buffer.remove('authRoles', Buffer.from(name));
  }
}

export function hasRootRole(user: UserRow): boolean {
  return user.roles.includes(rootName);
}

/** By their bytes in UTF-8, as Go sorts them. */
export function compareNames(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
