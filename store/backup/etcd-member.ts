// Who a real etcd's folder belongs to and where its data stands: its identity (from the log), its fellow members (from the
// newest .snap file, the membership changes behind it and the rows of the database) and the index of the log that the
// database holds the state of. Refuses what could lose data: entries of the log that the database has not seen.
import { join } from 'node:path';
import type { Buffer } from 'node:buffer';
import type { HardState } from '../raft/message.js';
import type { MemberInfo } from '../node.js';
import { readCounter } from '../tables/counter.js';
import type { LogIdentity } from '../wal/record.js';
import { openBbolt } from './bbolt-reader.js';
import type { ByteSource } from './byte-source.js';
import { BackupDamaged, BackupRefused } from './damage.js';
import { readEtcdLog, type EtcdEntry, type EtcdLog } from './etcd-log.js';
import { newestSnapMark } from './etcd-snap-file.js';
import { readMember, readMemberRow } from './member-rows.js';
import { metaKey } from './meta-rows.js';
import { fieldMap, fieldsOf, numberOf } from './proto-fields.js';

export interface EtcdMember {
  readonly identity: LogIdentity;
  readonly index: number;
  readonly term: number;
  readonly hardState: HardState;
  readonly members: readonly MemberInfo[];
}

/** @param folder etcd's `member` folder; @param database its snap/db. Errors: BackupRefused, BackupDamaged */
export function membersOfEtcd(folder: string, database: ByteSource): EtcdMember {
  const { applied, rows } = readDatabase(database);
  const isKept = ({ index, type }: EtcdEntry): boolean => type !== 'normal' || index > applied;
  const log = readEtcdLog(join(folder, 'wal'), isKept);
  const { clusterId, memberId, lastIndex, lastTerm } = log;
  requireApplied(folder, log, applied);
  const base = newestSnapMark(join(folder, 'snap'), log.marks);
  const changes = log.entries.filter(({ type }) => type !== 'normal').map(readChange);
  const members = new Membership(rows, base?.membership ?? { voters: [], learners: [] });
  for (const change of changes) members.apply(change, change.index > (base?.index ?? 0));
  requireCommitted(folder, log, applied, members.voterCount);
  return {
    identity: { clusterId, memberId },
    index: lastIndex,
    term: lastTerm,
    hardState: { ...log.hardState, commit: lastIndex },
    members: members.list(folder),
  };
}

function readDatabase(source: ByteSource): { applied: number; rows: readonly MemberInfo[] } {
  const file = openBbolt(source);
  let applied = 0;
  const rows: MemberInfo[] = [];
  try {
    for (const { key, value } of file.rows('meta') ?? [])
      if (metaKey.index.compare(key) === 0) applied = readCounter(value);
    for (const row of file.rows('members') ?? []) rows.push(readMemberRow(row));
  } catch (error) {
    if (error instanceof BackupDamaged) throw error;
    throw new BackupDamaged(source.path, String(error));
  }
  return { applied, rows };
}

const advice =
  'take a snapshot of it while it runs (etcdctl snapshot save) and restore that, or stop it with SIGTERM';

/** Every entry that changes data must be in the database. */
function requireApplied(folder: string, log: EtcdLog, applied: number): void {
  if (log.lastIndex < applied) {
    throw new BackupRefused(
      `the database of ${folder} holds entry ${applied} but its log ends at ${log.lastIndex}: log files are missing`,
    );
  }
  const unseen = log.entries.filter((entry) => entry.index > applied && changesData(entry));
  if (unseen.length === 0) return;
  throw new BackupRefused(
    `the log of ${folder} has ${unseen.length} writes that its database has not seen: that etcd did not stop in order; ${advice}`,
  );
}

/** Of several members, nobody alone knows that the end of its log counts. */
function requireCommitted(folder: string, log: EtcdLog, applied: number, voters: number): void {
  if (voters === 1 || log.lastIndex <= Math.max(log.hardState.commit, applied)) return;
  throw new BackupRefused(
    `the log of ${folder} ends with entries that may not be agreed upon; ${advice}`,
  );
}

/** Fields of InternalRaftRequest that leave keys, leases, users and alarms alone: id, v2, header, cluster version, … */
const neutralFields: readonly number[] = [1, 2, 100, 1300, 1301, 1302];

function changesData({ type, data }: EtcdEntry): boolean {
  if (type !== 'normal' || data.length === 0) return false;
  const fields = [...fieldsOf(data)];
  // A request of the v2 API stands bare: the method and the path are its fields 2 and 3.
  const method = fields.find(({ number }) => number === 2)?.bytes?.toString('latin1') ?? '';
  if (/^[A-Z]{3,6}$/.test(method)) return false;
  return fields.some(({ number }) => !neutralFields.includes(number));
}

interface Change {
  readonly index: number;
  readonly type: number;
  readonly id: bigint;
  /** JSON of the member, or nothing. */
  readonly context: Buffer | undefined;
}

const changeType = { add: 0, remove: 1, update: 2, addLearner: 3 } as const;

function readChange({ index, type, data }: EtcdEntry): Change {
  if (type === 'conf-change-v2')
    throw new BackupRefused(`entry ${index} changes several members at once`);
  const fields = fieldMap(data);
  return {
    index,
    type: numberOf(fields, 2),
    id: fields.get(3)?.value ?? 0n,
    context: fields.get(4)?.bytes,
  };
}

class Membership {
  readonly #known: Map<bigint, MemberInfo>;
  /** Whether it is a learner. */
  readonly #current: Map<bigint, boolean>;

  constructor(
    rows: readonly MemberInfo[],
    base: { readonly voters: readonly bigint[]; readonly learners: readonly bigint[] },
  ) {
    this.#known = new Map(rows.map((row) => [row.id, row]));
    this.#current = new Map([
      ...base.voters.map((id): [bigint, boolean] => [id, false]),
      ...base.learners.map((id): [bigint, boolean] => [id, true]),
    ]);
  }

  get voterCount(): number {
    return [...this.#current.values()].filter((isLearner) => !isLearner).length;
  }

  /** @param isNew behind what the membership at the start holds already */
  apply({ type, id, context }: Change, isNew: boolean): void {
    if (context && context.length > 0 && type !== changeType.remove) this.#learn(id, context);
    if (!isNew) return;
    if (type === changeType.add) this.#current.set(id, false);
    else if (type === changeType.addLearner) this.#current.set(id, true);
    else if (type === changeType.remove) this.#current.delete(id);
  }

  list(folder: string): readonly MemberInfo[] {
    if (this.#current.size === 0)
      throw new BackupRefused(`${folder} does not say who its members are`);
    return [...this.#current].map(([id, isLearner]) => {
      const row = this.#known.get(id);
      if (!row || row.peerUrls.length === 0)
        throw new BackupRefused(`${folder} does not say where member ${id.toString(16)} is`);
      return { ...row, isLearner };
    });
  }

  /** Names and client URLs come by other ways too and are newer in the database. */
  #learn(id: bigint, context: Buffer): void {
    const told = readMember(id, context);
    const known = this.#known.get(id);
    const peerUrls = told.peerUrls.length > 0 ? told.peerUrls : (known?.peerUrls ?? []);
    this.#known.set(id, { ...(known ?? told), peerUrls });
  }
}
