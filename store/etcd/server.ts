// etcd's API on the client URLs of one member: gRPC for all services, and whatever HTTP/1 handler is given beside it.
// Read call.ts for the handlers, grpc-server.ts for how calls reach them, listener.ts for the ports.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { systemClock, type Clock } from '../clock.js';
import type { StoreNode } from '../node.js';
import type { Served } from './call.js';
import { againWithFreshCaller } from './callers.js';
import { GrpcServer } from './grpc-server.js';
import { listen, type Listener, type TlsMaterial } from './listener.js';
import { EtcdMetrics } from './metrics.js';
import { authService } from './services/auth-service.js';
import { clusterService } from './services/cluster-service.js';
import { healthService } from './services/health-service.js';
import { kvService } from './services/kv-service.js';
import { leaseService } from './services/lease-service.js';
import { maintenanceService } from './services/maintenance-service.js';
import { watchService } from './services/watch-service.js';

export interface EtcdServerOptions {
  /** As etcd's --listen-client-urls: http, https, unix; port 0 = any. */
  readonly listenClientUrls: readonly string[];
  /** For https URLs. */
  readonly tls?: TlsMaterial;
  /** Answers what speaks HTTP/1; absent: 404. */
  readonly http1?: (request: IncomingMessage, response: ServerResponse) => void;
  /** Methods beside etcd's core: election, lock. */
  readonly more?: readonly Served[];
  /** The member's: a stream that asked for it is cut after three of these without a leader. Default 1000. */
  readonly electionMs?: number;
  /** etcd's --max-request-bytes; a message may have 512 KiB more. Default 1.5 MiB. */
  readonly requestBytesMax?: number;
  /** etcd's --max-concurrent-streams, of one connection. Default 2^32 - 1. */
  readonly concurrentStreamsMax?: number;
  /** etcd's --watch-progress-notify-interval. Default 10 minutes, at least 100 ms. */
  readonly watchProgressIntervalMs?: number;
  /** Of all listeners each. Default 10,000. */
  readonly connectionsMax?: number;
  readonly clock?: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Told of failures that nobody foresaw: they are bugs. */
  readonly report?: (error: unknown) => void;
  /** Counted into; absent: a new one. */
  readonly metrics?: EtcdMetrics;
}

export interface EtcdServer {
  /** As given, with the ports that were taken. */
  readonly urls: readonly string[];
  readonly metrics: EtcdMetrics;
  /** Every method served, for who carries calls by other means. */
  readonly served: readonly Served[];
  /** Streams end with 'stopped', running calls have `graceMs` (default 1 s) to finish. Never rejects. */
  close(graceMs?: number): Promise<void>;
}

const progressIntervalMsMin = 100;
const overheadBytes = 512 * 1024;
const connectionsMaxDefault = 10_000;

/** What a member serves besides `more`. */
export function etcdServices(
  node: StoreNode,
  options: EtcdServerOptions,
  metrics: EtcdMetrics,
): readonly Served[] {
  const watchOptions = {
    clock: options.clock ?? systemClock,
    random: options.random,
    metrics,
    progressIntervalMs: Math.max(
      progressIntervalMsMin,
      options.watchProgressIntervalMs ?? 10 * 60_000,
    ),
    requestBytesMax: requestBytesMaxOf(options),
  };
  return [
    ...kvService(node),
    ...watchService(node, watchOptions),
    ...leaseService(node),
    ...clusterService(node),
    ...maintenanceService(node),
    ...authService(node),
    ...healthService(node),
    ...(options.more ?? []),
  ].map(againWithFreshCaller);
}

/** Errors: those of `listen`; then nothing is left open. */
export async function startEtcdServer(
  node: StoreNode,
  options: EtcdServerOptions,
): Promise<EtcdServer> {
  const metrics = options.metrics ?? new EtcdMetrics();
  const clock = options.clock ?? systemClock;
  const served = etcdServices(node, options, metrics);
  const grpc = new GrpcServer(served, {
    node,
    clock,
    metrics,
    electionMs: options.electionMs ?? 1000,
    receiveBytesMax: requestBytesMaxOf(options) + overheadBytes,
    streamsMax: options.concurrentStreamsMax ?? 2 ** 32 - 1,
    takesCommonName: options.tls?.clientCertAuth ?? false,
    report: options.report ?? (() => undefined),
  });
  const http1 = createServer(options.http1 ?? notFound);
  const listeners: Listener[] = [];
  const close = async (graceMs = 1000): Promise<void> => {
    const stopped = Promise.all(listeners.map((listener) => listener.stop()));
    await grpc.close(graceMs);
    for (const listener of listeners) listener.destroy();
    await stopped;
  };
  try {
    for (const url of options.listenClientUrls) {
      const listener = await listen(url, {
        ...(options.tls && { tls: options.tls }),
        clock,
        metrics,
        connectionsMax: options.connectionsMax ?? connectionsMaxDefault,
        http1: (socket) => http1.emit('connection', socket),
        http2: (socket) => {
          grpc.accept(socket);
        },
      });
      listeners.push(listener);
    }
  } catch (error) {
    await close(0);
    throw error;
  }
  return { urls: listeners.map(({ url }) => url), metrics, served, close };
}

export function requestBytesMaxOf({
  requestBytesMax,
}: Pick<EtcdServerOptions, 'requestBytesMax'>): number {
  return requestBytesMax ?? 1.5 * 2 ** 20;
}

function notFound(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
}
