// TypePlan: a schema node compiled to what field ownership needs of it: whether a value is a leaf, a list that is
// atomic, a set or keyed, or a map with declared members. Rules are those of kube-openapi's schemaconv. Plans are
// compiled once per resolved node and kept as long as the node lives; members compile on first use.
import type { Json } from '../../object/kube-object.js';
import type { ResolveSchema, SchemaNode } from '../../object/schema-node.js';
import { compareText } from './go-text.js';
import { fieldElement } from './path-element.js';
import { zeroValue } from './zero-values.js';

export type ScalarType = 'numeric' | 'string' | 'boolean' | 'untyped';

/** More than one of the three: the value decides. */
export interface TypePlan {
  readonly scalar: ScalarType | undefined;
  readonly list: ListPlan | undefined;
  readonly map: MapPlan | undefined;
}

export interface KeyPlan {
  readonly name: string;
  readonly default: Json | undefined;
}

export interface ListPlan {
  readonly kind: 'atomic' | 'set' | 'map';
  /** Names of the key members with the default each has. */
  readonly keys: readonly KeyPlan[];
  /** The same in the order path elements have them. */
  readonly sortedKeys: readonly KeyPlan[];
  readonly item: () => TypePlan;
}

export interface FieldPlan {
  readonly type: TypePlan;
  /** `f:name`: made once, as every walk needs it. */
  readonly element: string;
  /** What a Go object without this member still has there: `{}` for an embedded struct, null for a required list. */
  readonly zero: Json | undefined;
}

export interface MapPlan {
  readonly isAtomic: boolean;
  /** Undefined: not declared. */
  readonly field: (name: string) => FieldPlan | undefined;
  /** Type of members that are not declared; undefined: there may be none. */
  readonly others: TypePlan | undefined;
}

const untypedAtomic: TypePlan = {
  scalar: 'untyped',
  list: { kind: 'atomic', keys: [], sortedKeys: [], item: () => untypedAtomic },
  map: { isAtomic: true, field: () => undefined, others: undefined },
};

/** For values without a schema: lists are leaves, maps are not. */
export const deduced: TypePlan = {
  scalar: 'untyped',
  list: { kind: 'atomic', keys: [], sortedKeys: [], item: () => untypedAtomic },
  map: {
    isAtomic: false,
    field: () => undefined,
    get others() {
      return deduced;
    },
  },
};

const plans = new WeakMap<SchemaNode, TypePlan>();

/** `keepsUnknown`: a node around this one allows members nobody declared; it does not reach through a $ref. */
export function planOf(node: SchemaNode, resolve: ResolveSchema, keepsUnknown = false): TypePlan {
  if (isScalarOfAnyType(node)) return scalarOfAnyType;
  const resolved = resolve(node);
  let plan = plans.get(resolved);
  if (plan === undefined)
    plans.set(resolved, (plan = compile(resolved, resolve, keepsUnknown && node === resolved)));
  return node === resolved ? plan : overridden(node, plan);
}

const scalarOfAnyType: TypePlan = { scalar: 'untyped', list: undefined, map: undefined };

/** Written as a number or a string: a quantity, an int-or-string. */
const isScalarOfAnyType = (node: SchemaNode): boolean =>
  node.$ref?.endsWith('.resource.Quantity') === true || node['x-kubernetes-int-or-string'] === true;

/** A field may say of the map it refers to that it is atomic, or granular. */
function overridden(node: SchemaNode, plan: TypePlan): TypePlan {
  const mapType = node['x-kubernetes-map-type'];
  if (mapType === undefined || plan.map === undefined) return plan;
  return { ...plan, map: { ...plan.map, isAtomic: mapType === 'atomic' } };
}

