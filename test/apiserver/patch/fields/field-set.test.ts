import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  describeSet,
  difference,
  equalSets,
  has,
  insertPath,
  intersection,
  isEmpty,
  readFieldSet,
  recursiveDifference,
  restrict,
  setOfFields,
  toFieldsV1,
  union,
  type FieldSet,
  type GrowingSet,
  type Path,
} from '../../../../apiserver/patch/fields/field-set.js';
import { keyElement, valueElement } from '../../../../apiserver/patch/fields/path-element.js';

const element = fc.oneof(
  fc.constantFrom('a', 'b', 'c').map((name) => `f:${name}`),
  fc.constantFrom(1, 10, 2, 'x').map((port) => keyElement({ port, protocol: 'TCP' })),
  fc.constantFrom(1, 10, 2, 'x', true, '<').map(valueElement),
  fc.constantFrom('i:0', 'i:10', 'i:2'),
);
const paths = fc.array(fc.array(element, { minLength: 1, maxLength: 4 }), { maxLength: 12 });
const setOf = (all: readonly Path[]): FieldSet => {
  const set: GrowingSet = {};
  for (const path of all) insertPath(set, path);
  return set;
};
const sets = paths.map(setOf);

describe('a field set', () => {
  it('has exactly the paths put into it', () => {
    fc.assert(
      fc.property(paths, paths, (inside, others) => {
        const set = setOf(inside);
        const texts = new Set(inside.map((path) => path.join('/')));
        for (const path of [...inside, ...others])
          expect(has(set, path)).toBe(texts.has(path.join('/')));
      }),
    );
  });

  it('survives the way to FieldsV1 and back', () => {
    fc.assert(
      fc.property(sets, (set) => {
        const wire = toFieldsV1(set);
        expect(equalSets(readFieldSet(wire), set)).toBe(true);
        expect(JSON.stringify(toFieldsV1(readFieldSet(wire)))).toBe(JSON.stringify(wire));
      }),
    );
  });

  it('obeys the laws of sets', () => {
    fc.assert(
      fc.property(sets, sets, paths, (a, b, probes) => {
        for (const path of probes) {
          expect(has(union(a, b), path)).toBe(has(a, path) || has(b, path));
          expect(has(intersection(a, b), path)).toBe(has(a, path) && has(b, path));
          expect(has(difference(a, b), path)).toBe(has(a, path) && !has(b, path));
        }
        expect(equalSets(union(a, b), union(b, a))).toBe(true);
        expect(equalSets(union(difference(a, b), intersection(a, b)), a)).toBe(true);
        expect(isEmpty(difference(a, a))).toBe(true);
      }),
    );
  });

  it('takes everything below along in a recursive difference, and keeps only that when restricted', () => {
    const set = setOfFields(['spec.a', 'spec.b.c', 'status.d']);
    expect(describeSet(recursiveDifference(set, setOfFields(['spec.b', 'status'])))).toBe(
      '.spec.a',
    );
    expect(describeSet(restrict(set, setOfFields(['status'])))).toBe('.status.d');
  });

  it('writes elements in the order and spelling of the real server', () => {
    const set = setOf([
      [valueElement('b')],
      [keyElement({ protocol: 'TCP', port: 443 })],
      [keyElement({ port: 80, protocol: 'TCP' })],
      ['f:b', 'f:c'],
      ['f:b'],
      ['f:a'],
      [valueElement('<a>')],
    ]);
    expect(JSON.stringify(toFieldsV1(set))).toBe(
      String.raw`{"f:a":{},"f:b":{".":{},"f:c":{}},"k:{\"port\":80,\"protocol\":\"TCP\"}":{},"k:{\"port\":443,\"protocol\":\"TCP\"}":{},"v:\"\\u003ca\\u003e\"":{},"v:\"b\"":{}}`,
    );
  });

  it('reads what clients spelled differently, skips what it does not know, refuses the rest', () => {
    const read = readFieldSet({ 'k:{ "b": 1, "a": 2 }': {}, 'x:future': {} });
    expect(describeSet(read)).toBe('[a=2,b=1]');
    for (const bad of [{ f: {} }, { 'k:nonsense': {} }, { 'i:x': {} }, { 'f:a': 'b' }, 'text'])
      expect(() => readFieldSet(bad)).toThrow();
  });
});
