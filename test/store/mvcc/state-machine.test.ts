import { describe, expect, it } from '@jest/globals';
import { openInMemoryStore } from '../../../store/index.js';
import type { Command } from '../../../store/mvcc/command.js';
import { memoryTables } from '../../../store/tables/tables.js';
import {
  all,
  bytes,
  codeOf,
  deleteOp,
  plainRange,
  putOp,
  range,
  rangeOp,
  txnOf,
} from '../../contracts/operations.js';
import { ManualClock } from './manual-clock.js';
import {
  apply,
  command,
  contents,
  errorOf,
  openMachine,
  recordCommits,
  withLmdb,
} from './machines.js';

/** A history with a bit of everything, one entry each. */
const history: readonly Command[][] = [
  [command(putOp('a', '1'), putOp('b', '1'))],
  [{ type: 'lease-grant', id: 7n, ttlSeconds: 60 }],
  [command(putOp('c', '1', { lease: 7n })), command(putOp('a', '2'))],
  [],
  [command(deleteOp('b'))],
  [{ type: 'compact', revision: 4 }],
  [command(putOp('d', 'x'.repeat(5_000)))],
  [{ type: 'alarm', action: 'activate', alarm: 'nospace', member: 3n }],
  [command(deleteOp('d'))],
  [{ type: 'lease-checkpoint', id: 7n, remainingSeconds: 20 }],
  [{ type: 'alarm', action: 'deactivate', alarm: 'nospace', member: 3n }],
  [{ type: 'lease-grant', id: -9n, ttlSeconds: 10 }],
  [{ type: 'lease-revoke', id: 7n }],
  [command(putOp('b', '2'))],
];

const replay = (machine: ReturnType<typeof openMachine>): void => {
  for (const [i, commands] of history.entries()) machine.apply(i + 1, 2, commands);
};

const stateOf = (machine: ReturnType<typeof openMachine>) => ({
  ...plainRange(contents(machine)),
  applied: [machine.appliedIndex, machine.appliedTerm],
  compactRevision: machine.status().compactRevision,
  alarms: machine.status().alarmRows,
  leases: machine.leases.list(),
});

