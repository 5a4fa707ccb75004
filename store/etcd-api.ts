// etcd's whole API over one member, put together: gRPC with elections and locks, on the client URLs. Loaded when client
// URLs are served, and not before: see index.ts.
import { startEtcdServer, type EtcdServer, type EtcdServerOptions } from './etcd/server.js';
import { electionService } from './etcd/services/election-service.js';
import { lockService } from './etcd/services/lock-service.js';
import type { StoreNode } from './node.js';

export type { EtcdServer } from './etcd/server.js';
export type EtcdApiOptions = Omit<EtcdServerOptions, 'more' | 'http1' | 'metrics'>;

/** Errors: those of `listen`: TypeError for a URL, or what the system says (EADDRINUSE). */
export function startEtcdApi(node: StoreNode, options: EtcdApiOptions): Promise<EtcdServer> {
  return startEtcdServer(node, {
    ...options,
    more: [...electionService(node), ...lockService(node)],
  });
}
