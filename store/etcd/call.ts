// What a handler of one of etcd's methods sees of a call, whatever carried it here (gRPC, the JSON gateway), and the
// table of handlers. A handler fails with a StoreError or a CallError; the carrier makes a status of it.
import type { Caller } from '../node.js';
import { methodType, type MethodType, type Partially } from './codec.js';
import type { Methods } from './messages.js';

/** gRPC's status numbers, those used here. */
export const statusCode = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  notFound: 5,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const;

/** A failure that the store has no name for. */
export class CallError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'CallError';
    this.status = status;
  }
}

export interface Call {
  /** Who asks: see callers.ts. Error: 'invalid-auth-token'. */
  caller(): Promise<Caller>;
  /** Aborts when the caller gave up, or its deadline passed. */
  readonly signal: AbortSignal;
  /** The call asked to be cut when there is no leader any more (`hasleader`). */
  readonly needsLeader: boolean;
}

/** The way back of a stream. */
export interface Outgoing<Answer> {
  /** A message, or its bytes. False: the receiver is slow; better wait for `drained`. Nothing is sent after the end. */
  send(message: Partially<Answer> | Buffer): boolean;
  /** Ends the stream; without an error, with status OK. */
  end(error?: unknown): void;
}

/** What the carrier tells the handler of a stream. */
export interface Incoming<Request> {
  /** The next message; the one after it comes when the promise is fulfilled. A rejection ends the stream. */
  message(request: Request): void | Promise<void>;
  /** No more messages will come. */
  halfClosed(): void;
  /** There is room again after `send` said false. */
  drained(): void;
  /** It is over, whoever ended it: free everything. Called once. */
  closed(): void;
}

export type UnaryHandler<Request, Answer> = (
  request: Request,
  call: Call,
) => Promise<Partially<Answer>>;

export type StreamHandler<Request, Answer> = (
  call: Call,
  out: Outgoing<Answer>,
) => Incoming<Request>;

/** A method and what serves it. A method that takes one message and streams back is a stream that gets one message. */
export type Served =
  | {
      readonly type: 'unary';
      readonly method: MethodType<unknown, unknown>;
      readonly handle: UnaryHandler<unknown, unknown>;
    }
  | {
      readonly type: 'stream';
      readonly method: MethodType<unknown, unknown>;
      readonly handle: StreamHandler<unknown, unknown>;
    };

export function unary<Path extends keyof Methods>(
  path: Path,
  handle: UnaryHandler<Methods[Path][0], Methods[Path][1]>,
): Served {
  const method = methodType(path);
  // as: the table holds methods of all types; the carrier gives a handler what its own method decoded
  return { type: 'unary', method, handle } as unknown as Served;
}

export function stream<Path extends keyof Methods>(
  path: Path,
  handle: StreamHandler<Methods[Path][0], Methods[Path][1]>,
): Served {
  const method = methodType(path);
  return { type: 'stream', method, handle } as unknown as Served; // as: see unary
}
