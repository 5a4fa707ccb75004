// What the log carries for authentication: plain data, no clear-text password among it. Everything that needs chance
// (the salt of a hash, the letters of a token) is in the command already, so that applying is alike on every member.
import type { Caller, KeyPermission } from '../node.js';

export type AuthChange =
  | { readonly action: 'enable' }
  | { readonly action: 'disable' }
  /** `password` is a bcrypt hash; absent: a user who cannot log in by password. */
  | { readonly action: 'add-user'; readonly user: string; readonly password?: Uint8Array }
  | { readonly action: 'delete-user'; readonly user: string }
  | { readonly action: 'change-password'; readonly user: string; readonly password: Uint8Array }
  | { readonly action: 'grant-role'; readonly user: string; readonly role: string }
  | { readonly action: 'revoke-role'; readonly user: string; readonly role: string }
  | { readonly action: 'add-role'; readonly role: string }
  | { readonly action: 'delete-role'; readonly role: string }
  | {
      readonly action: 'grant-permission';
      readonly role: string;
      readonly permission: KeyPermission;
    }
  | {
      readonly action: 'revoke-permission';
      readonly role: string;
      readonly key: Uint8Array;
      readonly end?: Uint8Array;
    }
  /** The proposer has checked the password at `authRevision`; a later one refuses the login. */
  | {
      readonly action: 'authenticate';
      readonly user: string;
      readonly authRevision: number;
      readonly tokenLetters: string;
    };

export interface AuthCommand {
  readonly type: 'auth';
  readonly change: AuthChange;
  readonly caller?: Caller;
}

export interface AuthResult {
  readonly type: 'auth';
  /** Of 'authenticate'. */
  readonly token?: string;
}
