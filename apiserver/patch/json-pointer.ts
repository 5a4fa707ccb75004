// JSON pointer (RFC 6901) as the real server's JSON patch library reads it: the text before the first `/` is
// ignored, array indexes may be negative (counted from the end), a missing member is "nothing", not an error.
import { isJsonObject, type Json, type JsonObject } from '../object/kube-object.js';
import { deleteMember, getMember, setMember } from './fields/members.js';

export type Container = JsonObject | Json[];

/** The container a pointer's last segment is looked up in. */
export interface Place {
  readonly container: Container;
  readonly key: string;
}

/** Thrown for what does not apply; json-patch.ts turns it into the client's error. */
export class PointerError extends Error {}

/** Undefined when something on the way is missing or no container. */
export function findPlace(document: Container, pointer: string): Place | undefined {
  const segments = pointer.split('/').slice(1).map(unescapeSegment);
  const key = segments.pop();
  if (key === undefined) return undefined;
  let container = document;
  for (const segment of segments) {
    const next = readOrNothing(container, segment);
    if (typeof next !== 'object' || next === null) return undefined;
    container = next;
  }
  return { container, key };
}

const unescapeSegment = (segment: string): string =>
  segment.replaceAll('~1', '/').replaceAll('~0', '~');

function readOrNothing(container: Container, key: string): Json | undefined {
  if (!Array.isArray(container)) return getMember(container, key);
  const index = indexFrom(key);
  return index === undefined ? undefined : container.at(index);
}

/** Undefined: an object without that member. Throws for an index outside an array. */
export function read({ container, key }: Place): Json | undefined {
  if (isJsonObject(container)) return getMember(container, key);
  return container[existingIndex(container, key)];
}

export function insert({ container, key }: Place, value: Json): void {
  if (isJsonObject(container)) setMember(container, key, value);
  else if (key === '-') container.push(value);
  else container.splice(boundedIndex(key, container.length + 1), 0, value);
}

export function overwrite({ container, key }: Place, value: Json): void {
  if (isJsonObject(container)) setMember(container, key, value);
  else container[existingIndex(container, key)] = value;
}

export function remove({ container, key }: Place): void {
  if (!isJsonObject(container)) {
    container.splice(existingIndex(container, key), 1);
    return;
  }
  if (getMember(container, key) === undefined)
    throw new PointerError(`Unable to remove nonexistent key: ${key}: missing value`);
  deleteMember(container, key);
}

const existingIndex = (array: readonly Json[], key: string): number =>
  boundedIndex(key, array.length);

function boundedIndex(key: string, length: number): number {
  const index = indexFrom(key);
  if (index === undefined) throw new PointerError(`value was not a proper array index: '${key}'`);
  if (index >= length || index < -length)
    throw new PointerError(`Unable to access invalid index: ${index}: invalid index referenced`);
  return index < 0 ? index + length : index;
}

const indexFrom = (key: string): number | undefined =>
  /^[+-]?\d{1,15}$/.test(key) ? Number(key) : undefined;
