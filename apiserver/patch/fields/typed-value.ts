// A value seen through its TypePlan: which of the plan's shapes it has, its members and the path elements of its
// list items, and the checks that make an applied configuration well typed. The walkers over two values are in
// compare-values.ts and merge-values.ts. Rules are structured-merge-diff's package typed.
import { isJsonObject, type Json, type JsonObject } from '../../object/kube-object.js';
import { goJson, goKind, goValue } from './go-text.js';
import { getMember } from './members.js';
import { displayElement, fieldElement, valueElement } from './path-element.js';
import {
  deduced,
  type ListPlan,
  type MapPlan,
  type ScalarType,
  type TypePlan,
} from './type-plan.js';

export type Shape = 'map' | 'scalar' | 'list';

/** The shapes a plan leaves open for a value; null fits all of them. Tried in this order. */
export function shapesOf(plan: TypePlan, value: Json): readonly Shape[] {
  if (typeof value !== 'object') {
    if (plan.scalar !== undefined) return scalarOnly;
  } else if (Array.isArray(value)) {
    if (plan.list !== undefined) return listOnly;
  } else if (value !== null && plan.map !== undefined) return mapOnly;
  return allShapes(plan);
}

const mapOnly: readonly Shape[] = ['map'];
const scalarOnly: readonly Shape[] = ['scalar'];
const listOnly: readonly Shape[] = ['list'];
const anyShape: readonly Shape[] = ['map', 'scalar', 'list'];

function allShapes({ map, scalar, list }: TypePlan): readonly Shape[] {
  if (scalar === undefined) return map === undefined ? listOnly : mapOnly;
  return map === undefined ? scalarOnly : list === undefined ? mapOnly : anyShape;
}

export const firstShape = (plan: TypePlan, value: Json): Shape =>
  shapesOf(plan, value)[0] ?? 'scalar';

export const asMap = (value: Json | undefined): JsonObject | undefined =>
  isJsonObject(value) ? value : undefined;

export const asList = (value: Json | undefined): readonly Json[] | undefined =>
  Array.isArray(value) ? value : undefined;

export const isEmptyMap = (map: JsonObject | undefined): boolean =>
  map === undefined || Object.values(map).every((member) => member === undefined);

/** Type of a member; unknown members of a closed type are treated as untyped (they are pruned elsewhere). */
export function memberPlan(map: MapPlan, name: string): TypePlan {
  return map.field(name)?.type ?? map.others ?? deduced;
}

/** An item that cannot be told apart by its keys or value. */
export class ItemError extends Error {}

/** The path element of an item of a set or keyed list. Throws ItemError. */
export function itemElement(plan: ListPlan, item: Json): string {
  return plan.kind === 'map' ? keyedElement(plan, item) : setElement(item);
}

function keyedElement({ keys, sortedKeys }: ListPlan, item: Json): string {
  if (item === null) throw new ItemError('associative list with keys may not have a null element');
  if (!isJsonObject(item))
    throw new ItemError('associative list with keys may not have non-map elements');
  let members = '';
  for (const key of sortedKeys) {
    const value = getMember(item, key.name) ?? key.default;
    if (value === undefined) continue;
    members += `${members === '' ? '' : ','}${goJson(key.name)}:${goJson(value)}`;
  }
  if (members !== '') return `k:{${members}}`;
  const names = keys.map(({ name }) => JSON.stringify(name)).join(' ');
  throw new ItemError(
    `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
  );
}

function setElement(item: Json): string {
  if (item === null)
    throw new ItemError("associative list without keys has an element that's an explicit null");
  if (Array.isArray(item))
    throw new ItemError('not supported: associative list with lists as elements');
  if (typeof item === 'object')
    throw new ItemError("associative list without keys has an element that's a map type");
  return valueElement(item);
}

/** Items by path element in order of first appearance; items without one are left out. */
export function groupItems(plan: ListPlan, list: readonly Json[]): Map<string, Json[]> {
  const groups = new Map<string, Json[]>();
  for (const item of list) {
    const element = elementOrNothing(plan, item);
    if (element === undefined) continue;
    const group = groups.get(element);
    if (group === undefined) groups.set(element, [item]);
    else group.push(item);
  }
  return groups;
}

/** For objects that are stored already: what slipped in then must not block every later write. */
export function elementOrNothing(plan: ListPlan, item: Json): string | undefined {
  try {
    return itemElement(plan, item);
  } catch (error) {
    if (error instanceof ItemError) return undefined;
    throw error;
  }
}

/** Everything about an applied configuration that does not fit its type: `.spec.foo: field not declared in schema`. */
export function typeErrors(plan: TypePlan, value: Json, path = ''): string[] {
  const at = (message: string): string => (path === '' ? message : `${path}: ${message}`);
  switch (firstShape(plan, value)) {
    case 'map':
      if (value === null || plan.map === undefined) return [];
      if (!isJsonObject(value)) return [at(`expected map, got &{${goValue(value)}}`)];
      return mapErrors(plan.map, value, path);
    case 'list':
      if (value === null || plan.list === undefined) return [];
      if (!Array.isArray(value)) return [at(`expected list, got &{${goValue(value)}}`)];
      return listErrors(plan.list, value, path);
    case 'scalar': {
      const message = scalarError(plan.scalar ?? 'untyped', value);
      return message === undefined ? [] : [at(message)];
    }
  }
}

function mapErrors(map: MapPlan, value: JsonObject, path: string): string[] {
  return Object.keys(value).flatMap((name) => {
    const member = value[name];
    if (member === undefined) return [];
    const memberPath = path + displayElement(fieldElement(name));
    const plan = map.field(name)?.type ?? map.others;
    return plan === undefined
      ? [`${memberPath}: field not declared in schema`]
      : typeErrors(plan, member, memberPath);
  });
}

function listErrors(list: ListPlan, value: readonly Json[], path: string): string[] {
  const seen = new Set<string>();
  return value.flatMap((item, index) => {
    if (list.kind === 'atomic') return typeErrors(list.item(), item, `${path}[${index}]`);
    try {
      const element = itemElement(list, item);
      const isDuplicate = seen.has(element);
      seen.add(element);
      const display = displayElement(element);
      const duplicates = isDuplicate ? [`${path}: duplicate entries for key ${display}`] : [];
      return [...duplicates, ...typeErrors(list.item(), item, path + display)];
    } catch (error) {
      if (error instanceof ItemError) return [`${path}: element ${index}: ${error.message}`];
      throw error;
    }
  });
}

function scalarError(type: ScalarType, value: Json): string | undefined {
  const kind = goKind(value);
  const isNumber = kind === 'int64' || kind === 'float64';
  if (value === null) return undefined;
  switch (type) {
    case 'numeric':
      return isNumber ? undefined : `expected numeric (int or float), got ${kind}`;
    case 'string':
      return kind === 'string'
        ? undefined
        : `expected string, got &value.valueUnstructured{Value:${goValue(value)}}`;
    case 'boolean':
      return kind === 'bool' ? undefined : `expected boolean, got &{${goValue(value)}}`;
    case 'untyped':
      return typeof value === 'object'
        ? `expected any scalar, got &{${goValue(value)}}`
        : undefined;
  }
}
