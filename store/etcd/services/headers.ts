// The header of every answer: who answered, and at which revision.
import type { Revision } from '../../kv.js';
import type { StoreNode } from '../../node.js';
import type { ResponseHeader } from '../messages.js';

/** `revision`: of the state the answer speaks of; absent: the current one. */
export function headerOf(node: StoreNode, revision?: Revision): ResponseHeader {
  const header = node.header();
  return {
    cluster_id: header.clusterId,
    member_id: header.memberId,
    revision: revision ?? header.revision,
    raft_term: header.raftTerm,
  };
}
