// What may follow a backslash in a JSON string.
import { unexpectedCharacter } from './json-syntax-error.js';

export const shortEscapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** After `\u`: the UTF-16 unit. */
export function fourHexDigits(text: string, from: number): number {
  let value = 0;
  for (let at = from; at < from + 4; at++) {
    const digit = parseInt(text[at] ?? '', 16);
    if (Number.isNaN(digit))
      throw unexpectedCharacter(text, at, 'in \\u hexadecimal character escape');
    value = value * 16 + digit;
  }
  return value;
}
