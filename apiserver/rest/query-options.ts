// Query parameters of every verb, read and checked once: what upstream's ListOptions, CreateOptions,
// UpdateOptions, PatchOptions and their validation do. A bad value is 400 (cannot be read) or 422 (not allowed).
import { badRequest } from '../object/api-error.js';
import {
  forbiddenField,
  invalid,
  invalidObject,
  notSupported,
  required,
  tooLong,
  type FieldError,
} from '../object/field-error.js';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface WriteParameters {
  readonly isDryRun: boolean;
  /** '' when not given. */
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  /** PATCH only. */
  readonly force: boolean;
}

export interface ListParameters {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** '' = unset. */
  readonly resourceVersion: string;
  readonly resourceVersionMatch: '' | 'Exact' | 'NotOlderThan';
  readonly limit: number;
  readonly continueToken: string;
  readonly timeoutSeconds: number | undefined;
  readonly allowWatchBookmarks: boolean;
  readonly sendInitialEvents: boolean | undefined;
}

const fieldManagerMax = 128;
const fieldValidations = ['Ignore', 'Strict', 'Warn'];

const metaKind = (kind: string): { group: string; kind: string } => ({
  group: 'meta.k8s.io',
  kind,
});

export function writeParameters(
  query: URLSearchParams,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
  isApply = false,
): WriteParameters {
  if (query.size === 0 && !isApply) return noParameters;
  const fieldManager = query.get('fieldManager') ?? '';
  const fieldValidation = query.get('fieldValidation') ?? '';
  const force = readBoolean(query, 'force');
  const errors: FieldError[] = [];
  if (kind === 'PatchOptions') {
    if (!isApply && force !== undefined) {
      errors.push(forbiddenField('force', 'may not be specified for non-apply patch'));
    }
    if (isApply && fieldManager === '') {
      errors.push(required('fieldManager', 'is required for apply patch'));
    }
  }
  errors.push(...fieldManagerErrors(fieldManager));
  errors.push(...dryRunErrors(query.getAll('dryRun')));
  if (fieldValidation !== '' && !fieldValidations.includes(fieldValidation)) {
    errors.push(notSupported('fieldValidation', fieldValidation, ['', ...fieldValidations]));
  }
  if (errors.length > 0) throw invalidObject(metaKind(kind), '', errors);
  return {
    isDryRun: query.has('dryRun'),
    fieldManager,
    fieldValidation: fieldValidation === '' ? 'Warn' : (fieldValidation as FieldValidation), // as: checked above
    force: force ?? false,
  };
}

const noParameters: WriteParameters = {
  isDryRun: false,
  fieldManager: '',
  fieldValidation: 'Warn',
  force: false,
};

export function dryRunErrors(values: readonly string[]): FieldError[] {
  return values.every((value) => value === 'All')
    ? []
    : [notSupported('dryRun', [...values], ['All'])];
}

function fieldManagerErrors(manager: string): FieldError[] {
  const errors: FieldError[] = [];
  if (Buffer.byteLength(manager) > fieldManagerMax) {
    errors.push(tooLong('fieldManager', fieldManagerMax));
  }
  let position = 0;
  for (const character of manager) {
    if (!isPrintable(character)) {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      errors.push(
        invalid('fieldManager', manager, `invalid character U+${code} (at position ${position})`),
      );
    }
    position += Buffer.byteLength(character);
  }
  return errors;
}

/** Go's unicode.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII space. */
const isPrintable = (character: string): boolean =>
  character === ' ' || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character);

export function listParameters(query: URLSearchParams, isWatch: boolean): ListParameters {
  const parameters: ListParameters = {
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: (query.get('resourceVersionMatch') ?? '') as '', // as: checked below
    limit: readInteger(query, 'limit') ?? 0,
    continueToken: query.get('continue') ?? '',
    timeoutSeconds: readInteger(query, 'timeoutSeconds'),
    allowWatchBookmarks: readBoolean(query, 'allowWatchBookmarks') ?? false,
    sendInitialEvents: readBoolean(query, 'sendInitialEvents'),
  };
  const errors = isWatch ? watchErrors(parameters) : listErrors(parameters);
  if (errors.length > 0) throw invalidObject(metaKind('ListOptions'), '', errors);
  return parameters;
}

function listErrors(list: ListParameters): FieldError[] {
  const errors: FieldError[] = [];
  const match: string = list.resourceVersionMatch;
  const at = 'resourceVersionMatch';
  if (match !== '') {
    if (list.resourceVersion === '') {
      errors.push(
        forbiddenField(at, 'resourceVersionMatch is forbidden unless resourceVersion is provided'),
      );
    }
    if (list.continueToken !== '') {
      errors.push(
        forbiddenField(at, 'resourceVersionMatch is forbidden when continue is provided'),
      );
    }
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(notSupported(at, match, ['Exact', 'NotOlderThan', '']));
    }
    if (match === 'Exact' && list.resourceVersion === '0') {
      errors.push(
        forbiddenField(at, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'),
      );
    }
  }
  if (list.sendInitialEvents !== undefined) {
    errors.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  return errors;
}

function watchErrors(watch: ListParameters): FieldError[] {
  const errors: FieldError[] = [];
  const match: string = watch.resourceVersionMatch;
  const at = 'resourceVersionMatch';
  if (watch.sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    errors.push(
      forbiddenField(at, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'),
    );
  }
  if (match === '') return errors;
  if (watch.sendInitialEvents === undefined) {
    errors.push(
      forbiddenField(
        at,
        'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      ),
    );
  }
  if (match !== 'NotOlderThan') errors.push(notSupported(at, match, ['NotOlderThan']));
  if (watch.continueToken !== '') {
    errors.push(forbiddenField(at, 'resourceVersionMatch is forbidden when continue is provided'));
  }
  return errors;
}

/** The number in a resourceVersion parameter; 0 when it is unset. */
export function parseResourceVersion(text: string): number {
  if (text === '') return 0;
  if (!/^\d+$/.test(text)) {
    const value = JSON.stringify(text);
    throw badRequest(
      `resourceVersion: Invalid value: ${value}: strconv.ParseUint: parsing ${value}: invalid syntax`,
    );
  }
  // Beyond 2^53 every answer is the same: too far in the future.
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}

/** apimachinery's rule for query parameters: everything but "false" and "0" is true, an empty value too. */
export function readBoolean(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  return text !== '0' && text.toLowerCase() !== 'false';
}

export function readInteger(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^[+-]?\d+$/.test(text)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  const number = Number(text);
  if (!Number.isSafeInteger(number)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  }
  return number;
}
