// What the log carries for the state machine and what applying it answers: plain data. Applying is deterministic:
// a caller's mistake is an 'error' result, the same on every member, never a throw.
import type { AuthCommand, AuthResult } from '../auth/command.js';
import type { StoreError } from '../errors.js';
import type { Caller } from '../node.js';
import type { MemberCommand } from './members.js';
import type { AlarmRow } from './row-codec.js';
import type { AlarmType, Lease, Revision, Txn, TxnResult } from '../kv.js';

/** Refused at apply when authentication is on and the caller may not. No caller: trusted. */
interface ByCaller {
  readonly caller?: Caller;
}

export type Command =
  | ({ readonly type: 'txn'; readonly txn: Txn } & ByCaller)
  | ({ readonly type: 'compact'; readonly revision: Revision } & ByCaller)
  /** `id` is chosen (non-zero) and `ttlSeconds` raised to the floor (1.5 election timeouts) by the proposer. */
  | ({ readonly type: 'lease-grant'; readonly id: bigint; readonly ttlSeconds: number } & ByCaller)
  | ({ readonly type: 'lease-revoke'; readonly id: bigint } & ByCaller)
  /** remainingSeconds 0 clears the checkpoint: the lease was renewed. */
  | { readonly type: 'lease-checkpoint'; readonly id: bigint; readonly remainingSeconds: number }
  | ({
      readonly type: 'alarm';
      readonly action: 'activate' | 'deactivate';
      readonly alarm: AlarmType;
      readonly member: bigint;
    } & ByCaller)
  | MemberCommand
  | AuthCommand;

export type CommandResult =
  | { readonly type: 'txn'; readonly result: TxnResult }
  | { readonly type: 'compact' }
  | { readonly type: 'lease'; readonly lease: Lease }
  | { readonly type: 'revoked' }
  /** The alarm raised (or standing already), or cleared; empty when there was none to clear. */
  | { readonly type: 'alarm'; readonly alarms: readonly AlarmRow[] }
  | { readonly type: 'member' }
  | AuthResult
  | { readonly type: 'error'; readonly error: StoreError };
