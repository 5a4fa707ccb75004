// How Go prints values inside the messages this folder must word as the real server does: `%v` of a decoded
// JSON value, and the names of Go's kinds. Everything here ends up in text for people, never in data.
import { isJsonObject, type Json, type JsonObject } from '../../object/kube-object.js';

/** Messages quote whole patches; a client that sends a megabyte does not get it back. */
const textCharsMax = 10_000;

/** `%v`: `map[metadata:map[labels:invalid]]`, keys sorted. */
export function goValue(value: Json | undefined): string {
  const text = print(value);
  return text.length <= textCharsMax ? text : `${text.slice(0, textCharsMax)}...`;
}

function print(value: Json | undefined): string {
  if (value === undefined || value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(print).join(' ')}]`;
  if (isJsonObject(value)) return `map[${sortedEntries(value).map(printEntry).join(' ')}]`;
  return String(value);
}

const printEntry = ([key, value]: readonly [string, Json]): string => `${key}:${print(value)}`;

/** The members that are there, in byte order of their keys (what Go's maps print and marshal in). */
export function sortedEntries(object: JsonObject): (readonly [string, Json])[] {
  const entries: (readonly [string, Json])[] = [];
  for (const key of Object.keys(object).sort(compareText)) {
    const value = object[key];
    if (value !== undefined) entries.push([key, value]);
  }
  return entries;
}

/** Byte order of UTF-8, which differs from UTF-16's only for surrogate pairs. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return pastSurrogates(left) - pastSurrogates(right);
  }
  return a.length - b.length;
}

export function isInByteOrder(texts: readonly string[]): boolean {
  for (let at = 1; at < texts.length; at++)
    if (compareText(texts[at - 1] ?? '', texts[at] ?? '') > 0) return false;
  return true;
}

const pastSurrogates = (unit: number): number =>
  unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit;

/** A value's Go kind as reflect prints it; JSON null has none. */
export function goKind(value: Json): string {
  if (value === null) return 'nil';
  if (Array.isArray(value)) return 'slice';
  switch (typeof value) {
    case 'object':
      return 'map';
    case 'boolean':
      return 'bool';
    case 'string':
      return 'string';
    default:
      return isWhole(value) ? 'int64' : 'float64';
  }
}

/** As goKind, but a map and a slice by their Go type. */
export function goType(value: Json): string {
  const kind = goKind(value);
  if (kind === 'map') return 'map[string]interface {}';
  return kind === 'slice' ? '[]interface {}' : kind;
}

const isWhole = (value: Json): boolean => typeof value === 'bigint' || Number.isInteger(value);

/** JSON as Go's encoder writes it: keys sorted, `<`, `>`, `&` escaped. */
export function goJson(value: Json): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string') return goJsonString(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
  const members = sortedEntries(value).map(
    ([key, member]) => `${goJsonString(key)}:${goJson(member)}`,
  );
  return `{${members.join(',')}}`;
}

function goJsonString(text: string): string {
  if (plainText.test(text)) return `"${text}"`;
  const quoted = JSON.stringify(text);
  return htmlCharacter.test(quoted) ? quoted.replaceAll(htmlCharacters, escapeCharacter) : quoted;
}

/** Most keys and names: nothing to escape. */
const plainText = /^[\w ./:-]*$/;
const htmlCharacter = /[<>&\u2028\u2029]/;
const htmlCharacters = /[<>&\u2028\u2029]/g;
const escapeCharacter = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
