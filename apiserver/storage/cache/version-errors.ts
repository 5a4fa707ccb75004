// What a read says when it asks for a revision the server has not reached: apimachinery's words and cause,
// which client-go looks for before it falls back.
import { ApiError } from '../../object/api-error.js';

export function tooLargeVersion(asked: number, current: number): ApiError {
  return new ApiError(
    504,
    'Timeout',
    `Timeout: Too large resource version: ${asked}, current: ${current}`,
    {
      details: {
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
        retryAfterSeconds: 1,
      },
    },
  );
}
