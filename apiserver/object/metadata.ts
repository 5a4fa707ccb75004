// What metadata may hold, as apimachinery's ValidateObjectMeta says, and what an update may not change.
// Types are right already (schema/ checked them); an update is checked by both functions.
import { forbiddenField, invalid, required, tooLong, type FieldError } from './field-error.js';
import { parseApiVersion, type ObjectMeta, type OwnerReference } from './kube-object.js';
import {
  checkName,
  isDns1123Label,
  isLabelValue,
  isQualifiedName,
  type NameKind,
} from './names.js';
import { equalJson } from './json.js';

export interface MetaRules {
  readonly namespaced: boolean;
  readonly nameKind: NameKind;
  /** Path of the metadata, usually `metadata`. */
  readonly field: string;
  /** Custom resources may have finalizers without a domain. */
  readonly anyFinalizer?: boolean;
}

export const annotationBytesMax = 256 * 1024;
const managerBytesMax = 128;
const subresourceBytesMax = 256;

export function validateObjectMeta(meta: ObjectMeta, rules: MetaRules): FieldError[] {
  const { field } = rules;
  return [
    ...validateNames(meta, rules),
    ...(meta.generation !== undefined && meta.generation < 0
      ? [invalid(`${field}.generation`, meta.generation, 'must be greater than or equal to 0')]
      : []),
    ...validateLabels(meta.labels, `${field}.labels`),
    ...validateAnnotations(meta.annotations, `${field}.annotations`),
    ...validateOwners(meta.ownerReferences ?? [], `${field}.ownerReferences`),
    ...validateFinalizers(
      meta.finalizers ?? [],
      `${field}.finalizers`,
      rules.anyFinalizer === true,
    ),
    ...validateManagedFields(meta, `${field}.managedFields`),
  ];
}

function validateNames(meta: ObjectMeta, { field, nameKind, namespaced }: MetaRules): FieldError[] {
  const errors: FieldError[] = [];
  const { name = '', generateName = '', namespace = '' } = meta;
  if (generateName !== '') {
    for (const why of checkName(generateName, nameKind, true))
      errors.push(invalid(`${field}.generateName`, generateName, why));
  }
  if (name === '') errors.push(required(`${field}.name`, 'name or generateName is required'));
  else
    for (const why of checkName(name, nameKind)) errors.push(invalid(`${field}.name`, name, why));
  if (!namespaced) {
    if (namespace !== '')
      errors.push(forbiddenField(`${field}.namespace`, 'not allowed on this type'));
  } else if (namespace === '') {
    errors.push(required(`${field}.namespace`));
  } else {
    for (const why of isDns1123Label(namespace))
      errors.push(invalid(`${field}.namespace`, namespace, why));
  }
  return errors;
}

export function validateLabels(
  labels: Readonly<Record<string, string>> | undefined,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels ?? {})) {
    for (const why of isQualifiedName(key)) errors.push(invalid(field, key, why));
    for (const why of isLabelValue(value)) errors.push(invalid(field, value, why));
  }
  return errors;
}

export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    for (const why of isQualifiedName(key.toLowerCase())) errors.push(invalid(field, key, why));
    bytes += utf8Length(key) + utf8Length(value);
  }
  if (bytes > annotationBytesMax) errors.push(tooLong(field, annotationBytesMax));
  return errors;
}

function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // A surrogate pair is two units and four bytes, so each half counts two.
    if (code > 0x7f) bytes += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1;
  }
  return bytes;
}

