// One gRPC call, once, to one endpoint: one message there, one back, also where the method is a stream of them.
import { status, type Metadata } from '@grpc/grpc-js';
import type { MethodType } from '../codec.js';
import type { Endpoint } from './endpoint.js';
import { failureOf, type CallStatus, type Failure } from './failure.js';

export type Answer<Response> = { readonly response: Response } | { readonly failure: Failure };

/** `deadline`: milliseconds since the epoch. */
export function ask<Request, Response>(
  endpoint: Endpoint,
  method: MethodType<Request, Response>,
  bytes: Buffer,
  metadata: Metadata,
  deadline: number,
): Promise<Answer<Response>> {
  return new Promise((resolve) => {
    const settle = (error: CallStatus | null, response?: Response): void => {
      if (error === null && response !== undefined) resolve({ response });
      else resolve({ failure: failureOf(error ?? noAnswer) });
    };
    try {
      if (method.requestStream) askStream(endpoint, method, bytes, { metadata, deadline }, settle);
      else askOnce(endpoint, method, bytes, { metadata, deadline }, settle);
    } catch {
      // grpc-js throws when the client was closed.
      settle(notSent);
    }
  });
}

interface Terms {
  readonly metadata: Metadata;
  readonly deadline: number;
}

type Settle<Response> = (error: CallStatus | null, response?: Response) => void;

function askOnce<Request, Response>(
  { client }: Endpoint,
  { path, response }: MethodType<Request, Response>,
  bytes: Buffer,
  { metadata, deadline }: Terms,
  settle: Settle<Response>,
): void {
  const decode = (message: Buffer): Response => response.decode(message);
  client.makeUnaryRequest(path, asItIs, decode, bytes, metadata, { deadline }, settle);
}

function askStream<Request, Response>(
  { client }: Endpoint,
  { path, response }: MethodType<Request, Response>,
  bytes: Buffer,
  { metadata, deadline }: Terms,
  settle: Settle<Response>,
): void {
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
}

const asItIs = (message: Buffer): Buffer => message;
const noAnswer: CallStatus = { code: status.INTERNAL, details: 'no message in the answer' };
const notSent: CallStatus = { code: status.UNAVAILABLE, details: 'No connection established' };
