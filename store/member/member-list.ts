// The list of members as the replica wants it (MemberRecord), over the one in the state machine, which reads it from the
// tables at the start and after a snapshot.
import type { Members } from '../mvcc/members.js';
import type { MemberRecord } from '../replica/member-record.js';

/** @param members asked each time: a snapshot brings another */
export function memberListOf(members: () => Members): MemberRecord {
  return {
    load: () => undefined,
    apply: ({ member, context }, membership) => members().changed(member, membership, context),
    peers: () =>
      members()
        .list()
        .map(({ id, peerUrls }) => ({ id, urls: peerUrls })),
    removed: () => members().removed,
  };
}
