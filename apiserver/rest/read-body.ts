// From a request's body to an object of the expected kind that agrees with the URL: decoded, typed, unknown
// fields dealt with, defaulted. Every disagreement is a 400 in upstream's words.
import { badRequest } from '../object/api-error.js';
import type { GroupVersionKind, JsonObject, KubeObject } from '../object/kube-object.js';
import type { Resource } from '../resources/resource.js';
import { decodeBody } from '../schema/decode.js';
import { readObject } from '../schema/read-object.js';
import type { FieldValidation } from './query-options.js';
import type { RestDeps } from './rest-deps.js';
import type { RestCall } from './rest-call.js';

/** What a body must be: the resource's own kind or a subresource's (Scale, Binding, ...). */
export interface BodyKind {
  readonly gvk: GroupVersionKind;
  readonly schemaName: string;
}

export const ownKind = ({ group, version, kind, schema }: Resource): BodyKind => ({
  gvk: { group, version, kind },
  schemaName: schema,
});

export function readBody(
  rest: RestDeps,
  call: RestCall,
  kind: BodyKind,
  fieldValidation: FieldValidation,
): KubeObject {
  const { value, duplicates } = decodeBody(call.body, call.contentType, kind.gvk.kind);
  return typed(rest, call, kind, { value, duplicates, fieldValidation });
}

export interface Untyped {
  readonly value: JsonObject;
  readonly duplicates: readonly string[];
  readonly fieldValidation: FieldValidation;
}

/** JSON -> object of the kind, with all defaults. Changes `value`. */
export function typed(
  rest: RestDeps,
  call: RestCall,
  kind: BodyKind,
  { value, duplicates, fieldValidation }: Untyped,
): KubeObject {
  const object = readObject(value, duplicates, {
    gvk: kind.gvk,
    schemaName: kind.schemaName,
    fieldValidation,
    warn: call.warn,
    types: rest.types,
    validator: rest.validator,
  });
  if (kind.schemaName === call.resource.schema) call.resource.strategy.applyDefaults?.(object);
  return object;
}

/** Fills in the URL's namespace; refuses another one. */
export function settleNamespace({ resource, namespace }: RestCall, object: KubeObject): void {
  const { metadata } = object;
  if (resource.scope === 'Cluster') {
    delete metadata.namespace;
    return;
  }
  if (metadata.namespace === undefined || metadata.namespace === '') {
    if (namespace !== undefined) metadata.namespace = namespace;
    return;
  }
  if (metadata.namespace !== namespace) {
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
}

/** PUT and PATCH: the object's name must be the URL's; an absent one is refused as upstream does. */
export function checkName({ name = '' }: RestCall, object: KubeObject): void {
  const given = object.metadata.name ?? '';
  if (given === '') throw badRequest('name must be provided');
  if (given !== name) {
    throw badRequest(
      `the name of the object (${given}) does not match the name on the URL (${name})`,
    );
  }
}
