import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMember, type Member, type MemberOptions } from '../../../store/index.js';
import { bytes, put } from './test-nodes.js';

const code = (expected: string) => ({ code: expected });

describe('a member alone', () => {
  let dataDir: string;
  let member: Member;
  const open = async (options: Partial<MemberOptions> = {}): Promise<void> => {
    member = await openMember({
      dataDir,
      onFatal: (error) => {
        throw error;
      },
      ...options,
    });
  };
  const reopen = async (options: Partial<MemberOptions> = {}): Promise<void> => {
    await member.close();
    await open(options);
  };
  const remove = (key: string, end: string): Promise<{ revision: number }> =>
    member.txn({
      compare: [],
      success: [{ type: 'delete', key: bytes(key), end: bytes(end) }],
      failure: [],
    });
  beforeEach(async () => {
    dataDir = fs.mkdtempSync(join(tmpdir(), 'frontdesk-node-'));
    await open();
  });
  afterEach(async () => {
    await member.close();
    fs.rmSync(dataDir, { recursive: true, force: true });
  });

  it('begins at revision 1 in term 2, with the ids etcd derives from the same flags', async () => {
    expect(member.header()).toEqual({
      // As a real etcd answers with no flags at all.
      clusterId: 0xcdf818194e3a8c32n,
      memberId: 0x8e9e05c52164694dn,
      revision: 1,
      raftTerm: 2,
    });
    expect(await member.cluster.members(true)).toEqual([
      {
        id: 0x8e9e05c52164694dn,
        name: 'default',
        peerUrls: ['http://localhost:2380'],
        clientUrls: ['http://localhost:2379'],
        isLearner: false,
      },
    ]);
  });

  it('keeps its list of members, and tells of new client URLs at the next start', async () => {
    await reopen({ name: 'renamed', clientUrls: ['http://elsewhere.example:1'] });
    expect(await member.cluster.members(false)).toMatchObject([
      { name: 'renamed', clientUrls: ['http://elsewhere.example:1'] },
    ]);
    expect(member.header()).toMatchObject({ revision: 1 });
  });

  it('tells its condition in etcd’s words', async () => {
    const { maintenance } = member;
    const memberId = 7n;
    await maintenance.activateAlarm({ memberId, alarm: 'nospace' });
    const status = await maintenance.status();
    expect(status).toMatchObject({
      leader: member.header().memberId,
      raftTerm: 2,
      isLearner: false,
      quotaBytes: 2 ** 31,
      errors: ['memberID:7 alarm:NOSPACE '],
    });
    expect(status.raftAppliedIndex).toBe(status.raftIndex);
    expect(status.dbSizeBytes).toBe(fs.statSync(join(dataDir, 'member', 'snap', 'db')).size);
    expect(status.dbSizeInUseBytes).toBeLessThanOrEqual(status.dbSizeBytes);
  });

  it('lists alarms by member and kind; they stand until they are cleared', async () => {
    const { maintenance } = member;
    const corrupt = { memberId: 1n, alarm: 'corrupt' } as const;
    const nospace = { memberId: 1n, alarm: 'nospace' } as const;
    expect(await maintenance.activateAlarm(corrupt)).toEqual([corrupt]);
    expect(await maintenance.activateAlarm(corrupt)).toEqual([corrupt]);
    expect(await maintenance.activateAlarm(nospace)).toEqual([nospace]);
    await maintenance.defragment();
    await reopen();
    expect(await member.maintenance.alarms()).toEqual([nospace, corrupt]);
    expect(await member.maintenance.deactivateAlarm({ ...corrupt, memberId: 2n })).toEqual([]);
    expect(await member.maintenance.deactivateAlarm(corrupt)).toEqual([corrupt]);
    expect(await member.maintenance.deactivateAlarm(corrupt)).toEqual([]);
    expect(await member.maintenance.alarms()).toEqual([nospace]);
  });

  it('refuses everything that writes while it is corrupt, and still reads', async () => {
    const { id } = await member.grantLease(100);
    await put(member, 'key');
    await member.maintenance.activateAlarm({ memberId: 1n, alarm: 'corrupt' });
    for (const refused of [
      () => put(member, 'key'),
      () => remove('key', 'kez'),
      () => member.compact(2),
      () => member.grantLease(100),
      () => member.revokeLease(id),
    ])
      await expect(refused()).rejects.toMatchObject(code('corrupt'));
    expect((await member.range({ key: bytes('key') })).count).toBe(1);
    await member.maintenance.deactivateAlarm({ memberId: 1n, alarm: 'corrupt' });
    await put(member, 'key');
  });

  it('with etcd’s quota is full until compaction, defragmentation and a disarm have made room', async () => {
    await reopen({ quotaBytes: 2 ** 20, liftsNoSpace: false });
    const fill = async (): Promise<void> => {
      for (;;) {
        await put(member, 'fill', 'x'.repeat(50_000));
        await member.maintenance.hash(); // so that the file holds it
      }
    };
    await expect(fill()).rejects.toMatchObject(code('no-space'));
    const memberId = member.header().memberId;
    const alarm = { memberId, alarm: 'nospace' } as const;
    expect(await member.maintenance.alarms()).toEqual([alarm]);
    await expect(member.grantLease(10)).rejects.toMatchObject(code('no-space'));
    const { revision } = await remove('fill', 'film');
    await member.compact(revision, true);
    await member.maintenance.deactivateAlarm(alarm);
    // The file is as big as it was.
    await expect(put(member, 'fill', 'x'.repeat(50_000))).rejects.toMatchObject(code('no-space'));
    const before = await member.maintenance.status();
    await member.maintenance.defragment();
    const after = await member.maintenance.status();
    expect(after.dbSizeBytes).toBeLessThan(before.dbSizeBytes / 2);
    await expect(put(member, 'a')).rejects.toMatchObject(code('no-space')); // nobody disarmed
    await member.maintenance.deactivateAlarm(alarm);
    await put(member, 'a');
  });

  it('takes writes while it is defragmented, and has them after a restart', async () => {
    for (let i = 0; i < 50; i++) await put(member, `before ${i}`, 'x'.repeat(5000));
    const { revision } = await remove('before', 'beforf');
    await member.compact(revision, true);
    const writing = Array.from({ length: 50 }, (_, i) => put(member, `while ${i}`));
    await Promise.all([member.maintenance.defragment(), ...writing]);
    const all = { key: bytes('while'), end: bytes('whilf') };
    const { kvs } = await member.range(all);
    await reopen();
    expect((await member.range(all)).kvs).toEqual(kvs);
  });

  it('hashes all it has: the same twice, another after a write', async () => {
    await put(member, 'a');
    const first = await member.maintenance.hash();
    expect(await member.maintenance.hash()).toBe(first);
    await member.grantLease(100);
    expect(await member.maintenance.hash()).not.toBe(first);
  });

  it('gives a backup of the size it announced', async () => {
    const { revision } = await put(member, 'a');
    const snapshot = await member.maintenance.snapshot();
    let size = 0;
    for await (const chunk of snapshot.chunks) size += chunk.length;
    expect({ size, revision: snapshot.revision }).toEqual({ size: snapshot.sizeBytes, revision });
  });

  it('gives leases any id but zero, a least time, and lists the shortest first', async () => {
    expect(await member.grantLease(0, -5n)).toMatchObject({ id: -5n, ttlSeconds: 2 });
    await member.grantLease(500, 9n);
    const { id } = await member.grantLease(60);
    expect(id).toBeGreaterThan(0n);
    expect(await member.leases()).toEqual([-5n, id, 9n]);
    await expect(member.grantLease(10, 9n)).rejects.toMatchObject(code('lease-exists'));
    await expect(member.grantLease(9_000_000_001)).rejects.toMatchObject(
      code('lease-ttl-too-large'),
    );
    const success = [{ type: 'put' as const, key: bytes('k'), value: bytes(''), lease: -5n }];
    await member.txn({ compare: [], success, failure: [] });
    expect(await member.leaseTimeToLive(-5n, true)).toMatchObject({ keys: [bytes('k')] });
    expect(await member.leaseTimeToLive(-5n, false)).toMatchObject({ keys: [] });
    expect(await member.leaseTimeToLive(4711n, true)).toBeUndefined();
  });

  it('resolves a physical compaction when the rows are gone', async () => {
    for (let i = 0; i < 10; i++) await put(member, 'a');
    const before = await member.maintenance.hash();
    await member.compact(member.header().revision, true);
    const after = await member.maintenance.hash();
    expect(after).not.toBe(before);
    expect(await member.maintenance.hash()).toBe(after);
  });

  it('refuses to be removed, and to lead nobody', async () => {
    const { cluster } = member;
    const { memberId } = member.header();
    await expect(cluster.removeMember(memberId)).rejects.toMatchObject(code('not-enough-started'));
    await expect(cluster.moveLeader(1n)).rejects.toMatchObject(code('bad-transferee'));
    await cluster.moveLeader(memberId);
  });
});
