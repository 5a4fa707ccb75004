// PatientStore: a member of a cluster as its own API server uses it. When the leader changes, reads that were waiting for
// the old one fail though nothing is wrong with them: they are asked again, as etcd's client does. Writes are not, since
// one that failed may have happened; while a server starts, its steps, which may run twice, are.
import {
  StoreError,
  type Clock,
  type KeyValueStore,
  type Lease,
  type RangeQuery,
  type RangeResult,
  type StoreErrorCode,
  type StoreStatus,
  type Txn,
  type TxnResult,
  type WatchBatch,
  type WatchQuery,
} from '../../store/index.js';

const triesMax = 5;
const stepPauseMs = 200;
const passing: readonly StoreErrorCode[] = ['leader-changed', 'no-leader', 'not-leader', 'timeout'];

export class PatientStore implements KeyValueStore {
  readonly #store: KeyValueStore;

  constructor(store: KeyValueStore) {
    this.#store = store;
  }

  range(query: RangeQuery): Promise<RangeResult> {
    return readAgain(() => this.#store.range(query));
  }

  txn(txn: Txn): Promise<TxnResult> {
    const ops = [...txn.success, ...txn.failure];
    if (ops.some(({ type }) => type !== 'range')) return this.#store.txn(txn);
    return readAgain(() => this.#store.txn(txn));
  }

  watch(query: WatchQuery, signal: AbortSignal): AsyncIterable<WatchBatch> {
    return this.#store.watch(query, signal);
  }

  compact(revision: number): Promise<void> {
    return this.#store.compact(revision);
  }

  grantLease(ttlSeconds: number, id?: bigint): Promise<Lease> {
    return this.#store.grantLease(ttlSeconds, id);
  }

  keepLeaseAlive(id: bigint): Promise<Lease> {
    return this.#store.keepLeaseAlive(id);
  }

  revokeLease(id: bigint): Promise<void> {
    return this.#store.revokeLease(id);
  }

  status(): Promise<StoreStatus> {
    return this.#store.status();
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}

async function readAgain<T>(read: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await read();
    } catch (error) {
      const isChange = error instanceof StoreError && error.code === 'leader-changed';
      if (!isChange || tries >= triesMax) throw error;
    }
  }
}

/** A step of the start, until the store's cluster lets it be done. Rejects when `signal` aborts, or with any other failure. */
export async function untilStoreAnswers<T>(
  step: () => Promise<T>,
  clock: Clock,
  signal: AbortSignal,
): Promise<T> {
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error;
      await new Promise<void>((resolve) => {
        clock.after(stepPauseMs, resolve);
      });
      signal.throwIfAborted();
    }
  }
}

/** The store's own failure, or what the API makes of it. */
function isPassing(error: unknown): boolean {
  const found = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return found instanceof StoreError && passing.includes(found.code);
}
