// Environment variables of a container: names and exactly one source.
import { type FieldError, invalid, required } from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { isConfigMapKey, isEnvVarName } from '../../../object/names.js';
import { checkFormat, checkRequired, checkSubdomain } from '../checks.js';
import { child, children, text } from '../fields.js';
import { checkFieldRef, checkResourceFieldRef } from './downward-api.js';
import { checkLocalPath } from './paths.js';

export function checkEnvironment(container: JsonObject, path: string, errors: FieldError[]): void {
  children(container, 'env').forEach((variable, index) => {
    const at = `${path}.env[${index}]`;
    const name = text(variable, 'name');
    if (name === '') errors.push(required(`${at}.name`));
    else checkFormat(isEnvVarName, name, `${at}.name`, errors);
    const source = child(variable, 'valueFrom');
    if (source !== undefined)
      checkSource(source, text(variable, 'value'), `${at}.valueFrom`, errors);
  });
  children(container, 'envFrom').forEach((source, index) => {
    checkEnvFrom(source, `${path}.envFrom[${index}]`, `${path}.envFrom`, errors);
  });
}

function checkSource(source: JsonObject, value: string, path: string, errors: FieldError[]): void {
  const field = child(source, 'fieldRef');
  if (field !== undefined) checkFieldRef(field, 'variable', `${path}.fieldRef`, errors);
  const resource = child(source, 'resourceFieldRef');
  if (resource !== undefined)
    checkResourceFieldRef(resource, 'variable', `${path}.resourceFieldRef`, errors);
  const keys = ['configMapKeyRef', 'secretKeyRef'].map((key) => child(source, key));
  keys.forEach((reference, index) => {
    const key = index === 0 ? 'configMapKeyRef' : 'secretKeyRef';
    if (reference !== undefined) checkKeyRef(reference, `${path}.${key}`, errors);
  });
  const file = child(source, 'fileKeyRef');
  if (file !== undefined) checkFileKeyRef(file, `${path}.fileKeyRef`, errors);
  const count = [field, resource, ...keys, file].filter((item) => item !== undefined).length;
  if (count === 0)
    errors.push(
      invalid(
        path,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      ),
    );
  else if (value !== '')
    errors.push(invalid(path, '', 'may not be specified when `value` is not empty'));
  else if (count > 1)
    errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
}

function checkKeyRef(reference: JsonObject, path: string, errors: FieldError[]): void {
  checkSubdomain(text(reference, 'name'), `${path}.name`, errors);
  if (checkRequired(reference, 'key', path, errors))
    checkFormat(isConfigMapKey, text(reference, 'key'), `${path}.key`, errors);
}

function checkFileKeyRef(reference: JsonObject, path: string, errors: FieldError[]): void {
  checkRequired(reference, 'volumeName', path, errors);
  if (checkRequired(reference, 'path', path, errors))
    checkLocalPath(text(reference, 'path'), `${path}.path`, errors);
  if (checkRequired(reference, 'key', path, errors))
    checkFormat(isEnvVarName, text(reference, 'key'), `${path}.key`, errors);
}

function checkEnvFrom(
  source: JsonObject,
  path: string,
  listPath: string,
  errors: FieldError[],
): void {
  const prefix = text(source, 'prefix');
  if (prefix !== '') checkFormat(isEnvVarName, prefix, `${path}.prefix`, errors);
  let count = 0;
  for (const key of ['configMapRef', 'secretRef']) {
    const reference = child(source, key);
    if (reference === undefined) continue;
    count++;
    if (checkRequired(reference, 'name', `${path}.${key}`, errors))
      checkSubdomain(text(reference, 'name'), `${path}.${key}.name`, errors);
  }
  if (count === 0)
    errors.push(invalid(listPath, '', 'must specify one of: `configMapRef` or `secretRef`'));
  else if (count > 1)
    errors.push(invalid(listPath, '', 'may not have more than one field specified at a time'));
}
