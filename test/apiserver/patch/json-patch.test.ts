import { describe, expect, it } from '@jest/globals';
import { applyJsonPatch, operationsMax } from '../../../apiserver/patch/json-patch.js';
import type { Json } from '../../../apiserver/object/kube-object.js';
import { statusOf } from './kubernetes-types.js';

interface Row {
  readonly name: string;
  readonly document: Json;
  readonly patch: Json;
  /** Undefined: the patch does not apply. */
  readonly result?: Json;
}

// RFC 6902 appendix A, where the real server agrees, and the cases in which it does not.
const rows: readonly Row[] = [
  {
    name: 'A.1 adds an object member',
    document: { foo: 'bar' },
    patch: [{ op: 'add', path: '/baz', value: 'qux' }],
    result: { baz: 'qux', foo: 'bar' },
  },
  {
    name: 'A.2 adds an array element',
    document: { foo: ['bar', 'baz'] },
    patch: [{ op: 'add', path: '/foo/1', value: 'qux' }],
    result: { foo: ['bar', 'qux', 'baz'] },
  },
  {
    name: 'A.3 removes an object member',
    document: { baz: 'qux', foo: 'bar' },
    patch: [{ op: 'remove', path: '/baz' }],
    result: { foo: 'bar' },
  },
  {
    name: 'A.4 removes an array element',
    document: { foo: ['bar', 'qux', 'baz'] },
    patch: [{ op: 'remove', path: '/foo/1' }],
    result: { foo: ['bar', 'baz'] },
  },
  {
    name: 'A.5 replaces a value',
    document: { baz: 'qux', foo: 'bar' },
    patch: [{ op: 'replace', path: '/baz', value: 'boo' }],
    result: { baz: 'boo', foo: 'bar' },
  },
  {
    name: 'A.6 moves a value',
    document: { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } },
    patch: [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
    result: { foo: { bar: 'baz' }, qux: { corge: 'grault', thud: 'fred' } },
  },
  {
    name: 'A.7 moves an array element',
    document: { foo: ['all', 'grass', 'cows', 'eat'] },
    patch: [{ op: 'move', from: '/foo/1', path: '/foo/3' }],
    result: { foo: ['all', 'cows', 'eat', 'grass'] },
  },
  {
    name: 'A.8 tests a value successfully',
    document: { baz: 'qux', foo: ['a', 2, 'c'] },
    patch: [
      { op: 'test', path: '/baz', value: 'qux' },
      { op: 'test', path: '/foo/1', value: 2 },
    ],
    result: { baz: 'qux', foo: ['a', 2, 'c'] },
  },
  {
    name: 'A.9 fails on a value that differs',
    document: { baz: 'qux' },
    patch: [{ op: 'test', path: '/baz', value: 'bar' }],
  },
  {
    name: 'A.10 adds a nested object',
    document: { foo: 'bar' },
    patch: [{ op: 'add', path: '/child', value: { grandchild: {} } }],
    result: { foo: 'bar', child: { grandchild: {} } },
  },
  {
    name: 'A.11 ignores members it does not know',
    document: { foo: 'bar' },
    patch: [{ op: 'add', path: '/baz', value: 'qux', xyz: 123 }],
    result: { foo: 'bar', baz: 'qux' },
  },
  {
    name: 'A.12 refuses to add below what is not there',
    document: { foo: 'bar' },
    patch: [{ op: 'add', path: '/baz/bat', value: 'qux' }],
  },
  {
    name: 'A.14 unescapes ~ and /',
    document: { '/': 9, '~1': 10 },
    patch: [{ op: 'test', path: '/~01', value: 10 }],
    result: { '/': 9, '~1': 10 },
  },
  {
    name: 'A.15 tells a string from a number',
    document: { '/': 9, '~1': 10 },
    patch: [{ op: 'test', path: '/~01', value: '10' }],
  },
  {
    name: 'A.16 appends an array value',
    document: { foo: ['bar'] },
    patch: [{ op: 'add', path: '/foo/-', value: ['abc', 'def'] }],
    result: { foo: ['bar', ['abc', 'def']] },
  },
  {
    name: 'replaces a missing member, as the real server',
    document: {},
    patch: [{ op: 'replace', path: '/a', value: 1 }],
    result: { a: 1 },
  },
  {
    name: 'takes a missing member for null in a test',
    document: {},
    patch: [{ op: 'test', path: '/a', value: null }],
    result: {},
  },
  {
    name: 'counts negative indexes from the end',
    document: [1, 2, 3],
    patch: [{ op: 'remove', path: '/-1' }],
    result: [1, 2],
  },
  {
    name: 'refuses an index past the end',
    document: [1],
    patch: [{ op: 'add', path: '/2', value: 0 }],
  },
  {
    name: 'refuses to remove what is not there',
    document: {},
    patch: [{ op: 'remove', path: '/a' }],
  },
  {
    name: 'refuses to add the whole document',
    document: {},
    patch: [{ op: 'add', path: '', value: {} }],
  },
  { name: 'refuses an unknown operation', document: {}, patch: [{ op: 'spam', path: '/a' }] },
  {
    name: 'does not see inherited members',
    document: {},
    patch: [{ op: 'remove', path: '/constructor' }],
  },
];

