// etcdserverpb.Auth over a node: every call is one of AuthAdmin's.
import type { AuthAdmin, KeyPermission, StoreNode } from '../../node.js';
import { StoreError } from '../../errors.js';
import { unary, type Call, type Served } from '../call.js';
import { permissionType, type Methods, type Permission } from '../messages.js';
import { headerOf } from './headers.js';

export function authService(node: StoreNode): readonly Served[] {
  return [...switches(node), ...users(node), ...roles(node)];
}

function switches(node: StoreNode): readonly Served[] {
  const { auth } = node;
  return [
    unary('etcdserverpb.Auth/AuthEnable', async (_, call) => {
      await auth.enable(await call.caller());
      return { header: headerOf(node) };
    }),
    unary('etcdserverpb.Auth/AuthDisable', async (_, call) => {
      await auth.disable(await call.caller());
      return { header: headerOf(node) };
    }),
    unary('etcdserverpb.Auth/AuthStatus', async (_, call) => {
      const { enabled, authRevision } = await auth.status(await call.caller());
      return { header: headerOf(node), enabled, authRevision };
    }),
    // Without asking who calls: a token that ran out must not keep its holder from getting a new one.
    unary('etcdserverpb.Auth/Authenticate', async ({ name, password }) => {
      const token = await auth.authenticate(name, password);
      return { header: headerOf(node), token };
    }),
  ];
}

function users(node: StoreNode): readonly Served[] {
  const { auth } = node;
  const change = changeOf(node);
  return [
    change('etcdserverpb.Auth/UserAdd', (request, caller) => {
      const { name, password, hashedPassword, options } = request;
      const isPasswordless = options?.no_password ?? false;
      const clear = isPasswordless || hashedPassword !== '' ? undefined : password;
      return auth.addUser(name, clear, hashedPassword || undefined, caller);
    }),
    unary('etcdserverpb.Auth/UserGet', async ({ name }, call) => {
      const granted = await auth.getUser(name, await call.caller());
      return { header: headerOf(node), roles: granted };
    }),
    unary('etcdserverpb.Auth/UserList', async (_, call) => {
      const names = await auth.listUsers(await call.caller());
      return { header: headerOf(node), users: names };
    }),
    change('etcdserverpb.Auth/UserDelete', ({ name }, caller) => auth.deleteUser(name, caller)),
    change('etcdserverpb.Auth/UserChangePassword', (request, caller) => {
      const { name, password, hashedPassword } = request;
      const clear = hashedPassword === '' ? password : undefined;
      return auth.changePassword(name, clear, hashedPassword || undefined, caller);
    }),
    change('etcdserverpb.Auth/UserGrantRole', ({ user, role }, caller) =>
      auth.grantRole(user, role, caller),
    ),
    change('etcdserverpb.Auth/UserRevokeRole', ({ name, role }, caller) =>
      auth.revokeRole(name, role, caller),
    ),
  ];
}

function roles(node: StoreNode): readonly Served[] {
  const { auth } = node;
  const change = changeOf(node);
  return [
    change('etcdserverpb.Auth/RoleAdd', ({ name }, caller) => auth.addRole(name, caller)),
    unary('etcdserverpb.Auth/RoleGet', async ({ role }, call) => {
      const permissions = await auth.getRole(role, await call.caller());
      return { header: headerOf(node), perm: permissions.map(wirePermission) };
    }),
    unary('etcdserverpb.Auth/RoleList', async (_, call) => {
      const names = await auth.listRoles(await call.caller());
      return { header: headerOf(node), roles: names };
    }),
    change('etcdserverpb.Auth/RoleDelete', ({ role }, caller) => auth.deleteRole(role, caller)),
    change('etcdserverpb.Auth/RoleGrantPermission', ({ name, perm }, caller) => {
      if (!perm) throw new StoreError('permission-not-given');
      return auth.grantPermission(name, permissionOf(perm), caller);
    }),
    change('etcdserverpb.Auth/RoleRevokePermission', ({ role, key, range_end }, caller) =>
      auth.revokePermission(role, key, range_end.length > 0 ? range_end : undefined, caller),
    ),
  ];
}

/** A method that changes something and answers with nothing but the header. */
function changeOf(node: StoreNode) {
  return <Path extends AuthChange>(
    path: Path,
    run: (request: Methods[Path][0], caller: AuthCaller) => Promise<void>,
  ): Served =>
    unary<AuthChange>(path, async (request, call: Call) => {
      await run(request, await call.caller());
      return { header: headerOf(node) };
    });
}

type AuthCaller = Parameters<AuthAdmin['enable']>[0];
type AuthChange =
  | `etcdserverpb.Auth/User${'Add' | 'Delete' | 'ChangePassword' | 'GrantRole' | 'RevokeRole'}`
  | `etcdserverpb.Auth/Role${'Add' | 'Delete' | 'GrantPermission' | 'RevokePermission'}`;

const typeNumbers = {
  read: permissionType.READ,
  write: permissionType.WRITE,
  readwrite: permissionType.READWRITE,
} as const satisfies Record<KeyPermission['type'], number>;
const typeNames = ['read', 'write', 'readwrite'] as const;

function wirePermission({ type, key, end }: KeyPermission): Permission {
  return { permType: typeNumbers[type], key, range_end: end ?? new Uint8Array(0) };
}

function permissionOf({ permType, key, range_end }: Permission): KeyPermission {
  const type = typeNames[permType];
  if (type === undefined) throw new StoreError('invalid-auth-management');
  return range_end.length === 0 ? { type, key } : { type, key, end: range_end };
}
