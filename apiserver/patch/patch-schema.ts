// What a strategic merge patch must know of a field: how it merges and what is below it. Read from the
// x-kubernetes-patch-* keywords of the schema; fields the schema does not know merge by the shape of their values.
import type { ResolveSchema, SchemaNode } from '../object/schema-node.js';

export interface PatchField {
  /** 'merge', 'replace' or '' (maps merge, lists are replaced). retainKeys acts through a directive in the patch. */
  readonly strategy: string;
  /** '' for lists of scalars. */
  readonly mergeKey: string;
  /** The field's own schema, resolved; for a list the one of its items. */
  readonly below: PatchSchema;
}

export interface PatchSchema {
  readonly node: SchemaNode | undefined;
  readonly resolve: ResolveSchema;
}

/** Quantities are declared as strings but may be written as numbers: nothing is known of them here. */
export const patchSchemaOf = (
  node: SchemaNode | undefined,
  resolve: ResolveSchema,
): PatchSchema => ({
  node:
    node === undefined || node.$ref?.endsWith('.resource.Quantity') === true
      ? undefined
      : resolve(node),
  resolve,
});

export function patchField({ node, resolve }: PatchSchema, key: string): PatchField {
  const field = fieldNode(node, key);
  if (field === undefined)
    return { strategy: '', mergeKey: '', below: patchSchemaOf(undefined, resolve) };
  const resolved = resolve(field);
  const strategies = keyword(field, resolved, 'x-kubernetes-patch-strategy').split(',');
  return {
    strategy: strategies.find((strategy) => strategy !== 'retainKeys') ?? '',
    mergeKey: keyword(field, resolved, 'x-kubernetes-patch-merge-key'),
    below: patchSchemaOf(resolved.type === 'array' ? resolved.items : resolved, resolve),
  };
}

function fieldNode(node: SchemaNode | undefined, key: string): SchemaNode | undefined {
  const properties = node?.properties;
  if (properties !== undefined && Object.hasOwn(properties, key)) return properties[key];
  const rest = node?.additionalProperties;
  return typeof rest === 'object' ? rest : undefined;
}

function keyword(
  field: SchemaNode,
  resolved: SchemaNode,
  name: 'x-kubernetes-patch-strategy' | 'x-kubernetes-patch-merge-key',
): string {
  return field[name] ?? resolved[name] ?? '';
}
