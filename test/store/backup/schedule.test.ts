import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startSnapshotSchedule, type ScheduledSnapshots } from '../../../store/backup/schedule.js';
import { statusOfBackup } from '../../../store/backup/status.js';
import { writeBackup } from '../../../store/backup/write-backup.js';
import { rowKey } from '../../../store/mvcc/revision.js';
import { encodeKeyValue } from '../../../store/mvcc/row-codec.js';
import type { NodeSnapshot } from '../../../store/node.js';
import { memoryTables } from '../../../store/tables/tables.js';
import { SteppedClock } from '../../support/stepped-clock.js';

const startMs = Date.parse('2026-11-22T10:15:00.250Z');
const minuteMs = 60_000;

let folder = '';
let snapshots = '';
let clock: SteppedClock;
let revision = 1;
let failure: Error | undefined;
const failures: unknown[] = [];
let tables = memoryTables();

async function takeSnapshot(): Promise<NodeSnapshot> {
  if (failure) throw failure;
  revision++;
  const kv = { createRevision: revision, modRevision: revision, version: 1, lease: 0n };
  const bytes = Buffer.from(`key-${revision}`);
  await tables.commit([
    {
      table: 'key',
      key: rowKey(revision, 0),
      value: encodeKeyValue({ ...kv, key: bytes, value: bytes }),
    },
  ]);
  return writeBackup(tables.view());
}

const schedule = (retention = 2): ScheduledSnapshots =>
  startSnapshotSchedule(
    { intervalMs: 10 * minuteMs, folder: snapshots, retention },
    { clock, snapshot: takeSnapshot, onFailed: (error) => failures.push(error) },
  );

/** Lets time pass; resolves when what was due has been done. */
async function pass(running: ScheduledSnapshots, minutes: number): Promise<void> {
  const taken = new Promise<void>((resolve) => {
    const before = running.status();
    const look = (): void => {
      if (running.status() !== before) resolve();
      else setImmediate(look);
    };
    look();
  });
  clock.advance(minutes * minuteMs);
  await taken;
  await new Promise(setImmediate);
}

const files = (): string[] => readdirSync(snapshots).sort();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frontdesk-schedule-'));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  clock = new SteppedClock(startMs);
  snapshots = join(folder, 'snapshots');
  rmSync(snapshots, { recursive: true, force: true });
  failure = undefined;
  failures.length = 0;
  revision = 1;
  tables = memoryTables();
});

describe('scheduled snapshots', () => {
  it('are whole files named by time and revision, the newest of which are kept', async () => {
    const running = schedule();
    await pass(running, 0);
    expect(files()).toEqual(['snapshot-20261122T101500.250Z-r2.db']);
    await pass(running, 10);
    await pass(running, 10);
    await running.stop();
    expect(files()).toEqual([
      'snapshot-20261122T102500.250Z-r3.db',
      'snapshot-20261122T103500.250Z-r4.db',
    ]);
    const found = await statusOfBackup(join(snapshots, files()[1] ?? ''));
    expect(found).toMatchObject({ revision: 4, totalKeys: 3 });
    expect(running.status()).toEqual({
      lastSuccessMs: startMs + 20 * minuteMs,
      lastRevision: 4,
      lastSizeBytes: found.totalBytes + 32,
      failures: 0,
    });
  });

  it('keep the old ones when one fails, count it, and try again after a minute', async () => {
    const running = schedule(1);
    await pass(running, 0);
    failure = new Error('ENOSPC');
    await pass(running, 10);
    expect(running.status()).toMatchObject({ failures: 1, lastRevision: 2 });
    expect(failures).toEqual([failure]);
    expect(files()).toEqual(['snapshot-20261122T101500.250Z-r2.db']);
    failure = undefined;
    await pass(running, 1);
    expect(files()).toEqual(['snapshot-20261122T102600.250Z-r3.db']);
    await running.stop();
  });

  it('go on from what is in the folder after a restart, and clear away what a crash left', async () => {
    const first = schedule();
    await pass(first, 0);
    await first.stop();
    const half = join(snapshots, 'snapshot-20261122T101700.250Z-r9.db.part');
    writeFileSync(half, 'half');
    writeFileSync(join(snapshots, 'notes.txt'), 'of somebody else');
    clock.advance(4 * minuteMs);
    const second = schedule();
    expect(second.status()).toMatchObject({ lastSuccessMs: startMs, lastRevision: 2 });
    clock.advance(5 * minuteMs);
    expect(files()).toHaveLength(3);
    await pass(second, 1);
    await second.stop();
    expect(existsSync(half)).toBe(false);
    expect(files()).toEqual([
      'notes.txt',
      'snapshot-20261122T101500.250Z-r2.db',
      'snapshot-20261122T102500.250Z-r3.db',
    ]);
  });

  it('end with what is under way when they are stopped', async () => {
    const running = schedule();
    const taken = running.run();
    await running.stop();
    await taken;
    expect(files()).toHaveLength(1);
    clock.advance(60 * minuteMs);
    await new Promise(setImmediate);
    expect(files()).toHaveLength(1);
  });

  it('say why where the folder cannot be made', async () => {
    writeFileSync(snapshots, 'a file');
    const running = schedule();
    await pass(running, 0);
    expect(String(failures[0])).toMatch(/EEXIST|ENOTDIR/);
    await running.stop();
    rmSync(snapshots);
  });
});