describe('StateMachine', () => {
  it('applies an entry once: an index it has seen is skipped', () => {
    const machine = openMachine(memoryTables());
    expect(machine.apply(1, 1, [command(putOp('a', '1'))])).toHaveLength(1);
    expect(machine.apply(1, 1, [command(putOp('a', '1'))])).toEqual([]);
    expect(contents(machine).kvs[0]).toMatchObject({ version: 1 });
  });

  it('answers every command of an entry in order, errors in their places', () => {
    const machine = openMachine(memoryTables());
    const results = apply(
      machine,
      command(putOp('a', '1')),
      command(putOp('b', '', { lease: 1n })),
      { type: 'lease-revoke', id: 1n },
      { type: 'compact', revision: 99 },
      command(rangeOp('a')),
    );
    expect(results.map((result) => errorOf(result) ?? result.type)).toEqual([
      'txn',
      'lease-not-found',
      'lease-not-found',
      'future-revision',
      'txn',
    ]);
  });

  it('never throws for a bad command, and applies it to nothing', () => {
    const machine = openMachine(memoryTables());
    const nothing = { type: 'none' } as unknown as Parameters<typeof command>[0]; // as: an op no one knows
    const results = apply(machine, command(nothing), command(putOp('', '')));
    expect(results.map(errorOf)).toEqual(['key-not-found', 'key-not-provided']);
    expect(machine.revision).toBe(1);
    expect(machine.appliedIndex).toBe(1);
  });

  it('is the same after a restart on LMDB', async () => {
    await withLmdb(async (open) => {
      const machine = openMachine(await open());
      replay(machine);
      const before = stateOf(machine);
      await machine.close();
      const again = openMachine(await open());
      expect(stateOf(again)).toEqual(before);
      expect(again.durableIndex).toBe(history.length);
      await again.close();
    });
  });

  it('comes to the same state from any commit it is cut off after, replaying the log', async () => {
    const { tables, commits } = recordCommits(memoryTables());
    const clock = new ManualClock();
    const machine = openMachine(tables, { clock });
    for (const [i, commands] of history.entries()) {
      machine.apply(i + 1, 2, commands);
      if (i % 3 !== 1) await clock.settle(100);
    }
    await machine.compactionDone();
    await machine.flush();
    const goal = stateOf(machine);
    for (let cut = 0; cut <= commits.length; cut++) {
      const rest = memoryTables();
      for (const writes of commits.slice(0, cut)) await rest.commit(writes);
      const again = openMachine(rest);
      replay(again);
      expect({ cut, ...stateOf(again) }).toEqual({ cut, ...goal });
      await again.close();
    }
  });

  it('commits in the background and says how far', async () => {
    const clock = new ManualClock();
    const machine = openMachine(memoryTables(), { clock });
    apply(machine, command(putOp('a', '1')));
    expect(contents(machine).count).toBe(1);
    expect(machine.durableIndex).toBe(0);
    await clock.settle(99);
    expect(machine.durableIndex).toBe(0);
    await clock.settle(1);
    expect(machine.durableIndex).toBe(1);
  });

  it('commits early when much is waiting', async () => {
    const machine = openMachine(memoryTables(), { flush: { intervalMs: 1e9, opsMax: 10 } });
    for (let i = 0; i < 10; i++) apply(machine, command(putOp('a', `${i}`)));
    await new Promise(setImmediate);
    expect(machine.durableIndex).toBe(10);
  });

  it('makes everything applied durable on flush, also what changed nothing', async () => {
    const machine = openMachine(memoryTables());
    apply(machine, command(putOp('a', '1')));
    const flushed = machine.flush();
    apply(machine, command(putOp('b', '1')));
    await flushed;
    expect(machine.durableIndex).toBeGreaterThanOrEqual(1);
    apply(machine);
    await machine.flush();
    expect(machine.durableIndex).toBe(3);
  });

  it('stops for good when a commit fails', async () => {
    const { tables } = recordCommits(memoryTables());
    const failing = { ...tables, commit: () => Promise.reject(new Error('disk full')) };
    const machine = openMachine(failing);
    apply(machine, command(putOp('a', '1')));
    await expect(machine.flush()).rejects.toThrow('commit failed');
    expect(() => apply(machine, command(putOp('b', '1')))).toThrow('commit failed');
    expect(machine.durableIndex).toBe(0);
  });

  it('reads values that are in memory, on their way and in the tables alike', async () => {
    await withLmdb(async (open) => {
      const machine = openMachine(await open(), {
        recent: { revisionsMax: 2, bytesMax: 1e6 },
        flush: { intervalMs: 1e9, opsMax: 5 },
      });
      for (let i = 0; i < 23; i++) {
        apply(machine, command(putOp(`k${i}`, `${i}`)));
        const values = contents(machine).kvs.map((kv) => Buffer.from(kv.value).toString());
        expect(values.sort((a, b) => Number(a) - Number(b))).toEqual(
          Array.from({ length: i + 1 }, (_, at) => `${at}`),
        );
        if (i % 4 === 0) await machine.flush();
      }
      await machine.close();
    });
  });

  it('does not read values for keys-only ranges and counts', async () => {
    const { tables } = recordCommits(memoryTables());
    let reads = 0;
    const counting = {
      ...tables,
      get: (...of: Parameters<typeof tables.get>) => (reads++, tables.get(...of)),
    };
    const machine = openMachine(counting, { recent: { revisionsMax: 0, bytesMax: 0 } });
    for (let i = 0; i < 10; i++) apply(machine, command(putOp(`k${i}`, 'v')));
    await machine.flush();
    reads = 0;
    expect(machine.range({ ...range('k'), keysOnly: true }).kvs).toHaveLength(10);
    expect(machine.range({ ...range('k'), countOnly: true }).count).toBe(10);
    expect(reads).toBe(0);
    machine.range({ ...range('k'), limit: 3 });
    expect(reads).toBe(4); // one beyond the limit
  });

  it('refuses what costs space under a NOSPACE alarm, and nothing else', () => {
    const machine = openMachine(memoryTables());
    apply(machine, command(putOp('a', '1')), { type: 'lease-grant', id: 1n, ttlSeconds: 9 });
    apply(machine, { type: 'alarm', action: 'activate', alarm: 'nospace', member: 1n });
    const errors = apply(
      machine,
      command(putOp('b', '1')),
      command(rangeOp('a'), {
        type: 'txn',
        txn: { compare: [], success: [], failure: [putOp('b')] },
      }),
      { type: 'lease-grant', id: 2n, ttlSeconds: 9 },
      command(rangeOp('a')),
      command(deleteOp('a')),
      { type: 'lease-revoke', id: 1n },
      { type: 'compact', revision: 2 },
    ).map(errorOf);
    const refused = 'no-space';
    const fine = undefined;
    expect(errors).toEqual([refused, refused, refused, fine, fine, fine, fine]);
    apply(machine, { type: 'alarm', action: 'deactivate', alarm: 'nospace', member: 1n });
    expect(errorOf(apply(machine, command(putOp('b', '1')))[0])).toBeUndefined();
  });

  it('refuses all changes under a CORRUPT alarm, on whichever member, until every one is cleared', () => {
    const machine = openMachine(memoryTables());
    for (const member of [1n, 2n])
      apply(machine, { type: 'alarm', action: 'activate', alarm: 'corrupt', member });
    const changes: Command[] = [
      command(putOp('a', '1')),
      command(deleteOp('a')),
      { type: 'lease-grant', id: 2n, ttlSeconds: 9 },
      { type: 'lease-revoke', id: 2n },
      { type: 'compact', revision: 1 },
    ];
    expect(apply(machine, ...changes).map(errorOf)).toEqual(changes.map(() => 'corrupt'));
    expect(contents(machine).count).toBe(0);
    apply(machine, { type: 'alarm', action: 'deactivate', alarm: 'corrupt', member: 1n });
    expect(machine.status().alarms).toEqual(['corrupt']);
    apply(machine, { type: 'alarm', action: 'deactivate', alarm: 'corrupt', member: 2n });
    expect(errorOf(apply(machine, command(putOp('a', '1')))[0])).toBeUndefined();
  });

  it('raises the NOSPACE alarm when a write would pass the quota, and keeps it', async () => {
    const store = openInMemoryStore(new ManualClock(), 10_000);
    const big = txnOf([putOp('big', 'x'.repeat(6_000))]);
    await store.txn(big);
    expect(await codeOf(store.txn(big))).toBe('no-space');
    expect((await store.status()).alarms).toEqual(['nospace']);
    expect(await codeOf(store.txn(txnOf([deleteOp('big')])))).toBe('no error');
    expect(await codeOf(store.txn(txnOf([putOp('small', '')])))).toBe('no-space');
    await store.close();
    expect(await codeOf(store.status())).toBe('stopped');
  });

  it('grows and shrinks its size with what it holds', async () => {
    const clock = new ManualClock();
    const machine = openMachine(memoryTables(), { clock });
    expect(machine.status().sizeBytes).toBe(0);
    apply(machine, command(putOp('small', 'v')), command(putOp('big', 'v'.repeat(10_000))));
    const full = machine.status().sizeBytes;
    expect(full).toBeGreaterThan(10_000);
    apply(machine, command(deleteOp('big')), command(putOp('small', 'w')));
    apply(machine, { type: 'compact', revision: machine.revision });
    clock.advance(1_000);
    expect(machine.status().sizeBytes).toBeLessThan(full / 50);
    await machine.close();
    expect(() => apply(machine)).toThrow('after close');
  });

  it('gives each watcher past its limit of watchers a clear error', async () => {
    const limits = { queueBatchesMax: 5, queueBytesMax: 1e6, watchersMax: 1 };
    const machine = openMachine(memoryTables(), { watchers: limits });
    const stop = new AbortController();
    const first = machine.watch(all, stop.signal);
    await expect(machine.watch(all, stop.signal).next()).rejects.toMatchObject({
      code: 'too-many-requests',
    });
    await first.return();
    const second = machine.watch({ key: bytes('a') }, stop.signal).next();
    apply(machine, command(putOp('a', '1')));
    expect((await second).value).toMatchObject({ revision: 2 });
    stop.abort();
    expect(machine.status().watchers).toBe(0);
  });
});
