import { describe, expect, it } from '@jest/globals';
import { AutoCompaction } from '../../../store/mvcc/auto-compaction.js';
import { parseRowKey } from '../../../store/mvcc/revision.js';
import { memoryTables, type Tables } from '../../../store/tables/tables.js';
import { deleteOp, plainRange, putOp } from '../../contracts/operations.js';
import { apply, command, contents, openMachine, recordCommits, withLmdb } from './machines.js';
import { ManualClock } from './manual-clock.js';

const revisionsIn = (tables: Tables): string[] =>
  [...tables.scan('key')].map(({ key }) => {
    const { main, sub, tombstone } = parseRowKey(key);
    return `${main}.${sub}${tombstone ? 't' : ''}`;
  });

describe('compaction', () => {
  it('removes exactly the rows no kept revision needs', async () => {
    const clock = new ManualClock();
    const tables = memoryTables();
    const machine = openMachine(tables, { clock });
    apply(machine, command(putOp('old', '1'))); // 2: superseded at 6
    apply(machine, command(putOp('gone', '1'))); // 3: deleted at 4
    apply(machine, command(deleteOp('gone'))); // 4
    apply(machine, command(putOp('later', '1'))); // 5: newest at 7
    apply(machine, command(putOp('old', '2'))); // 6: newest at 7
    apply(machine, command(putOp('at', '1'))); // 7 … and deleted after
    apply(machine, command(putOp('later', '2'))); // 8
    apply(machine, command(deleteOp('at'))); // 9
    apply(machine, { type: 'compact', revision: 7 });
    clock.advance(1_000);
    await machine.flush();
    expect(revisionsIn(tables)).toEqual(['5.0', '6.0', '7.0', '8.0', '9.0t']);
  });

  it('keeps a tombstone at the compacted revision until the next one', async () => {
    const clock = new ManualClock();
    const tables = memoryTables();
    const machine = openMachine(tables, { clock });
    apply(machine, command(putOp('a', '1')), command(deleteOp('a')), command(putOp('b', '1')));
    apply(machine, { type: 'compact', revision: 3 });
    clock.advance(1_000);
    await machine.flush();
    expect(revisionsIn(tables)).toEqual(['3.0t', '4.0']);
    apply(machine, { type: 'compact', revision: 4 });
    clock.advance(1_000);
    await machine.flush();
    expect(revisionsIn(tables)).toEqual(['4.0']);
    expect(machine.status().keys).toBe(1);
  });

  it('works in small batches with pauses, one key’s long history included', async () => {
    const clock = new ManualClock();
    const tables = memoryTables();
    const pace = { keysPerBatch: 3, rowsPerBatch: 10, pauseMs: 10 };
    const machine = openMachine(tables, { clock, compaction: pace });
    for (let i = 0; i < 95; i++) apply(machine, command(putOp('much', `${i}`)));
    apply(machine, command(deleteOp('much')), command(putOp('a', '1')));
    apply(machine, { type: 'compact', revision: machine.revision });
    const sizes: number[] = [];
    for (let i = 0; i < 11; i++) {
      clock.advance(10);
      sizes.push(machine.status().sizeBytes);
    }
    expect(new Set(sizes.slice(0, 10)).size).toBe(10); // each batch took something
    await machine.flush();
    expect(revisionsIn(tables)).toEqual(['98.0']);
  });

  it('takes a further compaction while one runs', async () => {
    const clock = new ManualClock();
    const tables = memoryTables();
    const machine = openMachine(tables, {
      clock,
      compaction: { keysPerBatch: 1, rowsPerBatch: 1, pauseMs: 10 },
    });
    for (let i = 0; i < 30; i++) apply(machine, command(putOp(`k${i % 3}`, `${i}`)));
    apply(machine, { type: 'compact', revision: 10 });
    clock.advance(25);
    apply(machine, { type: 'compact', revision: 31 });
    const done = machine.compactionDone();
    clock.advance(2_000);
    await done;
    await machine.flush();
    expect(revisionsIn(tables)).toEqual(['29.0', '30.0', '31.0']);
  });

  it('goes on after a cut at any commit, and the revision never goes back (#17780)', async () => {
    const clock = new ManualClock();
    const { tables, commits } = recordCommits(memoryTables());
    const pace = { keysPerBatch: 1, rowsPerBatch: 2, pauseMs: 100 };
    const machine = openMachine(tables, { clock, compaction: pace });
    for (let i = 0; i < 12; i++) apply(machine, command(putOp(`k${i % 4}`, `${i}`)));
    // The newest rows are tombstones that go as well: only the marks know the revision then.
    apply(machine, command(deleteOp('k', 'l')));
    apply(
      machine,
      command(deleteOp('nothing')),
      command(putOp('end', '')),
      command(deleteOp('end')),
    );
    const { revision, appliedIndex } = machine;
    apply(machine, { type: 'compact', revision });
    for (let i = 0; i < 40; i++) await clock.settle(100);
    await machine.flush();
    const before = plainRange(contents(machine));
    const firstCommitWithAll = commits.findIndex((writes) =>
      writes.some(({ key }) => Buffer.from(key).toString() === 'scheduledCompactRev'),
    );
    expect(firstCommitWithAll).toBeGreaterThanOrEqual(0);
    for (let cut = firstCommitWithAll + 1; cut <= commits.length; cut++) {
      const rest = memoryTables();
      for (const writes of commits.slice(0, cut)) await rest.commit(writes);
      const clockAgain = new ManualClock();
      const again = openMachine(rest, { clock: clockAgain, compaction: pace });
      expect({ cut, applied: again.appliedIndex }).toEqual({ cut, applied: appliedIndex + 1 });
      expect(plainRange(contents(again))).toEqual(before);
      clockAgain.advance(10_000);
      await again.compactionDone();
      await again.flush();
      expect(revisionsIn(rest)).toEqual(revisionsIn(tables));
      await again.close();
    }
  });

  it('resumes on LMDB', async () => {
    await withLmdb(async (open) => {
      const machine = openMachine(await open());
      for (let i = 0; i < 20; i++) apply(machine, command(putOp('a', `${i}`)));
      apply(machine, { type: 'compact', revision: 21 });
      await machine.close(); // before its clock moved
      const clock = new ManualClock();
      const tables = await open();
      const again = openMachine(tables, { clock });
      expect(() => again.range({ key: Buffer.from('a'), revision: 20 })).toThrow('compacted');
      clock.advance(1_000);
      await again.flush();
      expect(revisionsIn(tables)).toEqual(['21.0']);
      await again.close();
    });
  });

  it('answers who waits for it when the store closes first', async () => {
    const machine = openMachine(memoryTables());
    apply(machine, command(putOp('a', '1')), { type: 'compact', revision: 2 });
    const done = machine.compactionDone();
    await machine.close();
    await done;
  });
});

