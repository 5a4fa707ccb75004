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
  const serialize = (message: Buffer): Buffer => message;
  const deserialize = (message: Buffer): Response => method.response.decode(message);
  return new Promise((resolve) => {
    const settle = (error: CallStatus | null, response?: Response): void => {
      if (error === null && response !== undefined) resolve({ response });
      else resolve({ failure: failureOf(error ?? noAnswer) });
    };
    const { client } = endpoint;
    if (!method.requestStream) {
      const options = { deadline };
      client.makeUnaryRequest(
        method.path,
        serialize,
        deserialize,
        bytes,
        metadata,
        options,
        settle,
      );
      return;
    }
    const call = client.makeBidiStreamRequest(method.path, serialize, deserialize, metadata, {
      deadline,
    });
    call.once('data', (response: Response) => {
      settle(null, response);
      call.cancel();
    });
    // as: grpc-js emits ServiceErrors; the one that follows our cancel settles nothing any more
    call.on('error', (error) => {
      settle(error as unknown as CallStatus);
    });
    call.once('end', () => {
      settle(null);
    });
    call.write(bytes);
  });
}

const noAnswer: CallStatus = { code: status.INTERNAL, details: 'no message in the answer' };
