// reportFailure: the outermost stage. Whatever is thrown below becomes a Status reply: an ApiError as it
// is, anything else a logged 500 that tells the client nothing of our insides.
import { ApiError, internalError } from '../../object/api-error.js';
import type { Call, Headers, Reply } from '../call.js';
import { bodyOf, prefersPretty } from '../answers/json-body.js';
import { negotiateStatus } from '../answers/negotiate.js';
import type { Stage } from '../pipeline.js';
import { yamlOf } from '../answers/yaml-body.js';

/** Called with failures that are ours. */
export type FailureLog = (
  message: 'request failed' | 'response failed',
  error: unknown,
  call: Call,
) => void;

export const reportFailure =
  (log: FailureLog): Stage =>
  async (call, next) => {
    try {
      return await next();
    } catch (error) {
      if (error instanceof ApiError && error.code < 500) return statusReply(call, error);
      if (error instanceof ApiError && error.cause === undefined) return statusReply(call, error);
      log('request failed', error, call);
      return statusReply(
        call,
        error instanceof ApiError ? error : internalError('unexpected failure'),
      );
    }
  };

/** The Status of an error, in the form the client accepts. */
export function statusReply(call: Call, error: ApiError): Reply {
  const retryAfterSeconds = error.details?.retryAfterSeconds ?? 0;
  const headers: Headers =
    retryAfterSeconds > 0 ? { 'Retry-After': String(retryAfterSeconds) } : {};
  const json = bodyOf(error.toStatus(), prefersPretty(call));
  if (negotiateStatus(call.request.headers.accept) === 'yaml') {
    const body = yamlOf(json);
    return { type: 'bytes', code: error.code, contentType: 'application/yaml', body, headers };
  }
  return { type: 'bytes', code: error.code, contentType: 'application/json', body: json, headers };
}
