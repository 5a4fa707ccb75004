// Values against a definition's schema: kube-openapi's rules and words.
import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../../../apiserver/object/kube-object.js';
import type { SchemaNode } from '../../../../apiserver/object/schema-node.js';
import { formatCheck } from '../../../../apiserver/schema/custom/custom-formats.js';
import { checkValue } from '../../../../apiserver/schema/custom/custom-values.js';
import { goPattern, PatternError } from '../../../../apiserver/schema/custom/go-pattern.js';
import { checkCustom } from '../../../../apiserver/schema/custom/validator-custom.js';

const problems = (value: Json, node: SchemaNode): string[] =>
  checkValue({ a: value }, { type: 'object', properties: { a: node } }).map(
    ({ field, message }) => `${field}: ${message}`,
  );
const isFine = (value: Json, node: SchemaNode): boolean => problems(value, node).length === 0;

describe('a value', () => {
  it.each<[Json, SchemaNode, string[]]>([
    [
      null,
      { type: 'string' },
      ['a: Invalid value: "null": a in body must be of type string: "null"'],
    ],
    [
      1.5,
      { type: 'integer' },
      ['a: Invalid value: "number": a in body must be of type integer: "number"'],
    ],
    [
      6,
      { type: 'integer', maximum: 6, exclusiveMaximum: true },
      ['a: Invalid value: 6: a in body should be less than 6'],
    ],
    [
      5,
      { type: 'integer', multipleOf: 2 },
      ['a: Invalid value: 5: a in body should be a multiple of 2'],
    ],
    [
      2 ** 31,
      { type: 'integer', format: 'int32' },
      ['<nil>: Invalid value: "": Checked value must be of type integer with format int32 in a'],
    ],
    [
      '',
      { type: 'string', minLength: 1 },
      ['a: Invalid value: "": a in body should be at least 1 chars long'],
    ],
    ['ab', { type: 'string', maxLength: 1 }, ['a: Too long: may not be more than 1 bytes']],
    [
      [1, 2],
      { type: 'array', maxItems: 1, items: { type: 'integer' } },
      ['a: Too many: 2: must have at most 1 items'],
    ],
    [
      {},
      { type: 'object', minProperties: 1 },
      ['a: Invalid value: 0: a in body should have at least 1 properties'],
    ],
    [
      { x: 'y' },
      { type: 'object', additionalProperties: { type: 'integer' } },
      ['a.x: Invalid value: "string": a.x in body must be of type integer: "string"'],
    ],
    [
      {},
      { type: 'object', oneOf: [{ required: ['x'] }, { required: ['y'] }] },
      [
        '<nil>: Invalid value: "": "a" must validate one and only one schema (oneOf). Found none valid',
        'a.x: Required value',
      ],
    ],
    [
      { x: 1, y: 1 },
      { type: 'object', oneOf: [{ required: ['x'] }, { required: ['y'] }] },
      [
        '<nil>: Invalid value: "": "a" must validate one and only one schema (oneOf). Found 2 valid alternatives',
      ],
    ],
    [
      {},
      { type: 'object', anyOf: [{ required: ['x'] }] },
      [
        '<nil>: Invalid value: "": "a" must validate at least one schema (anyOf)',
        'a.x: Required value',
      ],
    ],
    [
      {},
      { type: 'object', not: {} },
      ['<nil>: Invalid value: "": "a" must not validate the schema (not)'],
    ],
  ])('%j by %j', (value, node, said) => {
    expect(problems(value, node)).toEqual(said);
  });

  it('fits when it should', () => {
    expect(isFine(null, { type: 'string', nullable: true })).toBe(true);
    expect(isFine(2n ** 60n, { type: 'integer', maximum: 2 ** 62 })).toBe(true);
    expect(isFine(3, { type: 'number' })).toBe(true);
    expect(isFine('😀😀', { type: 'string', maxLength: 2, pattern: '^..$' })).toBe(true);
    expect(isFine('x', { 'x-kubernetes-int-or-string': true })).toBe(true);
    expect(isFine({ b: [1] }, { enum: [{ b: [1] }] })).toBe(true);
  });
});

describe('an embedded resource', () => {
  const node: SchemaNode = { type: 'object', 'x-kubernetes-embedded-resource': true };
  const found = (value: Json): string[] =>
    checkCustom({ t: value }, { type: 'object', properties: { t: node } }).map(
      ({ field, message }) => `${field}: ${message}`,
    );

  it('says what it is and has proper metadata', () => {
    expect(found({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } })).toEqual([]);
    expect(found({ kind: '' })).toEqual(['t.apiVersion: Required value', 't.kind: Required value']);
    expect(found({ apiVersion: 'a/b/c', kind: 'x_y', metadata: { labels: { '-': '' } } })).toEqual([
      't.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
      expect.stringContaining('t.kind: Invalid value: "x_y": may have mixed case'),
      expect.stringContaining('t.metadata.labels: Invalid value: "-"'),
    ]);
  });
});

describe("Go's regular expressions", () => {
  it.each([
    ['(?i)^abc$', 'ABC'],
    ['^[[:alpha:]_]+$', 'aB_'],
    ['\\Aa\\z', 'a'],
    ['^(?P<x>a)b$', 'ab'],
    ['^[a-z\\-]+\\-$', 'a-b-'],
    ['^\\pL+$', 'äß'],
    ['^\\Qa.b\\E$', 'a.b'],
    ['^[^[]$', 'a'],
  ])('%s matches %s', (pattern, text) => {
    expect(goPattern(pattern).test(text)).toBe(true);
  });

  it.each(['(?!a)', '(?<=a)b', '(a)\\1', '(', '[z-a]'])('%s is none', (pattern) => {
    expect(() => goPattern(pattern)).toThrow(PatternError);
  });
});

describe('a format', () => {
  it.each([
    ['ipv4', '10.0.0.1', '10.0.0.256'],
    ['ipv6', '::1', '10.0.0.1'],
    ['cidr', '10.0.0.0/8', '10.0.0.0'],
    ['email', 'a@b.c', 'a b@c'],
    ['hostname', 'a.example.com', 'a..b'],
    ['uri', 'https://a/b', 'nothing here'],
    ['mac', '00:11:22:33:44:55', '00:11:22'],
    ['uuid4', 'f47ac10b-58cc-4372-a567-0e02b2c3d479', 'f47ac10b-58cc-1372-a567-0e02b2c3d479'],
    ['duration', '1h30m', 'soon'],
    ['date', '2024-02-29', '2023-02-30'],
    ['byte', 'aGk=', 'aGk'],
    ['isbn10', '0-306-40615-2', '0-306-40615-3'],
    ['isbn13', '978-0-306-40615-7', '978-0-306-40615-8'],
    ['creditcard', '4111 1111 1111 1111', '4111 1111 1111 1112'],
    ['hexcolor', '#fff', '#ff'],
    ['rgbcolor', 'rgb(1,2,255)', 'rgb(1,2,256)'],
    ['ssn', '111-11-1111', '11-111'],
    ['bsonobjectid', '507f1f77bcf86cd799439011', 'x'],
    ['k8s-short-name', 'a-b', 'a.b'],
  ])('%s takes %s and refuses %s', (name, good, bad) => {
    expect([formatCheck(name)?.(good), formatCheck(name)?.(bad)]).toEqual([true, false]);
  });

  it('nobody knows is not checked', () => {
    expect(formatCheck('toString')).toBeUndefined();
  });
});
