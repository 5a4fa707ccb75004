// One gRPC call, once, to one endpoint: one message there, one back, also where the method is a stream of them.
import {
  status,
  type ClientDuplexStream,
  type ClientUnaryCall,
  type Metadata,
} from '@grpc/grpc-js';
import type { MethodType } from '../codec.js';
import type { Endpoint } from './endpoint.js';
import { failureOf, type CallStatus, type Failure } from './failure.js';

export type Answer<Response> = { readonly response: Response } | { readonly failure: Failure };

export interface Terms {
  readonly metadata: Metadata;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  /** Gives the call up. */
  readonly signal: AbortSignal;
}

export function ask<Request, Response>(
  endpoint: Endpoint,
  method: MethodType<Request, Response>,
  bytes: Buffer,
  terms: Terms,
): Promise<Answer<Response>> {
  const { signal } = terms;
  return new Promise((resolve) => {
    const cancel = (): void => call?.cancel();
    const settle = (error: CallStatus | null, response?: Response): void => {
      signal.removeEventListener('abort', cancel);
      if (error === null && response !== undefined) resolve({ response });
      else resolve({ failure: failureOf(error ?? noAnswer) });
    };
    let call: { cancel(): void } | undefined;
    try {
      const make = method.requestStream ? askStream : askOnce;
      signal.addEventListener('abort', cancel);
      call = make(endpoint, method, bytes, terms, settle);
    } catch {
      // grpc-js throws when the client was closed.
      settle(notSent);
    }
  });
}

type Settle<Response> = (error: CallStatus | null, response?: Response) => void;

function askOnce<Request, Response>(
  { client }: Endpoint,
  { path, response }: MethodType<Request, Response>,
  bytes: Buffer,
  { metadata, deadline }: Terms,
  settle: Settle<Response>,
): ClientUnaryCall {
  const decode = (message: Buffer): Response => response.decode(message);
  return client.makeUnaryRequest(path, asItIs, decode, bytes, metadata, { deadline }, settle);
}

function askStream<Request, Response>(
  { client }: Endpoint,
  { path, response }: MethodType<Request, Response>,
  bytes: Buffer,
  { metadata, deadline }: Terms,
  settle: Settle<Response>,
): ClientDuplexStream<Buffer, Response> {
  const decode = (message: Buffer): Response => response.decode(message);
  const call = client.makeBidiStreamRequest(path, asItIs, decode, metadata, { deadline });
  call.once('data', (answer: Response) => {
    settle(null, answer);
    call.cancel();
  });
  // The failure that follows our cancel settles nothing any more.
  call.on('error', (error) => {
    settle(error as unknown as CallStatus); // as: grpc-js emits ServiceErrors
  });
  call.once('end', () => {
    settle(null);
  });
  call.write(bytes);
  return call;
}

const asItIs = (message: Buffer): Buffer => message;
const noAnswer: CallStatus = { code: status.INTERNAL, details: 'no message in the answer' };
const notSent: CallStatus = { code: status.UNAVAILABLE, details: 'No connection established' };
