// The rows of users and roles, byte for byte as etcd's generated Go code writes authpb.User and authpb.Role: fields in
// order, zero values left out, an empty options message kept. Backups depend on these exact bytes.
import assert from 'node:assert/strict';
import type { KeyPermission } from '../node.js';

export interface UserRow {
  readonly name: string;
  /** A bcrypt hash; empty: no password fits. */
  readonly password: Uint8Array;
  /** Sorted by their bytes. */
  readonly roles: readonly string[];
  /** Absent in rows of etcd before 3.4. */
  readonly options?: { readonly noPassword: boolean };
}

export interface RoleRow {
  readonly name: string;
  /** Sorted by key. */
  readonly permissions: readonly KeyPermission[];
}

/** Tag bytes: field number << 3 | wire type (0 varint, 2 length-delimited). */
const userTag = { name: 0x0a, password: 0x12, role: 0x1a, options: 0x22 } as const;
const optionsTag = { noPassword: 0x08 } as const;
const roleTag = { name: 0x0a, permission: 0x12 } as const;
const permissionTag = { type: 0x08, key: 0x12, end: 0x1a } as const;
const permissionTypes = ['read', 'write', 'readwrite'] as const;

export function encodeUser({ name, password, roles, options }: UserRow): Uint8Array {
  const parts = [field(userTag.name, Buffer.from(name)), field(userTag.password, password)];
  for (const role of roles) parts.push(lengthDelimited(userTag.role, Buffer.from(role)));
  if (options) {
    const flag = options.noPassword ? [optionsTag.noPassword, 1] : [];
    parts.push(lengthDelimited(userTag.options, Uint8Array.from(flag)));
  }
  return Buffer.concat(parts);
}

export function decodeUser(bytes: Uint8Array): UserRow {
  let name = '';
  let password: Uint8Array = new Uint8Array(0);
  const roles: string[] = [];
  let options: UserRow['options'];
  readFields(bytes, (tag, value) => {
    if (tag === userTag.name) name = textOf(value);
    else if (tag === userTag.password) password = Uint8Array.from(bytesOf(value));
    else if (tag === userTag.role) roles.push(textOf(value));
    else if (tag === userTag.options) options = decodeOptions(bytesOf(value));
    else assert.fail('unknown field in a User row');
  });
  return { name, password, roles, ...(options && { options }) };
}

function decodeOptions(bytes: Uint8Array): { noPassword: boolean } {
  let noPassword = false;
  readFields(bytes, (tag, value) => {
    assert(tag === optionsTag.noPassword, 'unknown field in the options of a User row');
    noPassword = value === 1;
  });
  return { noPassword };
}

export function encodeRole({ name, permissions }: RoleRow): Uint8Array {
  const parts = [field(roleTag.name, Buffer.from(name))];
  for (const { type, key, end } of permissions) {
    const number = permissionTypes.indexOf(type);
    const inner = [
      Uint8Array.from(number === 0 ? [] : [permissionTag.type, number]),
      field(permissionTag.key, key),
      field(permissionTag.end, end ?? new Uint8Array(0)),
    ];
    parts.push(lengthDelimited(roleTag.permission, Buffer.concat(inner)));
  }
  return Buffer.concat(parts);
}

export function decodeRole(bytes: Uint8Array): RoleRow {
  let name = '';
  const permissions: KeyPermission[] = [];
  readFields(bytes, (tag, value) => {
    if (tag === roleTag.name) name = textOf(value);
    else if (tag === roleTag.permission) permissions.push(decodePermission(bytesOf(value)));
    else assert.fail('unknown field in a Role row');
  });
  return { name, permissions };
}

function decodePermission(bytes: Uint8Array): KeyPermission {
  let type: KeyPermission['type'] | undefined = 'read';
  let key: Uint8Array = new Uint8Array(0);
  let end: Uint8Array | undefined;
  readFields(bytes, (tag, value) => {
    if (tag === permissionTag.type) type = permissionTypes[Number(value)];
    else if (tag === permissionTag.key) key = Uint8Array.from(bytesOf(value));
    else if (tag === permissionTag.end) end = Uint8Array.from(bytesOf(value));
    else assert.fail('unknown field in a Permission');
  });
  assert(type, 'unknown type of a Permission');
  return { type, key, ...(end && { end }) };
}

/** Left out when empty. */
function field(tag: number, bytes: Uint8Array): Uint8Array {
  return bytes.length === 0 ? bytes : lengthDelimited(tag, bytes);
}

function lengthDelimited(tag: number, bytes: Uint8Array): Uint8Array {
  const head = [tag];
  let rest = bytes.length;
  for (; rest >= 0x80; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
  head.push(rest);
  return Buffer.concat([Uint8Array.from(head), bytes]);
}

/** All numbers in these rows are below 2^31. */
function readFields(bytes: Uint8Array, visit: (tag: number, value: number | Uint8Array) => void) {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      assert(byte !== undefined && shift < 35, 'row ends early');
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = varint();
    if ((tag & 7) === 0) {
      visit(tag, number);
      continue;
    }
    assert((tag & 7) === 2 && at + number <= bytes.length, 'row ends early');
    visit(tag, bytes.subarray(at, at + number));
    at += number;
  }
}

function bytesOf(value: number | Uint8Array): Uint8Array {
  assert(typeof value !== 'number', 'bytes expected in a row');
  return value;
}

function textOf(value: number | Uint8Array): string {
  return Buffer.from(bytesOf(value)).toString();
}
