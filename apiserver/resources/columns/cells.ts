// What cells are made of: reading a path out of an object that was stored valid but may lack any field,
// and the small texts many kinds share (ages, selectors, containers). Sources of the wording: kube-apiserver's printers.
import { isJsonObject, type Json, type JsonObject } from '../../object/kube-object.js';
import { since } from '../duration.js';
import type { Column } from '../resource.js';

export function at(object: Json | undefined, ...path: readonly string[]): Json | undefined {
  let value = object;
  for (const name of path) {
    if (!isJsonObject(value)) return undefined;
    value = value[name];
  }
  return value;
}

/** '' when absent; numbers and booleans as text. */
export function textAt(object: Json | undefined, ...path: readonly string[]): string {
  const value = at(object, ...path);
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? String(value)
    : '';
}

export function textOr(fallback: string, object: Json, ...path: readonly string[]): string {
  const value = textAt(object, ...path);
  return value === '' ? fallback : value;
}

export function numberAt(object: Json | undefined, ...path: readonly string[]): number {
  const value = at(object, ...path);
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : 0;
}

export function booleanAt(object: Json | undefined, ...path: readonly string[]): boolean {
  return at(object, ...path) === true;
}

export function objectAt(object: Json | undefined, ...path: readonly string[]): JsonObject {
  const value = at(object, ...path);
  return isJsonObject(value) ? value : {};
}

export function objectsAt(object: Json | undefined, ...path: readonly string[]): JsonObject[] {
  const value = at(object, ...path);
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

export function textsAt(object: Json | undefined, ...path: readonly string[]): string[] {
  const value = at(object, ...path);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

export const hasField = (object: Json | undefined, ...path: readonly string[]): boolean =>
  (at(object, ...path) ?? null) !== null;

/** The condition of that type in status.conditions. */
export function conditionOf(object: Json, type: string): JsonObject | undefined {
  return objectsAt(object, 'status', 'conditions').find((item) => textAt(item, 'type') === type);
}

export const ageOf = (object: JsonObject, nowMs: number): string =>
  since(textAt(object, 'metadata', 'creationTimestamp'), nowMs);

/** `a=1,b=2` by key; `<none>` for no labels. */
export function formatLabels(labels: JsonObject): string {
  const pairs = Object.keys(labels)
    .sort()
    .map((key) => `${key}=${textAt(labels, key)}`);
  return pairs.length === 0 ? '<none>' : pairs.join(',');
}

/** A LabelSelector as text, requirements by key: `app=web,!old,tier in (a,b)`. */
export function selectorText(selector: JsonObject): string {
  const parts: [key: string, text: string][] = [];
  const labels = objectAt(selector, 'matchLabels');
  for (const key of Object.keys(labels)) parts.push([key, `${key}=${textAt(labels, key)}`]);
  for (const rule of objectsAt(selector, 'matchExpressions')) {
    const key = textAt(rule, 'key');
    const values = textsAt(rule, 'values').sort().join(',');
    const operator = textAt(rule, 'operator');
    if (operator === 'In') parts.push([key, `${key} in (${values})`]);
    else if (operator === 'NotIn') parts.push([key, `${key} notin (${values})`]);
    else if (operator === 'Exists') parts.push([key, key]);
    else parts.push([key, `!${key}`]);
  }
  parts.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return parts.map(([, text]) => text).join(',');
}

export function formatSelector(selector: JsonObject): string {
  const text = selectorText(selector);
  return text === '' ? '<none>' : text;
}

/** At most `max` items, then ` + N more...`. */
export function someOf(items: readonly string[], max: number, whenEmpty: string): string {
  if (items.length === 0) return whenEmpty;
  const shown = items.slice(0, max).join(',');
  return items.length > max ? `${shown} + ${items.length - max} more...` : shown;
}

export const boolText = (value: Json | undefined): string =>
  value === true ? 'True' : value === false ? 'False' : '<unset>';

type Cell = Column['cell'];

interface ColumnOptions {
  readonly type?: Column['type'];
  readonly format?: string;
  readonly wide?: boolean;
}

export function column(
  name: string,
  description: string,
  cell: Cell,
  options: ColumnOptions = {},
): Column {
  const { type = 'string', format = '', wide = false } = options;
  return { name, type, format, description, priority: wide ? 1 : 0, cell };
}

export const integer = (name: string, description: string, cell: Cell): Column =>
  column(name, description, cell, { type: 'integer' });

export const wide = (name: string, description: string, cell: Cell): Column =>
  column(name, description, cell, { wide: true });

export const nameColumn: Column = column(
  'Name',
  'Name of the object, unique among its kind in its namespace.',
  (object) => textAt(object, 'metadata', 'name'),
  { format: 'name' },
);

export const ageColumn: Column = column('Age', 'Time since the object was created.', ageOf);

/** For kinds without columns of their own (Role, LimitRange, ...). */
export const plainColumns: readonly Column[] = [
  nameColumn,
  column(
    'Created At',
    'When the object was created.',
    (object) => textAt(object, 'metadata', 'creationTimestamp'),
    { type: 'date' },
  ),
];

/** Containers, images and (unless absent) selector of a workload; shown by `-o wide`. */
export function podTemplateColumns(
  path: readonly string[],
  selector?: (object: JsonObject) => string,
): Column[] {
  const each =
    (field: string) =>
    (object: JsonObject): string =>
      objectsAt(object, ...path, 'spec', 'containers')
        .map((container) => textAt(container, field))
        .join(',');
  const columns = [
    wide('Containers', 'Names of the containers in the pod template.', each('name')),
    wide('Images', 'Images of the containers in the pod template.', each('image')),
  ];
  if (selector !== undefined)
    columns.push(wide('Selector', 'Which pods belong to the object.', selector));
  return columns;
}
