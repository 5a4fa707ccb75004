// The files a volume shows: keys of a Secret or ConfigMap, and the pod's own fields.
import { type FieldError, invalid, required } from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { checkRequired } from '../checks.js';
import { child, optionalInteger, text } from '../fields.js';
import { checkFieldRef, checkResourceFieldRef } from './downward-api.js';
import { checkLocalPath } from './paths.js';

export function checkMode(
  source: JsonObject,
  key: string,
  path: string,
  errors: FieldError[],
): void {
  const mode = optionalInteger(source, key);
  if (mode !== undefined && (mode < 0 || mode > 0o777))
    errors.push(
      invalid(
        `${path}.${key}`,
        mode,
        'must be a number between 0 and 0777 (octal), both inclusive',
      ),
    );
}

export function checkKeyToPath(item: JsonObject, path: string, errors: FieldError[]): void {
  checkRequired(item, 'key', path, errors);
  checkRequired(item, 'path', path, errors);
  checkLocalPath(text(item, 'path'), `${path}.path`, errors);
  checkMode(item, 'mode', path, errors);
}

/** Errors point at the volume, not at the file: so does the real server. */
export function checkDownwardFile(file: JsonObject, path: string, errors: FieldError[]): void {
  checkRequired(file, 'path', path, errors);
  checkLocalPath(text(file, 'path'), `${path}.path`, errors);
  const field = child(file, 'fieldRef');
  const resource = child(file, 'resourceFieldRef');
  if (field !== undefined) {
    checkFieldRef(field, 'file', `${path}.fieldRef`, errors);
    if (resource !== undefined)
      errors.push(
        invalid(
          path,
          'resource',
          'fieldRef and resourceFieldRef can not be specified simultaneously',
        ),
      );
  } else if (resource !== undefined) {
    checkResourceFieldRef(resource, 'file', `${path}.resourceFieldRef`, errors);
  } else {
    errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
  }
  checkMode(file, 'mode', path, errors);
}
