// Members as a file of somebody else's has them: read with suspicion. (How they are written: mvcc/members.ts.)
import { Buffer } from 'node:buffer';
import { decodeMember } from '../mvcc/members.js';
import type { MemberInfo } from '../node.js';
import type { Membership } from '../raft/message.js';
import type { TableRow } from '../tables/tables.js';

/** A row of the bucket members. Error: when it is no such row. */
export function readMemberRow({ key, value }: TableRow): MemberInfo {
  const hex = Buffer.from(key).toString('latin1');
  if (!/^[0-9a-f]{1,16}$/.test(hex)) throw new Error(`${JSON.stringify(hex)} is no member's id`);
  return readMember(BigInt(`0x${hex}`), value);
}

/** A member's JSON, wherever etcd keeps it. Error: when it is none. */
export function readMember(id: bigint, json: Uint8Array): MemberInfo {
  const member = decodeMember(id, json);
  const isText = (value: unknown): boolean => typeof value === 'string';
  const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
  if (!isTexts(member.peerUrls) || !isTexts(member.clientUrls) || !isText(member.name))
    throw new Error(`what stands under ${id.toString(16)} is no member`);
  return member;
}

export function membershipOf(members: readonly MemberInfo[]): Membership {
  const ids = (isLearner: boolean): readonly bigint[] =>
    members
      .filter((member) => member.isLearner === isLearner)
      .map(({ id }) => id)
      .sort((a, b) => (a < b ? -1 : 1));
  return { voters: ids(false), learners: ids(true) };
}
