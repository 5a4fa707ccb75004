// AuthAdmin on one member: changes go through the log, reads are answered from the state here once it holds every
// change acknowledged before. Passwords are hashed and checked here, outside the log.
import { StoreError } from '../errors.js';
import type { Clock } from '../clock.js';
import type { AuthAdmin, Caller, KeyPermission } from '../node.js';
import type { AuthStore } from './auth-store.js';
import type { AuthChange, AuthCommand, AuthResult } from './command.js';
import { callerOfJwt, signToken } from './jwt-tokens.js';
import { hashPassword, isBcryptHash, isPassword } from './passwords.js';
import { drawTokenLetters, tokenIndex } from './simple-tokens.js';
import type { TokenOption } from './token-option.js';

export interface AuthAdminParts {
  /** The state now: a snapshot from the leader replaces it. */
  readonly auth: () => AuthStore;
  /** Resolves when applied; rejects with what it was refused with. */
  readonly propose: (command: AuthCommand) => Promise<AuthResult>;
  /** Resolves when `auth()` holds every change acknowledged before the call. */
  readonly confirmRead: () => Promise<void>;
  readonly appliedIndex: () => number;
  readonly tokens: TokenOption;
  readonly bcryptCost: number;
  readonly clock: Clock;
  /** Uniform in 0 … bound-1; cryptographic (randomInt of node:crypto). */
  readonly randomBelow: (bound: number) => number;
}

/** bcrypt keeps a processor busy, so the passwords in work and in waiting are few; more are 'too-many-requests'. */
const passwordsPendingMax = 64;
/** A login is checked again when users or roles changed meanwhile; this often in a row is a storm of changes. */
const loginTriesMax = 10;

export class MemberAuth implements AuthAdmin {
  readonly #parts: AuthAdminParts;
  #passwordsPending = 0;
  #passwordTurn: Promise<unknown> = Promise.resolve();

  constructor(parts: AuthAdminParts) {
    this.#parts = parts;
  }

  get isEnabled(): boolean {
    return this.#parts.auth().isEnabled;
  }

  async status(
    caller?: Caller,
  ): Promise<{ readonly enabled: boolean; readonly authRevision: number }> {
    const auth = await this.#read();
    auth.checkLogin(caller);
    return { enabled: auth.isEnabled, authRevision: auth.revision };
  }

  async enable(caller?: Caller): Promise<void> {
    await this.#change({ action: 'enable' }, caller);
  }

  async disable(caller?: Caller): Promise<void> {
    await this.#change({ action: 'disable' }, caller);
  }

  async authenticate(name: string, password: string): Promise<string> {
    await this.#parts.confirmRead();
    for (let tries = 0; tries < loginTriesMax; tries++) {
      const authRevision = await this.#checkPassword(name, password);
      const token = await this.#tokenFor(name, authRevision);
      if (token !== undefined) return token;
    }
    throw new StoreError('auth-old-revision');
  }

  async callerOf(token: string): Promise<Caller | undefined> {
    const { tokens, clock } = this.#parts;
    if (!this.isEnabled) return undefined;
    if (tokens.type === 'jwt') return callerOfJwt(tokens, clock, token);
    let user = this.#parts.auth().userOfToken(token);
    const index = tokenIndex(token);
    if (user === undefined && index !== undefined && index > this.#parts.appliedIndex()) {
      // Given out by a member that is ahead of this one.
      await this.#parts.confirmRead();
      user = this.#parts.auth().userOfToken(token);
    }
    const auth = this.#parts.auth();
    if (!auth.isEnabled) return undefined;
    if (user === undefined) throw new StoreError('invalid-auth-token');
    return { user, authRevision: auth.revision };
  }

  async addUser(
    name: string,
    password: string | undefined,
    hashedPassword: string | undefined,
    caller?: Caller,
  ): Promise<void> {
    if (name === '') throw new StoreError('user-empty');
    // Before the work on the password, not only at apply.
    (await this.#read()).checkAdmin(caller);
    const hashed = await this.#hash(password, hashedPassword);
    await this.#change(
      { action: 'add-user', user: name, ...(hashed && { password: hashed }) },
      caller,
    );
  }

  async getUser(name: string, caller?: Caller): Promise<readonly string[]> {
    const auth = await this.#read();
    if (caller?.user !== name) auth.checkAdmin(caller);
    const user = auth.user(name);
    if (!user) throw new StoreError('user-not-found');
    return user.roles;
  }

  async listUsers(caller?: Caller): Promise<readonly string[]> {
    const auth = await this.#read();
    auth.checkAdmin(caller);
    return auth.userNames();
  }

  async deleteUser(name: string, caller?: Caller): Promise<void> {
    await this.#change({ action: 'delete-user', user: name }, caller);
  }

