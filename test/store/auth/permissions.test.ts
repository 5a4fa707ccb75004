import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isAllowed, mergePermissions } from '../../../store/auth/permissions.js';
import type { KeyPermission } from '../../../store/node.js';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const allow = (type: KeyPermission['type'], key: string, end?: string): KeyPermission => ({
  type,
  key: bytes(key),
  ...(end !== undefined && { end: bytes(end) }),
});
const range = (key: string, end?: string) => ({
  key: bytes(key),
  ...(end !== undefined && { end: bytes(end) }),
});

const granted = [
  allow('read', 'a', 'c'),
  allow('readwrite', 'c', 'f'),
  allow('write', 'e', 'k'),
  allow('read', 'x'),
  allow('read', 'xx', '\0'),
  allow('read', 'q', 'p'),
  allow('readwrite', '', '\0'),
];

describe('permissions merged per user', () => {
  it.each([
    ['a', undefined, true, false],
    ['a', 'c', true, false],
    ['b', 'd', true, false], // over the seam of two that touch
    ['a', 'f', true, false],
    ['a', 'g', false, false],
    ['c', 'k', false, true], // over two that overlap
    ['d', undefined, true, true],
    ['d', 'd\0', true, true], // just that key
    ['j', 'k', false, true],
    ['k', undefined, false, false],
    ['x', undefined, true, false],
    ['x', 'xx', false, false], // a key is not what begins with it
    ['x', 'x\0', true, false],
    ['xx', '\0', true, false],
    ['z', '\0', true, false],
    ['a', '\0', false, false],
    ['\0', '\0', false, false],
    ['d', 'c', false, false], // an empty range holds nothing that could be allowed
    ['d', 'd', false, false],
    ['p', undefined, false, false],
    ['', undefined, false, false],
  ] as const)('%j to %j: read %p, write %p', (key, end, read, write) => {
    const merged = mergePermissions(granted);
    expect(isAllowed(merged, 'read', range(key, end))).toBe(read);
    expect(isAllowed(merged, 'write', range(key, end))).toBe(write);
  });

  it('agrees with asking for each key', () => {
    const keys = 'a b c d e f g h'.split(' ');
    const point = fc.integer({ min: 0, max: keys.length });
    const spans = fc.array(fc.tuple(point, point), { maxLength: 6 });
    fc.assert(
      fc.property(spans, point, point, (grants, from, to) => {
        fc.pre(from < to);
        const letter = (at: number): string => keys[at] ?? 'i';
        const merged = mergePermissions(
          grants.map(([a, b]) => allow('read', letter(a), letter(b))),
        );
        const expected = keys
          .slice(from, to)
          .every((_, at) => grants.some(([a, b]) => a <= from + at && from + at < b));
        expect(isAllowed(merged, 'read', range(letter(from), letter(to)))).toBe(expected);
      }),
    );
  });
});
