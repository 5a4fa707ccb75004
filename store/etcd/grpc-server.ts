// Serves the table of handlers over gRPC, by grpc-js: one server for all connections that the listeners hand over.
import type { Socket } from 'node:net';
import { Server, ServerCredentials, status as grpcStatus } from '@grpc/grpc-js';
import type {
  sendUnaryData,
  ServerDuplexStream,
  ServerUnaryCall,
  ServerWritableStream,
} from '@grpc/grpc-js';
import type { Clock } from '../clock.js';
import { StoreError } from '../errors.js';
import type { StoreNode } from '../node.js';
import { statusCode, type Incoming, type Outgoing, type Served } from './call.js';
import { checkCall, GrpcCall, readRequest, statusOf, Unreadable } from './grpc-call.js';
import { LeaderGuard } from './leader-guard.js';
import { countHandled, type EtcdMetrics } from './metrics.js';
import { schema, type MethodRow } from './schema.js';

export interface GrpcOptions {
  readonly node: StoreNode;
  readonly clock: Clock;
  readonly metrics: EtcdMetrics;
  readonly electionMs: number;
  /** Of one message; the request inside has 512 KiB less. */
  readonly receiveBytesMax: number;
  /** Of one connection. */
  readonly streamsMax: number;
  /** The name in a client's certificate is the user. */
  readonly takesCommonName: boolean;
  /** Told of failures that nobody foresaw. */
  readonly report: (error: unknown) => void;
}

/** From here on grpc-js itself refuses a message, before it is read; below it the refusal has etcd's words. */
const hardBytesFactor = 4;
/** The server's own pings: after two hours of silence, answered within 20 s. */
const keepaliveTimeMs = 2 * 60 * 60 * 1000;
const keepaliveTimeoutMs = 20_000;

type Send = sendUnaryData<unknown>;
type Stream = ServerDuplexStream<unknown, unknown>;

export class GrpcServer {
  readonly #options: GrpcOptions;
  readonly #server: Server;
  readonly #inject: (socket: Socket) => void;
  readonly #guard: LeaderGuard;
  /** Ends each open stream. */
  readonly #open = new Set<(error: StoreError) => void>();

