// ApiError: every failure a client sees, as the Status body a real API server sends.
// Constructors carry the real reason, code and message shape (source: apimachinery's api/errors).
import type { JsonObject } from './kube-object.js';

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: JsonObject;
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

/** What an error names: `pods`, or `deployments.apps`. */
export interface QualifiedResource {
  readonly group: string;
  readonly plural: string;
}

export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  /** Status.metadata, e.g. the fresh continue token of a 410. */
  readonly metadata: JsonObject;

  constructor(
    code: number,
    reason: string,
    message: string,
    more: { details?: StatusDetails; metadata?: JsonObject; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'ApiError';
    this.code = code;
    this.reason = reason;
    this.details = more.details;
    this.metadata = more.metadata ?? {};
  }

  toStatus(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.metadata,
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

export const qualifiedName = (resource: QualifiedResource): string =>
  resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;

const named = (resource: QualifiedResource, name: string): StatusDetails => ({
  ...(name === '' ? {} : { name }),
  ...(resource.group === '' ? {} : { group: resource.group }),
  kind: resource.plural,
});

export function notFound(resource: QualifiedResource, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${qualifiedName(resource)} ${quote(name)} not found`, {
    details: named(resource, name),
  });
}

export function alreadyExists(resource: QualifiedResource, name: string): ApiError {
  return new ApiError(
    409,
    'AlreadyExists',
    `${qualifiedName(resource)} ${quote(name)} already exists`,
    { details: named(resource, name) },
  );
}

export function conflict(resource: QualifiedResource, name: string, why: string): ApiError {
  return new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedName(resource)} ${quote(name)}: ${why}`,
    { details: named(resource, name) },
  );
}

export const staleObject =
  'the object has been modified; please apply your changes to the latest version and try again';

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

export function unauthorized(): ApiError {
  return new ApiError(401, 'Unauthorized', 'Unauthorized');
}

/** `why` follows the resource's name, as "is being terminated" or `User "x" cannot ...`. */
export function forbidden(
  resource: QualifiedResource,
  name: string,
  why: string,
  causes?: readonly StatusCause[],
): ApiError {
  const subject =
    name === '' ? qualifiedName(resource) : `${qualifiedName(resource)} ${quote(name)}`;
  return new ApiError(403, 'Forbidden', `${subject} is forbidden: ${why}`, {
    details: { ...named(resource, name), ...(causes === undefined ? {} : { causes }) },
  });
}

export function methodNotSupported(resource: QualifiedResource, verb: string): ApiError {
  return new ApiError(
    405,
    'MethodNotAllowed',
    `${verb} is not supported on resources of kind ${quote(qualifiedName(resource))}`,
    { details: named(resource, '') },
  );
}

export function gone(message: string): ApiError {
  return new ApiError(410, 'Expired', message);
}

export function entityTooLarge(message: string): ApiError {
  return new ApiError(413, 'RequestEntityTooLarge', message);
}

export function unsupportedMediaType(supported: readonly string[]): ApiError {
  return new ApiError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${supported.join(', ')}`,
  );
}

export function notAcceptable(supported: readonly string[]): ApiError {
  return new ApiError(
    406,
    'NotAcceptable',
    `only the following media types are accepted: ${supported.join(', ')}`,
  );
}

export function tooManyRequests(message: string, retryAfterSeconds: number): ApiError {
  return new ApiError(429, 'TooManyRequests', message, { details: { retryAfterSeconds } });
}

export function timeout(message: string, retryAfterSeconds = 0): ApiError {
  return new ApiError(504, 'Timeout', message, { details: { retryAfterSeconds } });
}

export function serviceUnavailable(message: string): ApiError {
  return new ApiError(503, 'ServiceUnavailable', message);
}

export function internalError(message: string, cause?: unknown): ApiError {
  return new ApiError(500, 'InternalError', `Internal error occurred: ${message}`, {
    details: { causes: [{ reason: '', message }] },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** A quoted string as Go's %q prints it, for names and values inside messages. */
export function quote(text: string): string {
  const quoted = JSON.stringify(text);
  if (!/[\0-\x1f\x7f]/.test(text)) return quoted;
  return quoted
    .replaceAll('\x7f', '\\x7f')
    .replaceAll(/\\(\\|u00([01][0-9a-f]))/g, (whole, _code, hex: string | undefined) =>
      hex === undefined ? whole : (goShort[hex] ?? `\\x${hex}`),
    );
}

const goShort: Readonly<Record<string, string>> = { '07': '\\a', '0b': '\\v' };
