// applyConfiguration: server-side apply (KEP-555). Merges the configuration into the live object, removes what the
// same manager applied before and nobody owns any more, refuses to change what others own unless forced.
// Merging: merge-values.ts; who owns what afterwards: ownership.ts; other writes: update.ts.
import { badRequest } from '../../object/api-error.js';
import { cloneJson, equalJson } from '../../object/json.js';
import { parseApiVersion, type JsonObject, type KubeObject } from '../../object/kube-object.js';
import { conflictError, conflictsOutside, listConflicts, type Conflict } from './conflicts.js';
import { difference, equalSets, intersection, isEmpty, union, type FieldSet } from './field-set.js';
import { bridgedManager, fieldsOfLastApplied, refreshLastApplied } from './last-applied.js';
import {
  managerId,
  storedManagers,
  withFields,
  writeManagers,
  type Manager,
  type Managers,
} from './managers.js';
import { getMember } from './members.js';
import { mergeValues } from './merge-values.js';
import { objectPlanOf } from './object-plan.js';
import { appliedFields, withNamedFields } from './owned-fields.js';
import {
  changesBetween,
  contested,
  dispossess,
  filterOf,
  ownable,
  withoutManagedFields,
  type WriteInput,
} from './ownership.js';
import { unclassified } from '../patch-errors.js';
import { reconcileFields } from './reconcile-fields.js';
import { removeFields, removeFieldsWhole } from './remove-fields.js';
import type { TypePlan } from './type-plan.js';
import { asMap, typeErrors } from './typed-value.js';
import { setManagedFields } from './update.js';

export { keepTimesWhenUnchanged, recordUpdate, type UpdateInput } from './update.js';

export interface ApplyInput extends WriteInput {
  readonly applied: KubeObject;
  /** Takes contested fields over instead of failing. */
  readonly force: boolean;
}

/**
 * The object to store (a new one, managedFields included; not yet defaulted or validated). Equal to `live` when
 * the configuration changes nothing. Throws 409 with a cause a field, 400 when the configuration carries
 * managedFields, 500 when it does not fit the schema.
 */
export function applyConfiguration(input: ApplyInput): KubeObject {
  const { applied, schema, resolve } = input;
  // As sent: null is as good as absent.
  const sent = getMember(applied.metadata, 'managedFields');
  if (sent !== undefined && sent !== null) throw badRequest('metadata.managedFields must be nil');
  const plan = objectPlanOf(schema, resolve);
  const errors = typeErrors(plan, applied);
  if (errors.length > 0) throw illTyped(applied, errors);
  const result = new Application(input, plan).run();
  if (input.manager === bridgedManager) refreshLastApplied(result, applied);
  return result;
}

function illTyped(applied: KubeObject, errors: readonly string[]): Error {
  const { group, version } = parseApiVersion(applied.apiVersion);
  const { namespace = '', name = '' } = applied.metadata;
  const [first = ''] = errors;
  const text = errors.length === 1 ? first : ['errors:', ...errors].join('\n  ');
  return unclassified(
    `failed to create typed patch object (${namespace}/${name}; ${group}/${version}, Kind=${applied.kind}): ${text}`,
  );
}

class Application {
  readonly #input: ApplyInput;
  readonly #plan: TypePlan;
  readonly #filter: (set: FieldSet) => FieldSet;
  readonly #live: KubeObject | undefined;
  readonly #managers: Managers;
  readonly #writer: Omit<Manager, 'time' | 'fields'>;

  constructor(input: ApplyInput, plan: TypePlan) {
    this.#input = input;
    this.#plan = plan;
    this.#filter = filterOf(input);
    this.#live = input.live === undefined ? undefined : withoutManagedFields(input.live);
    this.#writer = {
      name: input.manager === '' ? 'unknown' : input.manager,
      operation: 'Apply',
      apiVersion: input.applied.apiVersion,
      subresource: input.subresource ?? '',
    };
    this.#managers = this.#readManagers();
  }

  run(): KubeObject {
    const { applied, now } = this.#input;
    const writerId = managerId(this.#writer);
    const last = this.#managers.get(writerId);
    const fields = this.#filter(appliedFields(this.#plan, applied));
    this.#managers.set(writerId, { ...this.#writer, time: last?.time, fields });
    const merged = asMap(mergeValues(this.#plan, this.#live ?? {}, applied)) ?? {};
    const result = this.#prune(merged, fields, last);
    const changes = changesBetween(this.#plan, this.#live ?? {}, result, this.#filter);
    this.#refuseConflicts(contested(this.#managers, changes, writerId));
    dispossess(this.#managers, changes, writerId);
    const owned = ownable(fields);
    const isUnchanged =
      last !== undefined &&
      last.apiVersion === this.#writer.apiVersion &&
      equalSets(last.fields, owned) &&
      equalJson(this.#live, result);
    this.#managers.set(
      writerId,
      isUnchanged ? last : { ...this.#writer, time: now, fields: owned },
    );
    return this.#finish(result);
  }

  /** An object nobody tracked until now belongs to "before-first-apply". */
  #readManagers(): Managers {
    const { live, applied, now } = this.#input;
    const managers = storedManagers(live?.metadata.managedFields);
    for (const [id, manager] of managers)
      managers.set(id, withFields(manager, reconcileFields(this.#plan, manager.fields)));
    if (managers.size > 0 || this.#live === undefined) return managers;
    const { added } = changesBetween(this.#plan, {}, this.#live, this.#filter);
    const before: Manager = {
      name: 'before-first-apply',
      operation: 'Update',
      apiVersion: applied.apiVersion,
      subresource: this.#writer.subresource,
      time: now,
      fields: ownable(added),
    };
    if (!isEmpty(before.fields)) managers.set(managerId(before), before);
    return managers;
  }

  /** Takes away what this manager applied last time, not this time, and no one else owns. */
  #prune(merged: JsonObject, fields: FieldSet, last: Manager | undefined): JsonObject {
    const plan = this.#plan;
    if (last === undefined || isEmpty(difference(last.fields, fields))) return merged;
    const named = (set: FieldSet): FieldSet => withNamedFields(plan, set);
    const everyones = [...this.#managers.values()].map((manager) => manager.fields).reduce(union);
    const all = named(appliedFields(plan, merged));
    const withoutLast = removeFields(plan, merged, named(last.fields));
    const kept = union(named(appliedFields(plan, withoutLast)), named(everyones));
    const pruned = removeFields(plan, merged, difference(all, kept));
    const gone = difference(all, named(appliedFields(plan, pruned)));
    // Only what this manager had itself: things nobody owns stay.
    return removeFieldsWhole(plan, merged, intersection(gone, named(last.fields)));
  }

  #refuseConflicts(fields: ReturnType<typeof contested>): void {
    if (this.#input.force || fields.size === 0) return;
    let conflicts: readonly Conflict[] = listConflicts(fields);
    if (this.#writer.name === bridgedManager && this.#live !== undefined)
      conflicts = conflictsOutside(conflicts, fieldsOfLastApplied(this.#plan, this.#live));
    if (conflicts.length > 0) throw conflictError(conflicts);
  }

  #finish(result: JsonObject): KubeObject {
    const { applied } = this.#input;
    const object = cloneJson(result);
    const whole: KubeObject = {
      ...object,
      apiVersion: applied.apiVersion,
      kind: applied.kind,
      // The plan has checked that metadata is a map.
      metadata: asMap(object['metadata']) ?? {},
    };
    setManagedFields(whole, writeManagers(this.#managers));
    return whole;
  }
}
