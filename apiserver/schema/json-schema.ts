// jsonSchemaOf: what a built-in type's facts demand, as JSON Schema for ajv: types and formats, required members,
// enums, lists without repeats. One schema a definition; a member of another definition's type says
// `{ struct: name }`, a keyword of our own (validator-built-in.ts), so that a schema is compiled when first met.
// What is required follows Go: an empty text or list is a missing one, of a missing struct Go sees the zero value.
import type { SchemaNode } from '../object/schema-node.js';
import { refName, type SchemaName, type TypeRegistry } from './openapi.js';
import { objectMetaName, planOf, type LeafKind, type Plan } from './plan.js';
import { distinctMember, isAsked, isEnumChecked, isSeenWhenMissing } from './required.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The members of a path inside an object. */
export type MemberPath = readonly string[];

export function jsonSchemaOf(name: SchemaName, types: TypeRegistry): JsonSchema {
  const plan = types.derived(planOf, name);
  if (plan.type !== 'struct') return valueSchema({}, plan, true);
  const members = types.derived(membersOf, name);
  const required = members.filter(({ missed }) => missed.length > 0).map(({ key }) => key);
  return {
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(members.map(({ key, schema }) => [key, schema])),
  };
}

/** What to call required when a member is missing: the member itself, or what is missed inside its zero value. */
export function missedPaths(
  name: SchemaName,
  member: string,
  types: TypeRegistry,
): readonly MemberPath[] {
  return types.derived(membersOf, name).find(({ key }) => key === member)?.missed ?? [[member]];
}

interface Member {
  readonly key: string;
  readonly schema: JsonSchema;
  readonly missed: readonly MemberPath[];
}

type Need = 'text' | 'list' | 'struct' | 'number';

function membersOf(name: SchemaName, types: TypeRegistry): readonly Member[] {
  const plan = types.derived(planOf, name);
  if (plan.type !== 'struct') return [];
  const node = types.get(name);
  const isTop = node['x-kubernetes-group-version-kind'] !== undefined;
  return Object.entries(node.properties ?? {}).map(([key, child]): Member => {
    const childPlan = plan.fields.get(key)?.plan;
    if (childPlan === undefined) return { key, schema: {}, missed: [] };
    // The real server trusts who may write the status; nobody writes lists' metadata, objects' has its own rules.
    if (isTop && refName(child) === objectMetaName)
      return { key, schema: { struct: objectMetaName }, missed: [] };
    if (isTop && (key === 'status' || key === 'metadata') && childPlan.type === 'struct')
      return { key, schema: { type: 'object' }, missed: [] };
    return memberOf(key, child, childPlan, { name, structName: plan.structName, types });
  });
}

interface Owner {
  readonly name: SchemaName;
  readonly structName: string;
  readonly types: TypeRegistry;
}

function memberOf(
  key: string,
  node: SchemaNode,
  plan: Plan,
  { name, structName, types }: Owner,
): Member {
  const isRequired = types.get(name).required?.includes(key) === true && isAsked(structName, key);
  const need = isRequired ? needOf(plan, node) : undefined;
  const distinct = distinctMember(structName, key);
  const schema = {
    ...valueSchema(node, plan, isEnumChecked(structName, key)),
    ...(need === undefined ? {} : { needed: true }),
    ...(need === 'text' ? { minLength: 1 } : {}),
    ...(need === 'list' ? { minItems: 1 } : {}),
    ...(distinct === undefined ? {} : { distinct }),
  };
  const isSeen = need === 'struct' || isSeenWhenMissing(structName, key);
  const target = isSeen && plan.type === 'struct' ? refName(node) : undefined;
  const inside = target === undefined ? [] : zeroMisses(target, types);
  if (inside.length > 0) return { key, schema, missed: inside.map((path) => [key, ...path]) };
  return { key, schema, missed: need === undefined ? [] : [[key]] };
}

/** What is missed in the zero value of a struct. (No struct requires itself, or it could not exist.) */
const zeroMisses = (name: SchemaName, types: TypeRegistry): MemberPath[] =>
  types.derived(membersOf, name).flatMap(({ missed }) => missed);

/** Go cannot tell a missing number or bool from its zero: only those marked required are asked for. */
function needOf(plan: Plan, node: SchemaNode): Need | undefined {
  if (plan.type === 'list') return 'list';
  if (plan.type === 'struct') return 'struct';
  if (plan.type === 'map') return undefined;
  if (plan.kind === 'string' || plan.kind === 'bytes') return 'text';
  const isMarked = node['x-markers']?.includes('required') === true;
  return isMarked && (plan.kind === 'int32' || plan.kind === 'int64') ? 'number' : undefined;
}

function valueSchema(node: SchemaNode, plan: Plan, isEnumAsked: boolean): JsonSchema {
  switch (plan.type) {
    case 'leaf':
      return { ...leafSchemas[plan.kind], ...enumOf(node, isEnumAsked, ['']), ...marked(node) };
    case 'list': {
      const { items = {} } = node;
      const item = { ...valueSchema(items, plan.item, false), ...enumOf(items, isEnumAsked, []) };
      return { type: 'array', items: item, ...marked(node) };
    }
    case 'map': {
      const values = typeof node.additionalProperties === 'object' ? node.additionalProperties : {};
      return { type: 'object', additionalProperties: valueSchema(values, plan.value, false) };
    }
    case 'struct': {
      const name = refName(node);
      return name === undefined ? { type: 'object' } : { struct: name };
    }
  }
}

/** Of a member, an empty text is an absent one; not so of a list's item. `supported` is what a message lists. */
function enumOf(node: SchemaNode, isAsked: boolean, also: readonly string[]): JsonSchema {
  const supported = isAsked ? node.enum?.filter((value) => typeof value === 'string') : undefined;
  return supported === undefined ? {} : { enum: [...new Set([...supported, ...also])], supported };
}

const leafSchemas: Readonly<Record<LeafKind, JsonSchema>> = {
  string: { type: 'string' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number' },
  bool: { type: 'boolean' },
  // The decoder has just read the base64, which may be a megabyte.
  bytes: { type: 'string' },
  quantity: { type: ['string', 'number'], format: 'quantity' },
  'int-or-string': { type: ['integer', 'string'] },
  time: { type: 'string', format: 'date-time' },
  'micro-time': { type: 'string', format: 'date-time' },
  any: {},
  raw: {},
};

/**
 * Declarative validation's markers and the keywords that say the same. Those of the names of formats are the kinds'
 * own matter; `kubebuilder:` markers are there for documentation, no server looks at them.
 */
const markerKeywords: Readonly<Record<string, string>> = {
  'k8s:minimum': 'minimum',
  'k8s:maximum': 'maximum',
  'k8s:maxItems': 'maxItems',
};

function marked(node: SchemaNode): JsonSchema {
  const schema: Record<string, unknown> = {};
  for (const marker of node['x-markers'] ?? []) {
    const [name = '', value] = marker.split('=');
    const keyword = markerKeywords[name];
    if (keyword !== undefined) schema[keyword] = Number(value);
  }
  return schema;
}
