// Compaction and leases, as etcd has them. Numbers are etcd issues whose bug the case would catch.
import { expect } from '@jest/globals';
import { StoreError, type KeyValueStore } from '../../store/index.js';
import {
  all,
  bytes,
  codeOf,
  collect,
  deleteOp,
  get,
  plainBatch,
  plainRange,
  plainTxn,
  put,
  putOp,
  rangeOp,
  text,
  txnOf,
  write,
} from './operations.js';
import type { RegisterCase } from './register-case.js';

export function compactionAndLeaseCases(store: () => KeyValueStore, it: RegisterCase): void {
  it('accepts a compaction at 0 once on a fresh store', async () => {
    expect(await codeOf(store().compact(0))).toBe('no error');
    expect(await codeOf(store().compact(0))).toBe('compacted');
  });

  it('refuses to compact what is compacted, and the future', async () => {
    for (let i = 0; i < 4; i++) await put(store(), 'a', `${i}`);
    expect(await codeOf(store().compact(6))).toBe('future-revision');
    await store().compact(4);
    expect(await codeOf(store().compact(4))).toBe('compacted');
    expect(await codeOf(store().compact(3))).toBe('compacted');
    expect(await store().status()).toMatchObject({ revision: 5, compactRevision: 4 });
  });

  it('reads at the compacted revision and above, and refuses below', async () => {
    for (let i = 2; i < 6; i++) await put(store(), 'a', `${i}`);
    await store().compact(4);
    expect(text((await get(store(), 'a', { revision: 4 }))!.value)).toBe('4');
    expect(text((await get(store(), 'a', { revision: 5 }))!.value)).toBe('5');
    const failure: unknown = await store()
      .range({ ...all, revision: 3 })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreError);
    expect(failure).toMatchObject({ code: 'compacted' });
  });

  it('aborts a txn with a range at a compacted revision and changes nothing (#18667)', async () => {
    for (let i = 2; i < 6; i++) await put(store(), 'a', `${i}`);
    await store().compact(4);
    const txn = txnOf([putOp('b'), rangeOp('a', { revision: 3 })]);
    expect(await codeOf(store().txn(txn))).toBe('compacted');
    expect(await get(store(), 'b')).toBeUndefined();
    expect((await store().status()).revision).toBe(5);
  });

  it('keeps what lives, whatever was deleted around it', async () => {
    await put(store(), 'old', '1');
    await put(store(), 'gone', '1');
    await put(store(), 'back', '1');
    await write(store(), deleteOp('gone'), deleteOp('back'));
    await put(store(), 'back', '2');
    const now = await put(store(), 'old', '2');
    const before = plainRange(await store().range(all));
    await store().compact(now);
    expect(plainRange(await store().range(all))).toEqual(before);
    await put(store(), 'gone', '2');
    expect(await get(store(), 'gone')).toMatchObject({ version: 1, createRevision: now + 1 });
  });

  it('lets a watch start at the compacted revision, a delete there included (#18089, #19179)', async () => {
    await put(store(), 'a', '1');
    const deleted = await write(store(), deleteOp('a'));
    const last = await put(store(), 'b', '1');
    await store().compact(deleted);
    const batches = await collect(store(), { ...all, startRevision: deleted }, last);
    expect(batches.map(plainBatch)).toEqual([
      { revision: deleted, events: ['delete a= (0 3 0 0)'] },
      { revision: last, events: ['put b=1 (4 4 1 0)'] },
    ]);
  });

  it('refuses a watch from below with the compacted revision', async () => {
    for (let i = 2; i < 6; i++) await put(store(), 'a', `${i}`);
    await store().compact(4);
    for (const startRevision of [1, 3]) {
      const watching = collect(store(), { ...all, startRevision }, 5);
      const failure: unknown = await watching.catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'compacted', compactRevision: 4 });
    }
  });

  it('leaves prevKv out when its revision is compacted', async () => {
    await put(store(), 'a', '1');
    await put(store(), 'a', '2');
    const last = await put(store(), 'a', '3');
    await store().compact(3);
    const query = { ...all, startRevision: 3, prevKv: true };
    const events = (await collect(store(), query, last)).flatMap((b) => plainBatch(b).events);
    expect(events).toEqual(['put a=2 (2 3 2 0)', 'put a=3 (2 4 3 0) was a=2 (2 3 2 0)']);
  });

  it('does not disturb a watch that has caught up', async () => {
    const stop = new AbortController();
    const watch = store().watch(all, stop.signal)[Symbol.asyncIterator]();
    const first = watch.next();
    const now = await put(store(), 'a', '1');
    expect((await first).value).toMatchObject({ revision: now });
    await store().compact(now);
    const second = watch.next();
    await put(store(), 'a', '2');
    expect((await second).value).toMatchObject({ revision: now + 1 });
    stop.abort();
  });

  it('grants a lease with the id asked for, or one of its own', async () => {
    expect(await store().grantLease(60, 5n)).toEqual({
      id: 5n,
      ttlSeconds: 60,
      grantedTtlSeconds: 60,
    });
    const own = await store().grantLease(60);
    expect(own.id).toBeGreaterThan(0n);
    expect(await codeOf(store().grantLease(60, 5n))).toBe('lease-exists');
    expect(await codeOf(store().grantLease(60, -5n))).toBe('no error');
    expect(await codeOf(store().grantLease(9_000_000_001))).toBe('lease-ttl-too-large');
  });

  it('knows no lease nobody granted', async () => {
    expect(await codeOf(store().revokeLease(9n))).toBe('lease-not-found');
    expect(await codeOf(store().keepLeaseAlive(9n))).toBe('lease-not-found');
    expect(await codeOf(store().txn(txnOf([putOp('a', '', { lease: 9n })])))).toBe(
      'lease-not-found',
    );
  });

  it('deletes the keys of a revoked lease in one revision, sorted', async () => {
    await store().grantLease(60, 7n);
    for (const key of ['c', 'a', 'b']) await write(store(), putOp(key, '', { lease: 7n }));
    const before = await put(store(), 'free');
    await store().revokeLease(7n);
    const batches = await collect(store(), { ...all, startRevision: before + 1 }, before + 1);
    expect(batches.map(plainBatch)).toEqual([
      { revision: 6, events: ['a', 'b', 'c'].map((key) => `delete ${key}= (0 6 0 0)`) },
    ]);
    expect(await codeOf(store().keepLeaseAlive(7n))).toBe('lease-not-found');
  });

  it('leaves the revision alone when a revoked lease has no keys', async () => {
    const now = await put(store(), 'a');
    await store().grantLease(60, 7n);
    await store().revokeLease(7n);
    expect((await store().status()).revision).toBe(now);
  });

  it('moves a key from lease to lease, and a delete or plain put takes it off', async () => {
    await store().grantLease(60, 7n);
    await store().grantLease(60, 8n);
    await write(store(), putOp('moved', '', { lease: 7n }));
    await write(store(), putOp('moved', '', { lease: 8n }));
    await write(store(), putOp('plain', '', { lease: 7n }));
    await put(store(), 'plain');
    await write(store(), putOp('deleted', '', { lease: 7n }));
    await write(store(), deleteOp('deleted'));
    await put(store(), 'deleted');
    const now = await write(store(), putOp('kept', '', { lease: 7n }));
    await store().revokeLease(7n);
    expect((await store().status()).revision).toBe(now + 1);
    expect(await get(store(), 'kept')).toBeUndefined();
    expect(plainTxn(await store().txn(txnOf([rangeOp('moved'), rangeOp('plain')])))).toMatchObject({
      responses: [{ count: 1 }, { count: 1 }],
    });
    await store().revokeLease(8n);
    expect(await get(store(), 'moved')).toBeUndefined();
  });

  it('renews a lease with its whole time', async () => {
    await store().grantLease(60, 7n);
    expect(await store().keepLeaseAlive(7n)).toEqual({
      id: 7n,
      ttlSeconds: 60,
      grantedTtlSeconds: 60,
    });
  });

  it('keeps the lease of a key across later revisions of others', async () => {
    await store().grantLease(60, 7n);
    await write(store(), putOp('a', 'v', { lease: 7n }));
    await put(store(), 'b');
    expect(await get(store(), 'a', { keysOnly: true })).toMatchObject({ lease: 7n });
    expect((await store().range({ key: bytes('a') })).count).toBe(1);
  });
}
