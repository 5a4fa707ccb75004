// What the schema tests share: the built-in types, and one call that reads a body as the server does.
import { decodeBody } from '../../../apiserver/schema/decode.js';
import { loadBuiltInTypes } from '../../../apiserver/schema/openapi.js';
import {
  readObject,
  type FieldValidation,
  type ReadOptions,
} from '../../../apiserver/schema/read-object.js';
import { Validator } from '../../../apiserver/schema/validator.js';
import type { Json, KubeObject } from '../../../apiserver/object/kube-object.js';
import { stringifyJson } from '../../../apiserver/object/json.js';

export const types = loadBuiltInTypes();
export const validator = new Validator(types);

export const pod = {
  gvk: { group: '', version: 'v1', kind: 'Pod' },
  schemaName: 'io.k8s.api.core.v1.Pod',
};
export const deployment = {
  gvk: { group: 'apps', version: 'v1', kind: 'Deployment' },
  schemaName: 'io.k8s.api.apps.v1.Deployment',
};
export type KindOf = Pick<ReadOptions, 'gvk' | 'schemaName'>;

export interface Reading {
  readonly object: KubeObject;
  readonly warnings: string[];
}

export function read(
  body: string | Uint8Array | Json,
  kind: KindOf = pod,
  fieldValidation: FieldValidation = 'Strict',
  mediaType = 'application/json',
): Reading {
  const bytes =
    body instanceof Uint8Array
      ? body
      : Buffer.from(typeof body === 'string' ? body : stringifyJson(body));
  const { value, duplicates } = decodeBody(bytes, mediaType, kind.gvk.kind);
  const warnings: string[] = [];
  const object = readObject(value, duplicates, {
    ...kind,
    fieldValidation,
    warn: (text) => warnings.push(text),
    types,
    validator,
  });
  return { object, warnings };
}

/** The 400's message, or 'no error'. */
export function refusal(...input: Parameters<typeof read>): string {
  try {
    read(...input);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 400) return error.message;
    throw error;
  }
  return 'no error';
}
