// What a failed gRPC call means: which StoreError it is, whether the request may have been carried out, and whether
// another endpoint may do better. etcd's clients know errors by their text, since codes are shared by many.
import { status } from '@grpc/grpc-js';
import { StoreError, storeErrorCodes, type StoreErrorCode } from '../../errors.js';

export interface Failure {
  readonly error: StoreError;
  /** False: the request surely had no effect. */
  readonly mayHaveRun: boolean;
  /** Another try, best at another endpoint, may succeed. */
  readonly isPassing: boolean;
}

/** The part of grpc-js's ServiceError that counts. */
export interface CallStatus {
  readonly code: status;
  readonly details: string;
}

const codesByText = new Map(storeErrorCodes.map((code) => [new StoreError(code).message, code]));

/** The member lost its quorum or is going down: what it had begun may still happen. */
const uncertain: readonly StoreErrorCode[] = [
  'timeout',
  'timeout-leader-lost',
  'stopped',
  'leader-changed',
];
/** Said before anything is done, and likely to be said otherwise by another member. */
const refusedHere: readonly StoreErrorCode[] = ['no-leader', 'learner-unsupported'];

/** grpc-js's words for calls that never got onto a connection. */
const notSent =
  /^No connection established|Stream refused by server|Waiting for LB pick|waiting for name resolution|^Name resolution failed/;

export function failureOf({ code, details }: CallStatus): Failure {
  const cause = new Error(`gRPC status ${code}: ${details}`);
  const known = codeOfText(details);
  if (known !== undefined) {
    const mayHaveRun = uncertain.includes(known);
    const error = new StoreError(known === 'timeout-leader-lost' ? 'timeout' : known, { cause });
    return { error, mayHaveRun, isPassing: mayHaveRun || refusedHere.includes(known) };
  }
  if (notSent.test(details)) {
    return { error: new StoreError('stopped', { cause }), mayHaveRun: false, isPassing: true };
  }
  const final = finalCode(code, details);
  if (final !== undefined) {
    return { error: new StoreError(final, { cause }), mayHaveRun: false, isPassing: false };
  }
  // The connection broke or nobody answered in time.
  const late = code === status.DEADLINE_EXCEEDED;
  const error = new StoreError(late ? 'timeout' : 'stopped', { cause });
  return { error, mayHaveRun: true, isPassing: true };
}

/** The code of an error text as it stands in a status or a watch's cancel reason. */
export function codeOfText(text: string): StoreErrorCode | undefined {
  const known = codesByText.get(text);
  if (known !== undefined) return known;
  // A cancel reason holds Go's rendering of a status; some texts go on after the words we know.
  const description = /desc = (.*)$/s.exec(text)?.[1];
  if (description !== undefined && description !== text) return codeOfText(description);
  return text.startsWith('etcdserver: request timed out') ? 'timeout' : undefined;
}

function finalCode(code: status, details: string): StoreErrorCode | undefined {
  switch (code) {
    case status.RESOURCE_EXHAUSTED:
      return details.includes('larger than max') ? 'request-too-large' : 'too-many-requests';
    case status.UNIMPLEMENTED:
      return 'not-capable';
    case status.PERMISSION_DENIED:
      return 'permission-denied';
    case status.UNAUTHENTICATED:
      return 'invalid-auth-token';
    case status.INVALID_ARGUMENT:
    case status.FAILED_PRECONDITION:
    case status.OUT_OF_RANGE:
    case status.NOT_FOUND:
    case status.ALREADY_EXISTS:
    case status.DATA_LOSS:
      return 'unhealthy';
    default:
      return undefined;
  }
}
