import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entry, SnapshotMark } from '../../../store/raft/message.js';
import { nodeDisk } from '../../../store/wal/disk.js';
import { LogCorruption } from '../../../store/wal/frame.js';
import { RaftLog, type RaftLogOptions } from '../../../store/wal/raft-log.js';

const start: SnapshotMark = { index: 0, term: 0, membership: { voters: [7n], learners: [] } };
const options: RaftLogOptions = {
  identity: { clusterId: 1n, memberId: 7n },
  start,
  segmentBytes: 4096,
};

const entry = (index: number, term: number, text = `entry ${index}`): Entry => ({
  index,
  term,
  type: 'normal',
  data: Buffer.from(text),
});

const contents = (log: RaftLog): string[] =>
  log.lastIndex < log.firstIndex
    ? []
    : log
        .entries(log.firstIndex, log.lastIndex + 1, Infinity)
        .map((e) => `${e.index}/${e.term} ${Buffer.from(e.data).toString()}`);

describe('RaftLog', () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(join(tmpdir(), 'frontdesk-wal-'));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const open = (): RaftLog => new RaftLog(nodeDisk(folder), options);
  const files = (): string[] => fs.readdirSync(folder).sort();
  const lastFile = (): string => join(folder, files().at(-1) ?? '');

  it('gives back after a restart what was saved', async () => {
    const log = open();
    expect(log.isNew).toBe(true);
    await log.save({ hardState: { term: 2, vote: 7n, commit: 0 }, entries: [entry(1, 2)] });
    await log.save({ entries: [entry(2, 2), entry(3, 2)] });
    log.close();
    const again = open();
    expect(again.isNew).toBe(false);
    expect(again.hardState).toEqual({ term: 2, vote: 7n, commit: 0 });
    expect(contents(again)).toEqual(['1/2 entry 1', '2/2 entry 2', '3/2 entry 3']);
    again.close();
  });

  it('knows the bytes of its entries, whatever is overwritten or compacted', async () => {
    const log = open();
    const text = 'x'.repeat(100);
    await log.save({ entries: [1, 2, 3, 4].map((index) => entry(index, 1, text)) });
    expect(log.entriesBytes).toBe(400);
    await log.save({ entries: [entry(3, 2, 'short')] });
    expect(log.entriesBytes).toBe(205);
    log.compactTo({ ...start, index: 2, term: 1 });
    expect(log.entriesBytes).toBe(5);
    await log.save({ entries: [], snapshot: { ...start, index: 9, term: 2 } });
    expect(log.entriesBytes).toBe(0);
    log.close();
  });

  it('overwrites a conflicting tail, also after a restart', async () => {
    const log = open();
    await log.save({ entries: [entry(1, 1), entry(2, 1), entry(3, 1)] });
    await log.save({ entries: [entry(2, 2, 'new')] });
    log.close();
    const again = open();
    expect(contents(again)).toEqual(['1/1 entry 1', '2/2 new']);
    again.close();
  });

  it('starts new files and removes those the mark covers', async () => {
    const log = open();
    for (let i = 1; i <= 40; i++) {
      await log.save({ entries: [entry(i, 1, 'x'.repeat(500))] });
      if (i === 30) log.compactTo({ ...start, index: 28, term: 1 });
    }
    expect(files().length).toBeLessThan(5);
    log.close();
    const again = open();
    expect(again.snapshot().index).toBe(28);
    expect(again.lastIndex).toBe(40);
    expect(again.term(28)).toBe(1);
    again.close();
  });

  it('goes on under the identity it was begun with, whatever is asked for later', async () => {
    const log = open();
    await log.save({ entries: [entry(1, 1)] });
    log.close();
    const other = { ...options, identity: { clusterId: 1n, memberId: 8n } };
    const again = new RaftLog(nodeDisk(folder), other);
    expect(again.identity).toEqual(options.identity);
    again.close();
  });

  it('forgets the entries a snapshot replaced, also those beyond it, after later segments', async () => {
    const log = open();
    for (let i = 1; i <= 30; i++) await log.save({ entries: [entry(i, 1)] });
    const membership = { voters: [7n], learners: [] };
    await log.save({ entries: [], snapshot: { index: 20, term: 2, membership } });
    log.close();
    const again = open();
    expect([again.snapshot().index, again.lastIndex]).toEqual([20, 20]);
    // Enough to fill the segment: the next one starts with the same mark.
    const segment = lastFile();
    for (let term = 3; lastFile() === segment; term++)
      await again.save({ entries: [], hardState: { term, vote: 0n, commit: 20 } });
    again.close();
    const third = open();
    expect([third.snapshot().index, third.lastIndex]).toEqual([20, 20]);
    third.close();
  });

  it('keeps what a snapshot replaces until the snapshot itself is saved, also over a new segment', async () => {
    const log = open();
    for (let i = 1; i <= 10; i++) await log.save({ entries: [entry(i, 1)] });
    const kept = files().map((name) => [name, fs.readFileSync(join(folder, name))] as const);
    const membership = { voters: [7n], learners: [] };
    // Too big for the rest of the segment: head and mark go to another one.
    await log.save({
      hardState: { term: 3, vote: 0n, commit: 5 },
      snapshot: { index: 5, term: 2, membership },
      entries: [entry(6, 3, 'z'.repeat(4000))],
    });
    log.close();
    expect(kept.map(([name]) => join(folder, name))).not.toContain(lastFile());
    const whole = open();
    expect([whole.snapshot().index, whole.lastIndex, whole.term(6)]).toEqual([5, 6, 3]);
    whole.close();
    // The power went between the head of the new segment and what was to follow.
    const bytes = fs.readFileSync(lastFile());
    bytes.fill(0, 16 + Math.ceil(bytes.readUInt32LE(0) / 16) * 16);
    fs.writeFileSync(lastFile(), bytes);
    for (const [name, old] of kept) fs.writeFileSync(join(folder, name), old);
    const cut = open();
    expect([cut.snapshot().index, cut.lastIndex, cut.hardState.commit]).toEqual([0, 10, 0]);
    cut.close();
  });

  it('cuts off a last write of which any sector is missing, and writes on', async () => {
    const log = open();
    await log.save({ entries: [entry(1, 1)] });
    await log.save({ entries: [entry(2, 1, 'y'.repeat(2000))] });
    log.close();
    const whole = fs.readFileSync(lastFile());
    const from = whole.indexOf('yyyy') - 38; // frame header 16, record head 22
    for (let sector = Math.floor(from / 512); sector * 512 < from + 2000; sector++) {
      const torn = Buffer.from(whole);
      // A sector the disk never got reads as zeros, but what the earlier frames put there stays.
      torn.fill(0, Math.max(sector * 512, from), (sector + 1) * 512);
      if (torn.equals(whole)) continue;
      fs.writeFileSync(lastFile(), torn);
      const again = open();
      expect(contents(again)).toEqual(['1/1 entry 1']);
      await again.save({ entries: [entry(2, 2, 'second try')] });
      again.close();
      const third = open();
      expect(contents(third)).toEqual(['1/1 entry 1', '2/2 second try']);
      third.close();
    }
  });

  it('refuses to start on damage before the last frame, naming file and offset', async () => {
    const log = open();
    for (let i = 1; i <= 5; i++) await log.save({ entries: [entry(i, 1)] });
    log.close();
    const whole = fs.readFileSync(lastFile());
    const lastFrame = whole.indexOf('entry 5') - 40;
    for (let at = 0; at < lastFrame; at++) {
      if (whole[at] === 0) continue; // padding is not covered
      const damaged = Buffer.from(whole);
      damaged[at] = (whole[at] ?? 0) ^ 0x40;
      fs.writeFileSync(lastFile(), damaged);
      expect(open).toThrow(LogCorruption);
      expect(open).toThrow(new RegExp(`${files().at(-1) ?? ''} is corrupt at offset \\d+`));
    }
  });

  it('refuses to start on a flipped bit in the complete last frame', async () => {
    const log = open();
    await log.save({ entries: [entry(1, 1), entry(2, 1, 'z'.repeat(600))] });
    log.close();
    const damaged = fs.readFileSync(lastFile());
    const at = damaged.indexOf('zzzz') + 300;
    damaged[at] = 0x5b;
    fs.writeFileSync(lastFile(), damaged);
    expect(open).toThrow(/checksum is wrong/);
  });

  it('refuses to start when a file in the middle is gone', async () => {
    const log = open();
    for (let i = 1; i <= 30; i++) await log.save({ entries: [entry(i, 1, 'x'.repeat(500))] });
    log.close();
    fs.rmSync(join(folder, files()[1] ?? ''));
    expect(open).toThrow(LogCorruption);
  });

  it('holds what a list of its writes holds, whatever the order of saves, overwrites and restarts', async () => {
    const step = fc.oneof(
      fc.record({
        type: fc.constant('append' as const),
        sizes: fc.array(fc.nat(900), { maxLength: 4 }),
      }),
      fc.record({ type: fc.constant('overwrite' as const), back: fc.nat(3) }),
      fc.record({ type: fc.constant('compact' as const), keep: fc.nat(5) }),
      fc.record({ type: fc.constant('restart' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        fs.rmSync(folder, { recursive: true, force: true });
        let log = open();
        let model: Entry[] = [];
        let floor = 0;
        let term = 1;
        for (const next of steps) {
          if (next.type === 'append') {
            const added = next.sizes.map((size, i) =>
              entry(floor + model.length + 1 + i, term, 'v'.repeat(size)),
            );
            await log.save({ hardState: { term, vote: 7n, commit: 0 }, entries: added });
            model.push(...added);
          } else if (next.type === 'overwrite') {
            const keep = Math.max(0, model.length - next.back);
            model = model.slice(0, keep);
            const added = entry(floor + keep + 1, ++term, 'over');
            await log.save({ entries: [added] });
            model.push(added);
          } else if (next.type === 'compact') {
            const drop = Math.max(0, model.length - next.keep);
            if (drop === 0) continue;
            const last = model[drop - 1]!;
            log.compactTo({ ...start, index: last.index, term: last.term });
            floor += drop;
            model = model.slice(drop);
          } else {
            log.close();
            log = open();
          }
          const held = log.entries(floor + 1, log.lastIndex + 1, Infinity);
          expect(held.map((e) => `${e.index}/${e.term}/${e.data.length}`)).toEqual(
            model.map((e) => `${e.index}/${e.term}/${e.data.length}`),
          );
        }
        log.close();
      }),
      { numRuns: 60 },
    );
  });
});
