// From a definition's version to a type of the registry: its schema with the keywords that mean something, under
// upstream's definition name.
import type { SchemaNode } from '../../object/schema-node.js';
import type { SchemaName } from '../resource.js';
import type { CustomDefinition, CustomVersion } from './definition.js';

/** `stable.example.com`, `v1`, `Widget` -> `com.example.stable.v1.Widget`. */
export const customSchemaName = (group: string, version: string, kind: string): SchemaName =>
  `${group.split('.').reverse().join('.')}.${version}.${kind}`;

export function customType(
  { group, acceptedNames }: CustomDefinition,
  { name, schema }: CustomVersion,
): SchemaNode {
  return {
    ...plain(schema ?? anything),
    'x-kubernetes-group-version-kind': [{ group, version: name, kind: acceptedNames.kind }],
  };
}

/** Definitions from before schemas were demanded. */
const anything: SchemaNode = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

const copied: ReadonlySet<string> = new Set([
  'default',
  'description',
  'enum',
  'example',
  'exclusiveMaximum',
  'exclusiveMinimum',
  'externalDocs',
  'format',
  'maxItems',
  'maxLength',
  'maxProperties',
  'maximum',
  'minItems',
  'minLength',
  'minProperties',
  'minimum',
  'multipleOf',
  'nullable',
  'pattern',
  'required',
  'title',
  'type',
  'uniqueItems',
]);

/** Unknown keywords go, as Go's types know none; empty texts are absent. */
function plain(node: SchemaNode): SchemaNode {
  const made: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(node)) {
    if (value === undefined || value === '') continue;
    if (copied.has(keyword) || keyword.startsWith('x-kubernetes-')) made[keyword] = value;
    else if (keyword === 'properties') made[keyword] = plainMembers(node.properties ?? {});
    else if (schemas.has(keyword) && isNode(value)) made[keyword] = plain(value);
    else if (keyword === 'additionalProperties') made[keyword] = value;
    else if (lists.has(keyword) && Array.isArray(value))
      made[keyword] = value.map((branch: SchemaNode) => plain(branch));
  }
  return made;
}

const plainMembers = (
  properties: Readonly<Record<string, SchemaNode>>,
): Readonly<Record<string, SchemaNode>> =>
  Object.fromEntries(Object.entries(properties).map(([name, node]) => [name, plain(node)]));

const schemas: ReadonlySet<string> = new Set(['additionalProperties', 'items', 'not']);
const lists: ReadonlySet<string> = new Set(['allOf', 'anyOf', 'oneOf']);

const isNode = (value: unknown): value is SchemaNode =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether any default stands in it: stored objects must then be completed when they are read. */
export function hasDefaults(node: SchemaNode): boolean {
  if (node.default !== undefined) return true;
  const { additionalProperties, items, properties } = node;
  return (
    Object.values(properties ?? {}).some(hasDefaults) ||
    (items !== undefined && hasDefaults(items)) ||
    (typeof additionalProperties === 'object' && hasDefaults(additionalProperties))
  );
}
