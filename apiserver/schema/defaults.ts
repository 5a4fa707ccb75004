// applySchemaDefaults: fills in every `default` of a type's schema in the parents that exist, as Go's defaulting does.
// Each definition compiles once to the list of members worth visiting; whole subtrees without defaults are skipped.
import { cloneJson, setKey } from '../object/json.js';
import { isJsonObject, type Json, type JsonObject } from '../object/kube-object.js';
import type { SchemaNode } from '../object/schema-node.js';
import { refName, type SchemaName, type TypeRegistry } from './openapi.js';

interface Filler {
  /** Members with a default, and the default. */
  readonly values: readonly (readonly [string, Json])[];
  /** Members with defaults somewhere below them. */
  readonly below: readonly (readonly [string, Visit])[];
}

type Visit = (value: Json) => void;

/** Changes `object`; running it again changes nothing. */
export function applySchemaDefaults(
  object: JsonObject,
  schemaName: SchemaName,
  types: TypeRegistry,
): void {
  visitOf(schemaName, types)?.(object);
}

/** Undefined: no default anywhere in the type. */
function visitOf(name: SchemaName, types: TypeRegistry): Visit | undefined {
  return types.derived(visitBoxOf, name).visit;
}

interface VisitBox {
  readonly visit: Visit | undefined;
}

function visitBoxOf(name: SchemaName, types: TypeRegistry): VisitBox {
  if (!types.derived(hasDefaultsBelow, name).found) return { visit: undefined };
  // Compiled when first used: a type may hold itself.
  let compiled: Visit | undefined;
  return {
    visit: (value) => {
      compiled ??= compile(types.get(name), types, types.isBuiltIn(name));
      compiled?.(value);
    },
  };
}

/** Whether a definition, or any it refers to, has a default. Boxed, as `derived` remembers objects only. */
function hasDefaultsBelow(name: SchemaName, types: TypeRegistry): { readonly found: boolean } {
  const seen = new Set<SchemaName>();
  const search = (node: SchemaNode): boolean => {
    if (defaultOf(node) !== undefined) return true;
    const reference = refName(node);
    if (reference !== undefined) {
      if (seen.has(reference)) return false;
      seen.add(reference);
      return search(types.get(reference));
    }
    return childrenOf(node).some(search);
  };
  return { found: search(types.get(name)) };
}

function childrenOf(node: SchemaNode): SchemaNode[] {
  const { additionalProperties, items, properties } = node;
  return [
    ...Object.values(properties ?? {}),
    ...(items === undefined ? [] : [items]),
    ...(typeof additionalProperties === 'object' ? [additionalProperties] : []),
  ];
}

/** The facts write `ref(Name)` where Go names a constant; the constant's text is in `constants`. */
const constants: Readonly<Record<string, string>> = {
  'ref(AzureDataDiskCachingReadWrite)': 'ReadWrite',
  'ref(AzureSharedBlobDisk)': 'Shared',
};

function defaultOf(node: SchemaNode): Json | undefined {
  // JSON data by construction: facts file or a CRD's schema.
  const value = node.default as Json | undefined;
  return typeof value === 'string' ? (constants[value] ?? value) : value;
}

function compile(node: SchemaNode, types: TypeRegistry, isTyped: boolean): Visit | undefined {
  const reference = refName(node);
  if (reference !== undefined) return visitOf(reference, types);
  const { additionalProperties, items, properties } = node;
  if (items !== undefined) {
    const item = compile(items, types, isTyped);
    return item === undefined ? undefined : eachItem(item);
  }
  if (properties !== undefined) return members(fillerOf(properties, types, isTyped));
  if (typeof additionalProperties === 'object') {
    const value = compile(additionalProperties, types, isTyped);
    return value === undefined ? undefined : eachValue(value);
  }
  return undefined;
}

function fillerOf(
  properties: Readonly<Record<string, SchemaNode>>,
  types: TypeRegistry,
  isTyped: boolean,
): Filler {
  const values: (readonly [string, Json])[] = [];
  const below: (readonly [string, Visit])[] = [];
  for (const [key, child] of Object.entries(properties)) {
    const value = defaultOf(child);
    if (value !== undefined && !(isTyped && isZero(value))) values.push([key, value]);
    const visit = compile(child, types, isTyped);
    if (visit !== undefined) below.push([key, visit]);
  }
  return { values, below };
}

/** Go does not write zero values out (`omitempty`), so as defaults of built-in types they change nothing. */
const isZero = (value: Json): boolean => value === '' || value === false || value === 0;

const eachItem =
  (visit: Visit): Visit =>
  (value) => {
    if (Array.isArray(value)) for (const item of value) visit(item);
  };

const eachValue =
  (visit: Visit): Visit =>
  (value) => {
    if (!isJsonObject(value)) return;
    for (const member of Object.values(value)) if (member !== undefined) visit(member);
  };

const members =
  ({ values, below }: Filler): Visit =>
  (value) => {
    if (!isJsonObject(value)) return;
    for (const [key, initial] of values)
      if (value[key] === undefined) setKey(value, key, cloneJson(initial));
    for (const [key, visit] of below) {
      const child = value[key];
      if (child !== undefined) visit(child);
    }
  };
