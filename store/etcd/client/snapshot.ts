// A snapshot of one etcd server as it streams it: the database, then the SHA-256 of it. From one server, the first that
// is given: two members' files need not be alike byte for byte.
import { Metadata } from '@grpc/grpc-js';
import { systemClock } from '../../clock.js';
import { methodType } from '../codec.js';
import type { EtcdClientOptions } from './connect.js';
import { Endpoint } from './endpoint.js';
import { Endpoints } from './endpoints.js';
import { failureOf, type CallStatus } from './failure.js';
import { Token } from './token.js';

const method = methodType('etcdserverpb.Maintenance/Snapshot');

/** Pulls no faster than it is iterated. Errors: TypeError (no URL), StoreError. */
export async function* fetchSnapshot(options: EtcdClientOptions): AsyncGenerator<Uint8Array> {
  const clock = options.clock ?? systemClock;
  const [url = ''] = options.endpoints;
  const endpoint = new Endpoint(url, options.tls, clock);
  try {
    const metadata = new Metadata();
    if (options.user) {
      const token = new Token(new Endpoints([endpoint]), options.user, clock);
      metadata.set('token', await token.value());
    }
    const call = endpoint.client.makeServerStreamRequest(
      method.path,
      (bytes: Buffer): Buffer => bytes,
      (bytes: Buffer) => method.response.decode(bytes).blob,
      method.request.encode({}),
      metadata,
    );
    try {
      for await (const blob of call) yield blob as Uint8Array; // as: what the decoder above gives
    } finally {
      call.cancel();
    }
  } catch (error) {
    throw isCallStatus(error) ? failureOf(error).error : error;
  } finally {
    endpoint.close();
  }
}

function isCallStatus(error: unknown): error is CallStatus {
  return typeof error === 'object' && error !== null && 'code' in error && 'details' in error;
}
