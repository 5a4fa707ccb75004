// JSON in and out. Nothing is lost on the way: integers beyond 2^53 are bigint, `__proto__` is a key like any
// other, nesting is bounded. parseJson takes the engine's parser whenever that one cannot lose anything.
import { setKey } from './json-key.js';
import { JsonParser } from './json-parser.js';
import type { Json, JsonObject } from './kube-object.js';

export { setKey } from './json-key.js';
export { integerFromText } from './json-number.js';
export { JsonSyntaxError } from './json-syntax-error.js';

/** Deeper documents are refused: a limit far above any manifest and far below the call stack's. */
export const jsonDepthMax = 1000;

export interface ParseOptions {
  readonly depthMax?: number;
  /** Called for repeated keys, the first 1000 times, with its full path (`spec.containers[0].name`). The last value wins. */
  readonly onDuplicate?: (path: string) => void;
}

// What JSON.parse would lose: digits beyond a double's, half surrogate pairs, exponents that overflow.
const lossy = /\d{16}|\\u[dD][89a-fA-F]|[eE]\+?\d{3}/;

/** Throws JsonSyntaxError. */
export function parseJson(text: string, options: ParseOptions = {}): Json {
  const depthMax = options.depthMax ?? jsonDepthMax;
  if (options.onDuplicate === undefined && !lossy.test(text) && isShallow(text, depthMax)) {
    try {
      // JSON.parse is declared to return any.
      return JSON.parse(text) as Json;
    } catch {
      // Parsed again below for an error in the expected words.
    }
  }
  return new JsonParser(text, depthMax, options.onDuplicate).parse();
}

/** Fewer opening brackets than the limit: cannot be too deep (brackets inside strings only make it stricter). */
function isShallow(text: string, depthMax: number): boolean {
  return hasAtMost(text, '{', depthMax >> 1) && hasAtMost(text, '[', depthMax >> 1);
}

function hasAtMost(text: string, bracket: string, max: number): boolean {
  let count = 0;
  for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1))
    if (++count > max) return false;
  return true;
}

/** Compact JSON; undefined members are left out, bigint is written in full. */
export function stringifyJson(value: Json): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof TypeError) return writeExact(value);
    throw error;
  }
}

/** For the few documents that hold a bigint, which JSON.stringify refuses. */
function writeExact(value: Json): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(writeExact).join(',')}]`;
  const members: string[] = [];
  for (const [key, member] of Object.entries(value))
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${writeExact(member)}`);
  return `{${members.join(',')}}`;
}

/** A deep copy that shares nothing. Undefined members are dropped. */
export function cloneJson<T extends Json>(value: T): T;
export function cloneJson(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => cloneJson(item));
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (member !== undefined) setKey(copy, key, cloneJson(member));
  }
  return copy;
}

/** Deep equality; an undefined member equals an absent one, 1n equals 1, order of keys does not matter. */
export function equalJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return isSameNumber(a, b);
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => equalJson(item, b[index]));
  }
  return (
    isSubset(a, b) &&
    Object.keys(b).every((key) => ownValue(a, key) !== undefined || b[key] === undefined)
  );
}

const isSameNumber = (a: Json | undefined, b: Json | undefined): boolean =>
  (typeof a === 'bigint' && typeof b === 'number' && Number.isInteger(b) && BigInt(b) === a) ||
  (typeof b === 'bigint' && typeof a === 'number' && isSameNumber(b, a));

const ownValue = (object: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;

function isSubset(a: JsonObject, b: JsonObject): boolean {
  for (const key of Object.keys(a)) {
    const member = a[key];
    if (member !== undefined && !equalJson(member, ownValue(b, key))) return false;
  }
  return true;
}
