// Reading and filling objects below `metadata`: what is absent reads as the zero value the Go types have,
// and so does what has the wrong type (decoding has refused it long before; this keeps strategies total).
import type { Json, JsonObject } from '../../object/kube-object.js';
import { isJsonObject } from '../../object/kube-object.js';

type Parent = JsonObject | undefined;

const noObjects: readonly JsonObject[] = [];
const noTexts: readonly string[] = [];
const noEntries: Readonly<Record<string, string>> = {};

export function text(parent: Parent, key: string): string {
  const value = parent?.[key];
  return typeof value === 'string' ? value : '';
}

export function optionalText(parent: Parent, key: string): string | undefined {
  const value = parent?.[key];
  return typeof value === 'string' ? value : undefined;
}

/** int64 beyond the safe range loses digits here: good for comparing with limits, not for storing. */
export function optionalInteger(parent: Parent, key: string): number | undefined {
  const value = parent?.[key];
  if (typeof value === 'number') return value;
  return typeof value === 'bigint' ? Number(value) : undefined;
}

export const integer = (parent: Parent, key: string): number => optionalInteger(parent, key) ?? 0;

export function optionalFlag(parent: Parent, key: string): boolean | undefined {
  const value = parent?.[key];
  return typeof value === 'boolean' ? value : undefined;
}

export const flag = (parent: Parent, key: string): boolean => parent?.[key] === true;

export function child(parent: Parent, key: string): JsonObject | undefined {
  const value = parent?.[key];
  return isJsonObject(value) ? value : undefined;
}

/** The value at a path of objects, e.g. `spec`, `template`, `spec`. */
export function descend(parent: Parent, ...keys: readonly string[]): JsonObject | undefined {
  let current = parent;
  for (const key of keys) current = child(current, key);
  return current;
}

export function children(parent: Parent, key: string): readonly JsonObject[] {
  const value = parent?.[key];
  if (!Array.isArray(value) || value.length === 0) return noObjects;
  return value.map((item) => (isJsonObject(item) ? item : {}));
}

export function texts(parent: Parent, key: string): readonly string[] {
  const value = parent?.[key];
  if (!Array.isArray(value) || value.length === 0) return noTexts;
  return value.map((item) => (typeof item === 'string' ? item : ''));
}

/** A map of strings: labels, annotations, selectors, data. */
export function textMap(parent: Parent, key: string): Readonly<Record<string, string>> {
  const value = parent?.[key];
  if (!isJsonObject(value)) return noEntries;
  for (const inner of Object.values(value)) {
    if (typeof inner !== 'string') return onlyTexts(value);
  }
  return value as Record<string, string>; // every value was just seen to be a string
}

function onlyTexts(value: JsonObject): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [key, inner] of Object.entries(value))
    if (typeof inner === 'string') kept[key] = inner;
  return kept;
}

export const isSet = (parent: Parent, key: string): boolean =>
  parent?.[key] !== undefined && parent[key] !== null;

export const isEmpty = (value: Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (isJsonObject(value) && Object.keys(value).length === 0);

/** Fills an absent (or, with `alsoEmpty`, an empty string or zero) field. */
export function fill(parent: JsonObject, key: string, value: Json): void {
  const current = parent[key];
  if (current === undefined || current === null) parent[key] = value;
}

/** As `fill`, where Go cannot tell the zero value from an absent field. */
export function fillZero(parent: JsonObject, key: string, value: Json): void {
  const current = parent[key];
  if (current === undefined || current === null || current === '' || current === 0)
    parent[key] = value;
}

/** The child object, made if absent. */
export function ensure(parent: JsonObject, key: string): JsonObject {
  const current = parent[key];
  if (isJsonObject(current)) return current;
  const made: JsonObject = {};
  parent[key] = made;
  return made;
}

/** Copies a field as `source` has it, absence included. */
export function copyField(target: JsonObject, source: Parent, key: string): void {
  const value = source?.[key];
  if (value === undefined) Reflect.deleteProperty(target, key);
  else target[key] = value;
}

/** Equality as the API server's own: absent, null and empty are one, the order of keys does not count. */
export function sameMeaning(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (isHollow(a) && isHollow(b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameMeaning(item, b[index]));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  for (const key of Object.keys(a)) if (!sameMeaning(a[key], b[key])) return false;
  for (const key of Object.keys(b)) if (!(key in a) && !isHollow(b[key])) return false;
  return true;
}

const isHollow = (value: Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) && value.length === 0) ||
  (isJsonObject(value) && Object.keys(value).length === 0);