function compile(node: SchemaNode, resolve: ResolveSchema, keepsUnknown: boolean): TypePlan {
  const keeps = keepsUnknown || node['x-kubernetes-preserve-unknown-fields'] === true;
  switch (node.type) {
    case 'object':
      return { scalar: undefined, list: undefined, map: compileMap(node, resolve, keeps) };
    case 'array':
      return { scalar: undefined, list: compileList(node, resolve, keeps), map: undefined };
    case 'integer':
    case 'number':
      return { scalar: 'numeric', list: undefined, map: undefined };
    case 'boolean':
      return { scalar: 'boolean', list: undefined, map: undefined };
    case 'string': {
      const isPlain = node.format === undefined || node.format === 'byte' || node.format === '';
      return { scalar: isPlain ? 'string' : 'untyped', list: undefined, map: undefined };
    }
    default:
      return {
        scalar: 'untyped',
        list: compileList(node, resolve, keeps),
        map: compileMap(node, resolve, keeps),
      };
  }
}

function compileMap(node: SchemaNode, resolve: ResolveSchema, keepsUnknown: boolean): MapPlan {
  const properties = node.properties ?? {};
  const fields = new Map<string, FieldPlan>();
  const compileField = (property: SchemaNode, name: string): FieldPlan => ({
    type: planOf(property, resolve, keepsUnknown),
    element: fieldElement(name),
    zero: zeroValue(name, property, node),
  });
  const field = (name: string): FieldPlan | undefined => {
    let plan = fields.get(name);
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (plan === undefined && property !== undefined)
      fields.set(name, (plan = compileField(property, name)));
    return plan;
  };
  let others: TypePlan | undefined;
  return {
    isAtomic: node['x-kubernetes-map-type'] === 'atomic',
    field,
    get others() {
      return (others ??= otherMembers(node, resolve, keepsUnknown));
    },
  };
}

function otherMembers(
  { additionalProperties, properties }: SchemaNode,
  resolve: ResolveSchema,
  keepsUnknown: boolean,
): TypePlan | undefined {
  if (typeof additionalProperties === 'object')
    return planOf(additionalProperties, resolve, keepsUnknown);
  if (additionalProperties !== undefined) return additionalProperties ? deduced : undefined;
  return keepsUnknown || Object.keys(properties ?? {}).length === 0 ? deduced : undefined;
}

function compileList(node: SchemaNode, resolve: ResolveSchema, keepsUnknown: boolean): ListPlan {
  const { items } = node;
  const keyNames = listKeys(node);
  let keys: ListPlan['keys'] | undefined;
  let item: TypePlan | undefined;
  let sortedKeys: ListPlan['keys'] | undefined;
  return {
    kind: keyNames === undefined ? 'atomic' : keyNames.length === 0 ? 'set' : 'map',
    get keys() {
      return (keys ??= (keyNames ?? []).map((name) => ({
        name,
        default: defaultOf(items, name, resolve),
      })));
    },
    get sortedKeys() {
      return (sortedKeys ??= [...this.keys].sort((a, b) => compareText(a.name, b.name)));
    },
    item: () =>
      (item ??= items === undefined ? untypedAtomic : planOf(items, resolve, keepsUnknown)),
  };
}

/** Undefined: atomic; none: a set. Older types only say how they merge in a strategic merge patch. */
function listKeys(node: SchemaNode): readonly string[] | undefined {
  switch (node['x-kubernetes-list-type']) {
    case 'atomic':
      return undefined;
    case 'set':
      return [];
    case 'map':
      return node['x-kubernetes-list-map-keys'] ?? [];
    default: {
      const strategy = node['x-kubernetes-patch-strategy'];
      if (strategy !== 'merge' && strategy !== 'merge,retainKeys') return undefined;
      const mergeKey = node['x-kubernetes-patch-merge-key'];
      return mergeKey === undefined ? [] : [mergeKey];
    }
  }
}

function defaultOf(
  items: SchemaNode | undefined,
  name: string,
  resolve: ResolveSchema,
): Json | undefined {
  const properties = items === undefined ? undefined : resolve(items).properties;
  if (properties === undefined || !Object.hasOwn(properties, name)) return undefined;
  // The schema is JSON; SchemaNode leaves the type of its defaults open.
  return properties[name]?.default as Json | undefined;
}
