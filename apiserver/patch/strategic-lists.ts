// Lists under a strategic merge patch: items are found by their merge key (scalars by value), changed, deleted or
// added, and then ordered: what the patch names in the patch's order, the rest in the object's own, interleaved
// as far as the object's old order tells. Used by strategic-merge.ts only.
import { badRequest } from '../object/api-error.js';
import { isJsonObject, type Json, type JsonObject } from '../object/kube-object.js';
import { goType, goValue } from './fields/go-text.js';
import { getMember } from './fields/members.js';
import { unclassified, unfitPatch } from './patch-errors.js';

export type MergeItem = (item: JsonObject, patch: JsonObject) => JsonObject;

export interface ListMerge {
  readonly mergeKey: string;
  /** The patch is a $deleteFromPrimitiveList. */
  readonly isDeletionList: boolean;
  readonly mergeItem: MergeItem;
}

export function mergeList(original: Json[], patch: Json[], merge: ListMerge): Json[] {
  if (original.length === 0 && patch.length === 0) return original;
  if (itemType([original, patch]) !== 'map[string]interface {}') {
    if (merge.isDeletionList) return without(original, patch);
    return orderLike([...new Set([...original, ...patch])], patch, original, '');
  }
  if (merge.mergeKey === '') throw unclassified('cannot merge lists without merge key');
  const { kept, changes } = applyListDirectives(maps(original), maps(patch), merge.mergeKey);
  const merged = mergeItems(kept, changes, merge);
  return orderLike(merged, changes, kept, merge.mergeKey);
}

const without = (list: readonly Json[], removed: readonly Json[]): Json[] => {
  const gone = new Set(removed);
  return list.filter((item) => !gone.has(item));
};

/** `$patch: delete` takes items out, `$patch: replace` makes the patch's other items the whole list. */
function applyListDirectives(
  original: JsonObject[],
  patch: JsonObject[],
  mergeKey: string,
): { kept: JsonObject[]; changes: JsonObject[] } {
  const changes: JsonObject[] = [];
  let kept = original;
  let isReplaced = false;
  for (const item of patch) {
    const directive = getMember(item, '$patch');
    if (directive === undefined) {
      changes.push(item);
    } else if (directive === 'delete') {
      const value = keyOf(item, mergeKey);
      kept = kept.filter((candidate) => getMember(candidate, mergeKey) !== value);
    } else if (directive === 'replace') {
      isReplaced = true;
    } else if (directive === 'merge') {
      throw unclassified('merging lists cannot yet be specified in the patch');
    } else {
      throw unclassified(`unknown patch type: ${goValue(directive)} in map: ${goValue(item)}`);
    }
  }
  return isReplaced ? { kept: changes, changes: [] } : { kept, changes };
}

function mergeItems(
  kept: readonly JsonObject[],
  changes: readonly JsonObject[],
  { mergeKey, mergeItem }: ListMerge,
): JsonObject[] {
  const merged = [...kept];
  const indexes = new Map<Json | undefined, number>();
  merged.forEach((item, index) => {
    const value = getMember(item, mergeKey);
    if (!indexes.has(value)) indexes.set(value, index);
  });
  for (const change of changes) {
    const value = keyOf(change, mergeKey);
    const index = indexes.get(value);
    const item = index === undefined ? undefined : merged[index];
    if (index === undefined || item === undefined) indexes.set(value, merged.push(change) - 1);
    else merged[index] = mergeItem(item, change);
  }
  return merged;
}

/** Items named in `order` in its sequence, the others as in `serverOrder`; both relative orders are kept. */
export function orderLike(
  merged: readonly Json[],
  order: readonly Json[],
  serverOrder: readonly Json[],
  mergeKey: string,
): Json[] {
  const identify = (item: Json): Json => (mergeKey === '' ? item : keyOf(asMap(item), mergeKey));
  const wanted = positions(order, identify);
  const known = positions(serverOrder, identify);
  const at = (item: Json, index: ReadonlyMap<Json, number>): number =>
    index.get(identify(item)) ?? -1;
  const byIndex = (index: ReadonlyMap<Json, number>) => (a: Json, b: Json) =>
    at(a, index) - at(b, index);
  const named = merged.filter((item) => at(item, wanted) >= 0).sort(byIndex(wanted));
  const rest = merged.filter((item) => at(item, wanted) < 0).sort(byIndex(known));
  return interleave(rest, named, (item) => at(item, known));
}

/** Puts each item of `rest` before the first item of `named` that came after it in the old list. */
function interleave(
  rest: readonly Json[],
  named: readonly Json[],
  oldIndex: (item: Json) => number,
): Json[] {
  const result: Json[] = [];
  let next = 0;
  for (const item of named) {
    const limit = oldIndex(item);
    for (let other = rest[next]; other !== undefined; other = rest[next]) {
      const index = oldIndex(other);
      if (limit < 0 || index < 0 || index >= limit) break;
      result.push(other);
      next++;
    }
    result.push(item);
  }
  return [...result, ...rest.slice(next)];
}

function positions(list: readonly Json[], identify: (item: Json) => Json): Map<Json, number> {
  const result = new Map<Json, number>();
  list.forEach((item, index) => {
    const identity = identify(item);
    if (!result.has(identity)) result.set(identity, index);
  });
  return result;
}

/** The patch's items must appear in $setElementOrder, in the same relative order. */
export function validateOrder(
  patch: readonly Json[],
  order: readonly Json[],
  mergeKey: string,
): void {
  if (patch.length === 0 || order.length === 0) return;
  const items = patch.filter((item) => mergeKey === '' || !hasDirective(asMap(item)));
  let next = 0;
  for (const wanted of order) {
    const item = items[next];
    if (item === undefined) return;
    const isSame =
      mergeKey === ''
        ? item === wanted
        : keyOf(asMap(item), mergeKey) === keyOf(asMap(wanted), mergeKey);
    if (isSame) next++;
  }
  if (next < items.length)
    throw unclassified(
      `The order in patch list:\n${goValue([...patch])}\n doesn't match $setElementOrder list:\n${goValue([...order])}\n`,
    );
}

const hasDirective = (item: JsonObject): boolean => getMember(item, '$patch') !== undefined;

/** The one type all items have. */
function itemType(lists: readonly (readonly Json[])[]): string {
  let type: string | undefined;
  for (const item of lists.flat(1)) {
    if (item === null) throw badRequest('list elements may not be null');
    const current = goType(item);
    if (current === '[]interface {}') throw unfitPatch('lists of lists are not supported');
    type ??= current;
    if (type !== current)
      throw unclassified(
        `list element types are not identical: ${goValue(lists.map((list) => [...list]))}`,
      );
  }
  return type ?? '';
}

const maps = (list: readonly Json[]): JsonObject[] => list.map(asMap);

function asMap(item: Json): JsonObject {
  if (isJsonObject(item)) return item;
  throw unclassified(`expected a map[string]interface {}, but received a ${goType(item)}`);
}

function keyOf(item: JsonObject, mergeKey: string): Json {
  const value = getMember(item, mergeKey);
  if (value !== undefined) return value;
  throw unclassified(`map: ${goValue(item)} does not contain declared merge key: ${mergeKey}`);
}
