// Restoring without any etcd: what goes in comes out, what is not whole is refused, and nothing half made stays behind.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { adoptEtcdFolder } from '../../../store/backup/adopt.js';
import { openBbolt } from '../../../store/backup/bbolt-reader.js';
import { encodeFile, planFile, type BucketRows } from '../../../store/backup/bbolt-writer.js';
import { sourceOf } from '../../../store/backup/byte-source.js';
import { restoreBackup, type Restored } from '../../../store/backup/restore.js';
import { saveSnapshot } from '../../../store/backup/save.js';
import { openMember, type Member } from '../../../store/index.js';

let folder = '';
let file = '';
let whole: Buffer;
let hash: number;

const openAt = (dataDir: string): Promise<Member> =>
  openMember({
    dataDir,
    onFatal: (error) => {
      throw error;
    },
  });

const cluster = [{ name: 'default', peerUrls: ['http://localhost:2380'] }];

const restoreTo = (
  dataDir: string,
  more: Partial<Parameters<typeof restoreBackup>[0]> = {},
): Promise<Restored> =>
  restoreBackup({
    file,
    dataDir,
    name: 'default',
    initialCluster: cluster,
    clusterToken: 'etcd-cluster',
    skipHashCheck: false,
    bumpRevision: 0,
    ...more,
  });

const bytes = (text: string): Uint8Array => Buffer.from(text);