  constructor(served: readonly Served[], options: GrpcOptions) {
    this.#options = options;
    this.#guard = new LeaderGuard(options.node, options.clock, options.electionMs);
    this.#server = new Server({
      'grpc.max_receive_message_length': options.receiveBytesMax * hardBytesFactor,
      'grpc.max_send_message_length': -1,
      'grpc.max_concurrent_streams': options.streamsMax,
      'grpc.keepalive_time_ms': keepaliveTimeMs,
      'grpc.keepalive_timeout_ms': keepaliveTimeoutMs,
      'grpc.enable_channelz': 0,
    });
    const paths = new Set(served.map(({ method }) => method.path));
    for (const row of served) this.#register(row);
    for (const row of schema.methods.values()) if (!paths.has(row.path)) this.#registerUnknown(row);
    const injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#inject = (socket) => {
      injector.injectConnection(socket);
    };
  }

  /** A connection that speaks HTTP/2, nothing of it read yet (or put back). */
  accept(socket: Socket): void {
    this.#inject(socket);
  }

  /** Ends the streams with 'stopped', lets running calls finish within `graceMs`, then cuts them. */
  async close(graceMs: number): Promise<void> {
    this.#guard.close();
    for (const end of [...this.#open]) end(new StoreError('stopped'));
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(graceMs, resolve);
      this.#server.tryShutdown(() => {
        cancel();
        resolve();
      });
    });
    this.#server.forceShutdown();
  }

  #register(row: Served): void {
    const { method } = row;
    const { metrics, receiveBytesMax } = this.#options;
    const decode = (bytes: Buffer): unknown => {
      metrics.receivedBytes += bytes.length;
      return readRequest(method.request, bytes, receiveBytesMax);
    };
    const encode = (message: unknown): Buffer => {
      const bytes = Buffer.isBuffer(message)
        ? message
        : method.response.encode(message as Record<string, never>); // as: a handler answers with its method's message
      metrics.sentBytes += bytes.length;
      return bytes;
    };
    if (row.type === 'unary') {
      this.#server.register(method.path, this.#unary(row), encode, decode, 'unary');
    } else if (method.requestStream) {
      const bidi = (raw: Stream): void => {
        this.#runBidi(row, raw);
      };
      this.#server.register(method.path, bidi, encode, decode, 'bidi');
    } else {
      const serverStream = (raw: ServerWritableStream<unknown, unknown>): void => {
        this.#runServerStream(row, raw);
      };
      this.#server.register(method.path, serverStream, encode, decode, 'serverStream');
    }
  }

  /** In the words that clients look for when they try what a newer server has. */
  #registerUnknown({ path, name, service }: MethodRow): void {
    const none = (): Buffer => Buffer.alloc(0);
    const details = `unknown method ${name} for service ${service}`;
    const answer = (_: unknown, send: Send): void => {
      send({ code: grpcStatus.UNIMPLEMENTED, details });
    };
    this.#server.register(path, answer, none, none, 'unary');
  }

  #unary(row: Served & { type: 'unary' }) {
    const { node, metrics, takesCommonName, report } = this.#options;
    const { path } = row.method;
    const counts = metrics.of(row.method);
    return (raw: ServerUnaryCall<unknown, unknown>, send: Send): void => {
      counts.started++;
      counts.received++;
      const fail = (error: unknown): void => {
        const status = statusOf(error, report);
        countHandled(counts, status.code);
        send(status);
      };
      const { request, metadata } = raw;
      if (request instanceof Unreadable) {
        fail(request.error);
        return;
      }
      const refusal = checkCall(node, path, metadata, request);
      if (refusal) {
        fail(refusal);
        return;
      }
      row.handle(request, new GrpcCall(raw, node, takesCommonName)).then((answer) => {
        counts.sent++;
        countHandled(counts, statusCode.ok);
        send(null, answer);
      }, fail);
    };
  }

  #runBidi(row: Served & { type: 'stream' }, raw: Stream): void {
    const stream = this.#openStream(row, raw);
    if (!stream) return;
    const { incoming, fail, count } = stream;
    raw.on('data', (request: unknown) => {
      if (request instanceof Unreadable) {
        fail(request.error);
        return;
      }
      count();
      const done = incoming.message(request);
      if (!done) return;
      raw.pause();
      done.then(() => raw.resume(), fail);
    });
    raw.on('end', () => {
      incoming.halfClosed();
    });
  }

  #runServerStream(
    row: Served & { type: 'stream' },
    raw: ServerWritableStream<unknown, unknown>,
  ): void {
    const stream = this.#openStream(row, raw);
    if (!stream) return;
    const { incoming, fail, count } = stream;
    const { request } = raw;
    if (request instanceof Unreadable) {
      fail(request.error);
      return;
    }
    count();
    incoming.message(request)?.catch(fail);
    incoming.halfClosed();
  }

  /** Joins a stream with its handler; undefined when it was refused. */
  #openStream(
    row: Served & { type: 'stream' },
    raw: Stream | ServerWritableStream<unknown, unknown>,
  ): OpenStream | undefined {
    const { node, metrics, takesCommonName, report } = this.#options;
    const counts = metrics.of(row.method);
    counts.started++;
    let isEnded = false;
    const end = (error?: unknown): void => {
      if (isEnded) return;
      isEnded = true;
      const status = error === undefined ? undefined : statusOf(error, report);
      countHandled(counts, status?.code ?? statusCode.ok);
      if (status) raw.emit('error', status);
      else raw.end();
    };
    const refusal = checkCall(node, row.method.path, raw.metadata, undefined);
    if (refusal) {
      end(refusal);
      return undefined;
    }
    const out: Outgoing<unknown> = {
      send(message) {
        if (isEnded) return true;
        counts.sent++;
        return raw.write(message);
      },
      end,
    };
    const call = new GrpcCall(raw, node, takesCommonName);
    const incoming = row.handle(call, out);
    const leave = call.needsLeader ? this.#guard.add(end) : () => undefined;
    this.#open.add(end);
    raw.on('drain', () => {
      incoming.drained();
    });
    const close = onlyOnce(() => {
      if (!isEnded) countHandled(counts, statusCode.cancelled);
      isEnded = true;
      leave();
      this.#open.delete(end);
      incoming.closed();
    });
    for (const event of ['cancelled', 'finish', 'close']) raw.once(event, close);
    return { incoming, fail: end, count: () => counts.received++ };
  }
}

interface OpenStream {
  readonly incoming: Incoming<unknown>;
  readonly fail: (error: unknown) => void;
  /** A message has come. */
  readonly count: () => void;
}

function onlyOnce(task: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    task();
  };
}
