// maxUnavailable and maxSurge: a count, or a percentage of the replicas.
import { type FieldError, invalid, required } from '../../../object/field-error.js';
import type { Json, JsonObject } from '../../../object/kube-object.js';
import { isPercent } from '../../../object/names.js';
import { notNegative } from '../checks.js';
import { child } from '../fields.js';

/** Undefined: no percentage. */
const percentOf = (value: Json | undefined): number | undefined =>
  typeof value === 'string' && isPercent(value).length === 0
    ? Number.parseInt(value, 10)
    : undefined;

export function amountOf(value: Json | undefined): number {
  if (typeof value === 'number') return value;
  return percentOf(value) ?? 0;
}

export function checkAmount(value: Json | undefined, field: string, errors: FieldError[]): void {
  if (typeof value === 'string')
    for (const message of isPercent(value)) errors.push(invalid(field, value, message));
  else if (typeof value === 'number' && value < 0) errors.push(invalid(field, value, notNegative));
}

export function checkAtMostAll(value: Json | undefined, field: string, errors: FieldError[]): void {
  if ((percentOf(value) ?? 0) > 100)
    errors.push(invalid(field, value, 'must not be greater than 100%'));
}

export function checkDeploymentRolling(
  rolling: JsonObject,
  path: string,
  errors: FieldError[],
): void {
  const { maxUnavailable, maxSurge } = rolling;
  checkAmount(maxUnavailable, `${path}.maxUnavailable`, errors);
  checkAmount(maxSurge, `${path}.maxSurge`, errors);
  if (amountOf(maxUnavailable) === 0 && amountOf(maxSurge) === 0)
    errors.push(
      invalid(`${path}.maxUnavailable`, maxUnavailable ?? 0, 'may not be 0 when `maxSurge` is 0'),
    );
  checkAtMostAll(maxUnavailable, `${path}.maxUnavailable`, errors);
}

export function checkDaemonSetRolling(
  rolling: JsonObject,
  path: string,
  errors: FieldError[],
): void {
  const { maxUnavailable, maxSurge } = rolling;
  const rows = [
    ['maxUnavailable', maxUnavailable],
    ['maxSurge', maxSurge],
  ] as const;
  for (const [key, value] of rows) {
    checkAmount(value, `${path}.${key}`, errors);
    checkAtMostAll(value, `${path}.${key}`, errors);
  }
  const unavailable = amountOf(maxUnavailable) !== 0;
  const surges = amountOf(maxSurge) !== 0;
  if (unavailable && surges)
    errors.push(
      invalid(`${path}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'),
    );
  if (!unavailable && !surges)
    errors.push(required(`${path}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
}

export function checkStatefulSetRolling(
  rolling: JsonObject,
  path: string,
  errors: FieldError[],
): void {
  const { partition, maxUnavailable } = rolling;
  if (typeof partition === 'number' && partition < 0)
    errors.push(invalid(`${path}.partition`, partition, notNegative));
  if (maxUnavailable === undefined) return;
  const field = `${path}.maxUnavailable`;
  checkAmount(maxUnavailable, field, errors);
  if (amountOf(maxUnavailable) === 0) errors.push(invalid(field, maxUnavailable, 'cannot be 0'));
  checkAtMostAll(maxUnavailable, field, errors);
}

export const rollingOf = (strategy: JsonObject | undefined): JsonObject | undefined =>
  child(strategy, 'rollingUpdate');
