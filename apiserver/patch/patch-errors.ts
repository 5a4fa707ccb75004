// The three ways a patch fails, with the codes and words of the real server: the patch is malformed (400), it
// does not fit the object (422, the reason is only logged), or its content makes no sense for the type (500).
import { ApiError } from '../object/api-error.js';

/** 422 without a kind or name; the real server tells the client no more than this either. */
export function unfitPatch(why: string): ApiError {
  return new ApiError(
    422,
    'Invalid',
    'the server rejected our request due to an error in our request',
    { details: {}, cause: new Error(why) },
  );
}

/** An error the real server does not classify: code 500, no reason, the bare text. */
export function unclassified(text: string): ApiError {
  return new ApiError(500, '', text);
}
