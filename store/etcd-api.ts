// etcd's whole API over one member, put together: on the client URLs gRPC with elections and locks, the JSON gateway and
// the pages about the member; those pages alone on the metrics URLs. Loaded when URLs are served, and not before: see
// index.ts.
import { Gateway } from './etcd/http/gateway.js';
import { httpHandler, type HttpHandler } from './etcd/http/handler.js';
import { startPagesServer } from './etcd/http/pages-server.js';
import { processMetrics } from './etcd/http/process-metrics.js';
import { EtcdMetrics } from './etcd/metrics.js';
import {
  etcdServices,
  requestBytesMaxOf,
  startEtcdServer,
  type EtcdServer,
  type EtcdServerOptions,
} from './etcd/server.js';
import { electionService } from './etcd/services/election-service.js';
import { lockService } from './etcd/services/lock-service.js';
import { clusterVersion, etcdVersion } from './etcd/version.js';
import { familyOf, metric, type MetricFamily } from './metrics.js';
import type { StoreNode } from './node.js';

export type { EtcdServer } from './etcd/server.js';

export interface EtcdApiOptions extends Omit<EtcdServerOptions, 'more' | 'http1' | 'metrics'> {
  /** etcd --listen-metrics-urls: /metrics, /health and the like, without gRPC and the gateway. */
  readonly listenMetricsUrls?: readonly string[];
  /** etcd --enable-grpc-gateway; default true. */
  readonly hasGateway?: boolean;
  /** etcd --host-whitelist: what Host may name on http URLs; absent or with `*`: anything. */
  readonly hostWhitelist?: readonly string[];
}

export interface EtcdApi extends EtcdServer {
  /** As given, with the ports that were taken. */
  readonly metricsUrls: readonly string[];
}

/** Errors: those of `listen`: TypeError for a URL, or what the system says (EADDRINUSE). */
export async function startEtcdApi(node: StoreNode, options: EtcdApiOptions): Promise<EtcdApi> {
  const counts = new EtcdMetrics();
  const metrics = (): readonly MetricFamily[] => [
    ...node.metrics(),
    ...counts.samples().map(familyOf),
    ...processMetrics(),
    metric(
      'gauge',
      'etcd_server_version',
      'Which version is running. 1 for the label with it.',
      1,
      {
        server_version: etcdVersion,
      },
    ),
    metric(
      'gauge',
      'etcd_cluster_version',
      'Which version is running. 1 for the label with it.',
      1,
      {
        cluster_version: clusterVersion.replace(/\.0$/, ''),
      },
    ),
  ];
  const serverOptions = {
    ...options,
    metrics: counts,
    more: [...electionService(node), ...lockService(node)],
  };
  const report = options.report ?? (() => undefined);
  const gateway = new Gateway(node, etcdServices(node, serverOptions, counts), {
    requestBytesMax: requestBytesMaxOf(options),
    report,
  });
  const handler = httpHandler({
    node,
    metrics,
    ...(options.hasGateway === false ? {} : { gateway }),
    report,
  });
  const server = await startEtcdServer(node, {
    ...serverOptions,
    http1: onlyHosts(options.hostWhitelist, handler),
  });
  try {
    const pages = await startPagesServer(options, httpHandler({ node, metrics, report }), counts);
    const close = async (graceMs?: number): Promise<void> => {
      await Promise.all([server.close(graceMs), pages.close()]);
    };
    return { ...server, metricsUrls: pages.urls, close };
  } catch (error) {
    await server.close(0);
    throw error;
  }
}

/** A web page of somewhere else cannot talk to this server by giving its own name this server's address (DNS rebinding). */
function onlyHosts(hosts: readonly string[] | undefined, handler: HttpHandler): HttpHandler {
  if (hosts === undefined || hosts.length === 0 || hosts.includes('*')) return handler;
  return (request, response) => {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    if ('encrypted' in request.socket || hosts.includes(host)) handler(request, response);
    else response.writeHead(421, { 'Content-Type': 'text/plain' }).end('unknown Host\n');
  };
}
