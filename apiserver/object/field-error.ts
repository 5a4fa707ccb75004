// FieldError: one violated field, worded as apimachinery's field.Error; `invalid` joins them into a 422.
import { ApiError, quote, type StatusCause } from './api-error.js';
import type { Json } from './kube-object.js';

export interface FieldError {
  readonly reason:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueDuplicate'
    | 'FieldValueForbidden'
    | 'FieldValueNotFound'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueTypeInvalid'
    | 'InternalError';
  readonly field: string;
  /** Everything after "field: ", e.g. `Invalid value: "A": must be lower case`. */
  readonly message: string;
}

/** How Go prints the bad value inside a message: strings quoted, objects as JSON. */
export function showValue(value: Json | undefined): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'object') {
    return JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'bigint' ? inner.toString() : inner,
    );
  }
  return String(value);
}

const withDetail = (head: string, detail: string): string =>
  detail === '' ? head : `${head}: ${detail}`;

export const required = (field: string, detail = ''): FieldError => ({
  reason: 'FieldValueRequired',
  field,
  message: withDetail('Required value', detail),
});

export const invalid = (field: string, value: Json | undefined, detail: string): FieldError => ({
  reason: 'FieldValueInvalid',
  field,
  message: withDetail(`Invalid value: ${showValue(value)}`, detail),
});

export const notSupported = (
  field: string,
  value: Json | undefined,
  supported: readonly string[],
): FieldError => ({
  reason: 'FieldValueNotSupported',
  field,
  message: withDetail(
    `Unsupported value: ${showValue(value)}`,
    supported.length === 0
      ? ''
      : `supported values: ${[...supported].sort().map(quote).join(', ')}`,
  ),
});

export const duplicate = (field: string, value: Json | undefined): FieldError => ({
  reason: 'FieldValueDuplicate',
  field,
  message: `Duplicate value: ${showValue(value)}`,
});

export const forbiddenField = (field: string, detail: string): FieldError => ({
  reason: 'FieldValueForbidden',
  field,
  message: withDetail('Forbidden', detail),
});

export const fieldNotFound = (field: string, value: Json | undefined): FieldError => ({
  reason: 'FieldValueNotFound',
  field,
  message: `Not found: ${showValue(value)}`,
});

export const tooLong = (field: string, bytesMax: number): FieldError => ({
  reason: 'FieldValueTooLong',
  field,
  message: `Too long: may not be more than ${bytesMax} bytes`,
});

export const tooMany = (field: string, actual: number, max: number): FieldError => ({
  reason: 'FieldValueTooMany',
  field,
  message: `Too many: ${actual}: must have at most ${max} items`,
});

/**
 * The schema's checks and a kind's own may find the same fault. Equal errors count once; of two that call a field
 * required, or its value unsupported, the later stays: the kind's own knows the better words.
 */
export function withoutRepeats(errors: readonly FieldError[]): FieldError[] {
  const kept = new Map<string, FieldError>();
  for (const error of errors) {
    const isSettled =
      error.reason === 'FieldValueRequired' || error.reason === 'FieldValueNotSupported';
    const identity = `${error.field}\0${error.reason}\0${isSettled ? '' : error.message}`;
    kept.set(identity, error);
  }
  return [...kept.values()];
}

/** 422 with every cause. `kind` is the object's kind, `name` may be ''. */
export function invalidObject(
  kind: { group: string; kind: string },
  name: string,
  found: readonly FieldError[],
): ApiError {
  const errors = withoutRepeats(found);
  const qualified = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const lines = errors.map((error) => `${error.field}: ${error.message}`);
  const [first = ''] = lines;
  const list = lines.length === 1 ? first : `[${lines.join(', ')}]`;
  const causes: StatusCause[] = errors.map(({ reason, message, field }) => ({
    reason,
    message,
    field,
  }));
  return new ApiError(422, 'Invalid', `${qualified} ${quote(name)} is invalid: ${list}`, {
    details: {
      ...(name === '' ? {} : { name }),
      ...(kind.group === '' ? {} : { group: kind.group }),
      kind: kind.kind,
      causes,
    },
  });
}
