// pruneUnknown: makes an object what Go's decoder would have kept of it. Members the type does not have go (their
// paths are returned), null means absent, empty optional lists and maps go as `omitempty` drops them, quantities
// and times take their canonical text. Run it on what decodeProblem found to fit.
import { isJsonObject, type Json, type JsonObject } from '../object/kube-object.js';
import { canonicalQuantity } from '../object/quantity.js';
import { formatMicroTime, formatTime, parseTime } from '../object/time.js';
import {
  planOf,
  type FieldPlan,
  type LeafKind,
  type LeafPlan,
  type Plan,
  type StructPlan,
} from './plan.js';
import type { SchemaName, TypeRegistry } from './openapi.js';

/** The real decoder stops collecting there, too. */
const unknownPathsMax = 100;

const noRepeats: ReadonlySet<string> = new Set();

/**
 * Changes `object`. Returns what the strict decoder finds, in document order: `unknown field "spec.containers[0].foo"`,
 * and those of `repeated` (decodeBody's `duplicate field "spec.x"`) that are members of the type, as what is inside
 * unknown ones is not decoded. Built-in types also lose empty optional lists and maps; a custom resource keeps what
 * its schema allows.
 */
export function pruneUnknown(
  object: JsonObject,
  schemaName: SchemaName,
  types: TypeRegistry,
  repeated: ReadonlySet<string> = noRepeats,
): string[] {
  const plan = types.derived(planOf, schemaName);
  const walk = new PruneWalk(types.isBuiltIn(schemaName), repeated);
  walk.prune(object, plan, '');
  return walk.problems;
}

/** As decode.ts words it. */
export const repeatedText = (path: string): string => `duplicate field ${JSON.stringify(path)}`;

class PruneWalk {
  readonly problems: string[] = [];
  readonly #isTyped: boolean;
  readonly #repeated: ReadonlySet<string>;
  #unknown = 0;

  constructor(isTyped: boolean, repeated: ReadonlySet<string>) {
    this.#isTyped = isTyped;
    this.#repeated = repeated;
  }

  prune(value: Json, plan: Plan, path: string): void {
    switch (plan.type) {
      case 'leaf':
        return;
      case 'list':
        if (Array.isArray(value)) this.#items(value, plan.item, path);
        return;
      case 'map':
        if (isJsonObject(value)) this.#values(value, plan.value, path);
        return;
      case 'struct':
        if (isJsonObject(value)) this.#members(value, plan, path);
    }
  }

  #items(list: Json[], item: Plan, path: string): void {
    const isLeaf = item.type === 'leaf' && !this.#isRewritten(item);
    for (let index = 0; index < list.length; index++) {
      const value = list[index];
      if (value === null && this.#isTyped) list[index] = zeroOf(item);
      else if (isLeaf || value === undefined) continue;
      else if (item.type === 'leaf') list[index] = canonical(value, item.kind);
      else this.prune(value, item, `${path}[${index}]`);
    }
  }

  #values(map: JsonObject, plan: Plan, path: string): void {
    const isLeaf = plan.type === 'leaf' && !this.#isRewritten(plan);
    for (const key of Object.keys(map)) {
      const value = map[key];
      if (this.#repeated.size > 0) this.#tellRepeated(join(path, key));
      if (value === null && this.#isTyped) map[key] = zeroOf(plan);
      else if (isLeaf || value === undefined) continue;
      else if (plan.type === 'leaf') map[key] = canonical(value, plan.kind);
      else this.prune(value, plan, join(path, key));
    }
  }

  #members(object: JsonObject, plan: StructPlan, path: string): void {
    for (const key of Object.keys(object)) {
      const field = plan.fields.get(key);
      if (field === undefined) {
        if (plan.keepsUnknown) continue;
        if (this.#unknown++ < unknownPathsMax)
          this.problems.push(`unknown field ${JSON.stringify(join(path, key))}`);
        Reflect.deleteProperty(object, key);
        continue;
      }
      const value = object[key];
      if (value !== undefined) this.#member(object, key, value, field, path);
      if (this.#repeated.size > 0) this.#tellRepeated(join(path, key));
    }
  }

  #tellRepeated(path: string): void {
    const text = repeatedText(path);
    if (this.#repeated.has(text)) this.problems.push(text);
  }

  #member(object: JsonObject, key: string, value: Json, field: FieldPlan, path: string): void {
    const { plan } = field;
    if (value === null) {
      if (this.#isNullDropped(field)) Reflect.deleteProperty(object, key);
    } else if (plan.type !== 'leaf') {
      this.prune(value, plan, join(path, key));
      if (this.#isTyped && !field.isRequired && isEmpty(value, plan))
        Reflect.deleteProperty(object, key);
    } else if (this.#isRewritten(plan)) {
      object[key] = canonical(value, plan.kind);
    }
  }

  /** Go reads null as nothing; a custom resource keeps it where its schema is nullable, or says nothing. */
  #isNullDropped({ isNullable, plan }: FieldPlan): boolean {
    return !isNullable && !(plan.type === 'leaf' && plan.kind === 'any');
  }

  #isRewritten({ kind }: LeafPlan): boolean {
    return (
      this.#isTyped &&
      (kind === 'quantity' || kind === 'time' || kind === 'micro-time' || kind === 'bytes')
    );
  }
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

const canonicalTime = /^[\d-]{10}T[\d:]{8}Z$/;

/** The text Go would write for the value it read. */
function canonical(value: Json, kind: LeafKind): Json {
  if (kind === 'quantity') return canonicalQuantity(value);
  if (typeof value !== 'string') return value;
  if (kind === 'bytes') return /[\r\n]/.test(value) ? value.replaceAll(/[\r\n]/g, '') : value;
  if (kind === 'time' && canonicalTime.test(value)) return value;
  const ms = parseTime(value);
  if (ms === undefined) return value;
  return kind === 'time' ? formatTime(ms) : formatMicroTime(ms);
}

function isEmpty(value: Json, plan: Plan): boolean {
  if (plan.type === 'list') return Array.isArray(value) && value.length === 0;
  if (plan.type === 'map') return isJsonObject(value) && Object.keys(value).length === 0;
  return false;
}

const zeroLeaves: Readonly<Record<LeafKind, Json>> = {
  string: '',
  bytes: '',
  int32: 0,
  int64: 0,
  double: 0,
  bool: false,
  quantity: '0',
  'int-or-string': 0,
  time: null,
  'micro-time': null,
  any: null,
  raw: null,
};

/** What a null inside a list or a map decodes to. */
function zeroOf(plan: Plan): Json {
  switch (plan.type) {
    case 'leaf':
      return zeroLeaves[plan.kind];
    case 'list':
      return [];
    case 'map':
    case 'struct':
      return {};
  }
}
