// Whether an object still has its type's shape after a patch merged by shape rather than by type: the real server
// finds out when it restores the Go value, and words it so ("cannot restore map from string").
import { invalid, invalidObject } from '../object/field-error.js';
import { isJsonObject, type Json, type JsonObject } from '../object/kube-object.js';
import type { SchemaNode } from '../object/schema-node.js';
import { goKind, goType, goValue } from './fields/go-text.js';
import { getMember } from './fields/members.js';
import { patchSchemaOf, type PatchSchema } from './patch-schema.js';

/**
 * Throws 422 on the field `patch` (the invalid value is the whole patch, as in the real server). What `patched` shares
 * with `target` had its shape before.
 */
export function assertShape(
  patched: JsonObject,
  target: JsonObject,
  schema: PatchSchema,
  patch: JsonObject,
): void {
  const mismatch = shapeMismatch(patched, target, schema);
  if (mismatch !== undefined)
    throw invalidObject({ group: '', kind: '' }, '', [invalid('patch', goValue(patch), mismatch)]);
}

function shapeMismatch(
  value: Json,
  before: Json | undefined,
  schema: PatchSchema,
): string | undefined {
  if (value === before) return undefined;
  const { node, resolve } = schema;
  if (node === undefined || value === null || isFree(node)) return undefined;
  switch (node.type) {
    case 'object':
      return mapMismatch(value, isJsonObject(before) ? before : {}, node, schema);
    case 'array': {
      if (!Array.isArray(value)) return `cannot restore slice from ${goKind(value)}`;
      const item = patchSchemaOf(node.items, resolve);
      const old = new Set(Array.isArray(before) ? before : []);
      return firstMismatch(value, (member) =>
        old.has(member) ? undefined : shapeMismatch(member, undefined, item),
      );
    }
    default:
      return scalarMismatch(value, node);
  }
}

function mapMismatch(
  value: Json,
  before: JsonObject,
  node: SchemaNode,
  { resolve }: PatchSchema,
): string | undefined {
  if (!isJsonObject(value))
    return node.properties === undefined
      ? `cannot restore map from ${goKind(value)}`
      : `cannot restore struct from: ${goKind(value)}`;
  const properties = node.properties ?? {};
  const rest =
    typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
  return firstMismatch(Object.keys(value), (key) => {
    const field = Object.hasOwn(properties, key) ? properties[key] : rest;
    const member = value[key];
    if (field === undefined || member === undefined) return undefined;
    const old = getMember(before, key);
    return shapeMismatch(member, old, patchSchemaOf(field, resolve));
  });
}

function scalarMismatch(value: Json, { type, format }: SchemaNode): string | undefined {
  const expected = type === 'integer' ? (format ?? 'int64') : type === 'boolean' ? 'bool' : type;
  const isFine =
    type === 'integer'
      ? goKind(value) === 'int64'
      : type === 'number'
        ? typeof value === 'number' || typeof value === 'bigint'
        : typeof value === type;
  return isFine ? undefined : `cannot convert ${goType(value)} to ${expected ?? 'interface {}'}`;
}

/** Types with their own decoding: quantities, times, int-or-string, raw JSON. */
const isFree = (node: SchemaNode): boolean =>
  node.type === undefined ||
  (node.type === 'string' && node.properties === undefined && node.format !== undefined) ||
  (node.type === 'object' &&
    node.properties === undefined &&
    node.additionalProperties === undefined);

function firstMismatch<T>(
  items: Iterable<T>,
  check: (item: T) => string | undefined,
): string | undefined {
  for (const item of items) {
    const mismatch = check(item);
    if (mismatch !== undefined) return mismatch;
  }
  return undefined;
}
