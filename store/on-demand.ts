// Parts of the store that speak gRPC. They are loaded when they are first used: a server that is alone and serves no etcd
// clients starts in half the time without them.
import type { EtcdClientOptions } from './etcd/client/connect.js';
import type { EtcdApiOptions, EtcdServer } from './etcd-api.js';
import type { KeyValueStore } from './kv.js';
import type { StoreNode } from './node.js';
import type { PeersOptions } from './replica/peers/peers.js';
import type { Transport } from './replica/transport.js';

/** etcd's API over a member. Errors: TypeError for a URL, or what the system says of it (EADDRINUSE). */
export async function startEtcdApi(node: StoreNode, options: EtcdApiOptions): Promise<EtcdServer> {
  return (await import('./etcd-api.js')).startEtcdApi(node, options);
}

/** How members of a cluster reach one another; it listens once a member is opened with it. */
export async function openPeers(options: PeersOptions): Promise<Transport> {
  const { Peers } = await import('./replica/peers/peers.js');
  return new Peers(options);
}

/** A real etcd as the store. See etcd/client/connect.ts. */
export async function connectEtcd(options: EtcdClientOptions): Promise<KeyValueStore> {
  return (await import('./etcd/client/connect.js')).connectEtcd(options);
}

/** A backup of a server, its file's bytes. See etcd/client/snapshot.ts. */
export async function* fetchSnapshot(options: EtcdClientOptions): AsyncGenerator<Uint8Array> {
  yield* (await import('./etcd/client/snapshot.js')).fetchSnapshot(options);
}
