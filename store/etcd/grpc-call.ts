// One gRPC call as the handlers see it: its metadata checked in etcd's order, its caller found when somebody asks.
import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { StoreError } from '../errors.js';
import type { Caller, StoreNode } from '../node.js';
import { CallError, statusCode, type Call } from './call.js';
import { callerOf, nobody } from './callers.js';
import type { RangeRequest } from './messages.js';
import { WireError } from './wire.js';

/** What grpc-js gives for a call of any kind. */
export type RawCall = Pick<
  ServerUnaryCall<unknown, unknown>,
  'metadata' | 'getAuthContext' | 'cancelled'
> & { once(event: 'cancelled', listener: () => void): unknown };

/** A request that could not be read, in the request's place. */
export class Unreadable {
  readonly error: CallError;

  constructor(error: CallError) {
    this.error = error;
  }
}

export class GrpcCall implements Call {
  readonly #raw: RawCall;
  readonly #node: StoreNode;
  readonly #takesCommonName: boolean;
  #abort: AbortController | undefined;

  /** `takesCommonName`: the name in a verified client certificate is the user. */
  constructor(raw: RawCall, node: StoreNode, takesCommonName: boolean) {
    this.#raw = raw;
    this.#node = node;
    this.#takesCommonName = takesCommonName;
  }

  get needsLeader(): boolean {
    return text(this.#raw.metadata, 'hasleader') === 'true';
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = (this.#abort = new AbortController());
      if (this.#raw.cancelled) abort.abort();
      else
        this.#raw.once('cancelled', () => {
          abort.abort();
        });
    }
    return this.#abort.signal;
  }

  async caller(): Promise<Caller> {
    const { metadata } = this.#raw;
    const token = text(metadata, 'token') ?? text(metadata, 'authorization');
    if (token !== undefined) return callerOf(this.#node, token.replace(/^Bearer /, ''));
    const name = this.#commonName();
    return name === undefined ? nobody : { user: name, authRevision: 0 };
  }

  #commonName(): string | undefined {
    if (!this.#takesCommonName) return undefined;
    const name: unknown = this.#raw.getAuthContext().sslPeerCertificate?.subject.CN;
    return typeof name === 'string' ? name : undefined;
  }
}

const statusPath = '/etcdserverpb.Maintenance/Status';
const snapshotPath = '/etcdserverpb.Maintenance/Snapshot';
const rangePath = '/etcdserverpb.KV/Range';

/** What is refused before any handler sees it. `request`: of a stream that is not known yet, undefined. */
export function checkCall(
  node: StoreNode,
  path: string,
  metadata: Metadata,
  request: unknown,
): StoreError | undefined {
  if (node.isLearner && !isForLearners(path, request)) return new StoreError('learner-unsupported');
  if (text(metadata, 'hasleader') === 'true' && !node.hasLeader) return new StoreError('no-leader');
  return undefined;
}

function isForLearners(path: string, request: unknown): boolean {
  if (path === statusPath || path === snapshotPath) return true;
  return path === rangePath && (request as RangeRequest).serializable; // as: the path says what it is
}

function text(metadata: Metadata, key: string): string | undefined {
  const [value] = metadata.get(key);
  return typeof value === 'string' ? value : undefined;
}

/** gRPC's status of a failure. `report`: for failures that nobody foresaw. */
export function statusOf(
  error: unknown,
  report: (error: unknown) => void,
): { readonly code: number; readonly details: string } {
  if (error instanceof StoreError) return { code: error.grpcStatus, details: error.message };
  if (error instanceof CallError) return { code: error.status, details: error.message };
  report(error);
  return { code: statusCode.internal, details: 'internal error' };
}

/** Reads a request; a failure comes back in its place, since grpc-js has texts of its own for it. */
export function readRequest(
  type: { decode(bytes: Uint8Array): unknown },
  bytes: Buffer,
  bytesMax: number,
): unknown {
  if (bytes.length > bytesMax) {
    const what = `grpc: received message larger than max (${bytes.length} vs. ${bytesMax})`;
    return new Unreadable(new CallError(statusCode.resourceExhausted, what));
  }
  try {
    return type.decode(bytes);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const what = `grpc: failed to unmarshal the received message: ${error.message}`;
    return new Unreadable(new CallError(statusCode.internal, what));
  }
}
