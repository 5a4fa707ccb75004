// Validation of a whole object: the schema's constraints, the metadata's, the kind's own rules; all violations
// in one 422.
import { invalidObject, type FieldError } from '../object/field-error.js';
import type { KubeObject } from '../object/kube-object.js';
import { validateObjectMeta } from '../object/metadata.js';
import type { Resource } from '../resources/resource.js';
import type { RestDeps } from './rest-deps.js';

export function structuralErrors(
  rest: RestDeps,
  resource: Resource,
  object: KubeObject,
): FieldError[] {
  return [
    ...validateObjectMeta(object.metadata, {
      namespaced: resource.scope === 'Namespaced',
      nameKind: resource.strategy.name ?? 'dns-subdomain',
      field: 'metadata',
      anyFinalizer: !rest.types.isBuiltIn(resource.schema),
    }),
    ...rest.validator.validate(object, resource.schema),
  ];
}

/** The same violation found by two of the sources counts once. */
export function refuseInvalid(
  resource: Resource,
  object: KubeObject,
  errors: readonly FieldError[],
): void {
  if (errors.length === 0) return;
  const seen = new Set<string>();
  const distinct = errors.filter(({ field, message }) => {
    const text = `${field}: ${message}`;
    return !seen.has(text) && seen.add(text);
  });
  throw invalidObject(resource, object.metadata.name ?? '', distinct);
}
