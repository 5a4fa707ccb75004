// What this member answers when another member asks it, nearly always as the leader. Leases live by the leader's clock
// alone, so it is the leader who renews them and tells what is left; it proves that it leads first (etcd-io/etcd#20418).
import { StoreError } from '../errors.js';
import type { Lease } from '../kv.js';
import type { PeerReply, PeerRequest } from '../replica/peer-request.js';
import { keyBytes } from '../tables/sorted-map.js';
import type { Cluster } from './cluster.js';
import type { MemberParts } from './member-parts.js';

/** Throws StoreError; 'not-leader' when the question is for the leader and this member is it not. */
export async function answerAsLeader(
  parts: MemberParts,
  cluster: Cluster,
  request: PeerRequest,
): Promise<PeerReply> {
  const { machine, replica } = parts;
  if (!request.type.startsWith('lease-')) return cluster.answer(request);
  const checkLeads = (): void => {
    if (!replica.isLeading) throw new StoreError('not-leader');
  };
  checkLeads();
  // Also: the lease of a grant acknowledged elsewhere must be visible here.
  await replica.confirmRead();
  checkLeads();
  switch (request.type) {
    case 'lease-renew':
      // Cleared on all members before the renewal is acknowledged: a later leader would end the lease by it.
      if (machine.leases.hasCheckpoint(request.id)) {
        await replica.propose({ type: 'lease-checkpoint', id: request.id, remainingSeconds: 0 });
        checkLeads();
      }
      return leaseReply(machine.leases.renew(request.id), []);
    case 'lease-time-to-live': {
      const lease = machine.leases.remaining(request.id);
      if (!lease) return { type: 'none' };
      return leaseReply(lease, request.withKeys ? machine.leases.keysOf(request.id) : []);
    }
    case 'lease-ids':
      return { type: 'lease-ids', ids: machine.leases.list().map(({ id }) => id) };
    default:
      throw new Error(`an unknown question: ${request.type}`);
  }
}

const leaseReply = (lease: Lease, keys: readonly string[]): PeerReply => ({
  type: 'lease',
  ...lease,
  keys: keys.map(keyBytes),
});
