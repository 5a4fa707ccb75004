// Types for the OpenAPI documents: which definitions a group needs, and each definition in the words of
// OpenAPI 2 or 3, with descriptions. Our own bookkeeping (`x-markers`) stays inside.
import type { SchemaNode } from '../../object/schema-node.js';
import type { Descriptions } from '../../resources/descriptions.js';
import type { Resource, SchemaName } from '../../resources/resource.js';
import { refName, type TypeRegistry } from '../../schema/openapi.js';
import { publishedType } from './openapi-custom.js';
import { listSchema } from './openapi-operations.js';

export type Dialect = 'v2' | 'v3';

type Node = Readonly<Record<string, unknown>>;
type MutableNode = Record<string, unknown>;

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const alwaysThere: readonly SchemaName[] = [
  `${meta}.DeleteOptions`,
  `${meta}.ListMeta`,
  `${meta}.ObjectMeta`,
  `${meta}.Patch`,
  `${meta}.Status`,
  `${meta}.WatchEvent`,
];

/** Definitions the rows use, directly or through others, by name. */
export function definitionsFor(
  rows: readonly Resource[],
  types: TypeRegistry,
): ReadonlyMap<SchemaName, SchemaNode> {
  const found = new Map<SchemaName, SchemaNode>();
  const visitName = (name: SchemaName): void => {
    if (found.has(name) || !types.has(name)) return;
    const node = publishedType(name, types);
    found.set(name, node);
    visit(node);
  };
  const visit = (node: SchemaNode): void => {
    const name = refName(node);
    if (name !== undefined) visitName(name);
    for (const child of childrenOf(node)) visit(child);
  };
  alwaysThere.forEach(visitName);
  for (const row of rows) {
    visitName(row.schema);
    for (const { schema } of Object.values(row.subresources))
      if (schema !== undefined) visitName(schema);
    const list = listSchema(row);
    if (!row.verbs.includes('list')) continue;
    if (types.has(list)) visitName(list);
    else found.set(list, listNode(row));
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function* childrenOf(node: SchemaNode): Iterable<SchemaNode> {
  yield* Object.values(node.properties ?? {});
  if (node.items !== undefined) yield node.items;
  if (typeof node.additionalProperties === 'object') yield node.additionalProperties;
}

/** Custom resources come without a definition of their list. */
function listNode(row: Resource): SchemaNode {
  const { group, version, listKind } = row;
  return {
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: { type: 'string' },
      items: { type: 'array', items: { $ref: `#/definitions/${row.schema}` } },
      kind: { type: 'string' },
      metadata: { $ref: `#/definitions/${meta}.ListMeta` },
    },
    'x-kubernetes-group-version-kind': [{ group, version, kind: listKind }],
  };
}

/** Types whose JSON is of two kinds; only version 3 has words for that. */
const unions: Readonly<Record<SchemaName, Node>> = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': {
    format: 'int-or-string',
    oneOf: [{ type: 'integer' }, { type: 'string' }],
  },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': {
    oneOf: [{ type: 'string' }, { type: 'number' }],
  },
};

export class TypeWriter {
  readonly #dialect: Dialect;
  readonly #descriptions: Descriptions;

  constructor(dialect: Dialect, descriptions: Descriptions) {
    this.#dialect = dialect;
    this.#descriptions = descriptions;
  }

  ref(name: SchemaName): Node {
    return {
      $ref: `${this.#dialect === 'v3' ? '#/components/schemas/' : '#/definitions/'}${name}`,
    };
  }

  definition(name: SchemaName, node: SchemaNode): Node {
    const union = this.#dialect === 'v3' ? unions[name] : undefined;
    const text = node['description'] ?? this.#descriptions.ofType(name);
    return {
      ...(text === undefined ? {} : { description: text }),
      ...(union ?? this.#node(node, name)),
      // What is open loses its type below; a whole object is one all the same.
      ...(this.#dialect === 'v2' && isOpen(node) ? { type: 'object' } : {}),
    };
  }

  /** `owner` is the named type the node belongs to directly; undefined for nested, nameless types. */
  #node(node: SchemaNode, owner?: SchemaName): Node {
    const name = refName(node);
    const result: MutableNode = {};
    for (const [keyword, value] of Object.entries(node))
      if (this.#keeps(keyword, node)) result[keyword] = value;
    if (name !== undefined) return this.#reference(name, result);
    if (node.properties !== undefined && 'properties' in result)
      result['properties'] = this.#properties(node.properties, owner);
    if (node.items !== undefined) result['items'] = this.#node(node.items);
    if (typeof node.additionalProperties === 'object')
      result['additionalProperties'] = this.#node(node.additionalProperties);
    if (node['x-kubernetes-int-or-string'] === true) Object.assign(result, this.#intOrString());
    return result;
  }

  #properties(properties: NonNullable<SchemaNode['properties']>, owner?: SchemaName): Node {
    const result: MutableNode = {};
    for (const [field, node] of Object.entries(properties)) {
      const made = this.#node(node);
      const text =
        owner === undefined || 'description' in made
          ? undefined
          : this.#descriptions.ofField(owner, field);
      result[field] = text === undefined ? made : this.#described(made, text);
    }
    return result;
  }

  /** Version 3 ignores what stands beside `$ref`, so the reference moves into allOf. */
  #described(node: Node, description: string): Node {
    if (this.#dialect === 'v2' || !('$ref' in node)) return { description, ...node };
    return { description, allOf: [node] };
  }

  #reference(name: SchemaName, beside: MutableNode): Node {
    const ref = this.ref(name);
    delete beside['$ref'];
    if (Object.keys(beside).length === 0) return ref;
    return this.#dialect === 'v2' ? { ...beside, ...ref } : { ...beside, allOf: [ref] };
  }

  #intOrString(): Node {
    return this.#dialect === 'v2' ? { type: 'string', format: 'int-or-string' } : {};
  }

  #keeps(keyword: string, node: SchemaNode): boolean {
    if (keyword === 'x-markers') return false;
    if (this.#dialect === 'v3') return true;
    if (onlyInV3.has(keyword)) return false;
    // Version 2 clients take listed properties for all there are.
    return !(isOpen(node) && openDrops.has(keyword));
  }
}

/** Takes what version 2 has no words for: members of any name, or null. */
const isOpen = (node: SchemaNode): boolean =>
  node['x-kubernetes-preserve-unknown-fields'] === true || node['nullable'] === true;

const onlyInV3 = new Set([
  'nullable',
  'oneOf',
  'anyOf',
  'allOf',
  'not',
  'x-kubernetes-validations',
]);
const openDrops = new Set([
  'additionalProperties',
  'enum',
  'items',
  'properties',
  'required',
  'type',
]);
