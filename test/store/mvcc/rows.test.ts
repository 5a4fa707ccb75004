import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { crc32c } from '../../../store/tables/crc32c.js';
import { parseRowKey, rowKey } from '../../../store/mvcc/revision.js';
import {
  decodeAlarm,
  decodeKeyValue,
  decodeLease,
  encodeAlarm,
  encodeKeyValue,
  encodeLease,
} from '../../../store/mvcc/row-codec.js';
import { memoryTables } from '../../../store/tables/tables.js';
import { bytes, deleteOp, putOp } from '../../contracts/operations.js';
import { apply, command, openMachine, withLmdb } from './machines.js';
import { ManualClock } from './manual-clock.js';

const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');
const counter = fc.maxSafeNat();

describe('row keys', () => {
  it('are etcd’s: two big-endian numbers with _ between, t after a tombstone', () => {
    expect(hex(rowKey(258, 3))).toBe('00000000000001025f0000000000000003');
    expect(hex(rowKey(1, 0, true))).toBe('00000000000000015f000000000000000074');
  });

  it('come back as they went, and sort as revisions do', () => {
    fc.assert(
      fc.property(counter, counter, counter, fc.boolean(), (main, sub, other, tombstone) => {
        expect(parseRowKey(rowKey(main, sub, tombstone))).toEqual({ main, sub, tombstone });
        expect(Buffer.compare(rowKey(main, 0), rowKey(other, 0))).toBe(Math.sign(main - other));
      }),
    );
  });
});

describe('row values', () => {
  it('are Go’s bytes: fields in order, zero values left out', () => {
    const kv = { key: bytes('k'), value: bytes('v'), createRevision: 2, modRevision: 300 };
    expect(hex(encodeKeyValue({ ...kv, version: 1, lease: 0n }))).toBe(
      '0a016b1002' + '18ac0220012a0176',
    );
    expect(hex(encodeKeyValue({ ...kv, version: 1, lease: 5n }))).toBe(
      '0a016b1002' + '18ac0220012a01763005',
    );
    const tombstone = { ...kv, value: bytes(''), createRevision: 0, modRevision: 0 };
    expect(hex(encodeKeyValue({ ...tombstone, version: 0, lease: 0n }))).toBe('0a016b');
  });

  it('write a negative lease in ten bytes, as int64 does', () => {
    const row = { id: -1n, ttlSeconds: 60, remainingSeconds: 0 };
    expect(hex(encodeLease(row))).toBe('08ffffffffffffffffff01' + '103c');
    expect(decodeLease(encodeLease(row))).toEqual(row);
  });

  it('keep alarms with their member', () => {
    for (const alarm of ['nospace', 'corrupt'] as const) {
      const row = { member: 0xfedc_ba98_7654_3210n, alarm };
      expect(decodeAlarm(encodeAlarm(row))).toEqual(row);
    }
  });

  it('come back as they went', () => {
    const arbitrary = fc.record({
      key: fc.uint8Array({ minLength: 1, maxLength: 200 }),
      value: fc.uint8Array({ maxLength: 300 }),
      createRevision: counter,
      modRevision: counter,
      version: counter,
      lease: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    });
    fc.assert(
      fc.property(arbitrary, (kv) => {
        const back = decodeKeyValue(encodeKeyValue(kv));
        expect({ ...back, key: hex(back.key), value: hex(back.value) }).toEqual({
          ...kv,
          key: hex(kv.key),
          value: hex(kv.value),
        });
      }),
    );
  });
});

describe('crc32c', () => {
  it('is Castagnoli’s', () => {
    expect(crc32c(0, bytes('123456789'))).toBe(0xe3069283);
    expect(crc32c(crc32c(0, bytes('1234')), bytes('56789'))).toBe(0xe3069283);
  });
});

describe('HashKV', () => {
  it('is equal before and after the rows are removed, and on both kinds of tables', async () => {
    await withLmdb(async (open) => {
      const hashes = [];
      for (const tables of [memoryTables(), await open()]) {
        const clock = new ManualClock();
        const machine = openMachine(tables, { clock });
        for (let i = 0; i < 50; i++)
          apply(machine, command(i % 7 === 3 ? deleteOp(`k${i % 5}`) : putOp(`k${i % 5}`, `${i}`)));
        apply(machine, { type: 'compact', revision: 30 });
        const scheduled = await machine.hashKv(40);
        clock.advance(1_000);
        await machine.compactionDone();
        expect(await machine.hashKv(40)).toEqual(scheduled);
        expect(scheduled).toMatchObject({ compactRevision: 30, hashRevision: 40 });
        hashes.push(scheduled.hash, (await machine.hashKv()).hash);
        await expect(machine.hashKv(29)).rejects.toMatchObject({ code: 'compacted' });
        await expect(machine.hashKv(1_000)).rejects.toMatchObject({ code: 'future-revision' });
        await machine.close();
      }
      expect(hashes.slice(0, 2)).toEqual(hashes.slice(2));
      expect(hashes[0]).not.toBe(hashes[1]);
    });
  });
});
