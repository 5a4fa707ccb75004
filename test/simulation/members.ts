// The list of members a replica is told: the production rows, without anybody who would use the URLs.
import { encodeMember, memberRow, Members } from '../../store/mvcc/members.js';
import type { MemberInfo } from '../../store/node.js';
import type { ConfChange, MemberId, Membership } from '../../store/raft/message.js';
import type { MemberRecord } from '../../store/replica/member-record.js';
import type { Peer } from '../../store/replica/transport.js';
import type { Tables, TableWrite } from '../../store/tables/tables.js';

function infoOf(id: MemberId, isLearner: boolean): MemberInfo {
  const name = `m${String(id)}`;
  return { id, name, isLearner, peerUrls: [`http://${name}`], clientUrls: [] };
}

export function foundingRows(ids: readonly MemberId[]): readonly TableWrite[] {
  return ids.map((id) => memberRow(infoOf(id, false)));
}

export function changeOf(type: ConfChange['type'], member: MemberId): ConfChange {
  return { type, member, context: encodeMember(infoOf(member, type === 'add-learner')) };
}

export class SimulatedMembers implements MemberRecord {
  #members: Members | undefined;

  load(tables: Tables): void {
    this.#members = new Members(tables);
  }

  apply({ member, context }: ConfChange, membership: Membership): readonly TableWrite[] {
    return this.#members?.changed(member, membership, context) ?? [];
  }

  peers(): readonly Peer[] {
    return this.#members?.list().map(({ id, peerUrls }) => ({ id, urls: peerUrls })) ?? [];
  }

  removed(): readonly bigint[] {
    return this.#members?.removed ?? [];
  }
}
