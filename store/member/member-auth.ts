// Authentication as this member offers it: store/auth over this member's log and state.
import { randomInt } from 'node:crypto';
import { MemberAuth } from '../auth/admin.js';
import { bcryptCostDefault, checkBcryptCost } from '../auth/passwords.js';
import { parseTokenOption } from '../auth/token-option.js';
import type { AuthAdmin } from '../node.js';
import type { MemberParts } from './member-parts.js';
import type { MemberOptions } from './options.js';

/** Throws Error that says which option is wrong, or what its files say. */
export function openAuth(parts: MemberParts, options: MemberOptions): AuthAdmin {
  const { machine, replica, writer, clock } = parts;
  return new MemberAuth({
    auth: () => machine.auth,
    propose: (command) => writer.write(command, 'auth'),
    confirmRead: () => replica.confirmRead(),
    appliedIndex: () => machine.appliedIndex,
    tokens: parseTokenOption(options.authToken ?? 'simple'),
    bcryptCost: checkBcryptCost(options.bcryptCost ?? bcryptCostDefault),
    clock,
    randomBelow: (bound) => randomInt(bound),
  });
}