/** The schema leaves the members to this check, missing ones as well. */
function validateOwners(owners: readonly Partial<OwnerReference>[], field: string): FieldError[] {
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const owner of owners) {
    const { apiVersion = '', kind = '', name = '', uid = '' } = owner;
    const { group, version } = parseApiVersion(apiVersion);
    if (version === '')
      errors.push(invalid(`${field}.apiVersion`, apiVersion, 'version must not be empty'));
    for (const [part, value] of Object.entries({ kind, name, uid }))
      if (value === '') errors.push(invalid(`${field}.${part}`, '', 'must not be empty'));
    if (kind === 'Event' && group === '' && version === 'v1')
      errors.push(invalid(field, owner, '/v1, Kind=Event is disallowed from being an owner'));
    if (owner.controller !== true) continue;
    if (controller !== undefined) {
      errors.push(
        invalid(
          field,
          [...owners],
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`,
        ),
      );
    }
    controller = name;
  }
  return errors;
}

const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

function validateFinalizers(
  finalizers: readonly string[],
  field: string,
  anyFinalizer: boolean,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const finalizer of finalizers)
    for (const why of isQualifiedName(finalizer)) errors.push(invalid(field, finalizer, why));
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(
      invalid(field, [...finalizers], 'finalizer orphan and foregroundDeletion cannot be both set'),
    );
  }
  if (anyFinalizer) return errors;
  for (const [index, finalizer] of finalizers.entries()) {
    if (finalizer.includes('/') || standardFinalizers.has(finalizer)) continue;
    errors.push(
      invalid(
        `${field}[${index}]`,
        finalizer,
        'name is neither a standard finalizer name nor is it fully qualified',
      ),
    );
  }
  return errors;
}

function validateManagedFields(meta: ObjectMeta, field: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, entry] of (meta.managedFields ?? []).entries()) {
    const at = `${field}[${index}]`;
    // Typed as it should be; what arrives is any string.
    const {
      operation = '',
      fieldsType = '',
      manager = '',
      subresource = '',
    } = entry as Record<string, string | undefined>;
    if (operation !== 'Apply' && operation !== 'Update')
      errors.push(invalid(`${at}.operation`, operation, 'must be `Apply` or `Update`'));
    if (fieldsType !== '' && fieldsType !== 'FieldsV1')
      errors.push(invalid(`${at}.fieldsType`, fieldsType, 'must be `FieldsV1`'));
    errors.push(...validateFieldManager(manager, `${at}.manager`));
    if (utf8Length(subresource) > subresourceBytesMax)
      errors.push(tooLong(`${at}.subresource`, subresourceBytesMax));
  }
  return errors;
}

/** Also for the `fieldManager` query parameter. */
export function validateFieldManager(manager: string, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (utf8Length(manager) > managerBytesMax) errors.push(tooLong(field, managerBytesMax));
  let position = 0;
  for (const character of manager) {
    if (!printable.test(character)) {
      errors.push(
        invalid(
          field,
          manager,
          `invalid character ${showRune(character)} (at position ${position})`,
        ),
      );
      break;
    }
    position++;
  }
  return errors;
}

const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

const showRune = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

const immutable = 'field is immutable';
const immutableFields = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const;

/**
 * What an update may not change. The caller has carried over from `old` what clients may leave out (uid,
 * creationTimestamp, deletionTimestamp and its grace period).
 */
export function validateObjectMetaUpdate(
  meta: ObjectMeta,
  old: ObjectMeta,
  field = 'metadata',
): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp !== undefined) {
    const added = (meta.finalizers ?? []).filter((name) => !(old.finalizers ?? []).includes(name));
    if (added.length > 0) {
      const list = [...new Set(added)]
        .sort()
        .map((name) => JSON.stringify(name))
        .join(', ');
      errors.push(
        forbiddenField(
          `${field}.finalizers`,
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
        ),
      );
    }
  }
  if ((meta.generation ?? 0) < (old.generation ?? 0))
    errors.push(invalid(`${field}.generation`, meta.generation ?? 0, 'must not be decremented'));
  for (const name of immutableFields)
    if (!equalJson(meta[name], old[name]))
      errors.push(
        invalid(
          `${field}.${name}`,
          meta[name] ?? (name === 'deletionGracePeriodSeconds' ? null : ''),
          immutable,
        ),
      );
  return errors;
}
