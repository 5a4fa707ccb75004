// Members: who is in the cluster, by name and URL, as the tables hold it (rows byte for byte as etcd's JSON). The core of
// Raft knows ids only; what it decides about them arrives here as membership, the rest as commands. Nothing is written
// here: every change gives the rows that belong into the commit of its log entry.
import { Buffer } from 'node:buffer';
import { StoreError } from '../errors.js';
import type { Caller, MemberInfo } from '../node.js';
import type { Tables, TableWrite } from '../tables/tables.js';

/** What etcd's tools see as the version the whole cluster agrees on. */
export const clusterVersion = '3.6.0';

/** Who is in, as the core counts it after a change. */
export interface MemberIds {
  readonly voters: readonly bigint[];
  readonly learners: readonly bigint[];
}

/** What can change about a member without the core's doing. */
export type MemberCommand =
  /**
   * A member that has started tells its name and where clients find it. `peerUrls` count only in a store without any list
   * of members, which only a sole member of before there were clusters can have.
   */
  | {
      readonly type: 'member-publish';
      readonly id: bigint;
      readonly name: string;
      readonly clientUrls: readonly string[];
      readonly peerUrls: readonly string[];
    }
  | {
      readonly type: 'member-update';
      readonly id: bigint;
      readonly peerUrls: readonly string[];
      /** Absent: trusted. */
      readonly caller?: Caller;
    };

export class Members {
  readonly #byId = new Map<bigint, MemberInfo>();
  readonly #removed = new Set<bigint>();
  #clusterVersion: string | undefined;

  constructor(tables: Pick<Tables, 'get' | 'scan'>) {
    for (const { key, value } of tables.scan('members')) {
      const member = decodeMember(idOf(key), value);
      this.#byId.set(member.id, member);
    }
    for (const { key } of tables.scan('members_removed')) this.#removed.add(idOf(key));
    const version = tables.get('cluster', versionKey);
    this.#clusterVersion = version && Buffer.from(version).toString('utf8');
  }

  /** By id. */
  list(): readonly MemberInfo[] {
    return [...this.#byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  get(id: bigint): MemberInfo | undefined {
    return this.#byId.get(id);
  }

  /** Ids that were members once; they never come back. */
  get removed(): readonly bigint[] {
    return [...this.#removed];
  }

  /** Undefined until the first member has started. */
  get clusterVersion(): string | undefined {
    return this.#clusterVersion;
  }

  /** The core let `id` in, promoted it, or took it out: `ids` says which. `told` describes a member that is new. */
  changed(id: bigint, ids: MemberIds, told: Uint8Array): readonly TableWrite[] {
    const isLearner = ids.learners.includes(id);
    if (!isLearner && !ids.voters.includes(id)) return this.#remove(id);
    const known = this.#byId.get(id) ?? decodeMember(id, told);
    if (this.#byId.has(id) && known.isLearner === isLearner) return [];
    return this.#put({ ...known, isLearner });
  }

  /** Errors: 'member-not-found', 'peer-urls-exist'. */
  run(command: MemberCommand): readonly TableWrite[] {
    const { id, peerUrls } = command;
    const member = this.#byId.get(id);
    if (command.type === 'member-publish') {
      if (!member && this.#byId.size > 0) throw new StoreError('member-not-found');
      const { name, clientUrls } = command;
      const known = member ?? { id, peerUrls, isLearner: false };
      return [...this.#put({ ...known, name, clientUrls }), ...this.#setVersion()];
    }
    if (!member) throw new StoreError('member-not-found');
    this.checkPeerUrls(peerUrls, id);
    return this.#put({ ...member, peerUrls });
  }

  /** Throws 'peer-urls-exist' when another member than `except` has one of them. */
  checkPeerUrls(urls: readonly string[], except?: bigint): void {
    for (const { id, peerUrls } of this.#byId.values())
      if (id !== except && peerUrls.some((url) => urls.includes(url)))
        throw new StoreError('peer-urls-exist');
  }

  #put(member: MemberInfo): readonly TableWrite[] {
    this.#byId.set(member.id, member);
    return [memberRow(member)];
  }

  #remove(id: bigint): readonly TableWrite[] {
    this.#byId.delete(id);
    this.#removed.add(id);
    const key = keyOf(id);
    return [
      { table: 'members', key },
      { table: 'members_removed', key, value: Buffer.from('removed') },
    ];
  }

  #setVersion(): readonly TableWrite[] {
    if (this.#clusterVersion === clusterVersion) return [];
    this.#clusterVersion = clusterVersion;
    return [{ table: 'cluster', key: versionKey, value: Buffer.from(clusterVersion) }];
  }
}

const versionKey = Buffer.from('clusterVersion');

export function memberRow(member: MemberInfo): TableWrite {
  return { table: 'members', key: keyOf(member.id), value: encodeMember(member) };
}

/** Fields in etcd's order; what is empty is left out. The id is written by hand: it does not fit a JSON number here. */
export function encodeMember(member: MemberInfo): Uint8Array {
  const { id, peerUrls, isLearner, name, clientUrls } = member;
  const fields = [`"id":${id.toString()}`, `"peerURLs":${json(peerUrls)}`];
  if (isLearner) fields.push('"isLearner":true');
  if (name !== '') fields.push(`"name":${json(name)}`);
  if (clientUrls.length > 0) fields.push(`"clientURLs":${json(clientUrls)}`);
  return Buffer.from(`{${fields.join(',')}}`);
}

/** Go's encoder escapes these, so that its JSON may stand in HTML. */
const json = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

export function decodeMember(id: bigint, bytes: Uint8Array): MemberInfo {
  // as: a row or a log entry of ours, or one of a real etcd's; what is missing is filled in.
  const row = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
    readonly peerURLs?: readonly string[] | null;
    readonly isLearner?: boolean;
    readonly name?: string;
    readonly clientURLs?: readonly string[] | null;
  };
  return {
    id,
    name: row.name ?? '',
    peerUrls: row.peerURLs ?? [],
    clientUrls: row.clientURLs ?? [],
    isLearner: row.isLearner ?? false,
  };
}

const keyOf = (id: bigint): Uint8Array => Buffer.from(id.toString(16));

const idOf = (key: Uint8Array): bigint => BigInt(`0x${Buffer.from(key).toString('latin1')}`);
