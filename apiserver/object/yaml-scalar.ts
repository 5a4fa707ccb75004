// What a YAML scalar means: the YAML 1.1 rules of Go's yaml.v2, which kubectl and the real server use (so `yes`
// is true, `0777` octal, `1_000` a number, and a date stays a string).
import { integerFromText } from './json.js';
import type { Json } from './kube-object.js';

const words = new Map<string, Json>();
for (const word of ['', '~', 'null', 'Null', 'NULL']) words.set(word, null);
for (const word of ['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'])
  words.set(word, true);
for (const word of ['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'])
  words.set(word, false);

const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const unlimited = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const integers: readonly (readonly [RegExp, string])[] = [
  [/^0[xX]([0-9a-fA-F]+)$/, '0x'],
  [/^0[bB]([01]+)$/, '0b'],
  [/^0[oO]?([0-7]+)$/, '0o'],
  [/^(0|[1-9][0-9]*)$/, ''],
];

/** Binary 64-bit integers with their prefix fit; longer ones are read as floats, if they look like one. */
const integerDigitsMax = 66;

/** The value of a scalar; undefined when it cannot be one in JSON (infinity, a tag that does not fit). */
export function resolveScalar(
  text: string,
  isPlain: boolean,
  tag: string | undefined,
): Json | undefined {
  switch (tag) {
    case undefined:
      return isPlain ? resolvePlain(text) : text;
    case 'str':
    case '!':
      return text;
    case 'int':
    case 'float':
    case 'bool':
    case 'null':
      return hasTag(resolvePlain(text), tag);
    case 'timestamp':
      return text;
    default:
      return undefined;
  }
}

function hasTag(value: Json | undefined, tag: string): Json | undefined {
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  if (tag === 'null') return value === null ? null : undefined;
  if (tag === 'bool') return typeof value === 'boolean' ? value : undefined;
  return isNumber ? value : undefined;
}

const wordLengthMax = 5;
/** Most numbers are short: a double holds 15 digits exactly. */
const shortInteger = /^(?:0|-?[1-9][0-9]{0,14})$/;

function resolvePlain(text: string): Json | undefined {
  const word = text.length > wordLengthMax ? undefined : words.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(text)) return text;
  if (shortInteger.test(text)) return Number(text);
  if (unlimited.test(text)) return undefined;
  const plain = text.replaceAll('_', '');
  const integer = resolveInteger(plain);
  if (integer !== undefined) return integer;
  if (!float.test(plain)) return text;
  const value = Number(plain);
  return Number.isFinite(value) ? value : undefined;
}

function resolveInteger(text: string): number | bigint | undefined {
  const isNegative = text.startsWith('-');
  const digits = /^[-+]/.test(text) ? text.slice(1) : text;
  for (const [pattern, prefix] of integers) {
    const match = pattern.exec(digits);
    if (match === null) continue;
    if (digits.length > integerDigitsMax) return undefined;
    const magnitude = BigInt(prefix + (match[1] ?? ''));
    return integerFromText(String(isNegative ? -magnitude : magnitude));
  }
  return undefined;
}

/** A map key as JSON needs it; undefined when it is no scalar. */
export function keyText(key: Json): string | undefined {
  return key === null || typeof key === 'object' ? undefined : String(key);
}
