// The one place where the store's failures become API errors. Reasons and codes are those a real API server
// gives for the same etcd error; anything a retry can cure says so with retryAfterSeconds.
import { ApiError, entityTooLarge } from '../object/api-error.js';
import { StoreError } from '../../store/index.js';

export function toApiError(error: unknown): unknown {
  if (!(error instanceof StoreError)) return error;
  switch (error.code) {
    case 'compacted':
      return new ApiError(410, 'Expired', 'The provided resource version is too old.', {
        cause: error,
      });
    case 'request-too-large':
    case 'too-many-ops': // a Service with very many ports: each is claimed in its transaction
      return entityTooLarge(`Request entity too large: ${error.message}`);
    case 'no-leader':
    case 'leader-changed':
    case 'not-leader':
    case 'stopped':
      return unavailable(error);
    case 'timeout':
      return new ApiError(504, 'Timeout', `Timeout: ${error.message}`, {
        details: { retryAfterSeconds: 1 },
        cause: error,
      });
    case 'too-many-requests':
      return new ApiError(429, 'TooManyRequests', error.message, {
        details: { retryAfterSeconds: 1 },
        cause: error,
      });
    case 'no-space':
      return new ApiError(500, '', error.message, { cause: error });
    default:
      return new ApiError(500, 'InternalError', `Internal error occurred: ${error.message}`, {
        details: { causes: [{ reason: '', message: error.message }] },
        cause: error,
      });
  }
}

function unavailable(error: StoreError): ApiError {
  return new ApiError(503, 'ServiceUnavailable', error.message, {
    details: { retryAfterSeconds: 1 },
    cause: error,
  });
}

/** Awaits a store call and rethrows its failure as the API's. */
export async function guarded<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw toApiError(error);
  }
}
