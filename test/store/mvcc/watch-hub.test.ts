import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { IntervalIndex } from '../../../store/mvcc/interval-index.js';
import { inRange, keyText, textRange } from '../../../store/tables/sorted-map.js';
import { memoryTables } from '../../../store/tables/tables.js';
import { all, bytes, deleteOp, plainBatch, putOp } from '../../contracts/operations.js';
import { apply, command, openMachine } from './machines.js';
import { ManualClock } from './manual-clock.js';

const small = { queueBatchesMax: 3, queueBytesMax: 1e6, watchersMax: 10 };

function openSmall(clock = new ManualClock()) {
  const recent = { revisionsMax: 4, bytesMax: 1e6 };
  return { clock, machine: openMachine(memoryTables(), { clock, recent, watchers: small }) };
}

describe('a watcher that does not pull', () => {
  it('keeps a bounded queue, then catches up from memory and tables in order', async () => {
    const { machine } = openSmall();
    const stop = new AbortController();
    const watch = machine.watch(all, stop.signal);
    for (let i = 0; i < 50; i++) {
      apply(machine, command(putOp(`k${i % 3}`, `${i}`)));
      if (i % 7 === 0) await machine.flush();
    }
    for (let revision = 2; revision <= 51; revision++)
      expect((await watch.next()).value).toMatchObject({ revision });
    const live = watch.next();
    apply(machine, command(putOp('k', 'live')));
    expect((await live).value).toMatchObject({ revision: 52 });
    stop.abort();
  });

  it('is cancelled when what it has not queued is compacted, after what it has', async () => {
    const { machine } = openSmall();
    const watch = machine.watch(all, new AbortController().signal);
    for (let i = 0; i < 10; i++) apply(machine, command(putOp('k', `${i}`)));
    apply(machine, { type: 'compact', revision: 8 });
    for (const revision of [2, 3, 4])
      expect((await watch.next()).value).toMatchObject({ revision });
    await expect(watch.next()).rejects.toMatchObject({ code: 'compacted', compactRevision: 8 });
    expect(await watch.next()).toEqual({ done: true, value: undefined });
    expect(machine.status().watchers).toBe(0);
  });

  it('goes on when the compaction stops at its position', async () => {
    const { machine } = openSmall();
    const watch = machine.watch(all, new AbortController().signal);
    for (let i = 0; i < 10; i++) apply(machine, command(putOp('k', `${i}`)));
    apply(machine, { type: 'compact', revision: 5 });
    for (let revision = 2; revision <= 11; revision++)
      expect((await watch.next()).value).toMatchObject({ revision });
    await watch.return();
  });
});

describe('a watch from history', () => {
  it('sees writes made between its pulls once', async () => {
    const { machine } = openSmall();
    for (let i = 0; i < 9; i++) apply(machine, command(putOp('k', `${i}`)));
    await machine.flush();
    const watch = machine.watch({ ...all, startRevision: 2 }, new AbortController().signal);
    for (let revision = 2; revision <= 30; revision++) {
      expect((await watch.next()).value).toMatchObject({ revision });
      if (revision < 20) apply(machine, command(putOp('k', `${revision}`)));
      if (revision === 19) for (let i = 0; i < 2; i++) apply(machine, command(putOp('k', '')));
    }
    await watch.return();
  });

  it('starts at a delete whose other rows compaction has removed (#18089)', async () => {
    const { machine, clock } = openSmall();
    apply(machine, command(putOp('a', '1')), command(deleteOp('a')));
    for (let i = 0; i < 9; i++) apply(machine, command(putOp('k', `${i}`)));
    apply(machine, { type: 'compact', revision: 3 });
    clock.advance(1_000);
    await machine.flush();
    const query = { ...all, startRevision: 3, prevKv: true };
    const watch = machine.watch(query, new AbortController().signal);
    const first = await watch.next();
    expect(first.value && plainBatch(first.value)).toEqual({
      revision: 3,
      events: ['delete a= (0 3 0 0)'],
    });
    await watch.return();
  });

  it('finds history that was written before the process started', async () => {
    const tables = memoryTables();
    const machine = openMachine(tables);
    for (let i = 0; i < 5; i++) apply(machine, command(putOp('a', `${i}`), putOp('b', `${i}`)));
    await machine.flush();
    const again = openMachine(tables);
    const query = { key: bytes('b'), startRevision: 3, prevKv: true };
    const watch = again.watch(query, new AbortController().signal);
    for (let revision = 3; revision <= 6; revision++) {
      const { value } = await watch.next();
      expect(value && plainBatch(value).events).toHaveLength(1);
      expect(value?.events[0]?.prevKv?.modRevision).toBe(revision - 1);
    }
    const live = watch.next();
    apply(again, command(putOp('b', 'live')));
    expect((await live).value).toMatchObject({ revision: 7 });
    await watch.return();
  });
});

describe('IntervalIndex', () => {
  it('finds what a walk over all ranges finds, whatever is added and removed', () => {
    const key = fc.constantFrom('', 'a', 'aa', 'ab', 'b', 'c', '\xff', '\0').map(bytes);
    const range = fc.tuple(key, key).map(([start, end]) => textRange(start, end));
    const change = fc.record({ range, isRemoval: fc.boolean(), at: fc.nat() });
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 30 }),
        fc.array(key, { maxLength: 6 }),
        (changes, keys) => {
          const index = new IntervalIndex<number>();
          let kept: { item: number; range: ReturnType<typeof textRange> }[] = [];
          for (const [item, { range: of, isRemoval, at }] of changes.entries()) {
            const victim = kept[at % Math.max(1, kept.length)];
            if (isRemoval && victim) {
              index.remove(victim.range, victim.item);
              kept = kept.filter((other) => other !== victim);
            } else {
              index.add(of, item);
              kept.push({ item, range: of });
            }
            for (const each of keys) {
              const found: number[] = [];
              index.forKey(keyText(each), (hit) => found.push(hit));
              const expected = kept.filter((other) => inRange(other.range, keyText(each)));
              expect(found.sort((a, b) => a - b)).toEqual(expected.map((other) => other.item));
            }
          }
        },
      ),
    );
  });
});
