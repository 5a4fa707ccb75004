// Broken variants of what is on disk: the log, the tables, a snapshot in their place.
import type { LogDisk, LogFile } from '../../../store/wal/disk.js';
import { RaftLog } from '../../../store/wal/raft-log.js';
import { SimulatedDisk } from '../disk.js';
import { SimulatedTablesHome } from '../tables-home.js';
import { SimulatedTables } from '../tables.js';
import { patch, type Mutant } from './patch.js';

function patchFile(change: (file: LogFile) => Partial<LogFile>): () => void {
  const changed = (file: LogFile): LogFile => ({
    get sizeBytes() {
      return file.sizeBytes;
    },
    read: (offset, length) => file.read(offset, length),
    write: (offset, bytes) => {
      file.write(offset, bytes);
    },
    zeroFrom: (offset) => {
      file.zeroFrom(offset);
    },
    sync: () => file.sync(),
    syncNow: () => {
      file.syncNow();
    },
    close: () => {
      file.close();
    },
    ...change(file),
  });
  return patch(
    SimulatedDisk.prototype,
    'mount',
    (mount) =>
      function (this: SimulatedDisk, process): LogDisk {
        const disk = mount.call(this, process);
        return {
          ...disk,
          create: (name, sizeBytes) => changed(disk.create(name, sizeBytes)),
          open: (name) => changed(disk.open(name)),
        };
      },
  );
}

export const storageMutants: readonly Mutant[] = [
  {
    name: 'no fsync of the log',
    how: 'the log says "saved" as soon as it is written to the page cache',
    install: () => patchFile(() => ({ sync: () => Promise.resolve() })),
  },
  {
    name: 'nobody waits for the fsync',
    how: 'a save counts as done while its sync is under way (etcd-io/etcd#14370)',
    install: () =>
      patch(
        RaftLog.prototype,
        'save',
        (save) =>
          function (this: RaftLog, batch) {
            save.call(this, batch).catch(() => undefined);
            return Promise.resolve();
          },
      ),
  },
  {
    name: 'fsync errors are ignored',
    how: 'a sync that failed is taken for one that worked',
    focus: { kinds: ['sync error', 'blackout'], everyMs: 200 },
    install: () => patchFile((file) => ({ sync: () => file.sync().catch(() => undefined) })),
  },
  {
    name: 'the applied index is stored apart from the data',
    how: 'the index is committed first, the rows after it',
    install: () =>
      patch(
        SimulatedTables.prototype,
        'mount',
        (mount) =>
          function (this: SimulatedTables, process) {
            const tables = mount.call(this, process);
            return {
              ...tables,
              commit: async (writes) => {
                await tables.commit(writes.filter(({ table }) => table === 'meta'));
                await tables.commit(writes.filter(({ table }) => table !== 'meta'));
              },
            };
          },
      ),
  },
  {
    name: 'the applied index is not stored',
    how: 'after a restart entries that are in the tables are applied again',
    install: () =>
      patch(
        SimulatedTables.prototype,
        'mount',
        (mount) =>
          function (this: SimulatedTables, process) {
            const tables = mount.call(this, process);
            const isIndex = (key: Uint8Array): boolean =>
              Buffer.from(key).toString() === 'consistent_index';
            return {
              ...tables,
              commit: (writes) =>
                tables.commit(writes.filter(({ table, key }) => table !== 'meta' || !isIndex(key))),
            };
          },
      ),
  },
  {
    name: 'revisions are used again after a restart',
    how: 'tombstones are not stored, so the revision of a delete is forgotten',
    install: () =>
      patch(
        SimulatedTables.prototype,
        'mount',
        (mount) =>
          function (this: SimulatedTables, process) {
            const tables = mount.call(this, process);
            return {
              ...tables,
              commit: (writes) =>
                tables.commit(
                  writes.filter(({ table, key }) => table !== 'key' || key.length < 18),
                ),
            };
          },
      ),
  },
  {
    name: 'a snapshot counts before the log has its mark',
    how: 'received tables take the place of the old ones before the log says so',
    focus: { kinds: ['add learner', 'power at a disk operation', 'blackout'], everyMs: 150 },
    install: () =>
      patch(
        SimulatedTablesHome.prototype,
        'mount',
        (mount) =>
          function (this: SimulatedTablesHome, process) {
            const home = mount.call(this, process);
            return {
              ...home,
              seal: async (index) => {
                await home.seal(index);
                await home.adopt();
              },
              adopt: () => home.open(),
            };
          },
      ),
  },
  {
    name: 'the torn end of the log is left there',
    how: 'what a power cut left of a write is not zeroed before writing on',
    focus: { kinds: ['power at a disk operation', 'power', 'blackout'], everyMs: 150 },
    install: () => patchFile(() => ({ zeroFrom: () => undefined })),
  },
];
