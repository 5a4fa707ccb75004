// frontdesk snapshot save|status|restore: etcdctl's and etcdutl's commands, flags and answers, for their files and ours.
import { readFileSync } from 'node:fs';
import { UsageError } from '../apiserver/config.js';
import { must } from '../apiserver/config/flag-table.js';
import type { NamedPeer } from '../apiserver/config/url-values.js';
import { fetchSnapshot, restoreBackup, saveStream, statusOfBackup } from '../store/index.js';
import {
  parseRestoreArguments,
  parseSaveArguments,
  parseStatusArguments,
  type RestoreFlags,
  type SaveFlags,
} from './snapshot-flags.js';
import { describeBackup } from './snapshot-table.js';

const usage = 'expected snapshot save FILE, snapshot status FILE or snapshot restore FILE';

export async function snapshot(argv: readonly string[]): Promise<number> {
  const [verb, ...rest] = argv;
  if (verb === 'save') await save(rest);
  else if (verb === 'status') await status(rest);
  else if (verb === 'restore') await restore(rest);
  else throw new UsageError(usage);
  return 0;
}

async function save(argv: readonly string[]): Promise<void> {
  const { flags, words } = parseSaveArguments(argv, process.env);
  const path = fileOf(words, 'save');
  const [endpoint, ...others] = flags.endpoints ?? [];
  if (endpoint === undefined || others.length > 0)
    throw new UsageError('a snapshot is taken from one server: give one of --endpoints');
  const tls = tlsOf(flags);
  const user = userOf(flags);
  await saveStream(
    path,
    fetchSnapshot({ endpoints: [endpoint], ...(tls && { tls }), ...(user && { user }) }),
  );
  process.stdout.write(`Snapshot saved at ${path}\n`);
}

async function status(argv: readonly string[]): Promise<void> {
  const { flags, words } = parseStatusArguments(argv);
  const found = await statusOfBackup(fileOf(words, 'status'));
  process.stdout.write(`${describeBackup(found, must(flags, 'write-out'))}\n`);
}

async function restore(argv: readonly string[]): Promise<void> {
  const { flags, words } = parseRestoreArguments(argv);
  const file = fileOf(words, 'restore');
  const bumpRevision = must(flags, 'bump-revision');
  if (bumpRevision > 0 !== (flags['mark-compacted'] === true))
    throw new UsageError('--bump-revision and --mark-compacted go together');
  const name = must(flags, 'name');
  // As etcdutl: named after the member, in its folder's name too.
  const dataDir = flags['data-dir'] ?? `${name}.etcd`;
  const found = await restoreBackup({
    file,
    dataDir,
    name,
    initialCluster: clusterOf(flags, name),
    clusterToken: must(flags, 'initial-cluster-token'),
    skipHashCheck: flags['skip-hash-check'] === true,
    bumpRevision,
  });
  const { revision, members, unknownBuckets } = found;
  for (const bucket of unknownBuckets)
    process.stderr.write(`left out: bucket ${bucket}, which etcd 3.6 does not have\n`);
  const ids = `member ${found.memberId.toString(16)} of cluster ${found.clusterId.toString(16)}`;
  const count = members.length === 1 ? '1 member' : `${members.length} members`;
  process.stdout.write(`Restored revision ${revision} into ${dataDir}: ${ids}, ${count}\n`);
}

function fileOf(words: readonly string[], verb: string): string {
  const [file, ...others] = words;
  if (file === undefined || others.length > 0)
    throw new UsageError(`snapshot ${verb} takes one file`);
  return file;
}

/** The member's own URLs must be those that the others will look for it at. */
function clusterOf(flags: RestoreFlags, name: string): readonly NamedPeer[] {
  const cluster = must(flags, 'initial-cluster');
  const own = must(flags, 'initial-advertise-peer-urls');
  const listed = cluster.find((peer) => peer.name === name);
  if (!listed) throw new UsageError(`--initial-cluster has no member named ${name}`);
  if (listed.peerUrls.join() !== own.join()) {
    throw new UsageError(
      `--initial-cluster has ${name}=${listed.peerUrls.join(',')} but --initial-advertise-peer-urls is ${own.join(',')}`,
    );
  }
  return cluster;
}

function tlsOf(flags: SaveFlags): { ca?: Buffer; cert?: Buffer; key?: Buffer } | undefined {
  const { cacert, cert, key } = flags;
  if ((cert === undefined) !== (key === undefined))
    throw new UsageError('--cert and --key go together');
  if (cacert === undefined && cert === undefined) return undefined;
  return {
    ...(cacert !== undefined && { ca: readFileSync(cacert) }),
    ...(cert !== undefined && { cert: readFileSync(cert) }),
    ...(key !== undefined && { key: readFileSync(key) }),
  };
}

/** `name:password`, or the password in its own flag. */
function userOf({ user, password }: SaveFlags): { name: string; password: string } | undefined {
  if (user === undefined) {
    if (password !== undefined) throw new UsageError('--password needs --user');
    return undefined;
  }
  if (password !== undefined) return { name: user, password };
  const colon = user.indexOf(':');
  if (colon < 0) throw new UsageError('--user NAME:PASSWORD, or --password beside it');
  return { name: user.slice(0, colon), password: user.slice(colon + 1) };
}
