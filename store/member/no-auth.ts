// Authentication of a store that has none: it is off, and cannot be switched on.
import { StoreError } from '../errors.js';
import type { AuthAdmin } from '../node.js';

export function noAuth(): AuthAdmin {
  const refuse = (): Promise<never> => Promise.reject(new StoreError('not-capable'));
  return {
    isEnabled: false,
    status: () => Promise.resolve({ enabled: false, authRevision: 1 }),
    enable: refuse,
    disable: () => Promise.resolve(),
    authenticate: () => Promise.reject(new StoreError('auth-not-enabled')),
    callerOf: () => Promise.resolve(undefined),
    addUser: refuse,
    getUser: refuse,
    listUsers: refuse,
    deleteUser: refuse,
    changePassword: refuse,
    grantRole: refuse,
    revokeRole: refuse,
    addRole: refuse,
    getRole: refuse,
    listRoles: refuse,
    deleteRole: refuse,
    grantPermission: refuse,
    revokePermission: refuse,
  };
}
