// Strategic merge patch: a merge patch in which lists merge by a key the schema names, steered by directives
// ($patch, $retainKeys, $setElementOrder/x, $deleteFromPrimitiveList/x). Behaviour and errors are those of
// apimachinery's strategicpatch. The lists are in strategic-lists.ts, what a field is in patch-schema.ts.
import { badRequest } from '../object/api-error.js';
import { cloneJson } from '../object/json.js';
import { isJsonObject, type Json, type JsonObject } from '../object/kube-object.js';
import type { ResolveSchema, SchemaNode } from '../object/schema-node.js';
import { goKind, goType, goValue } from './fields/go-text.js';
import { deleteMember, getMember, setMember } from './fields/members.js';
import { unclassified } from './patch-errors.js';
import { patchField, patchSchemaOf, type PatchSchema } from './patch-schema.js';
import { assertShape } from './patched-shape.js';
import { mergeList, orderLike, validateOrder, type MergeItem } from './strategic-lists.js';

export const directiveKey = '$patch';
const retainKeysKey = '$retainKeys';
const orderPrefix = '$setElementOrder/';
const deletionPrefix = '$deleteFromPrimitiveList/';

/**
 * Throws 400 for malformed directives, 422 when the patched object no longer has its type's shape, 500 for a list
 * item without its merge key (the real server's code). `target` and `patch` are not changed; the result shares with
 * the target what the patch does not touch.
 */
export function applyStrategicMergePatch(
  target: JsonObject,
  patch: JsonObject,
  schema: SchemaNode,
  resolve: ResolveSchema,
): JsonObject {
  const root = patchSchemaOf(schema, resolve);
  const patched = mergeMap(target, cloneJson(patch), root);
  assertShape(patched, target, root, patch);
  return patched;
}

/** `current` with the patch merged in. Consumes `patch`, which is the caller's own copy. */
function mergeMap(current: JsonObject, patch: JsonObject, schema: PatchSchema): JsonObject {
  const directive = getMember(patch, directiveKey);
  if (directive !== undefined) return mapByDirective(directive, patch);
  const original = { ...current };
  retainKeys(original, patch);
  mergeOrderedLists(original, patch, schema);
  for (const key of Object.keys(patch)) {
    const change = patch[key];
    if (change !== undefined) mergeField(original, key, change, schema);
  }
  return original;
}

function mapByDirective(directive: Json, patch: JsonObject): JsonObject {
  if (directive === 'delete') return {};
  if (directive !== 'replace')
    throw unclassified(`unknown patch type: ${goValue(directive)} in map: ${goValue(patch)}`);
  deleteMember(patch, directiveKey);
  return patch;
}

function mergeField(
  original: JsonObject,
  patchKey: string,
  change: Json,
  schema: PatchSchema,
): void {
  const isDeletionList = patchKey.startsWith(deletionPrefix);
  const key = isDeletionList ? patchKey.slice(deletionPrefix.length) : patchKey;
  if (change === null) {
    deleteMember(original, key);
    return;
  }
  const current = getMember(original, key);
  if (current === undefined || goKind(current) !== goKind(change)) {
    if (!isDeletionList) assign(original, key, dropNulls(change));
  } else if (isJsonObject(current) && isJsonObject(change)) {
    const field = patchField(schema, key);
    const merged = field.strategy === 'replace' ? change : mergeMap(current, change, field.below);
    setMember(original, key, merged);
  } else if (Array.isArray(current) && Array.isArray(change)) {
    const merged = mergeListField(current, change, key, schema, isDeletionList);
    setMember(original, key, merged);
  } else {
    setMember(original, key, change);
  }
}

function mergeListField(
  current: Json[],
  change: Json[],
  key: string,
  schema: PatchSchema,
  isDeletionList: boolean,
): Json[] {
  const { strategy, mergeKey, below } = patchField(schema, key);
  if (strategy !== 'merge' && !isDeletionList) return change;
  const mergeItem: MergeItem = (item, itemPatch) => mergeMap(item, itemPatch, below);
  return mergeList(current, change, { mergeKey, isDeletionList, mergeItem });
}

/** Directives inside something that is new have nothing to act on: what they mark is left out. */
function assign(original: JsonObject, key: string, value: Json): void {
  const kept = dropDirectives(value);
  if (kept === undefined) deleteMember(original, key);
  else setMember(original, key, kept);
}

function dropDirectives(value: Json): Json | undefined {
  if (Array.isArray(value))
    return value.map(dropDirectives).filter((item): item is Json => item !== undefined);
  if (!isJsonObject(value)) return value;
  if (getMember(value, directiveKey) !== undefined) return undefined;
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (member !== undefined) assign(value, key, member);
  }
  return value;
}

function dropNulls(value: Json): Json {
  if (Array.isArray(value)) value.forEach(dropNulls);
  else if (isJsonObject(value))
    for (const key of Object.keys(value)) {
      const member = value[key];
      if (member === null) deleteMember(value, key);
      else if (member !== undefined) dropNulls(member);
    }
  return value;
}

/** `$retainKeys: [a, b]`: the object keeps only these; the patch may set no others. */
function retainKeys(original: JsonObject, patch: JsonObject): void {
  const directive = getMember(patch, retainKeysKey);
  if (directive === undefined) return;
  deleteMember(patch, retainKeysKey);
  if (!Array.isArray(directive)) throw badRequest('invalid patch format of retainKeys');
  const retained = new Set(directive);
  for (const key of Object.keys(patch)) {
    const isExempt =
      patch[key] === null || key.startsWith(deletionPrefix) || key.startsWith(orderPrefix);
    if (!isExempt && !retained.has(key)) throw badRequest('invalid patch format of retainKeys');
  }
  for (const key of Object.keys(original)) if (!retained.has(key)) deleteMember(original, key);
}

/** Merges every list that has a $setElementOrder beside it, and takes both out of the patch. */
function mergeOrderedLists(original: JsonObject, patch: JsonObject, schema: PatchSchema): void {
  for (const directiveName of Object.keys(patch)) {
    if (!directiveName.startsWith(orderPrefix)) continue;
    const order = asList(getMember(patch, directiveName));
    deleteMember(patch, directiveName);
    const key = directiveName.slice(orderPrefix.length);
    const current = asList(getMember(original, key));
    const change = asList(getMember(patch, key));
    const { mergeKey } = patchField(schema, key);
    if (order === undefined) continue;
    validateOrder(change ?? [], order, mergeKey);
    const merged = mergedForOrder(current, change, key, schema);
    if (merged === undefined) continue;
    setMember(original, key, orderLike(merged, order, current ?? [], mergeKey));
    deleteMember(patch, key);
  }
}

function mergedForOrder(
  current: Json[] | undefined,
  change: Json[] | undefined,
  key: string,
  schema: PatchSchema,
): Json[] | undefined {
  if (change === undefined) return current;
  if (current !== undefined) return mergeListField(current, change, key, schema, false);
  const kept = dropDirectives(change);
  return Array.isArray(kept) ? kept : undefined;
}

function asList(value: Json | undefined): Json[] | undefined {
  if (value === undefined || Array.isArray(value)) return value;
  const actual = value === null ? '%!s(<nil>)' : goType(value);
  throw unclassified(`expected a []interface {}, but received a ${actual}`);
}
