// Random histories: the same operations on the store and on ModelStore must give the same answers, errors, ranges at
// every kept revision and watches from every kept revision. A failure prints fast-check's seed and the shrunk history.
import { expect } from '@jest/globals';
import fc from 'fast-check';
import { StoreError } from '../../store/index.js';
import type { KeyRange, KeyValueStore, Op, RangeQuery, Txn } from '../../store/index.js';
import { ModelStore } from './model-store.js';
import { all, bytes, collect, plainBatch, plainRange, plainTxn, put } from './operations.js';
import type { RegisterCase } from './register-case.js';

export type Step =
  | { readonly type: 'txn'; readonly txn: Txn }
  | { readonly type: 'range'; readonly query: RangeQuery }
  | { readonly type: 'compact'; readonly revision: number }
  | { readonly type: 'grant' | 'revoke'; readonly lease: bigint };

const key = fc.constantFrom('a', 'aa', 'ab', 'b', 'b/1', 'b/2', 'c', '\xff', '\0').map(bytes);
const end = fc.constantFrom('\0', 'a', 'ab', 'b', 'b0', 'c', '\xff', '').map(bytes);
const value = fc.constantFrom('', 'x', 'y', '\0\xff').map(bytes);
const lease = fc.constantFrom(0n, 0n, 0n, 1n, 2n, -3n);
const revision = fc.integer({ min: -1, max: 40 });
const flag = fc.option(fc.boolean(), { nil: undefined });

/** Drops keys whose value is undefined: optional fields are absent, not undefined. */
function compact<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, field]) => field !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> }; // as: fromEntries forgets
}

const keys = fc
  .record({ key, end: fc.option(end, { nil: undefined }) })
  .map((fields): KeyRange => compact(fields));

const query = fc
  .record({
    keys,
    limit: fc.option(fc.integer({ min: -1, max: 4 }), { nil: undefined }),
    revision: fc.option(revision, { nil: undefined }),
    keysOnly: flag,
    countOnly: fc.option(fc.constant(true), { nil: undefined, freq: 6 }),
    sort: fc.option(
      fc.record({
        target: fc.constantFrom('key', 'version', 'create', 'mod', 'value' as const),
        order: fc.constantFrom('none', 'ascend', 'descend' as const),
      }),
      { nil: undefined },
    ),
    minModRevision: fc.option(revision, { nil: undefined, freq: 5 }),
    maxModRevision: fc.option(revision, { nil: undefined, freq: 5 }),
    minCreateRevision: fc.option(revision, { nil: undefined, freq: 5 }),
    maxCreateRevision: fc.option(revision, { nil: undefined, freq: 5 }),
  })
  .map(({ keys: range, ...rest }): RangeQuery => ({ ...range, ...compact(rest) })); // as: literals widen

const result = fc.constantFrom('equal', 'not-equal', 'greater', 'less' as const);
const compare = fc
  .tuple(
    keys,
    result,
    fc.oneof(
      fc.record({
        target: fc.constantFrom('version', 'create', 'mod' as const),
        number: fc.integer({ min: 0, max: 12 }),
      }),
      fc.record({ target: fc.constant('value' as const), value }),
      fc.record({ target: fc.constant('lease' as const), lease }),
    ),
  )
  .map(([range, how, target]) => ({ ...range, result: how, ...target })); // as: the union is spread

const putOp = fc
  .record({
    key,
    value,
    lease,
    prevKv: flag,
    ignoreValue: fc.option(fc.constant(true), { nil: undefined, freq: 8 }),
    ignoreLease: fc.option(fc.constant(true), { nil: undefined, freq: 8 }),
  })
  .map((fields): Op => ({ type: 'put', ...compact(fields) }));
const deleteOp = fc
  .record({ keys, prevKv: flag })
  .map(({ keys: range, ...rest }): Op => ({ type: 'delete', ...range, ...compact(rest) }));
const rangeOp = query.map((fields): Op => ({ type: 'range', ...fields }));

const { txn } = fc.letrec<{ txn: Txn; op: Op }>((tie) => ({
  op: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { arbitrary: putOp, weight: 5 },
    { arbitrary: deleteOp, weight: 2 },
    { arbitrary: rangeOp, weight: 2 },
    { arbitrary: tie('txn').map((inner): Op => ({ type: 'txn', txn: inner })), weight: 1 },
  ),
  txn: fc.record({
    compare: fc.array(compare, { maxLength: 2 }),
    success: fc.array(tie('op'), { maxLength: 3 }),
    failure: fc.array(tie('op'), { maxLength: 2 }),
  }),
}));

