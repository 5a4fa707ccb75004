// The list of members as the replica wants it (MemberRecord), over the one in the state machine, which reads it from the
// tables at the start and after a snapshot. A member that has joined and has not had its first snapshot yet goes by what
// the others told it: it must be able to answer them.
import type { Members } from '../mvcc/members.js';
import type { MemberInfo } from '../node.js';
import type { MemberRecord } from '../replica/member-record.js';

/** @param members asked each time: a snapshot brings another */
export function memberListOf(
  members: () => Members,
  told: () => readonly MemberInfo[],
): MemberRecord {
  const list = (): readonly MemberInfo[] => {
    const known = members().list();
    return known.length > 0 ? known : told();
  };
  return {
    load: () => undefined,
    apply: ({ member, context }, membership) => members().changed(member, membership, context),
    peers: () => list().map(({ id, peerUrls }) => ({ id, urls: peerUrls })),
    removed: () => members().removed,
  };
}
