// Takes over the data folder of a real etcd (as `etcdctl snapshot restore` writes it, or an etcd left it when it was told
// to stop): the same member of the same cluster, with the same data, under Frontdesk's own log and tables. What etcd wrote
// is kept beside it. Whenever this is cut off, either etcd's folder or the finished new one stands under the name `member`,
// or the next start puts it there.
import fs from 'node:fs';
import { join } from 'node:path';
import type { LogIdentity } from '../wal/record.js';
import { openFile } from './byte-source.js';
import { BackupRefused } from './damage.js';
import { membersOfEtcd, type EtcdMember } from './etcd-member.js';
import type { Filled } from './fill-tables.js';
import { syncFolder, syncTree } from './new-folder.js';
import { fillMemberFolder } from './restore.js';

export interface Adopted extends Filled, LogIdentity {
  /** Where etcd's own files are now. */
  readonly keptIn: string;
}

/**
 * Call with the data folder locked, before anything else opens it. Undefined: there was nothing to take over. Errors:
 * BackupRefused when the folder is in use or its log goes on beyond its database; BackupDamaged.
 */
export async function adoptEtcdFolder(dataDir: string): Promise<Adopted | undefined> {
  const member = join(dataDir, 'member');
  const next = join(dataDir, 'member.new');
  if (!fs.existsSync(member) && fs.existsSync(next)) {
    // Cut off between the two renames below: `next` was whole before the first of them.
    fs.renameSync(next, member);
    syncFolder(dataDir);
    return undefined;
  }
  const database = join(member, 'snap', 'db');
  if (!isBbolt(database)) return undefined;
  requireUnused(database);
  fs.rmSync(next, { recursive: true, force: true });
  const source = openFile(database);
  let etcd: EtcdMember;
  let filled: Filled;
  try {
    etcd = membersOfEtcd(member, source);
    const { identity, hardState, index, term, members } = etcd;
    const tables = { index, term, members, keepsRemoved: true, bumpRevision: 0 };
    filled = await fillMemberFolder(next, { source, identity, hardState, tables });
  } catch (error) {
    fs.rmSync(next, { recursive: true, force: true });
    throw error;
  } finally {
    source.close();
  }
  syncTree(next);
  const keptIn = freeName(join(dataDir, 'member.etcd'));
  syncFolder(dataDir);
  fs.renameSync(member, keptIn);
  fs.renameSync(next, member);
  syncFolder(dataDir);
  return { ...filled, ...etcd.identity, keptIn };
}

const magicOffset = 16;
const magic = 0xed0cdaed;

/** LMDB, which Frontdesk's own tables are in, begins otherwise. */
function isBbolt(path: string): boolean {
  if (!fs.existsSync(path)) return false;
  const source = openFile(path);
  try {
    return (
      source.sizeBytes >= magicOffset + 4 && source.read(magicOffset, 4).readUInt32LE() === magic
    );
  } finally {
    source.close();
  }
}

/** bbolt locks its file with flock, which Node cannot ask for; Linux lists who holds one. */
function requireUnused(path: string): void {
  const locks = '/proc/locks';
  if (!fs.existsSync(locks)) return;
  const inode = String(fs.statSync(path).ino);
  for (const line of fs.readFileSync(locks, 'utf8').split('\n')) {
    const [, kind, , , pid, place = ''] = line.trim().split(/\s+/);
    if (kind === 'FLOCK' && place.split(':')[2] === inode)
      throw new BackupRefused(`${path} is in use by process ${pid ?? ''}: stop that etcd first`);
  }
}

function freeName(path: string): string {
  if (!fs.existsSync(path)) return path;
  for (let number = 2; ; number++) {
    if (!fs.existsSync(`${path}.${number}`)) return `${path}.${number}`;
  }
}
