// The way of one update, whatever brought it (PUT, a patch, an apply, a subresource): preconditions, what the
// caller may not touch, ownership, admission, the kind's rules, and what becomes of it: written, unchanged, or
// the last finalizer gone and with it the object.
import { badRequest, conflict, staleObject } from '../object/api-error.js';
import { invalidObject, type FieldError } from '../object/field-error.js';
import { equalJson } from '../object/json.js';
import type { JsonObject, KubeObject } from '../object/kube-object.js';
import { validateObjectMetaUpdate } from '../object/metadata.js';
import { keepTimesWhenUnchanged } from '../patch/fields/apply.js';
import type { Outcome, StoredObject } from '../storage/object-store.js';
import { refuseInvalid, structuralErrors } from './checks.js';
import { recordWrite } from './managed-fields.js';
import type { WriteCall } from './rest-deps.js';

/** What an endpoint lets through, and how it checks it. */
export interface UpdateRules {
  /** Puts back what this endpoint must not change. */
  readonly isolate: (next: KubeObject, old: KubeObject) => void;
  /** Runs after the mutating admission; fills in and puts back what the kind says. */
  readonly prepare?: (write: WriteCall, next: KubeObject, old: KubeObject) => void;
  readonly validate: (write: WriteCall, next: KubeObject, old: KubeObject) => FieldError[];
  /** Main endpoint only: status stays, addresses are allocated, the kind may warn. */
  readonly isMain: boolean;
  readonly ownership: 'record' | 'applied';
}

export const mainRules: UpdateRules = {
  isolate: () => undefined,
  prepare: ({ resource, context }, next, old) =>
    resource.strategy.prepareForUpdate?.(next, old, context),
  validate: ({ resource: { strategy } }, next, old) => [
    ...(strategy.validate?.(next) ?? []),
    ...(strategy.validateUpdate?.(next, old) ?? []),
  ],
  isMain: true,
  ownership: 'record',
};

export async function updateObject(
  write: WriteCall,
  current: StoredObject,
  next: KubeObject,
  rules: UpdateRules,
): Promise<Outcome> {
  const { rest, call, resource, parameters, context } = write;
  const { strategy } = resource;
  const old = current.object;
  checkPreconditions(write, next, old);
  carryMetadata(next, old);
  rules.isolate(next, old);
  if (rules.isMain && resource.subresources['status'] !== undefined) keepStatus(next, old);
  if (rules.ownership === 'record') recordWrite(write, old, next);
  const admitted = {
    operation: 'UPDATE' as const,
    resource,
    subresource: call.subresource,
    namespace: next.metadata.namespace,
    name: next.metadata.name ?? '',
    object: next,
    oldObject: old,
    user: call.user,
    isDryRun: parameters.isDryRun,
  };
  await rest.admission.mutate(admitted);
  rules.prepare?.(write, next, old);
  settleGeneration(write, next, old);
  refuseInvalid(resource, next, [
    ...structuralErrors(rest, resource, next),
    ...validateObjectMetaUpdate(next.metadata, old.metadata, 'metadata'),
    ...rules.validate(write, next, old),
  ]);
  await rest.admission.validate(admitted);
  if (rules.isMain) {
    refuseInvalid(resource, next, (await strategy.allocate?.(next, old, context)) ?? []);
    for (const text of strategy.warnings?.(next, old) ?? []) call.warn(text);
  }
  return outcomeOf(next, old);
}

/** Only /status changes it. */
function keepStatus(next: KubeObject, old: KubeObject): void {
  if (old['status'] === undefined) delete next['status'];
  else next['status'] = old['status'];
}

/** Nothing but times of ownership changed: the stored object, and its resourceVersion, stay. */
function outcomeOf(next: KubeObject, old: KubeObject): Outcome {
  if (isFinished(next)) return { type: 'delete', object: next };
  const metadata = { ...old.metadata };
  delete metadata.resourceVersion;
  if (keepTimesWhenUnchanged({ ...old, metadata }, next)) return { type: 'unchanged' };
  return { type: 'put', object: next };
}

/** Deletion was asked for, its grace is over and nobody holds the object any more. */
export function isFinished(object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds !== 0) return false;
  return finalizers.length === 0 && namespaceFinalizers(object).length === 0;
}

/** Only namespaces have finalizers in their spec. */
export function namespaceFinalizers(object: KubeObject): readonly unknown[] {
  if (object.kind !== 'Namespace' || object.apiVersion !== 'v1') return [];
  const spec = object['spec'] as JsonObject | undefined; // as: schema-checked
  return (spec?.['finalizers'] as unknown[] | undefined) ?? []; // as: the same
}

function checkPreconditions({ resource }: WriteCall, next: KubeObject, old: KubeObject): void {
  const { name = '' } = old.metadata;
  const { uid = '' } = next.metadata;
  if (uid !== '' && uid !== old.metadata.uid) {
    throw conflict(resource, name, uidMismatch(uid, old.metadata.uid ?? ''));
  }
  const version = next.metadata.resourceVersion ?? '';
  if (version === '' || version === '0') {
    if (resource.strategy.allowUnconditionalUpdate !== false) return;
    throw invalidObject(resource, name, [versionRequired]);
  }
  if (!/^\d+$/.test(version)) {
    const shown = JSON.stringify(version);
    throw badRequest(
      `resourceVersion: Invalid value: ${shown}: strconv.ParseUint: parsing ${shown}: invalid syntax`,
    );
  }
  if (version !== old.metadata.resourceVersion) throw conflict(resource, name, staleObject);
}

/** Upstream prints the unset version as the unsigned zero it is in Go. */
const versionRequired: FieldError = {
  reason: 'FieldValueInvalid',
  field: 'metadata.resourceVersion',
  message: 'Invalid value: 0x0: must be specified for an update',
};

export const uidMismatch = (asked: string, found: string): string =>
  `Precondition failed: UID in precondition: ${asked}, UID in object meta: ${found}`;

/** Fields of metadata that no update sets; the rest of the immutable ones are validated, not carried. */
function carryMetadata(next: KubeObject, old: KubeObject): void {
  const { metadata } = next;
  const from = old.metadata;
  delete metadata['selfLink'];
  delete metadata.resourceVersion;
  carry('uid');
  carry('creationTimestamp');
  carry('generation');
  carry('deletionTimestamp');
  carry('deletionGracePeriodSeconds');
  carry('namespace');
  function carry(name: keyof typeof metadata & string): void {
    if (from[name] === undefined) Reflect.deleteProperty(metadata, name);
    else metadata[name] = from[name];
  }
}

/** +1 when anything but metadata and status changed; a custom resource's status counts when it has no /status. */
function settleGeneration({ resource }: WriteCall, next: KubeObject, old: KubeObject): void {
  if (!resource.hasGeneration) return;
  const members = new Set([...Object.keys(next), ...Object.keys(old)]);
  members.delete('metadata');
  if (resource.isCustom !== true || resource.subresources['status'] !== undefined)
    members.delete('status');
  const isChanged = [...members].some((member) => !equalJson(next[member], old[member]));
  const generation = old.metadata.generation ?? 0;
  if (isChanged || generation > 0) next.metadata.generation = generation + (isChanged ? 1 : 0);
}
