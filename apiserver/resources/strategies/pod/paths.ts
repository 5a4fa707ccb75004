// Paths inside volumes: relative, and never climbing out.
import { type FieldError, invalid } from '../../../object/field-error.js';

export function checkNoBacksteps(path: string, field: string, errors: FieldError[]): void {
  if (path.includes('..') && path.split('/').includes('..'))
    errors.push(invalid(field, path, "must not contain '..'"));
}

export function checkDescendingPath(path: string, field: string, errors: FieldError[]): void {
  if (path.startsWith('/')) errors.push(invalid(field, path, 'must be a relative path'));
  checkNoBacksteps(path, field, errors);
}

/** Names that start with `..` are the kubelet's own. */
export function checkLocalPath(path: string, field: string, errors: FieldError[]): void {
  checkDescendingPath(path, field, errors);
  if (path.startsWith('..') && !path.startsWith('../'))
    errors.push(invalid(field, path, "must not start with '..'"));
}
