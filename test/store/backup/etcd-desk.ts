// What the tests of backups share: a store with a rich past, what can be seen of a store, and members at known places.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { connectEtcd, type KeyValueStore, type Op } from '../../../store/index.js';
import { etcdctl, EtcdProcess } from '../../support/etcd-process.js';
import type { Output } from '../../support/kubectl.js';
import { program } from '../../support/program.js';
import { freePorts } from '../../support/free-ports.js';

/** `frontdesk ARGS`; never rejects. */
export function frontdesk(...args: readonly string[]): Promise<Output> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
  });
}

export async function ok(output: Promise<Output>): Promise<string> {
  const { code, stdout, stderr } = await output;
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}${stdout}`);
  return stdout;
}

export const ctl = (endpoint: string, ...args: readonly string[]): Promise<string> =>
  ok(etcdctl(args, [endpoint]));

/** A small generator, so that a failure can be run again. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const text = (bytes: string): Uint8Array => Buffer.from(bytes);

/**
 * Puts, overwrites, deletes, transactions, leases, values over many pages, a compaction half way, users and roles.
 * Resolves with revisions that can still be read.
 */
export async function giveHistory(endpoint: string, seed: number, txns: number): Promise<number[]> {
  const store = await connectEtcd({ endpoints: [endpoint] });
  const below = chance(seed);
  try {
    const leases = [7n, 0x1234_5678_9abcn, 3n];
    for (const id of leases) await store.grantLease(5_000 + Number(id % 100n), id);
    const kept: number[] = [];
    for (let i = 0; i < txns; i++) {
      const { revision } = await store.txn({
        compare: [],
        success: opsOf(i, below, leases),
        failure: [],
      });
      if (i === Math.floor(txns / 2)) await store.compact(revision - 3);
      if (i > txns / 2 && i % 20 === 0) kept.push(revision);
    }
    await store.revokeLease(3n);
    await giveUsers(endpoint);
    return kept;
  } finally {
    await store.close();
  }
}

function opsOf(at: number, below: (bound: number) => number, leases: readonly bigint[]): Op[] {
  const name = (): Uint8Array => text(`/registry/kind-${below(5)}/name-${below(4_000)}`);
  if (at % 17 === 3) {
    const key = `/registry/kind-${below(5)}/name-${below(30)}`;
    return [{ type: 'delete', key: text(key), end: text(`${key}9`) }];
  }
  const keys = new Map(
    Array.from({ length: 1 + below(100) }, () => {
      const key = name();
      return [Buffer.from(key).toString(), key];
    }),
  );
  return [...keys.values()].map((key) => {
    const size = below(400) === 0 ? 60_000 + below(100_000) : below(300);
    const lease = below(10) === 0 ? leases[below(leases.length)] : undefined;
    return {
      type: 'put' as const,
      key,
      value: Buffer.alloc(size, `${at}`),
      ...(lease === undefined ? {} : { lease }),
    };
  });
}

async function giveUsers(endpoint: string): Promise<void> {
  await ctl(endpoint, 'role', 'add', 'reader');
  await ctl(endpoint, 'role', 'grant-permission', 'reader', '--prefix=true', 'read', '/registry/');
  await ctl(endpoint, 'role', 'grant-permission', 'reader', 'readwrite', 'one', 'two');
  await ctl(endpoint, 'user', 'add', 'ann:secret');
  await ctl(endpoint, 'user', 'grant-role', 'ann', 'reader');
}

/** Everything a client can see that must not change by moving. `revisions`: of the past, to be read as well. */
export async function lookAt(endpoint: string, revisions: readonly number[]): Promise<unknown> {
  const store = await connectEtcd({ endpoints: [endpoint] });
  try {
    const [hash] = JSON.parse(await ctl(endpoint, 'endpoint', 'hashkv', '-w', 'json')) as [
      { HashKV: { hash: number; compact_revision: number; header: { revision: number } } },
    ];
    const lease = JSON.parse(
      await ctl(endpoint, 'lease', 'timetolive', '123456789abc', '--keys', '-w', 'json'),
    ) as { id?: number; 'granted-ttl': number; keys: string[] };
    return {
      revision: hash.HashKV.header.revision,
      hash: hash.HashKV.hash,
      compacted: hash.HashKV.compact_revision,
      now: await contentOf(store, 0),
      past: await Promise.all(revisions.map((revision) => contentOf(store, revision))),
      leases: (await ctl(endpoint, 'lease', 'list')).split('\n').sort(),
      leaseTtl: lease['granted-ttl'],
      leaseKeys: [...lease.keys].sort(),
      users: await ctl(endpoint, 'user', 'get', 'ann'),
      roles: await ctl(endpoint, 'role', 'get', 'reader'),
    };
  } finally {
    await store.close();
  }
}

async function contentOf(store: KeyValueStore, revision: number): Promise<string> {
  const all = await store.range({ key: Uint8Array.of(0), end: Uint8Array.of(0), revision });
  const hash = createHash('sha256');
  for (const { key, value, createRevision, modRevision, version, lease } of all.kvs) {
    hash.update(key).update(value);
    hash.update(` ${createRevision} ${modRevision} ${version} ${lease.toString()} `);
  }
  return `${all.count} keys ${hash.digest('hex')}`;
}

export interface MemberPlace {
  readonly name: string;
  readonly dataDir: string;
  readonly endpoint: string;
  readonly peerUrl: string;
}

/** Members with free ports, their folders inside `folder` and not made yet. */
export async function placesFor(folder: string, count: number): Promise<readonly MemberPlace[]> {
  const ports = await freePorts(2 * count);
  return Array.from({ length: count }, (_, i) => ({
    name: `m${i + 1}`,
    dataDir: join(folder, `m${i + 1}`),
    endpoint: `http://127.0.0.1:${ports[2 * i] ?? 0}`,
    peerUrl: `http://127.0.0.1:${ports[2 * i + 1] ?? 0}`,
  }));
}

export const clusterText = (places: readonly MemberPlace[]): string =>
  places.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');

/** Flags of a restore of one of `places`, etcdctl's and Frontdesk's alike. */
export function restoreFlags(
  { name, dataDir, peerUrl }: MemberPlace,
  places: readonly MemberPlace[],
): readonly string[] {
  return [
    `--name=${name}`,
    `--data-dir=${dataDir}`,
    `--initial-cluster=${clusterText(places)}`,
    '--initial-cluster-token=restored',
    `--initial-advertise-peer-urls=${peerUrl}`,
  ];
}

/** Starts members whose folders are there. */
export function launchAll(
  places: readonly MemberPlace[],
  command: readonly string[],
): Promise<readonly EtcdProcess[]> {
  return Promise.all(
    places.map(({ name, dataDir, endpoint, peerUrl }) =>
      EtcdProcess.launch({
        program: command,
        name,
        dataDir,
        endpoint,
        ownsFolder: false,
        tls: undefined,
        flags: [
          `--listen-peer-urls=${peerUrl}`,
          `--initial-advertise-peer-urls=${peerUrl}`,
          `--initial-cluster=${clusterText(places)}`,
          '--initial-cluster-token=restored',
          '--unsafe-no-fsync',
        ],
      }),
    ),
  );
}
