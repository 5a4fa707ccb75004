// JSON in and out: agreement with the engine's parser, exact integers, limits, Go's error words.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  cloneJson,
  equalJson,
  JsonSyntaxError,
  parseJson,
  setKey,
  stringifyJson,
} from '../../../apiserver/object/json.js';
import type { Json, JsonObject } from '../../../apiserver/object/kube-object.js';

/** Forces the exact parser: asking for duplicates rules the engine's out. */
const parseExactly = (text: string): Json => parseJson(text, { onDuplicate: () => undefined });

function messageOf(text: string): string {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error.message;
    throw error;
  }
  return 'no error';
}

describe('parseJson', () => {
  it('agrees with JSON.parse on whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value, null, 1);
        expect(stringifyJson(parseExactly(text))).toBe(JSON.stringify(JSON.parse(text)));
        expect(stringifyJson(parseJson(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
      { numRuns: 300 },
    );
  });

  it('refuses exactly what JSON.parse refuses', () => {
    const pieces = ['{', '}', '[', ']', ',', ':', '"', 'a', '\\', '1', '-', '.', 'e', 'true', ' '];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 8 }), (parts) => {
        const text = parts.join('');
        let isValid = true;
        try {
          JSON.parse(text);
        } catch {
          isValid = false;
        }
        if (isValid)
          expect(stringifyJson(parseExactly(text))).toBe(JSON.stringify(JSON.parse(text)));
        else expect(() => parseExactly(text)).toThrow(JsonSyntaxError);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps integers that a double would round', () => {
    const text = '{"a":9007199254740993,"b":-9223372036854775808,"c":[18446744073709551615]}';
    expect(parseJson(text)).toEqual({
      a: 9007199254740993n,
      b: -9223372036854775808n,
      c: [18446744073709551615n],
    });
    expect(stringifyJson(parseJson(text))).toBe(text);
  });

  it('takes integers beyond 64 bits as doubles, and minus zero as zero', () => {
    expect(parseJson('[99999999999999999999]')).toEqual([1e20]);
    expect(stringifyJson(parseExactly('-0'))).toBe('0');
  });

  it.each([
    ['', 'unexpected end of JSON input'],
    ['{"a":', 'unexpected end of JSON input'],
    ['"abc', 'unexpected end of JSON input'],
    ['x', "invalid character 'x' looking for beginning of value"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['{}x', "invalid character 'x' after top-level value"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['trux', "invalid character 'x' in literal true (expecting 'e')"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['1ex', "invalid character 'x' in exponent of numeric literal"],
    ['-x', "invalid character 'x' in numeric literal"],
    ["'", "invalid character '\\'' looking for beginning of value"],
  ])('says of %s what Go says', (text, message) => {
    expect(messageOf(text)).toBe(message);
  });

  it('refuses numbers beyond a double', () => {
    expect(messageOf('1'.repeat(1_000_000))).toContain('cannot unmarshal number 111');
    expect(messageOf('1e400')).toContain('cannot unmarshal number 1e400');
  });

  it('replaces half a surrogate pair, as Go does, and keeps whole pairs', () => {
    expect(parseJson('"\\ud83d\\ude00"')).toBe('😀');
    expect(parseJson('"\\ud83dx"')).toBe('\ufffdx');
    expect(parseJson('"\\ud83d\\u0041"')).toBe('\ufffdA');
  });

  it('refuses nesting beyond the limit, however long the text', () => {
    expect(messageOf('['.repeat(2_000_000))).toBe('exceeded max depth');
    expect(() => parseJson('[[1]]', { depthMax: 1 })).toThrow('exceeded max depth');
    expect(parseJson('[[1]]', { depthMax: 2 })).toEqual([[1]]);
  });

  it('reports repeated keys with their path and keeps the last value', () => {
    const paths: string[] = [];
    const text = '{"a":1,"spec":{"c":[{},{"n":1,"n":2}]},"a":2}';
    const value = parseJson(text, { onDuplicate: (path) => paths.push(path) });
    expect(paths).toEqual(['spec.c[1].n', 'a']);
    expect(value).toEqual({ a: 2, spec: { c: [{}, { n: 2 }] } });
  });

  it.each([parseExactly, parseJson])('keeps __proto__ as a key of its own', (parse) => {
    const value = parse('{"__proto__":{"polluted":1}}') as JsonObject;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(stringifyJson(cloneJson(value))).toBe('{"__proto__":{"polluted":1}}');
    expect(equalJson(value, {})).toBe(false);
  });
});

describe('cloneJson, equalJson, stringifyJson', () => {
  it('copies deeply and equals its copy', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = parseJson(JSON.stringify(value));
        expect(equalJson(cloneJson(json), json)).toBe(true);
      }),
      { numRuns: 200 },
    );
    const original = { a: [{ b: 1 }] };
    const copy = cloneJson(original);
    copy.a[0]!.b = 2;
    expect(original.a[0]!.b).toBe(1);
  });

  it('treats an undefined member as absent and ignores the order of keys', () => {
    expect(equalJson({ a: 1, b: undefined, c: 2 }, { c: 2, a: 1 })).toBe(true);
    expect(equalJson({ a: null }, {})).toBe(false);
    expect(equalJson([1, 2], [2, 1])).toBe(false);
    expect(equalJson([], {})).toBe(false);
    expect(stringifyJson({ a: undefined, b: 10n ** 17n })).toBe('{"b":100000000000000000}');
  });

  it('compares bigint and number by value', () => {
    expect(equalJson(1n, 1)).toBe(true);
    expect(equalJson(1, 1n)).toBe(true);
    expect(equalJson(1n, 1.5)).toBe(false);
  });

  it('sets any key as an own property', () => {
    const object: JsonObject = {};
    setKey(object, '__proto__', 1);
    setKey(object, 'constructor', 2);
    expect(Object.keys(object)).toEqual(['__proto__', 'constructor']);
  });
});
