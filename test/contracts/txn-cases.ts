// Transactions: compares, branches, one revision, all or nothing, the static checks (etcd's Txn, Put, DeleteRange).
import { expect } from '@jest/globals';
import type { Compare, KeyValueStore, Op, Txn } from '../../store/index.js';
import {
  all,
  between,
  bytes,
  codeOf,
  collect,
  deleteOp,
  get,
  plainBatch,
  plainKv,
  plainTxn,
  put,
  putOp,
  range,
  rangeOp,
  text,
  txnOf,
  write,
} from './operations.js';
import type { RegisterCase } from './register-case.js';

const nested = (txn: Txn): Op => ({ type: 'txn', txn });

export function txnCases(store: () => KeyValueStore, it: RegisterCase): void {
  const holds = async (compare: Compare): Promise<boolean> =>
    (await store().txn(txnOf([], [compare]))).succeeded;
  const refused = (...ops: Op[]) => codeOf(store().txn(txnOf(ops)));

  it('counts versions and keeps the create revision until the key is deleted', async () => {
    const first = await put(store(), 'a', '1');
    await put(store(), 'a', '1');
    expect(await get(store(), 'a')).toMatchObject({
      createRevision: first,
      modRevision: first + 1,
      version: 2,
    });
    await write(store(), deleteOp('a'));
    const again = await put(store(), 'a', '2');
    expect(await get(store(), 'a')).toMatchObject({
      createRevision: again,
      modRevision: again,
      version: 1,
    });
  });

  it('answers prevKv of a put only when asked and only when there was one', async () => {
    const { responses } = await store().txn(txnOf([putOp('a', '1', { prevKv: true })]));
    expect(responses).toEqual([{ type: 'put' }]);
    const again = await store().txn(txnOf([putOp('a', '2', { prevKv: true })]));
    expect(plainTxn(again)).toMatchObject({ responses: [{ put: 'a=1 (2 2 1 0)' }] });
  });

  it('deletes a range at one revision and answers the previous key-values', async () => {
    await put(store(), 'a', '1');
    await put(store(), 'b', '2');
    const now = await put(store(), 'c', '3');
    const result = await store().txn(txnOf([deleteOp('a', 'c', true)]));
    expect(plainTxn(result)).toEqual({
      revision: now + 1,
      succeeded: true,
      responses: [{ deleted: 2, prevKvs: ['a=1 (2 2 1 0)', 'b=2 (3 3 1 0)'] }],
    });
  });

  it('leaves the revision alone when nothing was deleted', async () => {
    const now = await put(store(), 'a');
    expect(await write(store(), deleteOp('x'))).toBe(now);
    expect(await write(store(), deleteOp('b', 'a'))).toBe(now);
    expect((await store().status()).revision).toBe(now);
  });

  it('runs an empty txn as a success without a revision', async () => {
    expect(plainTxn(await store().txn(txnOf([])))).toEqual({
      revision: 1,
      succeeded: true,
      responses: [],
    });
  });

  it('gives all writes of a txn one revision and lets later ops see earlier ones', async () => {
    const result = await store().txn(
      txnOf([putOp('a', '1'), rangeOp('a'), putOp('b', '2'), deleteOp('c'), rangeOp('b')]),
    );
    expect(plainTxn(result)).toEqual({
      revision: 2,
      succeeded: true,
      responses: [
        { put: undefined },
        { revision: 2, kvs: ['a=1 (2 2 1 0)'], more: false, count: 1 },
        { put: undefined },
        { deleted: 0, prevKvs: [] },
        { revision: 2, kvs: ['b=2 (2 2 1 0)'], more: false, count: 1 },
      ],
    });
  });

  it('reads the state before itself when a txn asks for that revision', async () => {
    const now = await put(store(), 'a', 'old');
    const result = await store().txn(txnOf([putOp('a', 'new'), rangeOp('a', { revision: now })]));
    expect(plainTxn(result)).toMatchObject({
      responses: [{}, { kvs: [`a=old (${now} ${now} 1 0)`], revision: now + 1 }],
    });
  });

  it('runs the failure branch when a compare fails', async () => {
    const compare: Compare = { key: bytes('a'), target: 'version', result: 'equal', number: 1 };
    const txn = { compare: [compare], success: [putOp('s')], failure: [putOp('f')] };
    expect((await store().txn(txn)).succeeded).toBe(false);
    expect(await get(store(), 'f')).toBeDefined();
    expect(await get(store(), 's')).toBeUndefined();
  });

  for (const [target, is] of [
    ['version', 2],
    ['create', 2],
    ['mod', 3],
  ] as const) {
    it(`compares ${target} in all four ways`, async () => {
      await put(store(), 'a', '1');
      await put(store(), 'a', '2');
      const key = bytes('a');
      expect(await holds({ key, target, result: 'equal', number: is })).toBe(true);
      expect(await holds({ key, target, result: 'equal', number: is + 1 })).toBe(false);
      expect(await holds({ key, target, result: 'not-equal', number: is + 1 })).toBe(true);
      expect(await holds({ key, target, result: 'greater', number: is - 1 })).toBe(true);
      expect(await holds({ key, target, result: 'greater', number: is })).toBe(false);
      expect(await holds({ key, target, result: 'less', number: is + 1 })).toBe(true);
      expect(await holds({ key, target, result: 'less', number: is })).toBe(false);
    });
  }

  it('compares values by their bytes', async () => {
    await put(store(), 'a', 'm\x80');
    const key = bytes('a');
    expect(await holds({ key, target: 'value', result: 'equal', value: bytes('m\x80') })).toBe(
      true,
    );
    expect(await holds({ key, target: 'value', result: 'greater', value: bytes('m\x7f') })).toBe(
      true,
    );
    expect(await holds({ key, target: 'value', result: 'less', value: bytes('m\x80\0') })).toBe(
      true,
    );
  });

  it('compares leases', async () => {
    await store().grantLease(60, 7n);
    await write(store(), putOp('a', '', { lease: 7n }));
    const key = bytes('a');
    expect(await holds({ key, target: 'lease', result: 'equal', lease: 7n })).toBe(true);
    expect(await holds({ key, target: 'lease', result: 'greater', lease: 6n })).toBe(true);
    expect(await holds({ key: bytes('x'), target: 'lease', result: 'equal', lease: 0n })).toBe(
      true,
    );
  });

  it('takes a missing key as zero, except that every value compare on it fails', async () => {
    const key = bytes('missing');
    expect(await holds({ key, target: 'mod', result: 'equal', number: 0 })).toBe(true);
    expect(await holds({ key, target: 'version', result: 'less', number: 1 })).toBe(true);
    for (const result of ['equal', 'not-equal', 'greater', 'less'] as const)
      expect(await holds({ key, target: 'value', result, value: bytes('') })).toBe(false);
  });

  it('wants a range compare to hold for every key', async () => {
    await put(store(), 'a/1', 'x');
    await put(store(), 'a/2', 'x');
    const isX = { target: 'value', result: 'equal', value: bytes('x') } as const;
    expect(await holds({ ...range('a/'), ...isX })).toBe(true);
    await put(store(), 'a/3', 'y');
    expect(await holds({ ...range('a/'), ...isX })).toBe(false);
    expect(await holds({ ...range('b/'), ...isX })).toBe(false);
    const noneYet = { target: 'create', result: 'equal', number: 0 } as const;
    expect(await holds({ ...range('b/'), ...noneYet })).toBe(true);
    expect(await holds({ ...range('a/'), ...noneYet })).toBe(false);
  });

  it('evaluates the compares of nested txns before any write', async () => {
    const compare: Compare = { key: bytes('a'), target: 'create', result: 'equal', number: 0 };
    const inner = {
      compare: [compare],
      success: [putOp('saw-nothing')],
      failure: [putOp('saw-a')],
    };
    const result = await store().txn(txnOf([putOp('a'), nested(inner)]));
    expect(plainTxn(result)).toMatchObject({
      revision: 2,
      responses: [{}, { revision: 2, succeeded: true }],
    });
    expect(await get(store(), 'saw-nothing')).toMatchObject({ modRevision: 2 });
  });

  it('changes nothing when one op fails, wherever it stands', async () => {
    await put(store(), 'a', '1');
    const bad: Op[] = [
      putOp('b', '', { lease: 99n }),
      putOp('b', '', { ignoreValue: true }),
      rangeOp('a', { revision: 99 }),
      nested(txnOf([putOp('c', '', { ignoreLease: true })])),
    ];
    const codes = [];
    for (const op of bad) codes.push(await refused(putOp('a', '2'), op));
    expect(codes).toEqual(['lease-not-found', 'key-not-found', 'future-revision', 'key-not-found']);
    expect(plainKv((await get(store(), 'a'))!)).toBe('a=1 (2 2 1 0)');
    expect((await store().range(all)).revision).toBe(2);
  });

  it('does not check the ops of the branch that does not run', async () => {
    const txn = { ...txnOf([putOp('a')]), failure: [putOp('b', '', { lease: 99n })] };
    expect((await store().txn(txn)).succeeded).toBe(true);
  });

  it('refuses ops and compares without a key, in either branch', async () => {
    for (const op of [putOp(''), deleteOp(''), rangeOp('')]) {
      expect(await refused(op)).toBe('key-not-provided');
      expect(await codeOf(store().txn({ ...txnOf([]), failure: [op] }))).toBe('key-not-provided');
    }
    const compare: Compare = { key: bytes(''), target: 'mod', result: 'equal', number: 0 };
    expect(await codeOf(store().txn(txnOf([], [compare])))).toBe('key-not-provided');
  });

  it('refuses a value with ignoreValue and a lease with ignoreLease', async () => {
    await put(store(), 'a');
    expect(await refused(putOp('a', 'v', { ignoreValue: true }))).toBe('value-provided');
    expect(await refused(putOp('a', '', { ignoreLease: true, lease: 1n }))).toBe('lease-provided');
  });

  it('keeps the value with ignoreValue and the lease with ignoreLease', async () => {
    await store().grantLease(60, 7n);
    await write(store(), putOp('a', 'v', { lease: 7n }));
    await write(store(), putOp('a', 'w', { ignoreLease: true }));
    expect(await get(store(), 'a')).toMatchObject({ lease: 7n, version: 2 });
    await write(store(), putOp('a', '', { ignoreValue: true }));
    const kv = (await get(store(), 'a'))!;
    expect(text(kv.value)).toBe('w');
    expect(kv.lease).toBe(0n); // a put without a lease takes the old one off
  });

  it('refuses the same key put twice in one branch, nested ones included', async () => {
    expect(await refused(putOp('a'), putOp('a'))).toBe('duplicate-key');
    expect(await refused(putOp('a'), nested(txnOf([putOp('a')])))).toBe('duplicate-key');
    const failure = { ...txnOf([]), failure: [putOp('a')] };
    expect(await refused(nested(failure), putOp('a'))).toBe('duplicate-key');
    expect(await refused(nested(txnOf([putOp('a')])), nested(failure))).toBe('duplicate-key');
    expect(await codeOf(store().txn({ ...failure, failure: [putOp('a'), putOp('a')] }))).toBe(
      'duplicate-key',
    );
  });

  it('refuses a put inside a delete of the same branch, in either order', async () => {
    expect(await refused(putOp('b'), deleteOp('a', 'c'))).toBe('duplicate-key');
    expect(await refused(deleteOp('a', 'c'), putOp('b'))).toBe('duplicate-key');
    expect(await refused(deleteOp('a', '\0'), nested(txnOf([putOp('b')])))).toBe('duplicate-key');
    expect(await refused(nested(txnOf([deleteOp('b')])), putOp('b'))).toBe('duplicate-key');
    expect(await refused(deleteOp('a', 'b'), putOp('b'))).toBe('no error');
  });

  it('lets deletes overlap and both branches put the same key', async () => {
    const either = { compare: [], success: [putOp('a', '1')], failure: [putOp('a', '2')] };
    expect(await codeOf(store().txn(either))).toBe('no error');
    expect(await refused(nested({ ...either, success: [putOp('b')], failure: [putOp('b')] }))).toBe(
      'no error',
    );
    const result = await store().txn(txnOf([deleteOp('a', 'c'), deleteOp('a', 'd')]));
    expect(plainTxn(result)).toMatchObject({ responses: [{ deleted: 2 }, { deleted: 0 }] });
  });

  it('lets a nested delete follow a nested put of the same key, as etcd does', async () => {
    const now = await write(store(), nested(txnOf([putOp('a')])), nested(txnOf([deleteOp('a')])));
    expect(await get(store(), 'a')).toBeUndefined();
    const last = await put(store(), 'b');
    for (const compacted of [false, true]) {
      if (compacted) await store().compact(now);
      const [first] = await collect(store(), { ...all, startRevision: now }, last);
      expect(first && plainBatch(first).events).toEqual([
        'put a= (2 2 1 0)',
        'delete a= (0 2 0 0)',
      ]);
    }
  });

  it('refuses more than 128 ops, counting what is around a nested txn', async () => {
    const puts = (count: number, name = 'k') =>
      Array.from({ length: count }, (_, i) => putOp(`${name}${i}`));
    expect(await refused(...puts(129))).toBe('too-many-ops');
    expect(await refused(...puts(128))).toBe('no error');
    expect(await refused(...puts(100), nested(txnOf(puts(28, 'n'))))).toBe('too-many-ops');
    expect(await refused(...puts(100), nested(txnOf(puts(27, 'n'))))).toBe('no error');
  });

  it('writes in op order within the revision, deletes in key order', async () => {
    await write(store(), putOp('d1'), putOp('d2'), putOp('z'));
    const now = await write(store(), putOp('b'), deleteOp('d', 'e'), putOp('a'));
    const watch = store().watch({ ...all, startRevision: now }, new AbortController().signal);
    for await (const { events } of watch) {
      expect(events.map(({ kv }) => text(kv.key))).toEqual(['b', 'd1', 'd2', 'a']);
      break;
    }
    expect((await store().range(between('a', 'c'))).count).toBe(2);
  });
}
