// DeleteOptions, from the body if there is one, else from the query, as upstream reads them.
import { badRequest } from '../object/api-error.js';
import { invalid, invalidObject, notSupported, type FieldError } from '../object/field-error.js';
import { isJsonObject, type Json, type JsonObject } from '../object/kube-object.js';
import { decodeBody } from '../schema/decode.js';
import { dryRunErrors, readBoolean, readInteger } from './query-options.js';
import type { RestCall } from './rest-call.js';

export type Propagation = 'Foreground' | 'Background' | 'Orphan';

export interface DeleteOptions {
  readonly isDryRun: boolean;
  readonly gracePeriodSeconds: number | undefined;
  readonly propagation: Propagation | undefined;
  /** The old spelling of Orphan/Background; changes the reply's code. */
  readonly orphanDependents: boolean | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

const propagations = ['Foreground', 'Background', 'Orphan'];

export function deleteOptions(call: RestCall): DeleteOptions {
  const raw = call.body.length > 0 ? fromBody(call) : fromQuery(call.query);
  const errors: FieldError[] = [];
  const { propagationPolicy, orphanDependents } = raw;
  if (orphanDependents !== undefined && propagationPolicy !== undefined) {
    const why = 'orphanDependents and deletionPropagation cannot be both set';
    errors.push(invalid('propagationPolicy', propagationPolicy, why));
  }
  if (propagationPolicy !== undefined && !propagations.includes(propagationPolicy)) {
    errors.push(notSupported('propagationPolicy', propagationPolicy, [...propagations, 'nil']));
  }
  errors.push(...dryRunErrors(raw.dryRun));
  if (raw.gracePeriodSeconds !== undefined && raw.gracePeriodSeconds < 0) {
    // Upstream takes a negative period for "as fast as is safe": one second.
    raw.gracePeriodSeconds = 1;
  }
  if (errors.length > 0) {
    throw invalidObject({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors);
  }
  return {
    isDryRun: raw.dryRun.length > 0,
    gracePeriodSeconds: raw.gracePeriodSeconds,
    propagation: propagationPolicy as Propagation | undefined, // as: checked above
    orphanDependents,
    uid: raw.uid,
    resourceVersion: raw.resourceVersion,
  };
}

interface RawOptions {
  dryRun: string[];
  gracePeriodSeconds: number | undefined;
  propagationPolicy: string | undefined;
  orphanDependents: boolean | undefined;
  uid: string | undefined;
  resourceVersion: string | undefined;
}

function fromQuery(query: URLSearchParams): RawOptions {
  return {
    dryRun: query.getAll('dryRun'),
    gracePeriodSeconds: readInteger(query, 'gracePeriodSeconds'),
    propagationPolicy: query.get('propagationPolicy') ?? undefined,
    orphanDependents: readBoolean(query, 'orphanDependents'),
    uid: undefined,
    resourceVersion: undefined,
  };
}

function fromBody(call: RestCall): RawOptions {
  const { value } = decodeBody(call.body, call.contentType, 'DeleteOptions');
  const { kind } = value;
  if (typeof kind === 'string' && kind !== '' && kind !== 'DeleteOptions') {
    throw badRequest(
      `${kind} cannot be handled as a DeleteOptions: decoded object cannot be converted to DeleteOptions`,
    );
  }
  const preconditions = member(value, 'preconditions', isJsonObject, 'object');
  return {
    dryRun: member(value, 'dryRun', isStringArray, 'array') ?? [],
    gracePeriodSeconds: member(value, 'gracePeriodSeconds', isInteger, 'int64'),
    propagationPolicy: member(value, 'propagationPolicy', isString, 'string'),
    orphanDependents: member(value, 'orphanDependents', isBoolean, 'bool'),
    uid: preconditions && member(preconditions, 'uid', isString, 'string'),
    resourceVersion: preconditions && member(preconditions, 'resourceVersion', isString, 'string'),
  };
}

function member<T extends Json>(
  object: JsonObject,
  name: string,
  is: (value: Json) => value is T,
  goType: string,
): T | undefined {
  const value = object[name];
  if (value === undefined || value === null) return undefined;
  if (is(value)) return value;
  const found = Array.isArray(value) ? 'array' : typeof value;
  throw badRequest(
    `DeleteOptions in version "v1" cannot be handled as a DeleteOptions: json: cannot unmarshal ${found} into Go struct field DeleteOptions.${name} of type ${goType}`,
  );
}

const isString = (value: Json): value is string => typeof value === 'string';
const isBoolean = (value: Json): value is boolean => typeof value === 'boolean';
const isInteger = (value: Json): value is number => Number.isSafeInteger(value);
const isStringArray = (value: Json): value is string[] =>
  Array.isArray(value) && value.every(isString);
