// etcdserverpb.Lease over a node.
import { StoreError } from '../../errors.js';
import type { StoreNode } from '../../node.js';
import { stream, unary, type Call, type Outgoing, type Served } from '../call.js';
import type { LeaseKeepAliveRequest, LeaseKeepAliveResponse } from '../messages.js';
import { headerOf } from './headers.js';

export function leaseService(node: StoreNode): readonly Served[] {
  const storeOf = async (call: Call) => node.storeFor(await call.caller());
  return [
    unary('etcdserverpb.Lease/LeaseGrant', async ({ TTL, ID }, call) => {
      const lease = await (await storeOf(call)).grantLease(TTL, ID);
      return { header: headerOf(node), ID: lease.id, TTL: lease.grantedTtlSeconds };
    }),
    unary('etcdserverpb.Lease/LeaseRevoke', async ({ ID }, call) => {
      await (await storeOf(call)).revokeLease(ID);
      return { header: headerOf(node) };
    }),
    stream('etcdserverpb.Lease/LeaseKeepAlive', (call, out) => ({
      message: (request) => keepAlive(node, request, call, out),
      halfClosed() {
        out.end();
      },
      drained: () => undefined,
      closed: () => undefined,
    })),
    unary('etcdserverpb.Lease/LeaseTimeToLive', async ({ ID, keys }, call) => {
      const lease = await (await storeOf(call)).leaseTimeToLive(ID, keys);
      const header = headerOf(node);
      if (!lease) return { header, ID, TTL: -1 };
      return {
        header,
        ID,
        TTL: lease.ttlSeconds,
        grantedTTL: lease.grantedTtlSeconds,
        keys: lease.keys,
      };
    }),
    unary('etcdserverpb.Lease/LeaseLeases', async (_, call) => {
      const leases = await (await storeOf(call)).leases();
      return { header: headerOf(node), leases: leases.map((ID) => ({ ID })) };
    }),
  ];
}

/** One answer a request; a lease that is gone is not an error but has no time left. */
async function keepAlive(
  node: StoreNode,
  { ID }: LeaseKeepAliveRequest,
  call: Call,
  out: Outgoing<LeaseKeepAliveResponse>,
): Promise<void> {
  // The header is from before the renewal, as etcd's.
  const header = headerOf(node);
  try {
    const lease = await node.storeFor(await call.caller()).keepLeaseAlive(ID);
    out.send({ header, ID, TTL: lease.ttlSeconds });
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'lease-not-found')) throw error;
    out.send({ header, ID, TTL: 0 });
  }
}