  /** Without any password nobody can log in as the user any more. */
  async changePassword(
    name: string,
    password: string | undefined,
    hashedPassword: string | undefined,
    caller?: Caller,
  ): Promise<void> {
    (await this.#read()).checkAdmin(caller);
    const hashed = await this.#hash(password, hashedPassword);
    const change = { action: 'change-password', user: name } as const;
    await this.#change({ ...change, password: hashed ?? new Uint8Array(0) }, caller);
  }

  async grantRole(user: string, role: string, caller?: Caller): Promise<void> {
    await this.#change({ action: 'grant-role', user, role }, caller);
  }

  async revokeRole(user: string, role: string, caller?: Caller): Promise<void> {
    await this.#change({ action: 'revoke-role', user, role }, caller);
  }

  async addRole(name: string, caller?: Caller): Promise<void> {
    await this.#change({ action: 'add-role', role: name }, caller);
  }

  async getRole(name: string, caller?: Caller): Promise<readonly KeyPermission[]> {
    const auth = await this.#read();
    const isOwn = caller !== undefined && auth.user(caller.user)?.roles.includes(name);
    if (!isOwn) auth.checkAdmin(caller);
    return auth.rolePermissions(name);
  }

  async listRoles(caller?: Caller): Promise<readonly string[]> {
    const auth = await this.#read();
    auth.checkAdmin(caller);
    return auth.roleNames();
  }

  async deleteRole(name: string, caller?: Caller): Promise<void> {
    await this.#change({ action: 'delete-role', role: name }, caller);
  }

  async grantPermission(role: string, permission: KeyPermission, caller?: Caller): Promise<void> {
    await this.#change({ action: 'grant-permission', role, permission }, caller);
  }

  async revokePermission(
    role: string,
    key: Uint8Array,
    end: Uint8Array | undefined,
    caller?: Caller,
  ): Promise<void> {
    const change = { action: 'revoke-permission', role, key } as const;
    await this.#change({ ...change, ...(end && { end }) }, caller);
  }

  async #read(): Promise<AuthStore> {
    await this.#parts.confirmRead();
    return this.#parts.auth();
  }

  async #change(change: AuthChange, caller: Caller | undefined): Promise<AuthResult> {
    return this.#parts.propose({ type: 'auth', change, ...(caller && { caller }) });
  }

  /** The auth revision at which the password was right. */
  async #checkPassword(name: string, password: string): Promise<number> {
    const auth = this.#parts.auth();
    if (!auth.isEnabled) throw new StoreError('auth-not-enabled');
    const user = auth.user(name);
    if (!user) throw new StoreError('auth-failed');
    if (user.options?.noPassword) throw new StoreError('no-password-user');
    const { revision } = auth;
    if (!(await this.#inTurn(() => isPassword(password, user.password))))
      throw new StoreError('auth-failed');
    return revision;
  }

  /** Undefined: users or roles have changed since the password was checked. */
  async #tokenFor(user: string, authRevision: number): Promise<string | undefined> {
    const { tokens, clock, randomBelow } = this.#parts;
    if (tokens.type === 'jwt') {
      // What has changed here is seen; the rest makes the token an old one at its first use.
      if (this.#parts.auth().revision !== authRevision) return undefined;
      return signToken(tokens, clock, user, authRevision);
    }
    const tokenLetters = drawTokenLetters(randomBelow);
    const login = { action: 'authenticate', user, authRevision, tokenLetters } as const;
    try {
      return (await this.#change(login, undefined)).token;
    } catch (error) {
      if (error instanceof StoreError && error.code === 'auth-old-revision') return undefined;
      throw error;
    }
  }

  /** Undefined: no password. `hashedPassword` is base64 of a bcrypt hash; a clear text goes first. */
  async #hash(
    password: string | undefined,
    hashedPassword: string | undefined,
  ): Promise<Uint8Array | undefined> {
    if (password !== undefined) {
      return this.#inTurn(() => hashPassword(password, this.#parts.bcryptCost));
    }
    if (hashedPassword === undefined) return undefined;
    const hashed = Buffer.from(hashedPassword, 'base64');
    if (!isBcryptHash(hashed)) throw new StoreError('no-password-user');
    return hashed;
  }

  /** One at a time: two would take twice as long each. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#passwordsPending >= passwordsPendingMax) throw new StoreError('too-many-requests');
    this.#passwordsPending++;
    const before = this.#passwordTurn;
    const done = (async () => {
      await before;
      return work();
    })();
    this.#passwordTurn = done.catch(() => undefined);
    try {
      return await done;
    } finally {
      this.#passwordsPending--;
    }
  }
}
