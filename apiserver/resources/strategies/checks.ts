// Checks that many kinds share. Each appends what it finds, so that a caller reports every violation at once.
// Wording of formats comes from object/names.ts; cross-field rules say theirs here.
import { isCidr, isIp } from '../../object/addresses.js';
import { quote } from '../../object/api-error.js';
import { type FieldError, invalid, required } from '../../object/field-error.js';
import type { Json, JsonObject } from '../../object/kube-object.js';
import { validateLabels } from '../../object/metadata.js';
import {
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isPathSegment,
  isPortName,
  isPortNumber,
  isQualifiedName,
} from '../../object/names.js';
import { validateLabelSelector } from '../../object/selectors.js';
import { integer, optionalInteger, sameMeaning, text } from './fields.js';

/** What is wrong with a text, in apimachinery's words; empty when it is fine. */
export type Format = (value: string) => readonly string[];

export function checkFormat(
  format: Format,
  value: string,
  field: string,
  errors: FieldError[],
): void {
  for (const message of format(value)) errors.push(invalid(field, value, message));
}

export function checkRequired(
  parent: JsonObject | undefined,
  key: string,
  path: string,
  errors: FieldError[],
): boolean {
  if (text(parent, key) !== '') return true;
  errors.push(required(`${path}.${key}`));
  return false;
}

export const checkDnsLabel = (value: string, field: string, errors: FieldError[]): void => {
  checkFormat(isDns1123Label, value, field, errors);
};

export const checkDns1035Label = (value: string, field: string, errors: FieldError[]): void => {
  checkFormat(isDns1035Label, value, field, errors);
};

export const checkSubdomain = (value: string, field: string, errors: FieldError[]): void => {
  checkFormat(isDns1123Subdomain, value, field, errors);
};

export const checkQualifiedName = (value: string, field: string, errors: FieldError[]): void => {
  checkFormat(isQualifiedName, value, field, errors);
};

export const checkPathSegment = (value: string, field: string, errors: FieldError[]): void => {
  checkFormat(isPathSegment, value, field, errors);
};

export const checkIp = (value: string, field: string, errors: FieldError[]): void => {
  checkFormat(isIp, value, field, errors);
};

export const checkCidr = (value: string, field: string, errors: FieldError[]): void => {
  checkFormat(isCidr, value, field, errors);
};

export function checkPortNumber(value: number, field: string, errors: FieldError[]): void {
  for (const message of isPortNumber(value)) errors.push(invalid(field, value, message));
}

/** An IntOrString that names a port. */
export function checkPort(value: Json | undefined, field: string, errors: FieldError[]): void {
  if (typeof value === 'string') checkFormat(isPortName, value, field, errors);
  else checkPortNumber(typeof value === 'number' ? value : 0, field, errors);
}

export const notNegative = 'must be greater than or equal to 0';
export const immutable = 'field is immutable';

/** A missing number is zero and fine. */
export function checkNotNegative(
  parent: JsonObject | undefined,
  keys: readonly string[],
  path: string,
  errors: FieldError[],
): void {
  for (const key of keys) {
    const value = optionalInteger(parent, key);
    if (value !== undefined && value < 0)
      errors.push(invalid(`${path}.${key}`, value, notNegative));
  }
}

export function checkImmutable(
  value: Json | undefined,
  old: Json | undefined,
  field: string,
  errors: FieldError[],
): void {
  if (!sameMeaning(value, old)) errors.push(invalid(field, value ?? null, immutable));
}

/** `cannot be greater than status.replicas` and its like. */
export function checkAtMost(
  status: JsonObject,
  [key, limitKey, detail]: readonly [string, string, string],
  errors: FieldError[],
): void {
  const value = integer(status, key);
  if (value > integer(status, limitKey)) errors.push(invalid(`status.${key}`, value, detail));
}

/** Keys and values of labels, of a nodeSelector, of a service's selector. */
export function checkLabels(
  labels: Readonly<Record<string, string>>,
  field: string,
  errors: FieldError[],
): void {
  errors.push(...validateLabels(labels, field));
}

/** A LabelSelector; absent is fine. */
export function checkLabelSelector(
  selector: JsonObject | undefined,
  field: string,
  errors: FieldError[],
): void {
  if (selector !== undefined) errors.push(...validateLabelSelector(selector, field));
}

/** As `notSupported`, with the supported values in the order the server lists them. */
export const unsupported = (
  field: string,
  value: string,
  supported: readonly string[],
): FieldError => ({
  reason: 'FieldValueNotSupported',
  field,
  message: `Unsupported value: ${quote(value)}: supported values: ${supported.map(quote).join(', ')}`,
});

/** A duplicate with an explanation. */
export const detailed = (error: FieldError, detail: string): FieldError => ({
  ...error,
  message: `${error.message}: ${detail}`,
});

/** Where a value would be, the server prints none. */
export const invalidWithoutValue = (field: string, detail: string): FieldError => ({
  reason: 'FieldValueInvalid',
  field,
  message: `Invalid value: ${detail}`,
});
