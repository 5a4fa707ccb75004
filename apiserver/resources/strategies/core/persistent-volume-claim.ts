// PersistentVolumeClaim: immutable but for growing, and for naming its volume once.
import { type FieldError, forbiddenField } from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import { compareQuantities, parseQuantity } from '../../../object/quantity.js';
import type { Strategy } from '../../resource.js';
import { checkImmutable } from '../checks.js';
import { child, copyField, descend, ensure, isSet, sameMeaning, text } from '../fields.js';
import { difference } from '../pod/update.js';
import { applyClaimSpecDefaults } from '../pod/volume-defaults.js';
import { quantityOf } from '../quantities.js';
import { keepStatus } from '../status.js';
import { checkClaimSpec } from './claim-spec.js';

const nothing = parseQuantity('0');

function validate(claim: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  checkClaimSpec(child(claim, 'spec') ?? {}, 'spec', errors);
  return errors;
}

/** The new spec with the old values where a change is allowed. */
function withoutMutable(claim: KubeObject, old: KubeObject): JsonObject {
  const spec: JsonObject = { ...child(claim, 'spec') };
  const oldSpec = child(old, 'spec');
  for (const key of ['volumeName', 'storageClassName'])
    if (!isSet(oldSpec, key) || text(oldSpec, key) === '') copyField(spec, oldSpec, key);
  if (text(child(claim, 'status'), 'phase') !== 'Bound') return spec;
  const resources: JsonObject = { ...child(spec, 'resources') };
  const requests: JsonObject = { ...child(resources, 'requests') };
  copyField(requests, descend(oldSpec, 'resources', 'requests'), 'storage');
  spec['resources'] = { ...resources, requests };
  if (isSet(spec, 'volumeAttributesClassName'))
    copyField(spec, oldSpec, 'volumeAttributesClassName');
  return spec;
}

function validateUpdate(claim: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(claim, 'spec');
  const oldSpec = child(old, 'spec');
  const rest = withoutMutable(claim, old);
  if (!sameMeaning(rest, oldSpec))
    errors.push(
      forbiddenField(
        'spec',
        `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${difference(oldSpec, rest)}`,
      ),
    );
  checkSize(spec, old, errors);
  checkImmutable(spec?.['volumeMode'], oldSpec?.['volumeMode'], 'volumeMode', errors);
  const field = 'spec.volumeAttributesClassName';
  if (text(oldSpec, 'volumeAttributesClassName') !== '') {
    if (!isSet(spec, 'volumeAttributesClassName'))
      errors.push(forbiddenField(field, 'update from non-nil value to nil is forbidden'));
    else if (text(spec, 'volumeAttributesClassName') === '')
      errors.push(
        forbiddenField(field, 'update from non-nil value to an empty string is forbidden'),
      );
  }
  return errors;
}

/** Shrinking is allowed back to what the volume has, to recover from a failed expansion. */
function checkSize(spec: JsonObject | undefined, old: KubeObject, errors: FieldError[]): void {
  const after = quantityOf(descend(spec, 'resources', 'requests')?.['storage']);
  const before = quantityOf(descend(old, 'spec', 'resources', 'requests')?.['storage']);
  const has = quantityOf(descend(old, 'status', 'capacity')?.['storage']) ?? nothing;
  if (after === undefined || before === undefined || has === undefined) return;
  if (compareQuantities(after, before) < 0 && compareQuantities(after, has) <= 0)
    errors.push(
      forbiddenField(
        'spec.resources.requests.storage',
        'field can not be less than status.capacity',
      ),
    );
}

export const persistentVolumeClaimStrategy: Strategy = {
  applyDefaults: (claim) => {
    applyClaimSpecDefaults(ensure(claim, 'spec'));
  },
  prepareForCreate: (claim) => {
    claim['status'] = { phase: 'Pending' };
  },
  prepareForUpdate: keepStatus,
  validate,
  validateUpdate,
};
