// Who is in the cluster, and how one change at a time turns one membership into the next. Changing a
// single voter keeps old and new majorities overlapping (Raft dissertation §4.1), so no joint phase.
// A change takes effect when it is applied; raft.ts explains why that is safe.

import assert from 'node:assert/strict';
import type { ConfChange, MemberId, Membership } from './message.js';

const changeTypes = ['add-voter', 'add-learner', 'remove'] as const;
const headerBytes = 9;

/** One byte type, eight bytes member id (big endian), the rest is context. */
export function encodeConfChange(change: ConfChange): Uint8Array {
  const bytes = new Uint8Array(headerBytes + change.context.length);
  bytes[0] = changeTypes.indexOf(change.type);
  new DataView(bytes.buffer).setBigUint64(1, change.member);
  bytes.set(change.context, headerBytes);
  return bytes;
}

export function decodeConfChange(bytes: Uint8Array): ConfChange {
  const type = changeTypes[bytes[0] ?? changeTypes.length];
  assert(type !== undefined && bytes.length >= headerBytes, 'a conf-change entry must be readable');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { type, member: view.getBigUint64(1), context: bytes.subarray(headerBytes) };
}

/**
 * The membership after `change`. The same on every member, so it never throws: a change that says
 * nothing new, or would leave no voter, gives back the membership it was handed.
 */
export function changeMembership(membership: Membership, change: ConfChange): Membership {
  const { member } = change;
  const others = {
    voters: membership.voters.filter((id) => id !== member),
    learners: membership.learners.filter((id) => id !== member),
  };
  switch (change.type) {
    case 'add-voter':
      if (membership.voters.includes(member)) return membership;
      return { voters: sorted([...others.voters, member]), learners: others.learners };
    case 'add-learner':
      if (membership.learners.includes(member) || wouldLeaveNoVoter(others, membership))
        return membership;
      return { voters: others.voters, learners: sorted([...others.learners, member]) };
    case 'remove':
      return wouldLeaveNoVoter(others, membership) ? membership : others;
  }
}

/** An empty membership is a member that has yet to learn of its cluster: learners may come first there. */
function wouldLeaveNoVoter(after: Membership, before: Membership): boolean {
  return after.voters.length === 0 && before.voters.length > 0;
}

function sorted(ids: MemberId[]): MemberId[] {
  return ids.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
