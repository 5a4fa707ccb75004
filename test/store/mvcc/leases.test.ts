import { describe, expect, it } from '@jest/globals';
import { openInMemoryStore } from '../../../store/index.js';
import type { StateMachine } from '../../../store/mvcc/state-machine.js';
import { memoryTables } from '../../../store/tables/tables.js';
import { bytes, get, putOp, write } from '../../contracts/operations.js';
import { apply, command, openMachine } from './machines.js';
import { ManualClock } from './manual-clock.js';

const grant = (machine: StateMachine, id: bigint, ttlSeconds: number) =>
  apply(machine, { type: 'lease-grant', id, ttlSeconds })[0];

describe('leases', () => {
  it('have deadlines only on the primary', () => {
    const clock = new ManualClock();
    const { leases, ...machine } = withLeases(clock);
    grant(machine.of, 1n, 10);
    clock.advance(20_000);
    expect(leases.expired()).toEqual([]);
    leases.promote();
    expect(leases.expired()).toEqual([]);
    clock.advance(10_000);
    expect(leases.expired()).toEqual([1n]);
    leases.demote();
    expect(leases.expired()).toEqual([]);
    expect(() => leases.renew(1n)).toThrow('not leader');
  });

  it('get an election timeout more from a new primary, and what a checkpoint left instead of all', () => {
    const clock = new ManualClock();
    const { leases, of } = withLeases(clock);
    grant(of, 1n, 100);
    grant(of, 2n, 100);
    apply(of, { type: 'lease-checkpoint', id: 2n, remainingSeconds: 30 });
    leases.promote(clock.monotonic(), 1_000);
    expect(leases.remaining(1n)).toEqual({ id: 1n, ttlSeconds: 101, grantedTtlSeconds: 100 });
    expect(leases.remaining(2n)?.ttlSeconds).toBe(31);
    expect(leases.list().map(({ id }) => id)).toEqual([2n, 1n]);
    expect(leases.remaining(3n)).toBeUndefined();
  });

  it('are renewed with their whole time, but not once expired', () => {
    const clock = new ManualClock();
    const { leases, of } = withLeases(clock);
    leases.promote();
    grant(of, 1n, 10);
    clock.advance(9_000);
    expect(leases.renew(1n).ttlSeconds).toBe(10);
    clock.advance(9_999);
    expect(leases.expired()).toEqual([]);
    clock.advance(1);
    expect(leases.expired()).toEqual([1n]);
    expect(() => leases.renew(1n)).toThrow('requested lease not found');
  });

  it('are reported expired again until revoked, the longest expired first', () => {
    const clock = new ManualClock();
    const { leases, of } = withLeases(clock);
    leases.promote();
    grant(of, 1n, 20);
    grant(of, 2n, 10);
    clock.advance(30_000);
    expect(leases.expired()).toEqual([2n, 1n]);
    apply(of, { type: 'lease-revoke', id: 2n });
    expect(leases.expired()).toEqual([1n]);
  });

  it('tell whether a checkpoint must be cleared before a renewal counts', () => {
    const clock = new ManualClock();
    const { leases, of } = withLeases(clock);
    grant(of, 1n, 3_600);
    apply(of, { type: 'lease-checkpoint', id: 1n, remainingSeconds: 60 });
    expect(leases.hasCheckpoint(1n)).toBe(false);
    leases.promote();
    expect(leases.hasCheckpoint(1n)).toBe(true);
    expect(leases.hasCheckpoint(2n)).toBe(false);
    apply(of, { type: 'lease-checkpoint', id: 1n, remainingSeconds: 0 });
    leases.renew(1n);
    expect(leases.hasCheckpoint(1n)).toBe(false);
    apply(of, { type: 'lease-checkpoint', id: 1n, remainingSeconds: 60 });
    clock.advance(3_600_000);
    expect(leases.hasCheckpoint(1n)).toBe(false);
  });

  it('are checkpointed every five minutes when long, and cleared after a renewal', () => {
    const clock = new ManualClock();
    const { leases, of } = withLeases(clock);
    leases.promote();
    grant(of, 1n, 3_600);
    grant(of, 2n, 200);
    expect(leases.checkpoints()).toEqual([]);
    clock.advance(300_000);
    expect(leases.checkpoints()).toEqual([{ id: 1n, remainingSeconds: 3_300 }]);
    expect(leases.checkpoints()).toEqual([]);
    apply(of, { type: 'lease-checkpoint', id: 1n, remainingSeconds: 3_300 });
    leases.renew(1n);
    expect(leases.checkpoints()).toEqual([{ id: 1n, remainingSeconds: 0 }]);
    apply(of, { type: 'lease-checkpoint', id: 1n, remainingSeconds: 0 });
    leases.demote();
    expect(leases.remaining(1n)?.ttlSeconds).toBe(3_600);
  });

  it('know their keys again after a restart', async () => {
    const tables = memoryTables();
    const machine = openMachine(tables);
    grant(machine, 1n, 60);
    grant(machine, 2n, 60);
    apply(machine, command(putOp('b', '', { lease: 1n }), putOp('a', '', { lease: 1n })));
    apply(machine, command(putOp('moved', '', { lease: 1n })));
    apply(machine, command(putOp('moved', '', { lease: 2n })));
    await machine.flush();
    const again = openMachine(tables);
    expect(again.leases.keysOf(1n)).toEqual(['a', 'b']);
    expect(again.leases.keysOf(2n)).toEqual(['moved']);
    apply(again, { type: 'lease-revoke', id: 1n });
    expect(again.range({ key: bytes('a') }).count).toBe(0);
    expect(again.range({ key: bytes('moved') }).count).toBe(1);
  });

  it('expire by the clock in the store in memory, keys and all, unless kept alive', async () => {
    const clock = new ManualClock();
    const store = openInMemoryStore(clock);
    const short = await store.grantLease(1);
    expect(short.ttlSeconds).toBe(2); // etcd's floor
    const kept = await store.grantLease(2);
    await write(
      store,
      putOp('short', '', { lease: short.id }),
      putOp('kept', '', { lease: kept.id }),
    );
    for (let i = 0; i < 5; i++) {
      clock.advance(1_000);
      await store.keepLeaseAlive(kept.id);
    }
    expect(await get(store, 'short')).toBeUndefined();
    expect(await get(store, 'kept')).toBeDefined();
    clock.advance(3_000);
    expect(await get(store, 'kept')).toBeUndefined();
    await store.close();
  });
});

function withLeases(clock: ManualClock) {
  const of = openMachine(memoryTables(), { clock });
  return { of, leases: of.leases };
}
