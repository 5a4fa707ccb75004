// Quoting as Go's %q.
import { describe, expect, it } from '@jest/globals';
import { quote } from '../../../apiserver/object/api-error.js';

describe('quote', () => {
  it.each([
    ['plain', '"plain"'],
    ['say "hi"', '"say \\"hi\\""'],
    ['a\nb\tc', '"a\\nb\\tc"'],
    ['a\u0001\u0007\u000b\u007f', '"a\\x01\\a\\v\\x7f"'],
    ['\\u0001\n', '"\\\\u0001\\n"'],
    ['é😀', '"é😀"'],
  ])('prints %j as Go does', (text, quoted) => {
    expect(quote(text)).toBe(quoted);
  });
});
