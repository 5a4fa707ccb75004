import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from './mvcc/manual-clock.js';
import { openMember, type Member, type MemberOptions } from '../../store/index.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe('a member on disk', () => {
  let dataDir: string;
  let open: Member[] = [];
  beforeEach(() => {
    dataDir = fs.mkdtempSync(join(tmpdir(), 'frontdesk-member-'));
  });
  afterEach(async () => {
    await Promise.all(open.map((member) => member.close()));
    open = [];
    fs.rmSync(dataDir, { recursive: true, force: true });
  });

  const start = async (options: Partial<MemberOptions> = {}): Promise<Member> => {
    const member = await openMember({
      dataDir,
      onFatal: (error) => {
        throw error;
      },
      ...options,
    });
    open.push(member);
    return member;
  };
  const put = (member: Member, key: string, value = 'v'): Promise<{ revision: number }> =>
    member.txn({
      compare: [],
      success: [{ type: 'put', key: bytes(key), value: bytes(value) }],
      failure: [],
    });

  it('starts empty at revision 1', async () => {
    const member = await start();
    expect((await member.range({ key: bytes('a') })).revision).toBe(1);
    expect(await member.status()).toMatchObject({ revision: 1, hasLeader: true, isLeader: true });
  });

  it('has after a restart what it had, at the same revision', async () => {
    const first = await start();
    for (let i = 0; i < 50; i++) await put(first, `key ${i}`);
    const before = await first.range({ key: bytes('key'), end: bytes('kez') });
    await first.close();
    const second = await start();
    expect(await second.range({ key: bytes('key'), end: bytes('kez') })).toEqual(before);
    expect((await put(second, 'next')).revision).toBe(before.revision + 1);
  });

  it('keeps leases and what is attached to them over a restart', async () => {
    const first = await start();
    const lease = await first.grantLease(1000);
    await first.txn({
      compare: [],
      success: [{ type: 'put', key: bytes('leased'), value: bytes('v'), lease: lease.id }],
      failure: [],
    });
    await first.close();
    const second = await start();
    await second.revokeLease(lease.id);
    expect((await second.range({ key: bytes('leased') })).count).toBe(0);
  });

  it('refuses a folder another member holds', async () => {
    await start();
    await expect(start()).rejects.toThrow(/in use by process/);
  });

  it('refuses tables whose log is gone', async () => {
    const first = await start();
    await put(first, 'a');
    await first.close();
    fs.rmSync(join(dataDir, 'member', 'wal'), { recursive: true });
    await expect(start()).rejects.toThrow(/log files are missing/);
  });

  it('puts writes that arrive together into few log entries, each with its own revision', async () => {
    const member = await start();
    const results = await Promise.all(Array.from({ length: 200 }, (_, i) => put(member, `k${i}`)));
    expect(new Set(results.map((result) => result.revision)).size).toBe(200);
  });

  it('refuses a request over the limit with its name, and takes the next one', async () => {
    const member = await start();
    await expect(put(member, 'big', 'x'.repeat(1.6 * 2 ** 20))).rejects.toMatchObject({
      code: 'request-too-large',
    });
    expect((await put(member, 'small')).revision).toBe(2);
  });

  it('raises the NOSPACE alarm at the quota: puts are refused, deletes are not, disarming lifts it', async () => {
    const member = await start({ quotaBytes: 20_000 });
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 100; i++) await put(member, `fill ${i}`, 'x'.repeat(1000));
    };
    await expect(fill()).rejects.toMatchObject({ code: 'no-space' });
    expect((await member.status()).alarms).toEqual(['nospace']);
    await expect(put(member, 'a')).rejects.toMatchObject({ code: 'no-space' });
    const deletion = { type: 'delete' as const, key: bytes('fill'), end: bytes('film') };
    const { revision } = await member.txn({ compare: [], success: [deletion], failure: [] });
    await member.compact(revision);
    await member.disarm('nospace');
    expect((await member.status()).alarms).toEqual([]);
  });

  it('lifts the NOSPACE alarm with the first write that has room again', async () => {
    const full = await start({ quotaBytes: 20_000 });
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 100; i++) await put(full, `fill ${i}`, 'x'.repeat(1000));
    };
    await expect(fill()).rejects.toMatchObject({ code: 'no-space' });
    await full.close();
    const stillFull = await start({ quotaBytes: 20_000 });
    await expect(put(stillFull, 'a')).rejects.toMatchObject({ code: 'no-space' });
    await stillFull.close();
    const roomy = await start({ quotaBytes: 200_000 });
    expect((await roomy.status()).alarms).toEqual(['nospace']);
    await put(roomy, 'a');
    expect((await roomy.status()).alarms).toEqual([]);
  });

  it('compacts by itself as the policy says', async () => {
    const clock = new ManualClock();
    const autoCompaction = { mode: 'revision' as const, retentionRevisions: 10 };
    const starting = start({ clock, autoCompaction });
    const member = await starting;
    for (let i = 0; i < 30; i++) await put(member, 'a');
    clock.advance(5 * 60_000);
    // The compaction goes through the log ahead of this write.
    const { revision } = await put(member, 'b');
    const old = { key: bytes('a'), revision: revision - 20 };
    await expect(member.range(old)).rejects.toMatchObject({ code: 'compacted' });
    expect((await member.range({ key: bytes('a'), revision: revision - 5 })).count).toBe(1);
  });

  it('answers what is under way with "stopped" when it closes', async () => {
    const member = await start();
    await member.close();
    await expect(put(member, 'late')).rejects.toMatchObject({ code: 'stopped' });
  });
});