describe('a JSON patch', () => {
  for (const { name, document, patch, result } of rows) {
    it(name, () => {
      const before = structuredClone(document);
      if (result === undefined)
        expect(statusOf(() => applyJsonPatch(document, patch))).toEqual({
          code: 422,
          reason: 'Invalid',
          message: 'the server rejected our request due to an error in our request',
        });
      else expect(applyJsonPatch(document, patch)).toEqual(result);
      expect(document).toEqual(before);
    });
  }

  it('keeps integers beyond a double', () => {
    const patch: Json = [{ op: 'copy', from: '/a', path: '/b' }];
    expect(applyJsonPatch({ a: 9007199254740993n }, patch)).toEqual({
      a: 9007199254740993n,
      b: 9007199254740993n,
    });
  });

  it('writes __proto__ as an ordinary member', () => {
    const patched = applyJsonPatch({}, [{ op: 'add', path: '/__proto__', value: { a: 1 } }]);
    expect(JSON.stringify(patched)).toBe('{"__proto__":{"a":1}}');
    expect(Object.getPrototypeOf(patched)).toBe(Object.prototype);
  });

  it('does not let a value in the patch change through a later operation', () => {
    const patch: Json = [
      { op: 'add', path: '/a', value: { list: [] } },
      { op: 'add', path: '/a/list/-', value: 1 },
    ];
    const before = structuredClone(patch);
    applyJsonPatch({}, patch);
    expect(patch).toEqual(before);
  });

  it('is malformed unless it is an array of objects', () => {
    expect(statusOf(() => applyJsonPatch({}, {}))).toMatchObject({
      code: 400,
      message:
        'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    });
    expect(statusOf(() => applyJsonPatch({}, [{ op: 1, path: '/a' }])).code).toBe(400);
  });

  it('has at most 10,000 operations', () => {
    const patch = Array.from({ length: operationsMax + 1 }, () => ({ op: 'test', path: '/a' }));
    expect(statusOf(() => applyJsonPatch({}, patch))).toMatchObject({
      code: 413,
      message:
        'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
    });
  });

  it('cannot grow an object without bound by copying', () => {
    const wide = Array.from({ length: 40 }, () => ({ op: 'copy', from: '/a', path: '/a/-' }));
    expect(statusOf(() => applyJsonPatch({ a: ['x'] }, wide)).code).toBe(422);
    const deep = Array.from({ length: 1100 }, () => ({ op: 'copy', from: '/a', path: '/a/a' }));
    expect(statusOf(() => applyJsonPatch({ a: {} }, deep)).code).toBe(422);
  });
});
