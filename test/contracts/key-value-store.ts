// The contract of KeyValueStore, case by case: run it over every implementation. `open` gives an empty store of its
// own for each case. Cases use nothing but the interface; the random ones compare with ModelStore.
import { afterEach, beforeEach, describe, it } from '@jest/globals';
import type { KeyValueStore } from '../../store/index.js';
import { compactionAndLeaseCases } from './compaction-and-lease-cases.js';
import { randomCases } from './random-cases.js';
import { rangeCases } from './range-cases.js';
import type { RegisterCase } from './register-case.js';
import { txnCases } from './txn-cases.js';
import { watchCases } from './watch-cases.js';

export type OpenStore = () => Promise<KeyValueStore>;

/** A case that this store does not keep, and why. */
export interface Exception {
  readonly reason: string;
  /** Then the case must fail: what is kept again must not stay excused. False: it depends on timing, and is skipped. */
  readonly isCertain: boolean;
}

export interface ContractOptions {
  /** By the case's name. */
  readonly exceptions?: ReadonlyMap<string, Exception>;
  /** How many random histories; default 60. */
  readonly randomRuns?: number;
  /** See RandomOptions. */
  readonly isOldEtcd?: boolean;
}

export function keyValueStoreContract(
  name: string,
  open: OpenStore,
  { exceptions = new Map(), randomRuns = 60, isOldEtcd = false }: ContractOptions = {},
): void {
  const register: RegisterCase = (title, run) => {
    const exception = exceptions.get(title);
    const excused = `${title} -- NOT KEPT HERE: ${exception?.reason ?? ''}`;
    if (exception === undefined) it(title, run);
    else if (exception.isCertain) it.failing(excused, run);
    else it.skip(excused, run);
  };
  describe(`${name}, as a KeyValueStore`, () => {
    let store: KeyValueStore | undefined;
    const current = (): KeyValueStore => {
      if (!store) throw new Error('no store is open');
      return store;
    };
    beforeEach(async () => {
      store = await open();
    });
    afterEach(async () => {
      await store?.close();
      store = undefined;
    });
    describe('range', () => {
      rangeCases(current, register);
    });
    describe('txn', () => {
      txnCases(current, register);
    });
    describe('watch', () => {
      watchCases(current, register);
    });
    describe('compaction and leases', () => {
      compactionAndLeaseCases(current, register);
    });
    describe('random operations', () => {
      randomCases(open, register, { numRuns: randomRuns, isOldEtcd });
    });
  });
}
