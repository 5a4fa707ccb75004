// checkConstraints: what a built-in type's facts demand beyond the types themselves: required members, enums, lists
// without repeats. All violations at once, at Kubernetes field paths. Each type compiles on first use to the members
// worth visiting. `status` is not looked at: the real server trusts whoever may write it.
import { duplicate, notSupported, required, type FieldError } from '../object/field-error.js';
import { equalJson } from '../object/json.js';
import { isJsonObject, type Json, type JsonObject } from '../object/kube-object.js';
import type { SchemaNode } from '../object/schema-node.js';
import { refName, type SchemaName, type TypeRegistry } from './openapi.js';
import { planOf, type Plan } from './plan.js';
import { distinctMember, isAsked, isEnumChecked, isSeenWhenMissing } from './required.js';

export function checkConstraints(
  object: JsonObject,
  schemaName: SchemaName,
  types: TypeRegistry,
): FieldError[] {
  const errors: FieldError[] = [];
  types.derived(structCheckOf, schemaName).run(object, '', errors);
  return errors;
}

type Need = 'text' | 'list' | 'struct' | 'number';

interface Member {
  readonly key: string;
  readonly need: Need | undefined;
  readonly supported: readonly string[] | undefined;
  readonly distinct: string | undefined;
  /** Go validates the zero value of a missing struct. */
  readonly isSeenWhenMissing: boolean;
  /** Checks one value: of the member itself, or of each item or map value below `levels`. */
  readonly below: StructCheck | undefined;
}

/** The members of one struct that have something to check. */
class StructCheck {
  readonly #compile: () => readonly Member[];
  #members: readonly Member[] | undefined;

  constructor(compile: () => readonly Member[]) {
    this.#compile = compile;
  }

  get members(): readonly Member[] {
    return (this.#members ??= this.#compile());
  }

  run(object: JsonObject, path: string, errors: FieldError[]): void {
    for (const member of this.members) {
      const value = object[member.key];
      const at = path === '' ? member.key : `${path}.${member.key}`;
      if (isMissing(value, member.need)) {
        reportMissing(member, at, errors);
        continue;
      }
      if (value === undefined || value === null) {
        if (member.isSeenWhenMissing) member.below?.run({}, at, errors);
        continue;
      }
      if (member.supported !== undefined) checkSupported(value, member.supported, at, errors);
      if (member.distinct !== undefined) checkDistinct(value, member.distinct, at, errors);
      if (member.below !== undefined) visit(value, member.below, at, errors);
    }
  }
}

function isMissing(value: Json | undefined, need: Need | undefined): boolean {
  if (need === undefined) return false;
  if (value === undefined || value === null) return true;
  if (need === 'text') return value === '';
  return need === 'list' && Array.isArray(value) && value.length === 0;
}

/** Of a missing struct Go sees the zero value: what is required inside it is reported, else the struct itself. */
function reportMissing(member: Member, at: string, errors: FieldError[]): void {
  const before = errors.length;
  if (member.need === 'struct') member.below?.run({}, at, errors);
  if (errors.length === before) errors.push(required(at));
}

function checkSupported(
  value: Json,
  supported: readonly string[],
  at: string,
  errors: FieldError[],
): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      if (typeof item === 'string' && !supported.includes(item))
        errors.push(notSupported(`${at}[${index}]`, item, supported));
  } else if (typeof value === 'string' && value !== '' && !supported.includes(value)) {
    errors.push(notSupported(at, value, supported));
  }
}

function checkDistinct(value: Json, key: string, at: string, errors: FieldError[]): void {
  if (!Array.isArray(value)) return;
  const seen: Json[] = [];
  for (const [index, item] of value.entries()) {
    const compared = key === '' ? item : isJsonObject(item) ? item[key] : undefined;
    if (compared === undefined) continue;
    if (seen.some((other) => equalJson(other, compared)))
      errors.push(duplicate(key === '' ? `${at}[${index}]` : `${at}[${index}].${key}`, compared));
    seen.push(compared);
  }
}

/** Applies a struct's check to a value, to each item of a list, to each value of a map of lists or structs. */
function visit(value: Json, check: StructCheck, at: string, errors: FieldError[]): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      if (isJsonObject(item)) check.run(item, `${at}[${index}]`, errors);
  } else if (isJsonObject(value)) {
    check.run(value, at, errors);
  }
}

/** Use through `types.derived`. */
function structCheckOf(name: SchemaName, types: TypeRegistry): StructCheck {
  return new StructCheck(() => membersOf(name, types));
}

function membersOf(name: SchemaName, types: TypeRegistry): Member[] {
  const plan = types.derived(planOf, name);
  if (plan.type !== 'struct') return [];
  const { structName } = plan;
  const isTop = types.get(name)['x-kubernetes-group-version-kind'] !== undefined;
  const members: Member[] = [];
  for (const [key, node] of Object.entries(types.get(name).properties ?? {})) {
    if (isTop && (key === 'status' || key === 'metadata')) continue;
    const isNeeded = types.get(name).required?.includes(key) === true && isAsked(structName, key);
    const member: Member = {
      key,
      need: isNeeded ? needOf(plan.fields.get(key)?.plan, node) : undefined,
      supported: isEnumChecked(structName, key)
        ? (supportedOf(node) ?? supportedOf(node.items))
        : undefined,
      distinct: distinctMember(structName, key),
      isSeenWhenMissing: isSeenWhenMissing(structName, key),
      below: belowOf(node, types),
    };
    const { need, supported, distinct, below } = member;
    if (
      need !== undefined ||
      supported !== undefined ||
      distinct !== undefined ||
      below !== undefined
    )
      members.push(member);
  }
  return members;
}

/** Go cannot tell a missing number or bool from its zero: only those marked required are asked for. */
function needOf(plan: Plan | undefined, node: SchemaNode): Need | undefined {
  if (plan === undefined) return undefined;
  if (plan.type === 'list') return 'list';
  if (plan.type === 'struct') return 'struct';
  if (plan.type === 'map') return undefined;
  if (plan.kind === 'string' || plan.kind === 'bytes') return 'text';
  const isMarked = node['x-markers']?.includes('required') === true;
  return isMarked && (plan.kind === 'int32' || plan.kind === 'int64') ? 'number' : undefined;
}

function supportedOf(node: SchemaNode | undefined): readonly string[] | undefined {
  return node?.enum?.filter((value) => typeof value === 'string');
}

/** The check for the structs a member leads to; undefined when nothing below it needs checking. */
function belowOf(node: SchemaNode, types: TypeRegistry): StructCheck | undefined {
  const target = structBelow(node);
  if (target === undefined || !types.derived(reachOf, target).isConstrained) return undefined;
  return types.derived(structCheckOf, target);
}

/** The definition a node names, directly or as a list's item. Maps of structs hold nothing that is checked. */
function structBelow(node: SchemaNode): SchemaName | undefined {
  return refName(node) ?? (node.items === undefined ? undefined : structBelow(node.items));
}

/** Whether a definition, or any it leads to, demands anything. */
function reachOf(name: SchemaName, types: TypeRegistry): { readonly isConstrained: boolean } {
  const seen = new Set<SchemaName>();
  const search = (current: SchemaName): boolean => {
    if (seen.has(current)) return false;
    seen.add(current);
    const node = types.get(current);
    if ((node.required ?? []).length > 0) return true;
    return Object.values(node.properties ?? {}).some((child) => {
      if (supportedOf(child) !== undefined || supportedOf(child.items) !== undefined) return true;
      const target = structBelow(child);
      return target !== undefined && search(target);
    });
  };
  return { isConstrained: search(name) };
}
