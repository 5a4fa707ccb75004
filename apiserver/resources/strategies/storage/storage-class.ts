// StorageClass and VolumeAttributesClass: what provisions volumes does not change afterwards.
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  required,
} from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import { isQualifiedName } from '../../../object/names.js';
import type { Strategy } from '../../resource.js';
import { checkImmutable, checkQualifiedName } from '../checks.js';
import { children, fill, fillZero, sameMeaning, text, textMap, texts } from '../fields.js';
import { checkCsiDriver } from '../pod/volume-sources.js';

const parametersBytesMax = 256 * 1024;
const parametersMax = 512;

const tooLong = (field: string, max: number): FieldError => ({
  reason: 'FieldValueTooLong',
  field,
  message: `Too long: may not be more than ${max} bytes`,
});

function checkParameters(object: JsonObject, allowEmpty: boolean, errors: FieldError[]): void {
  const parameters = textMap(object, 'parameters');
  const entries = Object.entries(parameters);
  if (!allowEmpty && entries.length === 0)
    errors.push(required('parameters', 'must contain at least one key/value pair'));
  if (entries.length > parametersMax) {
    errors.push(tooLong('parameters', parametersMax));
    return;
  }
  let bytes = 0;
  for (const [key, value] of entries) {
    if (key === '') errors.push(invalid('parameters', key, 'field can not be empty.'));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > parametersBytesMax) errors.push(tooLong('parameters', parametersBytesMax));
}

function validateClass(storageClass: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const provisioner = text(storageClass, 'provisioner');
  if (provisioner === '') errors.push(required('provisioner'));
  else
    for (const message of isQualifiedName(provisioner.toLowerCase()))
      errors.push(invalid('provisioner', provisioner, message));
  checkParameters(storageClass, true, errors);
  children(storageClass, 'allowedTopologies').forEach((term, index) => {
    const keys = new Set<string>();
    children(term, 'matchLabelExpressions').forEach((expression, position) => {
      const at = `allowedTopologies[${index}].matchLabelExpressions[${position}]`;
      const values = texts(expression, 'values');
      if (values.length === 0) errors.push(required(`${at}.values`));
      values.forEach((value, at2) => {
        if (values.indexOf(value) < at2) errors.push(duplicate(`${at}.values[${at2}]`, value));
      });
      const key = text(expression, 'key');
      checkQualifiedName(key, `${at}.key`, errors);
      if (keys.has(key)) errors.push(duplicate(`${at}.key`, key));
      keys.add(key);
    });
  });
  return errors;
}

const fixed = ['parameters', 'provisioner', 'reclaimPolicy'];

export const storageClassStrategy: Strategy = {
  applyDefaults: (storageClass) => {
    fillZero(storageClass, 'reclaimPolicy', 'Delete');
    fill(storageClass, 'volumeBindingMode', 'Immediate');
  },
  validate: validateClass,
  validateUpdate: (next, old) => {
    const errors = fixed
      .filter((key) => !sameMeaning(next[key], old[key]))
      .map((key) => forbiddenField(key, `updates to ${key} are forbidden.`));
    checkImmutable(
      next['volumeBindingMode'],
      old['volumeBindingMode'],
      'volumeBindingMode',
      errors,
    );
    return errors;
  },
};

export const volumeAttributesClassStrategy: Strategy = {
  validate: (object) => {
    const errors: FieldError[] = [];
    checkCsiDriver(text(object, 'driverName'), 'driverName', errors);
    checkParameters(object, false, errors);
    return errors;
  },
  validateUpdate: (next, old) =>
    ['driverName', 'parameters']
      .filter((key) => !sameMeaning(next[key], old[key]))
      .map((key) => forbiddenField(key, `updates to ${key} are forbidden.`)),
};
