// The contract of KeyValueStore, case by case: run it over every implementation. `open` gives an empty store of its
// own for each case. Cases use nothing but the interface; the random ones compare with ModelStore.
import { afterEach, beforeEach, describe } from '@jest/globals';
import type { KeyValueStore } from '../../store/index.js';
import { compactionAndLeaseCases } from './compaction-and-lease-cases.js';
import { randomCases } from './random-cases.js';
import { rangeCases } from './range-cases.js';
import { txnCases } from './txn-cases.js';
import { watchCases } from './watch-cases.js';

export type OpenStore = () => Promise<KeyValueStore>;

export function keyValueStoreContract(name: string, open: OpenStore): void {
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
      rangeCases(current);
    });
    describe('txn', () => {
      txnCases(current);
    });
    describe('watch', () => {
      watchCases(current);
    });
    describe('compaction and leases', () => {
      compactionAndLeaseCases(current);
    });
    describe('random operations', () => {
      randomCases(open);
    });
  });
}