describe('AutoCompaction', () => {
  const minute = 60_000;

  it('by revision keeps the last so many, asked every five minutes', () => {
    const policy = new AutoCompaction({ mode: 'revision', retentionRevisions: 100 }, 0);
    expect(policy.checkEveryMs).toBe(5 * minute);
    expect(policy.check(0, 100)).toBeUndefined();
    expect(policy.check(5 * minute, 250)).toBe(150);
    policy.compacted(5 * minute, 150);
    expect(policy.check(10 * minute, 250)).toBeUndefined();
    expect(policy.check(15 * minute, 251)).toBe(151);
  });

  it('periodically compacts at what was current one retention ago', () => {
    const policy = new AutoCompaction({ mode: 'periodic', retentionMs: 10 * minute }, 0);
    expect(policy.checkEveryMs).toBe(minute);
    const compactions: string[] = [];
    for (let at = 0; at <= 35; at++) {
      const revision = policy.check(at * minute, 100 + at);
      if (revision === undefined) continue;
      compactions.push(`${at}: ${revision}`);
      policy.compacted(at * minute, revision);
    }
    expect(compactions).toEqual(['10: 100', '20: 110', '30: 120']);
  });

  it('with a long retention compacts hourly after the first wait', () => {
    const policy = new AutoCompaction({ mode: 'periodic', retentionMs: 180 * minute }, 0);
    const compactions: string[] = [];
    for (let at = 0; at <= 300; at += 6) {
      const revision = policy.check(at * minute, at + 1);
      if (revision === undefined) continue;
      compactions.push(`${at}: ${revision}`);
      policy.compacted(at * minute, revision);
    }
    expect(compactions).toEqual(['180: 1', '240: 61', '300: 121']);
  });

  it('asks again at the next check when the compaction did not go through, and rests when nothing was written', () => {
    const policy = new AutoCompaction({ mode: 'periodic', retentionMs: 10 * minute }, 0);
    for (let at = 0; at < 10; at++) policy.check(at * minute, 50);
    expect(policy.check(10 * minute, 50)).toBe(50);
    expect(policy.check(11 * minute, 50)).toBe(50);
    policy.compacted(11 * minute, 50);
    for (let at = 12; at < 40; at++) expect(policy.check(at * minute, 50)).toBeUndefined();
  });
});
