// The tables' home on disk: `db` is the current file. A snapshot is staged in the folder `incoming` and sealed as
// `db.snapshot-<index>` (hex), which one rename turns into `db`.
import fs from 'node:fs';
import { join } from 'node:path';
import { openLmdbTables, type LmdbOptions, type LmdbTables } from '../tables/lmdb-tables.js';
import type { TablesHome } from './tables-home.js';

const fileName = 'db';
const stagingName = 'incoming';
const sealedPattern = /^db\.snapshot-([0-9a-f]{16})$/;

export function lmdbTablesHome(folder: string, options: LmdbOptions = {}): TablesHome {
  let current: LmdbTables | undefined;
  let staged: LmdbTables | undefined;
  const staging = join(folder, stagingName);
  const path = join(folder, fileName);
  const sealed = (): string | undefined => namesIn(folder).find((name) => sealedPattern.test(name));
  const discard = async (): Promise<void> => {
    await staged?.close();
    staged = undefined;
    fs.rmSync(staging, { recursive: true, force: true });
    for (const name of namesIn(folder))
      if (sealedPattern.test(name)) fs.rmSync(join(folder, name), { force: true });
  };
  return {
    async open() {
      current = await openLmdbTables(folder, options);
      return current;
    },
    async stage() {
      await discard();
      staged = await openLmdbTables(staging, options);
      return staged;
    },
    async seal(index) {
      // Every commit was synced; the names are still to be.
      await staged?.close();
      staged = undefined;
      const name = `db.snapshot-${index.toString(16).padStart(16, '0')}`;
      fs.renameSync(join(staging, fileName), join(folder, name));
      syncFolder(folder);
      fs.rmSync(staging, { recursive: true, force: true });
    },
    sealedIndex() {
      const hex = sealedPattern.exec(sealed() ?? '')?.[1];
      return hex === undefined ? undefined : parseInt(hex, 16);
    },
    async adopt() {
      const name = sealed();
      if (name === undefined) throw new Error('no tables are sealed');
      await current?.retire();
      fs.renameSync(join(folder, name), path);
      syncFolder(folder);
      // The readers of the old file are registered in the old lock file.
      fs.rmSync(`${path}-lock`, { force: true });
      current = await openLmdbTables(folder, options);
      return current;
    },
    discard,
  };
}

const namesIn = (folder: string): string[] => (fs.existsSync(folder) ? fs.readdirSync(folder) : []);

function syncFolder(folder: string): void {
  const file = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}
