// Restore: a snapshot (of Frontdesk or of an etcd 3.4 to 3.6) becomes the data folder of a member of a new cluster. Every
// member is restored from the same file with the same list of members; each then stands where a member stands that has
// just been founded: its log begins behind index 1, which holds the data and the membership.
import { join } from 'node:path';
import type { MemberInfo } from '../node.js';
import { clusterIdOf, memberIdOf } from '../replica/identity.js';
import { openLmdbTables } from '../tables/lmdb-tables.js';
import { nodeDisk } from '../wal/disk.js';
import { RaftLog } from '../wal/raft-log.js';
import type { LogIdentity } from '../wal/record.js';
import type { HardState } from '../raft/message.js';
import { openBbolt } from './bbolt-reader.js';
import { openFile } from './byte-source.js';
import { BackupRefused } from './damage.js';
import { bodyOf, checkDigest } from './digest.js';
import { fillTables, type Filled, type FillOptions } from './fill-tables.js';
import { membershipOf } from './member-rows.js';
import { makeWholeFolder } from './new-folder.js';

export interface RestoreOptions {
  readonly file: string;
  /** Must not exist, or be empty. */
  readonly dataDir: string;
  /** Of this member; one of `initialCluster`. */
  readonly name: string;
  readonly initialCluster: readonly {
    readonly name: string;
    readonly peerUrls: readonly string[];
  }[];
  readonly clusterToken: string;
  /** For the db file of a data folder, which has no digest. */
  readonly skipHashCheck: boolean;
  /** See FillOptions. */
  readonly bumpRevision: number;
}

export interface Restored extends Filled, LogIdentity {
  readonly members: readonly MemberInfo[];
}

/** As if founded: index 1 holds the data and the members. */
const founded = { index: 1, term: 1 } as const;

/** Nothing is left behind when it fails. Errors: BackupRefused, BackupDamaged, DataFolderError, or what the disk says. */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { file, dataDir, name, skipHashCheck, bumpRevision } = options;
  const members = membersOf(options);
  const own = members.find((member) => member.name === name);
  if (!own) throw new BackupRefused(`there is no member ${name} in the initial cluster`);
  const identity = { memberId: own.id, clusterId: clusterIdOf(members.map(({ id }) => id)) };
  const source = openFile(file);
  try {
    if (!skipHashCheck) await checkDigest(source);
    const filled = await makeWholeFolder(dataDir, (folder) =>
      fillMemberFolder(join(folder, 'member'), {
        source: bodyOf(source),
        identity,
        hardState: { term: founded.term, vote: 0n, commit: founded.index },
        tables: { ...founded, members, keepsRemoved: false, bumpRevision },
      }),
    );
    return { ...filled, ...identity, members };
  } finally {
    source.close();
  }
}

export interface MemberFolder {
  readonly source: ReturnType<typeof openFile>;
  readonly identity: LogIdentity;
  readonly hardState: HardState;
  readonly tables: FillOptions;
}

/** Fills snap/db and begins the log in wal/, durably but for the folders themselves. */
export async function fillMemberFolder(
  folder: string,
  { source, identity, hardState, tables: options }: MemberFolder,
): Promise<Filled> {
  const file = openBbolt(source);
  const tables = await openLmdbTables(join(folder, 'snap'));
  let filled: Filled;
  try {
    filled = await fillTables(tables, file, source.path, options);
  } finally {
    await tables.close();
  }
  const { index, term, members } = options;
  const start = { index, term, membership: membershipOf(members) };
  const log = new RaftLog(nodeDisk(join(folder, 'wal')), { identity, start });
  try {
    await log.save({ hardState, entries: [] });
  } finally {
    log.close();
  }
  return filled;
}

function membersOf({ initialCluster, clusterToken }: RestoreOptions): readonly MemberInfo[] {
  const members = initialCluster.map(({ name, peerUrls }) => ({
    id: memberIdOf(peerUrls, clusterToken),
    name,
    peerUrls: [...peerUrls].sort(),
    clientUrls: [],
    isLearner: false,
  }));
  if (new Set(members.map(({ id }) => id)).size < members.length)
    throw new BackupRefused('two members of the initial cluster have the same peer URLs');
  if (new Set(members.map(({ name }) => name)).size < members.length)
    throw new BackupRefused('two members of the initial cluster have the same name');
  return members;
}
