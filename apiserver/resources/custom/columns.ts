// Columns of a custom resource's table: NAME, then what the definition asks for, else AGE. A value of another type
// than its column's prints nothing. Source of the rules: apiextensions' tableconvertor.
import { stringifyJson } from '../../object/json.js';
import type { Json, JsonObject } from '../../object/kube-object.js';
import { parseTime } from '../../object/time.js';
import { nameColumn } from '../columns/cells.js';
import { since } from '../duration.js';
import type { Column } from '../resource.js';
import type { CustomColumn } from './definition.js';
import { JsonPathError, parseJsonPath, type JsonPath } from './json-path.js';

const age: CustomColumn = {
  name: 'Age',
  type: 'date',
  format: '',
  description: 'Time since the object was created.',
  priority: 0,
  jsonPath: '.metadata.creationTimestamp',
};

export function customColumns(asked: readonly CustomColumn[]): Column[] {
  return [nameColumn, ...(asked.length === 0 ? [age] : asked).map(columnOf)];
}

function columnOf({ name, type, format, description, priority, jsonPath }: CustomColumn): Column {
  const path = pathOf(jsonPath);
  const show = shows[type] ?? shows['string'];
  return {
    name,
    type: type as Column['type'], // as: validated when the definition was stored
    format,
    description:
      description === ''
        ? `Custom resource definition column (in JSONPath format): ${jsonPath}`
        : description,
    priority,
    cell: (object, nowMs) => {
      const [value] = path(object);
      return value === undefined || value === null ? null : (show?.(value, nowMs) ?? null);
    },
  };
}

/** A path that cannot be read shows nothing; upstream drops the column's values the same way. */
function pathOf(text: string): JsonPath {
  try {
    return parseJsonPath(text);
  } catch (error) {
    if (error instanceof JsonPathError) return () => [];
    throw error;
  }
}

type Show = (value: Json, nowMs: number) => string | number | boolean | null;

const shows: Readonly<Record<string, Show>> = {
  integer: (value) => (isNumber(value) ? Math.trunc(Number(value)) : null),
  number: (value) => (isNumber(value) ? Number(value) : null),
  boolean: (value) => (typeof value === 'boolean' ? value : null),
  string: (value) => (typeof value === 'string' ? value : stringifyJson(value)),
  date: (value, nowMs) => {
    if (typeof value !== 'string') return null;
    return parseTime(value) === undefined ? '<invalid>' : since(value, nowMs);
  },
};

const isNumber = (value: Json): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';

/** Value of a selectable field as selectors compare it; '' when absent. `path` is simple: `.spec.host`. */
export function selectableField(path: string): (object: JsonObject) => string {
  const read = pathOf(path);
  return (object) => {
    const [value] = read(object);
    return typeof value === 'string' ||
      typeof value === 'boolean' ||
      (value !== undefined && isNumber(value))
      ? String(value)
      : '';
  };
}
