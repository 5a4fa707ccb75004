// AuthStore: who may use the store, as replicated state. Changes come through the log and are alike on every member;
// the checks ask the state as it stands. What an operation on keys or leases needs: access.ts.
import { StoreError } from '../errors.js';
import type { KeyRange } from '../kv.js';
import type { Caller, KeyPermission } from '../node.js';
import type { Tables } from '../tables/tables.js';
import type { WriteBuffer } from '../tables/write-buffer.js';
import { changeAccounts, type AccountChange } from './account-changes.js';
import { Accounts, hasRootRole, rootName } from './accounts.js';
import type { AuthChange, AuthResult } from './command.js';
import { isAllowed, mergePermissions, type Access, type MergedPermissions } from './permissions.js';
import type { UserRow } from './rows.js';
import type { SimpleTokens } from './simple-tokens.js';

/** What etcd tells about the role root, whatever its row says. */
const rootPermission: KeyPermission = {
  type: 'readwrite',
  key: new Uint8Array(0),
  end: Uint8Array.of(0),
};

export class AuthStore {
  readonly #accounts: Accounts;
  readonly #tokens: SimpleTokens;
  /** By user; emptied at every change. */
  readonly #merged = new Map<string, MergedPermissions>();

  constructor(tables: Tables, buffer: WriteBuffer, tokens: SimpleTokens) {
    this.#accounts = new Accounts(tables, buffer);
    this.#tokens = tokens;
  }

  get isEnabled(): boolean {
    return this.#accounts.isEnabled;
  }

  /** Starts at 1; +1 with each change but enabling. */
  get revision(): number {
    return this.#accounts.revision;
  }

  user(name: string): UserRow | undefined {
    return this.#accounts.user(name);
  }

  userNames(): readonly string[] {
    return this.#accounts.userNames();
  }

  roleNames(): readonly string[] {
    return this.#accounts.roleNames();
  }

  /** Error: 'role-not-found', also for root while it has no row. */
  rolePermissions(role: string): readonly KeyPermission[] {
    const permissions = this.#accounts.knownRole(role);
    return role === rootName ? [rootPermission] : permissions;
  }

  /** The user of a simple token; its time starts again. */
  userOfToken(token: string): string | undefined {
    return this.#tokens.userOf(token);
  }

  /** Errors: 'user-empty', 'user-not-found', 'permission-denied'. An old revision is let pass, as by etcd. */
  checkAdmin(caller: Caller | undefined): void {
    if (caller === undefined || !this.isEnabled) return;
    if (caller.user === '') throw new StoreError('user-empty');
    if (!hasRootRole(this.#accounts.knownUser(caller.user)))
      throw new StoreError('permission-denied');
  }

  /** Any user. Errors: 'user-empty', 'auth-old-revision', 'permission-denied'. */
  checkLogin(caller: Caller | undefined): void {
    this.#loginOf(caller);
  }

  /** Errors: those of checkLogin. */
  checkAccess(caller: Caller | undefined, access: Access, range: KeyRange): void {
    const user = this.#loginOf(caller);
    if (user === undefined || hasRootRole(user)) return;
    if (!isAllowed(this.#permissionsOf(user), access, range))
      throw new StoreError('permission-denied');
  }

  /** `index` is the log entry's, for the token of a login. Throws StoreError. */
  apply(change: AuthChange, caller: Caller | undefined, index: number): AuthResult {
    if (change.action === 'authenticate') {
      return { type: 'auth', token: this.#login(change, index) };
    }
    this.checkAdmin(caller);
    changeAccounts(this.#accounts, change);
    this.#merged.clear();
    this.#dropTokens(change);
    return { type: 'auth' };
  }

  #login(change: AuthChange & { readonly action: 'authenticate' }, index: number): string {
    if (!this.isEnabled) throw new StoreError('auth-not-enabled');
    const user = this.#accounts.user(change.user);
    if (!user || user.options?.noPassword) throw new StoreError('auth-failed');
    if (change.authRevision !== this.revision) throw new StoreError('auth-old-revision');
    return this.#tokens.assign(change.user, change.tokenLetters, index);
  }

  #dropTokens(change: AccountChange): void {
    if (change.action === 'disable') this.#tokens.clear();
    else if (change.action === 'delete-user' || change.action === 'change-password')
      this.#tokens.dropUser(change.user);
  }

  /** Undefined: nothing is to be checked. */
  #loginOf(caller: Caller | undefined): UserRow | undefined {
    if (caller === undefined || !this.isEnabled) return undefined;
    if (caller.user === '') throw new StoreError('user-empty');
    if (caller.authRevision !== 0 && caller.authRevision < this.revision)
      throw new StoreError('auth-old-revision');
    const user = this.#accounts.user(caller.user);
    if (!user) throw new StoreError('permission-denied');
    return user;
  }

  #permissionsOf(user: UserRow): MergedPermissions {
    let merged = this.#merged.get(user.name);
    if (!merged) {
      // A user can name a role that is gone, in rows of old etcds.
      merged = mergePermissions(user.roles.flatMap((role) => this.#accounts.role(role) ?? []));
      this.#merged.set(user.name, merged);
    }
    return merged;
  }
}
