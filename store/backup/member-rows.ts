// Rows of the members bucket, as etcd has them: the id in hex -> JSON. The id stands in the JSON too, as a number of 64
// bits, so it is written as text and read from the key.
import { Buffer } from 'node:buffer';
import type { Membership } from '../raft/message.js';
import type { TableRow } from '../tables/tables.js';

export interface MemberRow {
  readonly id: bigint;
  /** '' until the member has started. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}

export function encodeMemberRow(member: MemberRow): TableRow {
  const { id, name, peerUrls, clientUrls, isLearner } = member;
  const fields = [
    `"id":${id.toString()}`,
    `"peerURLs":${JSON.stringify(peerUrls)}`,
    ...(isLearner ? ['"isLearner":true'] : []),
    ...(name === '' ? [] : [`"name":${JSON.stringify(name)}`]),
    ...(clientUrls.length === 0 ? [] : [`"clientURLs":${JSON.stringify(clientUrls)}`]),
  ];
  return { key: Buffer.from(id.toString(16)), value: Buffer.from(`{${fields.join(',')}}`) };
}

/** Error: when it is no such row. */
export function readMemberRow({ key, value }: TableRow): MemberRow {
  const hex = Buffer.from(key).toString('latin1');
  if (!/^[0-9a-f]{1,16}$/.test(hex)) throw new Error(`${JSON.stringify(hex)} is no member's id`);
  return memberOf(BigInt(`0x${hex}`), Buffer.from(value).toString());
}

/** A member's JSON, wherever etcd keeps it. */
export function memberOf(id: bigint, json: string): MemberRow {
  const fields = JSON.parse(json) as unknown;
  if (typeof fields !== 'object' || fields === null)
    throw new Error(`member ${id.toString(16)} has no fields`);
  // as: what the fields hold is looked at below.
  const { name, peerURLs, clientURLs, isLearner } = fields as Record<
    'name' | 'peerURLs' | 'clientURLs' | 'isLearner',
    unknown
  >;
  return {
    id,
    name: typeof name === 'string' ? name : '',
    peerUrls: textsOf(peerURLs),
    clientUrls: textsOf(clientURLs),
    isLearner: isLearner === true,
  };
}

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];

export function membershipOf(members: readonly MemberRow[]): Membership {
  const ids = (isLearner: boolean): readonly bigint[] =>
    members
      .filter((member) => member.isLearner === isLearner)
      .map(({ id }) => id)
      .sort((a, b) => (a < b ? -1 : 1));
  return { voters: ids(false), learners: ids(true) };
}
