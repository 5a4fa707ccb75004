// Plan: a type as the decoder sees it, compiled from its schema when first met: which members a struct has, how
// Go names each type (for error messages), what a leaf accepts. Walked by decode-error.ts, prune.ts and others.
import type { SchemaNode } from '../object/schema-node.js';
import { goStringType } from './go-types.js';
import { refName, type SchemaName, type TypeRegistry } from './openapi.js';

export type LeafKind =
  | 'string'
  | 'int32'
  | 'int64'
  | 'double'
  | 'bool'
  | 'bytes'
  | 'quantity'
  | 'int-or-string'
  | 'time'
  | 'micro-time'
  /** Kept as it is, whatever it is. */
  | 'any'
  /** As `any`, but must be an object: RawExtension, FieldsV1. */
  | 'raw';

export interface LeafPlan {
  readonly type: 'leaf';
  readonly kind: LeafKind;
  /** As Go's reflect prints it: `int32`, `v1.RestartPolicy`. */
  readonly goType: string;
}
export interface ListPlan {
  readonly type: 'list';
  readonly item: Plan;
  readonly goType: string;
}
export interface MapPlan {
  readonly type: 'map';
  readonly value: Plan;
  readonly goType: string;
}
export interface FieldPlan {
  readonly plan: Plan;
  readonly isRequired: boolean;
  /** A null is a value of its own; only custom resources' schemas say so. */
  readonly isNullable: boolean;
}

export type Plan = LeafPlan | ListPlan | MapPlan | StructPlan;

/** Members are compiled on first use: most of a big type is never met, and types may hold themselves. */
export class StructPlan {
  readonly type = 'struct';
  readonly goType: string;
  /** `PodSpec`, without the package. */
  readonly structName: string;
  /** Unknown members are kept (x-kubernetes-preserve-unknown-fields). */
  readonly keepsUnknown: boolean;
  readonly #compile: () => Map<string, FieldPlan>;
  #fields: Map<string, FieldPlan> | undefined;

  constructor(goType: string, keepsUnknown: boolean, compile: () => Map<string, FieldPlan>) {
    this.goType = goType;
    this.structName = goType.slice(goType.lastIndexOf('.') + 1);
    this.keepsUnknown = keepsUnknown;
    this.#compile = compile;
  }

  get fields(): ReadonlyMap<string, FieldPlan> {
    return (this.#fields ??= this.#compile());
  }
}

export const objectMetaName: SchemaName = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

const leafTypes: Readonly<Record<string, LeafPlan>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': leaf('quantity', 'resource.Quantity'),
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': leaf('time', 'v1.Time'),
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': leaf('micro-time', 'v1.MicroTime'),
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': leaf('int-or-string', 'intstr.IntOrString'),
  'io.k8s.apimachinery.pkg.runtime.RawExtension': leaf('raw', 'runtime.RawExtension'),
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': leaf('raw', 'v1.FieldsV1'),
};

function leaf(kind: LeafKind, goType: string): LeafPlan {
  return { type: 'leaf', kind, goType };
}
const anything = leaf('any', 'interface {}');

/** The plan of a definition; use through `types.derived(planOf, name)`. */
export function planOf(name: SchemaName, types: TypeRegistry): Plan {
  const known = leafTypes[name];
  if (known !== undefined) return known;
  const node = types.get(name);
  if (types.isBuiltIn(name)) {
    return node.properties === undefined && !isEmptyStruct(node, name)
      ? anything
      : structOf(node, goTypeName(name), types, []);
  }
  return structOf(node, goTypeName(name), types, ['apiVersion', 'kind', 'metadata']);
}

/** Types without members are real empty structs, but for apiextensions' own JSON types, which have no `type`. */
const isEmptyStruct = (node: SchemaNode, name: SchemaName): boolean =>
  node.type === 'object' && !name.endsWith('.Patch');

/** `io.k8s.api.core.v1.PodSpec` -> `v1.PodSpec`. */
const goTypeName = (name: SchemaName): string => name.split('.').slice(-2).join('.');

function structOf(
  node: SchemaNode,
  goType: string,
  types: TypeRegistry,
  wellKnown: readonly string[],
): StructPlan {
  const keepsUnknown = node['x-kubernetes-preserve-unknown-fields'] === true;
  return new StructPlan(goType, keepsUnknown, () => {
    const required = new Set(node.required);
    const fields = new Map<string, FieldPlan>();
    for (const [key, child] of Object.entries(node.properties ?? {})) {
      const plan = planOfNode(child, types, `${goType}.${key}`);
      fields.set(key, {
        plan,
        isRequired: required.has(key),
        isNullable: child['nullable'] === true,
      });
    }
    for (const key of wellKnown) {
      const plan =
        key === 'metadata' ? types.derived(planOf, objectMetaName) : leaf('string', 'string');
      fields.set(key, { plan, isRequired: false, isNullable: false });
    }
    return fields;
  });
}

/** `where` is `v1.PodSpec.restartPolicy`, to look up the names Go gives to strings. */
function planOfNode(node: SchemaNode, types: TypeRegistry, where: string): Plan {
  const name = refName(node);
  if (name !== undefined) return types.derived(planOf, name);
  if (node['x-kubernetes-int-or-string'] === true)
    return leaf('int-or-string', 'intstr.IntOrString');
  switch (node.type) {
    case 'string':
      return stringPlan(node, where);
    case 'integer':
      return node.format === 'int32' ? leaf('int32', 'int32') : leaf('int64', 'int64');
    case 'number':
      return leaf('double', 'float64');
    case 'boolean':
      return leaf('bool', 'bool');
    case 'array': {
      const item = node.items === undefined ? anything : planOfNode(node.items, types, where);
      return { type: 'list', item, goType: `[]${item.goType}` };
    }
    case 'object':
      return objectPlan(node, types, where);
    default:
      return node.properties === undefined ? anything : objectPlan(node, types, where);
  }
}

function stringPlan(node: SchemaNode, where: string): LeafPlan {
  if (node.format === 'byte') return leaf('bytes', '[]uint8');
  return leaf('string', goStringType(where));
}

function objectPlan(node: SchemaNode, types: TypeRegistry, where: string): Plan {
  const isEmbedded = node['x-kubernetes-embedded-resource'] === true;
  if (node.properties !== undefined || isEmbedded)
    return structOf(node, where, types, isEmbedded ? ['apiVersion', 'kind', 'metadata'] : []);
  const { additionalProperties } = node;
  if (typeof additionalProperties === 'object') {
    const value = planOfNode(additionalProperties, types, where);
    const goType =
      value.type === 'leaf' && value.kind === 'quantity'
        ? 'v1.ResourceList'
        : `map[string]${value.goType}`;
    return { type: 'map', value, goType };
  }
  if (additionalProperties === true || node['x-kubernetes-preserve-unknown-fields'] === true)
    return anything;
  return structOf(node, where, types, []);
}
