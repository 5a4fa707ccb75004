// Label and field selectors: what they match, and how bad text is refused.
import { describe, expect, it } from '@jest/globals';
import {
  labelSelectorFrom,
  parseFieldSelector,
  parseLabelSelector,
  validateLabelSelector,
} from '../../../apiserver/object/selectors.js';

const web = { app: 'web', tier: 'front', size: '10' };

describe('parseLabelSelector', () => {
  it.each([
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app!=web', false],
    ['other!=web', true],
    ['app', true],
    ['!app', false],
    ['!other', true],
    ['app in (web,db)', true],
    ['app notin (web)', false],
    ['other notin (x)', true],
    ['app=web,tier=front', true],
    ['app=web,tier=back', false],
    [' app = web , tier in ( front , back ) ', true],
    ['size>9', true],
    ['size<9', false],
    ['app>9', false],
    ['other in (,x)', false],
    ['app in (web', 'error'],
    ['in in (x)', false],
    ['in', false],
  ])('%s', (text, expected) => {
    if (expected === 'error') expect(() => parseLabelSelector(text)).toThrow();
    else expect(parseLabelSelector(text).matches(web)).toBe(expected);
  });

  it.each([
    ['a=b=c', "found '=', expected: ',' or 'end of string'"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a,', "found '', expected: identifier after ','"],
    ['=b', "found '=', expected: !, identifier, or 'end of string'"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    [
      'a in ()',
      "unable to parse requirement: values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty",
    ],
    [
      'a>x',
      `unable to parse requirement: values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
    ['!', "unable to parse requirement: found '', expected: identifier"],
  ])('refuses %s with a 400', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(expect.objectContaining({ code: 400, message }));
  });

  it('names the key and value that are no label', () => {
    expect(() => parseLabelSelector('a/b/c=d')).toThrow(
      'unable to parse requirement: key: Invalid value: "a/b/c": a valid label key must',
    );
    expect(() => parseLabelSelector('app=-x')).toThrow(
      'values[0][app]: Invalid value: "-x": a valid label must',
    );
  });

  it('prints itself as status.selector does', () => {
    expect(parseLabelSelector('tier in (b,a),app=web,!x').text).toBe('app=web,tier in (a,b),!x');
  });

  it('does not read inherited properties as labels', () => {
    expect(parseLabelSelector('constructor').matches({})).toBe(false);
  });
});

describe('labelSelectorFrom', () => {
  it('selects nothing when absent, everything when empty', () => {
    expect(labelSelectorFrom(undefined).matches(web)).toBe(false);
    expect(labelSelectorFrom({}).matches(web)).toBe(true);
    expect(labelSelectorFrom({}).empty).toBe(true);
  });

  it('joins labels and expressions', () => {
    const selector = labelSelectorFrom({
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['front'] },
        { key: 'gone', operator: 'DoesNotExist' },
      ],
    });
    expect(selector.matches(web)).toBe(true);
    expect(selector.matches({ ...web, gone: '' })).toBe(false);
  });

  it('is validated with field paths', () => {
    const errors = validateLabelSelector(
      {
        matchLabels: { 'a b': 'c' },
        matchExpressions: [
          { key: 'x', operator: 'In' },
          { key: 'y', operator: 'Foo' },
        ],
      },
      'spec.selector',
    );
    expect(errors.map(({ field }) => field)).toEqual([
      'spec.selector.matchLabels',
      'spec.selector.matchExpressions[0].values',
      'spec.selector.matchExpressions[1].operator',
    ]);
  });
});

describe('parseFieldSelector', () => {
  it('reads requirements and unescapes values', () => {
    const selector = parseFieldSelector(
      'metadata.name=a\\,b\\=c,spec.nodeName!=x,status.phase==Running',
    );
    expect(selector.requirements).toEqual([
      { path: 'metadata.name', operator: '=', value: 'a,b=c' },
      { path: 'spec.nodeName', operator: '!=', value: 'x' },
      { path: 'status.phase', operator: '=', value: 'Running' },
    ]);
  });

  it('counts an absent field as empty', () => {
    expect(parseFieldSelector('spec.nodeName=').matches({})).toBe(true);
    expect(parseFieldSelector('spec.nodeName!=').matches({ 'spec.nodeName': 'n' })).toBe(true);
    expect(parseFieldSelector('').empty).toBe(true);
  });

  it('refuses what it cannot understand', () => {
    expect(() => parseFieldSelector('foo')).toThrow(
      "invalid selector: 'foo'; can't understand 'foo'",
    );
    expect(() => parseFieldSelector('a=b\\c')).toThrow(
      'invalid field selector: invalid escape sequence',
    );
    expect(() => parseFieldSelector('a=b=c')).toThrow(
      'invalid field selector: unescaped character',
    );
  });
});
