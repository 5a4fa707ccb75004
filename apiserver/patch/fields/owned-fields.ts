// From values to field sets: what applying a value claims (appliedFields), and what appears or disappears with a
// whole value (allFields). The two differ: a configuration claims leaves, items and members of open maps, while
// something new also counts its structs and lists.
import type { Json, JsonObject } from '../../object/kube-object.js';
import {
  childElements,
  emptySet,
  hasElement,
  type FieldSet,
  type GrowingSet,
} from './field-set.js';
import { fieldElement, fieldName, isField, sortElements } from './path-element.js';
import {
  deduced,
  type FieldPlan,
  type ListPlan,
  type MapPlan,
  type TypePlan,
} from './type-plan.js';
import { compareText } from './go-text.js';
import {
  asList,
  asMap,
  elementOrNothing,
  firstShape,
  groupItems,
  isEmptyMap,
  memberPlan,
} from './typed-value.js';

const leaf: FieldSet = emptySet;

/** The set a manager owns by applying `value`. */
export function appliedFields(plan: TypePlan, value: Json): FieldSet {
  return claims(plan, value)?.children ?? emptySet;
}

interface Claims {
  /** The value's own path. */
  readonly isClaimed: boolean;
  readonly children: GrowingSet;
}

function claims(plan: TypePlan, value: Json): Claims | undefined {
  switch (firstShape(plan, value)) {
    case 'scalar':
      return { isClaimed: true, children: {} };
    case 'list':
      if (plan.list === undefined) return undefined;
      if (plan.list.kind === 'atomic') return { isClaimed: true, children: {} };
      return { isClaimed: false, children: listClaims(plan.list, asList(value) ?? []) };
    case 'map':
      if (plan.map === undefined) return undefined;
      if (plan.map.isAtomic) return { isClaimed: true, children: {} };
      return { isClaimed: false, children: mapClaims(plan.map, asMap(value)) };
  }
}

function listClaims(list: ListPlan, value: readonly Json[]): GrowingSet {
  const children: GrowingSet = {};
  for (const [element, items] of groupItems(list, value)) {
    const [item] = items;
    const inner = items.length === 1 && item !== undefined ? claims(list.item(), item) : undefined;
    children[element] = node(true, inner?.children ?? {});
  }
  return children;
}

function mapClaims(map: MapPlan, value: JsonObject | undefined): GrowingSet {
  const children: GrowingSet = {};
  if (value === undefined) return children;
  for (const name of Object.keys(value)) {
    const member = value[name];
    if (member === undefined) continue;
    const inner = claims(memberPlan(map, name), member);
    const isClaimed =
      inner?.isClaimed === true ||
      map.field(name) === undefined ||
      member === null ||
      (asMap(member) !== undefined && isEmptyMap(asMap(member)));
    const below = inner?.children ?? {};
    if (isClaimed || Object.keys(below).length > 0)
      children[fieldElement(name)] = node(isClaimed, below);
  }
  return children;
}

/**
 * Node (not root) of everything in a value that is new or gone as a whole: all of it is in the set. Elements are in
 * the order of FieldsV1.
 */
export function allFields(plan: TypePlan, value: Json): FieldSet {
  switch (firstShape(plan, value)) {
    case 'scalar':
      return leaf;
    case 'list': {
      const list = asList(value);
      if (plan.list === undefined || plan.list.kind === 'atomic' || list === undefined) return leaf;
      return list.length === 0 ? leaf : allItems(plan.list, list, { '.': leaf });
    }
    case 'map': {
      const map = asMap(value);
      if (plan.map === undefined || plan.map.isAtomic || map === undefined) return leaf;
      return allMembers(plan.map, map);
    }
  }
}

/** Adds the items' nodes to `result`, which is the caller's own. */
export function allItems(list: ListPlan, value: readonly Json[], result: GrowingSet): FieldSet {
  const [first] = value;
  if (value.length === 1 && first !== undefined) {
    const element = elementOrNothing(list, first);
    if (element !== undefined) result[element] = allFields(list.item(), first);
    return result;
  }
  const nodes = new Map<string, FieldSet>();
  for (const item of value) {
    const element = elementOrNothing(list, item);
    if (element === undefined) continue;
    // Items that share a key are owned together, as one leaf.
    nodes.set(element, nodes.has(element) ? leaf : allFields(list.item(), item));
  }
  for (const element of sortElements([...nodes.keys()]))
    result[element] = nodes.get(element) ?? leaf;
  return result;
}

function allMembers(map: MapPlan, value: JsonObject): FieldSet {
  const result: GrowingSet = {};
  let isEmpty = true;
  for (const name of namesInOrder(value)) {
    const member = value[name];
    if (member === undefined) continue;
    if (isEmpty) result['.'] = leaf;
    isEmpty = false;
    const field = map.field(name);
    const type = field?.type ?? map.others ?? deduced;
    result[elementOf(field, name)] = allFields(type, member);
  }
  return result;
}

export const elementOf = (field: FieldPlan | undefined, name: string): string =>
  field?.element ?? fieldElement(name);

/** Up to here insertion beats sort(), which allocates: most structs have a dozen members. */
const fewNames = 24;

function insertionSort(names: string[]): string[] {
  for (let at = 1; at < names.length; at++) {
    const name = names[at] ?? '';
    let to = at;
    for (; to > 0; to--) {
      const before = names[to - 1] ?? '';
      if (compareText(before, name) <= 0) break;
      names[to] = before;
    }
    names[to] = name;
  }
  return names;
}

/** Byte order: that of the members' elements. */
export function namesInOrder(value: JsonObject): string[] {
  const names = Object.keys(value);
  return names.length > fewNames ? names.sort(compareText) : insertionSort(names);
}

const node = (isClaimed: boolean, children: GrowingSet): GrowingSet =>
  isClaimed && Object.keys(children).length > 0 ? { '.': {}, ...children } : children;

/** The set plus every declared member on the way to one: a struct counts as owned by whoever owns a part of it. */
export function withNamedFields(plan: TypePlan | undefined, set: FieldSet): FieldSet {
  const result: GrowingSet = {};
  for (const element of childElements(set)) {
    const child = set[element] ?? leaf;
    const field = isField(element) ? plan?.map?.field(fieldName(element)) : undefined;
    const below = withNamedFields(stepInto(plan, element), child);
    result[element] = node(hasElement(set, element) || field !== undefined, {
      ...below,
    });
  }
  return result;
}

function stepInto(plan: TypePlan | undefined, element: string): TypePlan | undefined {
  if (isField(element)) {
    const map = plan?.map;
    return map?.field(fieldName(element))?.type ?? map?.others;
  }
  return element.startsWith('k:') ? plan?.list?.item() : undefined;
}
