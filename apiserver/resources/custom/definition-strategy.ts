// What data cannot say about CustomResourceDefinitions: names the server completes, what each update keeps, the
// finalizer that holds a definition until its instances are gone. Checks are in definition-checks.ts.
import { invalid, required, type FieldError } from '../../object/field-error.js';
import { cloneJson } from '../../object/json.js';
import type { JsonObject, KubeObject } from '../../object/kube-object.js';
import type { Strategy } from '../resource.js';
import { checkImmutable } from '../strategies/checks.js';
import { child, children, descend, ensure, flag, text, texts } from '../strategies/fields.js';
import { setCondition } from './conditions.js';
import { checkNames, checkSpec, schemaWarnings } from './definition-checks.js';
import { isConditionTrue } from './definition.js';

export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

export const definitionStrategy: Strategy = {
  applyDefaults,
  prepareForCreate: (object) => {
    const acceptedNames = { kind: '', plural: '' };
    object['status'] = { acceptedNames, conditions: [], storedVersions: [] };
    rememberStorageVersion(object);
  },
  prepareForUpdate: (object, old) => {
    if (old['status'] === undefined) Reflect.deleteProperty(object, 'status');
    else object['status'] = cloneJson(old['status']);
    rememberStorageVersion(object);
  },
  prepareForDelete: (object, now) => {
    const finalizers = object.metadata.finalizers ?? [];
    if (!finalizers.includes(cleanupFinalizer))
      object.metadata.finalizers = [...finalizers, cleanupFinalizer];
    setCondition(object, now, {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionPending',
      message:
        'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    });
  },
  validate: (object) => [
    ...nameErrors(object),
    ...checkSpec(object),
    ...statusErrors(object),
    ...storedVersionErrors(object),
  ],
  validateCreate: (object) => [...approvalErrors(object, undefined), ...preserveErrors(object)],
  validateUpdate: (object, old) => [
    ...immutableErrors(object, old),
    ...approvalErrors(object, old),
    ...(flag(child(old, 'spec'), 'preserveUnknownFields') ? [] : preserveErrors(object)),
  ],
  validateStatusUpdate: statusErrors,
  warnings: schemaWarnings,
  allowUnconditionalUpdate: false,
};

function applyDefaults(object: KubeObject): void {
  const spec = child(object, 'spec');
  if (spec === undefined) return;
  const names = ensure(spec, 'names');
  const kind = text(names, 'kind');
  if (text(names, 'singular') === '' && kind !== '') names['singular'] = kind.toLowerCase();
  if (text(names, 'listKind') === '' && kind !== '') names['listKind'] = `${kind}List`;
  if (child(spec, 'conversion') === undefined) spec['conversion'] = { strategy: 'None' };
  if (spec['preserveUnknownFields'] === false)
    Reflect.deleteProperty(spec, 'preserveUnknownFields');
  const service = descend(spec, 'conversion', 'webhook', 'clientConfig', 'service');
  if (service !== undefined) service['port'] ??= 443;
}

/** What was once the storage version may still lie in the store. */
function rememberStorageVersion(object: KubeObject): void {
  const status = ensure(object, 'status');
  const storage = children(child(object, 'spec'), 'versions').find((version) =>
    flag(version, 'storage'),
  );
  const stored = texts(status, 'storedVersions');
  const name = text(storage, 'name');
  if (name !== '' && !stored.includes(name)) status['storedVersions'] = [...stored, name];
}

function nameErrors(object: KubeObject): FieldError[] {
  const spec = child(object, 'spec');
  const { name = '' } = object.metadata;
  const wanted = `${text(child(spec, 'names'), 'plural')}.${text(spec, 'group')}`;
  if (name === wanted) return [];
  return [invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group')];
}

function statusErrors(object: KubeObject): FieldError[] {
  const accepted = descend(object, 'status', 'acceptedNames');
  return checkNames(accepted, 'status.acceptedNames');
}

function storedVersionErrors(object: KubeObject): FieldError[] {
  const field = 'status.storedVersions';
  const stored = texts(child(object, 'status'), 'storedVersions');
  if (stored.length === 0) return [invalid(field, [], 'must have at least one stored version')];
  const versions = children(child(object, 'spec'), 'versions').map((version) =>
    text(version, 'name'),
  );
  return stored.flatMap((name, index) =>
    versions.includes(name)
      ? []
      : [
          invalid(
            `${field}[${index}]`,
            name,
            `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
          ),
        ],
  );
}

function immutableErrors(object: KubeObject, old: KubeObject): FieldError[] {
  const spec = child(object, 'spec');
  const oldSpec = child(old, 'spec');
  const names = child(spec, 'names');
  const oldNames = child(oldSpec, 'names');
  const errors: FieldError[] = [];
  const check = (now: JsonObject | undefined, then: JsonObject | undefined, path: string): void => {
    const key = path.slice(path.lastIndexOf('.') + 1);
    checkImmutable(now?.[key], then?.[key], path, errors);
  };
  if (isConditionTrue(old, 'Established')) {
    check(spec, oldSpec, 'spec.scope');
    check(names, oldNames, 'spec.names.kind');
  }
  check(spec, oldSpec, 'spec.group');
  check(names, oldNames, 'spec.names.plural');
  return errors;
}

function preserveErrors(object: KubeObject): FieldError[] {
  if (!flag(child(object, 'spec'), 'preserveUnknownFields')) return [];
  const why =
    'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
  return [invalid('spec.preserveUnknownFields', true, why)];
}

export const approvalAnnotation = 'api-approved.kubernetes.io';

export const isProtectedGroup = (group: string): boolean =>
  /(^|\.)(k8s|kubernetes)\.io$/.test(group);

/** Groups of the Kubernetes community need a link to their review. */
function approvalErrors(object: KubeObject, old: KubeObject | undefined): FieldError[] {
  const group = text(child(object, 'spec'), 'group');
  const value = object.metadata.annotations?.[approvalAnnotation] ?? '';
  const before = old?.metadata.annotations?.[approvalAnnotation] ?? '';
  if (!isProtectedGroup(group) || (old !== undefined && value === before)) return [];
  const field = `metadata.annotations[${approvalAnnotation}]`;
  const demand = `protected groups must have approval annotation "${approvalAnnotation}"`;
  const see = 'see https://github.com/kubernetes/enhancements/pull/1111';
  if (value === '') return [required(field, `${demand}, ${see}`)];
  if (value.startsWith('unapproved') || isAbsoluteUrl(value)) return [];
  const either = 'with either a URL or a reason starting with "unapproved"';
  return [invalid(field, value, `${demand} ${either}, ${see}`)];
}

const isAbsoluteUrl = (value: string): boolean =>
  /^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(value) && URL.canParse(value);
