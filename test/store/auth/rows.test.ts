import { describe, expect, it } from '@jest/globals';
import {
  decodeRole,
  decodeUser,
  encodeRole,
  encodeUser,
  type RoleRow,
  type UserRow,
} from '../../../store/auth/rows.js';
import type { KeyPermission } from '../../../store/node.js';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');
const hash = '$2a$10$fKXHqqDswGt7C7IPXq.na70OzL3YWPDBS6f1fgFLA0KmG0cs3AS3S';

/** What a real etcd 3.4.23 had in its file after `etcdctl user add`, `role grant-permission` and the like. */
const users: readonly { row: UserRow; file: string }[] = [
  {
    row: {
      name: 'alice',
      password: bytes(hash),
      roles: ['r1', 'zz'],
      options: { noPassword: false },
    },
    file: `0a05616c696365123c${hex(bytes(hash))}1a0272311a027a7a2200`,
  },
  {
    row: { name: 'bob:', password: bytes(''), roles: [], options: { noPassword: true } },
    file: '0a04626f623a22020801',
  },
];

const allow = (type: KeyPermission['type'], key: string, end?: string): KeyPermission => ({
  type,
  key: bytes(key),
  ...(end !== undefined && { end: bytes(end) }),
});

const roles: readonly { row: RoleRow; file: string }[] = [
  { row: { name: 'zz', permissions: [] }, file: '0a027a7a' },
  {
    row: {
      name: 'r1',
      permissions: [
        allow('read', '\0', '\0'),
        allow('readwrite', 'a', 'c'),
        allow('read', 'b'),
        allow('write', 'b', 'z'),
        allow('readwrite', 'd', '\0'),
      ],
    },
    file:
      '0a027231' +
      '1206' +
      '1201001a0100' +
      '1208' +
      '08021201611a0163' +
      '1203' +
      '120162' +
      '1208' +
      '08011201621a017a' +
      '1208' +
      '08021201641a0100',
  },
];

describe('rows of users and roles', () => {
  it.each(users)('user $row.name is written and read as etcd does', ({ row, file }) => {
    expect(hex(encodeUser(row))).toBe(file);
    expect(plain(decodeUser(bytes(Buffer.from(file, 'hex').toString('latin1'))))).toEqual(
      plain(row),
    );
  });

  it.each(roles)('role $row.name is written and read as etcd does', ({ row, file }) => {
    expect(hex(encodeRole(row))).toBe(file);
    expect(plain(decodeRole(Buffer.from(file, 'hex')))).toEqual(plain(row));
  });

  it('keeps that a user of an old etcd has no options', () => {
    const file = '0a0161';
    expect(decodeUser(Buffer.from(file, 'hex')).options).toBeUndefined();
    expect(hex(encodeUser(decodeUser(Buffer.from(file, 'hex'))))).toBe(file);
  });

  it('writes lengths above 127', () => {
    const name = 'n'.repeat(300);
    const row = { name, permissions: [allow('write', 'k'.repeat(200))] };
    expect(plain(decodeRole(encodeRole(row)))).toEqual(plain(row));
  });

  it('does not take a row that ends early', () => {
    expect(() => decodeUser(Buffer.from('0a05616c', 'hex'))).toThrow('row ends early');
  });
});

/** Bytes compare by their content, whatever class they are of. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, part: unknown) =>
      part instanceof Uint8Array ? hex(part) : part,
    ).replaceAll(/\{"type":"Buffer","data":\[([\d,]*)\]\}/g, (_, numbers: string) =>
      JSON.stringify(hex(Uint8Array.from(numbers === '' ? [] : numbers.split(',').map(Number)))),
    ),
  );
}
