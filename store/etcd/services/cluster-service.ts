// etcdserverpb.Cluster over a node. Its headers carry no revision.
import type { MemberInfo, StoreNode } from '../../node.js';
import { unary, type Served } from '../call.js';
import type { Member, ResponseHeader } from '../messages.js';
import { headerOf } from './headers.js';

export function clusterService(node: StoreNode): readonly Served[] {
  const { cluster } = node;
  const header = (): ResponseHeader => headerOf(node, 0);
  return [
    unary('etcdserverpb.Cluster/MemberAdd', async ({ peerURLs, isLearner }, call) => {
      const { member, members } = await cluster.addMember(peerURLs, isLearner, await call.caller());
      return { header: header(), member: memberOf(member), members: members.map(memberOf) };
    }),
    unary('etcdserverpb.Cluster/MemberRemove', async ({ ID }, call) => {
      const members = await cluster.removeMember(ID, await call.caller());
      return { header: header(), members: members.map(memberOf) };
    }),
    unary('etcdserverpb.Cluster/MemberUpdate', async ({ ID, peerURLs }, call) => {
      const members = await cluster.updateMember(ID, peerURLs, await call.caller());
      return { header: header(), members: members.map(memberOf) };
    }),
    unary('etcdserverpb.Cluster/MemberList', async ({ linearizable }, call) => {
      const members = await cluster.members(linearizable, await call.caller());
      return { header: header(), members: members.map(memberOf) };
    }),
    unary('etcdserverpb.Cluster/MemberPromote', async ({ ID }, call) => {
      const members = await cluster.promoteMember(ID, await call.caller());
      return { header: header(), members: members.map(memberOf) };
    }),
  ];
}

function memberOf({ id, name, peerUrls, clientUrls, isLearner }: MemberInfo): Member {
  return { ID: id, name, peerURLs: peerUrls, clientURLs: clientUrls, isLearner };
}
