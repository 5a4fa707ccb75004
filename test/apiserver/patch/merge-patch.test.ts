import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../../apiserver/object/kube-object.js';
import { applyMergePatch, mergeValue } from '../../../apiserver/patch/merge-patch.js';
import { statusOf } from './kubernetes-types.js';

// RFC 7386 appendix A.
const rows: readonly (readonly [Json, Json, Json])[] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

// JSON has no undefined and no -0.
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json);

describe('a merge patch', () => {
  for (const [target, patch, result] of rows) {
    it(`makes ${JSON.stringify(result)} of ${JSON.stringify(target)} with ${JSON.stringify(patch)}`, () => {
      expect(mergeValue(target, patch)).toEqual(result);
    });
  }

  it('changes nothing more when applied twice, and neither argument', () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const before = structuredClone([target, patch]);
        const once = mergeValue(target, patch);
        expect(mergeValue(once, patch)).toEqual(once);
        expect([target, patch]).toEqual(before);
      }),
    );
  });

  it('must be an object or an array', () => {
    expect(statusOf(() => applyMergePatch({}, 'text'))).toMatchObject({
      code: 400,
      message: 'Invalid JSON Patch',
    });
  });

  it('treats names of inherited members as ordinary', () => {
    expect(applyMergePatch({}, { toString: { a: 1 } })).toEqual({ toString: { a: 1 } });
  });
});
