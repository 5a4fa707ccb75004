// What a caller needs for each command, asked at apply: the state then decides, not that of the proposer.
import { checkLeaseWrite, checkTxnAccess, type AccessParts } from '../auth/access.js';
import type { Command } from './command.js';

/** Throws StoreError. (Authentication's own commands are checked by the auth store.) */
export function checkCommandAccess(access: AccessParts, command: Command): void {
  if (command.type === 'lease-checkpoint' || command.type === 'member-publish') return;
  if (command.caller === undefined) return;
  const { auth } = access;
  switch (command.type) {
    case 'txn':
      checkTxnAccess(access, command.caller, command.txn);
      return;
    case 'lease-revoke':
      checkLeaseWrite(access, command.caller, command.id);
      return;
    case 'lease-grant':
      auth.checkLogin(command.caller);
      return;
    case 'compact':
    case 'alarm':
    case 'member-update':
      auth.checkAdmin(command.caller);
      return;
    case 'auth':
      return;
  }
}