export const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: txn.map((of): Step => ({ type: 'txn', txn: of })), weight: 12 },
  { arbitrary: query.map((of): Step => ({ type: 'range', query: of })), weight: 4 },
  { arbitrary: revision.map((of): Step => ({ type: 'compact', revision: of })), weight: 1 },
  {
    arbitrary: fc.record({
      type: fc.constantFrom('grant', 'grant', 'revoke' as const),
      lease: fc.constantFrom(1n, 2n, -3n),
    }),
    weight: 2,
  },
);

async function run(store: KeyValueStore, step: Step): Promise<unknown> {
  try {
    switch (step.type) {
      case 'txn':
        return plainTxn(await store.txn(step.txn));
      case 'range':
        return plainRange(await store.range(step.query));
      case 'compact': {
        await store.compact(step.revision);
        return;
      }
      case 'grant':
        return (await store.grantLease(60, step.lease)).id.toString();
      case 'revoke': {
        await store.revokeLease(step.lease);
        return;
      }
    }
  } catch (error) {
    if (error instanceof StoreError) return error.code;
    throw error;
  }
}

export interface RandomOptions {
  readonly numRuns: number;
  /** 3.4: a compaction drops the deletes of its own revision, and of a txn's several faults another one is named. */
  readonly isOldEtcd: boolean;
}

function histories(store: KeyValueStore, from: number, last: number): Promise<unknown> {
  const revisions = Array.from({ length: last - from + 1 }, (_, i) => from + i);
  return Promise.all(
    revisions.map(async (at) => {
      const watch = { ...all, startRevision: at, prevKv: true };
      return [
        plainRange(await store.range({ ...all, revision: at })),
        (await collect(store, watch, last)).map(plainBatch),
      ];
    }),
  );
}

export function randomCases(
  open: () => Promise<KeyValueStore>,
  it: RegisterCase,
  { numRuns, isOldEtcd }: RandomOptions,
): void {
  it('answers random histories as the model does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const [store, model] = [await open(), new ModelStore()];
        try {
          for (const each of steps) {
            const [given, wanted] = [await run(store, each), await run(model, each)];
            const areFaults = typeof given === 'string' && typeof wanted === 'string';
            if (!(isOldEtcd && areFaults)) expect(given).toEqual(wanted);
          }
          const last = await put(store, 'z-end');
          expect(await put(model, 'z-end')).toBe(last);
          const { compactRevision } = await model.status();
          const from = Math.max(1, isOldEtcd ? compactRevision + 1 : compactRevision);
          expect(await histories(store, from, last)).toEqual(await histories(model, from, last));
        } finally {
          await Promise.all([store.close(), model.close()]);
        }
      }),
      { numRuns },
    );
  });

  it('shows watchers opened at random moments what the model shows', async () => {
    const watched = fc.record({
      keys,
      prevKv: fc.boolean(),
      noPut: flag,
      noDelete: flag,
      back: fc.nat(5),
    });
    const moves = fc.array(fc.oneof(txn, watched), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(moves, async (list) => {
        const [store, model] = [await open(), new ModelStore()];
        try {
          expect(await watchWhile(store, list)).toEqual(await watchWhile(model, list));
        } finally {
          await Promise.all([store.close(), model.close()]);
        }
      }),
      { numRuns },
    );
  });
}

interface Watched {
  readonly keys: KeyRange;
  readonly prevKv: boolean;
  readonly noPut: boolean | undefined;
  readonly noDelete: boolean | undefined;
  /** How many revisions back it starts. */
  readonly back: number;
}

async function watchWhile(store: KeyValueStore, moves: readonly (Txn | Watched)[]) {
  const stop = new AbortController();
  const reading: Promise<unknown[]>[] = [];
  for (const move of moves) {
    if ('success' in move) {
      await run(store, { type: 'txn', txn: move });
      continue;
    }
    const { keys: range, back, ...rest } = move;
    const { revision: now } = await store.status();
    const startRevision = Math.max(1, now + 1 - back);
    const watch = store.watch({ ...range, ...compact(rest), startRevision }, stop.signal);
    reading.push(readAll(watch));
  }
  const marker = await put(store, 'z-end');
  // A watch that sees all tells when everything has been delivered to watches opened before it.
  await collect(store, { ...all, startRevision: marker }, marker);
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
  stop.abort();
  return Promise.all(reading);
}

async function readAll(watch: AsyncIterable<Parameters<typeof plainBatch>[0]>) {
  const batches = [];
  for await (const batch of watch) batches.push(plainBatch(batch));
  return batches;
}
