// The row in which etcd keeps who votes (meta/confState, JSON of raftpb.ConfState), for backups that a real etcd reads.
// Ids are written by hand: as numbers they do not fit JSON.stringify.
import { Buffer } from 'node:buffer';
import type { MemberId, Membership } from '../raft/message.js';
import type { TableWrite } from '../tables/tables.js';

const list = (ids: readonly MemberId[]): string => `[${ids.map((id) => id.toString()).join(',')}]`;

export function confStateRow({ voters, learners }: Membership): TableWrite {
  const learnersPart = learners.length === 0 ? '' : `,"learners":${list(learners)}`;
  return {
    table: 'meta',
    key: Buffer.from('confState'),
    value: Buffer.from(`{"voters":${list(voters)}${learnersPart},"auto_leave":false}`),
  };
}
