// TablesHome: where a member's tables are, and how a snapshot from the leader takes their place. At any time there is one
// current set and at most one sealed set beside it: complete, durable, named by the log index it holds the state of.
// Which of the two counts after a crash is decided by the log (snapshot-install.ts), not here.
import { memoryTables, type Tables } from '../tables/tables.js';

export interface TablesHome {
  /** The current set, empty at first. */
  open(): Promise<Tables>;
  /** An empty set to be filled beside the current one. What was staged or sealed before is dropped. */
  stage(): Promise<Tables>;
  /** Closes the staged set and makes it durable as the sealed one: wholly or not at all. */
  seal(index: number): Promise<void>;
  /** Index of the sealed set. */
  sealedIndex(): number | undefined;
  /** The sealed set becomes the current one, durably, and is opened. The old set may still be open; its user closes it. */
  adopt(): Promise<Tables>;
  /** Drops what is staged or sealed. */
  discard(): Promise<void>;
}

/** In memory; `first` is the current set at the start. */
export function memoryTablesHome(first: Tables = memoryTables()): TablesHome {
  let current = first;
  let staged: Tables | undefined;
  let sealedIndex: number | undefined;
  return {
    open: () => Promise.resolve(current),
    stage() {
      sealedIndex = undefined;
      staged = memoryTables();
      return Promise.resolve(staged);
    },
    seal(index) {
      sealedIndex = index;
      return Promise.resolve();
    },
    sealedIndex: () => sealedIndex,
    adopt() {
      if (!staged || sealedIndex === undefined) throw new Error('no tables are sealed');
      current = staged;
      staged = undefined;
      sealedIndex = undefined;
      return Promise.resolve(current);
    },
    discard() {
      staged = undefined;
      sealedIndex = undefined;
      return Promise.resolve();
    },
  };
}
