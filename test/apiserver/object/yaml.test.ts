// YAML in, as kubectl and the real server read it.
import { describe, expect, it } from '@jest/globals';
import { parseYaml, YamlSyntaxError } from '../../../apiserver/object/yaml.js';

const one = (text: string): unknown => parseYaml(text)[0];

describe('parseYaml', () => {
  it('reads YAML 1.1 words and numbers', () => {
    expect(
      one(
        'a: yes\nb: off\nc: ~\nd: 0777\ne: 0x1F\nf: 1_000\ng: 1e3\nh: -1.5\ni: +7\nj: 0o17\nk: 08',
      ),
    ).toEqual({
      a: true,
      b: false,
      c: null,
      d: 511,
      e: 31,
      f: 1000,
      g: 1000,
      h: -1.5,
      i: 7,
      j: 15,
      k: 8,
    });
  });

  it('reads integers short and long alike', () => {
    const text = '[0, -0, -5, 00, 999999999999999, 9007199254740991, -9007199254740993]';
    const numbers = [0, 0, -5, 0, 999999999999999, 9007199254740991, -9007199254740993n];
    expect(one(text)).toEqual(numbers);
  });

  it('keeps quoted scalars, dates and versions as strings', () => {
    expect(
      one('a: "yes"\nb: 2020-01-02\nc: 1.2.3\nd: 2001-12-14t21:59:43.10-05:00\ne: 10.0.0.1'),
    ).toEqual({
      a: 'yes',
      b: '2020-01-02',
      c: '1.2.3',
      d: '2001-12-14t21:59:43.10-05:00',
      e: '10.0.0.1',
    });
  });

  it('keeps integers beyond 2^53', () => {
    expect(one('a: 9007199254740993')).toEqual({ a: 9007199254740993n });
  });

  it('makes every key a string', () => {
    expect(one('1: a\ntrue: b\n1.5: c')).toEqual({ '1': 'a', true: 'b', '1.5': 'c' });
    expect(() => one('? [a]\n: b')).toThrow('unsupported type of map key');
  });

  it('reads block scalars, flow collections and several documents', () => {
    expect(parseYaml('a: |\n  x\n  y\n---\nb: >-\n  x\n  y\n---\n{c: [1, {d: 2}]}\n---\n')).toEqual(
      [{ a: 'x\ny\n' }, { b: 'x y' }, { c: [1, { d: 2 }] }, null],
    );
  });

  it('reads only the first document when asked', () => {
    expect(parseYaml('a: 1\n---\n', { isFirstOnly: true, documentsMax: 1 })).toEqual([{ a: 1 }]);
  });

  it('is a superset of JSON', () => {
    expect(one('{"a": [1, "x", null, true], "b": {"c": "\\u0041"}}')).toEqual({
      a: [1, 'x', null, true],
      b: { c: 'A' },
    });
  });

  it('reports a repeated key with its line and keeps the last value', () => {
    const messages: string[] = [];
    const text = 'spec:\n  a: 1\n  b: 2\n  a: 3\n';
    expect(parseYaml(text, { onDuplicate: (message) => messages.push(message) })).toEqual([
      { spec: { a: 3, b: 2 } },
    ]);
    expect(messages).toEqual(['line 4: key "a" already set in map']);
  });

  it('expands aliases and merges into values of their own', () => {
    const value = one('a: &x {p: 1, q: [2]}\nb: *x\nc: {<<: *x, p: 3}') as Record<
      'a' | 'b' | 'c',
      { p: number; q: number[] }
    >;
    expect(value).toEqual({ a: { p: 1, q: [2] }, b: { p: 1, q: [2] }, c: { p: 3, q: [2] } });
    value.b.q.push(9);
    expect(value.a.q).toEqual([2]);
  });

  it('refuses alias bombs, loops and unknown anchors', () => {
    let bomb = 'a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n';
    for (let level = 1; level < 12; level++)
      bomb += `a${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join(',')}]\n`;
    expect(() => one(bomb)).toThrow('document contains excessive aliasing');
    expect(() => one('a: &a [*a]')).toThrow("anchor 'a' value contains itself");
    expect(() => one('*a')).toThrow("unknown anchor 'a' referenced");
  });

  it('refuses custom tags, infinity, deep nesting and too many documents', () => {
    expect(() => one('a: !foo b')).toThrow(YamlSyntaxError);
    expect(() => one('a: !!js/function b')).toThrow(YamlSyntaxError);
    expect(() => one('a: .inf')).toThrow(YamlSyntaxError);
    expect(() => one('['.repeat(5000))).toThrow(YamlSyntaxError);
    expect(() => parseYaml('a\n---\nb\n---\nc', { documentsMax: 2 })).toThrow(
      'more than 2 documents',
    );
  });

  it('names the line of a syntax error', () => {
    expect(() => one('a: 1\nb: [1\nc: 2')).toThrow(/^line \d+: /);
  });

  it('never pollutes a prototype', () => {
    const value = one('__proto__: {x: 1}\na: {<<: {__proto__: 2}}') as object;
    expect(Object.keys(value)).toEqual(['__proto__', 'a']);
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});