beforeAll(async () => {
  folder = fs.mkdtempSync(join(tmpdir(), 'frontdesk-restore-'));
  file = join(folder, 'whole.snap');
  const member = await openAt(join(folder, 'source'));
  const { id } = await member.grantLease(1_000);
  for (let i = 0; i < 300; i++) {
    const key = bytes(`key-${i % 200}`);
    const value = Buffer.alloc(i % 100 === 7 ? 20_000 : i, i);
    const lease = i % 9 === 0 ? id : 0n;
    await member.txn({ compare: [], success: [{ type: 'put', key, value, lease }], failure: [] });
  }
  await member.compact(200);
  hash = (await member.maintenance.hashKv(0)).hash;
  await saveSnapshot(file, await member.maintenance.snapshot());
  await member.close();
  whole = fs.readFileSync(file);
});
afterAll(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

describe('a snapshot', () => {
  it('gives a member with the same data, and a new identity by the flags', async () => {
    const dataDir = join(folder, 'same');
    const restored = await restoreTo(dataDir, { clusterToken: 'another' });
    expect(restored).toMatchObject({ revision: 301, unknownBuckets: [] });
    const member = await openAt(dataDir);
    expect((await member.maintenance.hashKv(0)).hash).toBe(hash);
    expect(member.header()).toMatchObject({
      clusterId: restored.clusterId,
      memberId: restored.memberId,
      revision: 301,
    });
    const [lease = 0n] = await member.storeFor().leases();
    const told = await member.storeFor().leaseTimeToLive(lease, true);
    expect(told?.keys.length).toBeGreaterThan(10);
    await member.close();
  });

  it('goes on at a higher revision, all before it compacted, when it is bumped', async () => {
    const dataDir = join(folder, 'bumped');
    await restoreTo(dataDir, { bumpRevision: 1_000 });
    const member = await openAt(dataDir);
    const all = { key: Uint8Array.of(0), end: Uint8Array.of(0) };
    expect(await member.range(all)).toMatchObject({ revision: 1_301, count: 200 });
    await expect(member.range({ ...all, revision: 301 })).rejects.toMatchObject({
      code: 'compacted',
    });
    const put = { type: 'put', key: bytes('new'), value: bytes('x') } as const;
    expect((await member.txn({ compare: [], success: [put], failure: [] })).revision).toBe(1_302);
    await member.close();
  });

  it('is refused where one byte of it is another, or missing', async () => {
    for (let at = 0; at < whole.length; at += 1_009) {
      const copy = Buffer.from(whole);
      copy[at] = (copy[at] ?? 0) ^ 0x10;
      fs.writeFileSync(join(folder, 'flipped'), copy);
      const target = join(folder, 'never');
      await expect(restoreTo(target, { file: join(folder, 'flipped') })).rejects.toMatchObject({
        name: 'BackupDamaged',
      });
      expect(fs.existsSync(target)).toBe(false);
    }
    for (const size of [0, 1, 32, 512, 4_096, whole.length - 4_096, whole.length - 1]) {
      fs.writeFileSync(join(folder, 'cut'), whole.subarray(0, size));
      await expect(restoreTo(join(folder, 'never'), { file: join(folder, 'cut') })).rejects.toThrow(
        /is damaged|has no SHA-256 at its end/,
      );
    }
    expect(fs.readdirSync(folder).filter((name) => name.startsWith('never'))).toEqual([]);
  });

  it('without its digest is taken only when told so, and then row by row', async () => {
    const body = whole.subarray(0, whole.length - 32);
    const bare = join(folder, 'bare');
    fs.writeFileSync(bare, body);
    await expect(restoreTo(join(folder, 'never'), { file: bare })).rejects.toThrow(
      '--skip-hash-check',
    );
    await restoreTo(join(folder, 'from-bare'), { file: bare, skipHashCheck: true });
    // A row that is whole as bytes but is no row of a store.
    for (const [bucket, key, value] of [
      ['key', 'x', 'y'],
      ['key', '\0\0\0\0\0\0\0\x05_\0\0\0\0\0\0\0\0', 'nonsense'],
      ['lease', '12345678', '\x08\x01\x10\x05'],
      ['alarm', '\x08\x01\x10\x09', ''],
      ['members', 'not-hex', '{}'],
      ['meta', 'term', 'short'],
    ] as const) {
      fs.writeFileSync(bare, await withRow(body, bucket, { key: bytes(key), value: bytes(value) }));
      const attempt = restoreTo(join(folder, 'never'), { file: bare, skipHashCheck: true });
      await expect(attempt).rejects.toThrow(`of bucket ${bucket} is not one`);
    }
    expect(fs.existsSync(join(folder, 'never'))).toBe(false);
  });

  it('of a newer etcd says what was left out', async () => {
    const body = whole.subarray(0, whole.length - 32);
    const row = { key: bytes('a'), value: bytes('b') };
    const newer = join(folder, 'newer');
    fs.writeFileSync(newer, await withRow(body, 'zones', row));
    const restored = await restoreTo(join(folder, 'older'), { file: newer, skipHashCheck: true });
    expect(restored.unknownBuckets).toEqual(['zones']);
  });

  it('is not restored over something, nor for a member that is not in the list', async () => {
    const target = join(folder, 'taken');
    fs.mkdirSync(target);
    fs.writeFileSync(join(target, 'precious'), '');
    await expect(restoreTo(target)).rejects.toThrow('exists and is not empty');
    expect(fs.readdirSync(target)).toEqual(['precious']);
    await expect(restoreTo(join(folder, 'never'), { name: 'other' })).rejects.toThrow(
      'there is no member other in the initial cluster',
    );
    const twins = [...cluster, { name: 'twin', peerUrls: ['http://localhost:2380'] }];
    await expect(restoreTo(join(folder, 'never'), { initialCluster: twins })).rejects.toThrow(
      'two members of the initial cluster have the same peer URLs',
    );
  });
});

describe('a folder whose takeover was cut off', () => {
  it('between the two renames is put right at the next start', async () => {
    const dataDir = join(folder, 'cut-off');
    await restoreTo(dataDir);
    fs.renameSync(join(dataDir, 'member'), join(dataDir, 'member.new'));
    fs.mkdirSync(join(dataDir, 'member.etcd'));
    expect(await adoptEtcdFolder(dataDir)).toBeUndefined();
    const member = await openAt(dataDir);
    expect((await member.maintenance.hashKv(0)).hash).toBe(hash);
    await member.close();
  });

  it('is left alone when it is ours, or empty', async () => {
    expect(await adoptEtcdFolder(join(folder, 'same'))).toBeUndefined();
    expect(await adoptEtcdFolder(join(folder, 'nothing'))).toBeUndefined();
  });
});

/** The database with one more row, as bbolt would have it, and no digest. */
async function withRow(
  body: Buffer,
  bucket: string,
  row: { key: Uint8Array; value: Uint8Array },
): Promise<Buffer> {
  const opened = openBbolt(sourceOf(body));
  const buckets: BucketRows[] = [...new Set([...opened.bucketNames, bucket])].sort().map((name) => {
    const rows = new Map(
      [...(opened.rows(name) ?? []), ...(name === bucket ? [row] : [])].map((each) => [
        Buffer.from(each.key).toString('latin1'),
        each,
      ]),
    );
    const sorted = [...rows.values()].sort((a, b) => Buffer.compare(a.key, b.key));
    return { name, rows: () => sorted };
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeFile(buckets, await planFile(buckets))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

it('ends with the SHA-256 of all before it', () => {
  const digest = createHash('sha256').update(whole.subarray(0, -32)).digest();
  expect(digest.equals(whole.subarray(-32))).toBe(true);
});
