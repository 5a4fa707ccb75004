// The contract suite over the model itself and over the state machine on both kinds of tables.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openInMemoryStore, systemClock, type KeyValueStore } from '../../store/index.js';
import { LocalStore } from '../../store/mvcc/local-store.js';
import { StateMachine } from '../../store/mvcc/state-machine.js';
import { openLmdbTables } from '../../store/tables/lmdb-tables.js';
import { keyValueStoreContract } from './key-value-store.js';
import { ModelStore } from './model-store.js';

keyValueStoreContract('ModelStore', () => Promise.resolve(new ModelStore()));

keyValueStoreContract('the state machine in memory', () => Promise.resolve(openInMemoryStore()));

/** Small limits, so that reads and watches meet rows that have left memory. */
async function openOnLmdb(): Promise<KeyValueStore> {
  const dir = await mkdtemp(join(tmpdir(), 'frontdesk-contract-'));
  const tables = await openLmdbTables(dir);
  const machine = StateMachine.open(tables, {
    clock: systemClock,
    quotaBytes: 2 ** 30,
    flush: { intervalMs: 1, opsMax: 4 },
    recent: { revisionsMax: 3, bytesMax: 2 ** 20 },
    watchers: { queueBatchesMax: 5, queueBytesMax: 2 ** 20, watchersMax: 1_000 },
    compaction: { keysPerBatch: 2, rowsPerBatch: 2, pauseMs: 0 },
  });
  const store = new LocalStore(machine, systemClock);
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    await rm(dir, { recursive: true, force: true });
  };
  return store;
}

keyValueStoreContract('the state machine on LMDB', openOnLmdb);
