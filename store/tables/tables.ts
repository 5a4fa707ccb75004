// The tables on disk (LMDB) and their twin in memory: sorted byte maps, named as etcd's buckets, changed only by
// atomic commits. Invariant: when commit() resolves its writes are all on disk; after a kill none or all of them are.
// Who fills them: write-buffer.ts. What the rows hold: revision.ts (keys of `key`), row-codec.ts (values).
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Database, RootDatabase, Transaction } from 'lmdb';
import { keyBytes, keyText, sortedMap, type SortedMap } from './sorted-map.js';
import { checkTablesFile } from './tables-file.js';

export const tableNames = [
  'key',
  'meta',
  'lease',
  'alarm',
  'cluster',
  'members',
  'members_removed',
  'auth',
  'authUsers',
  'authRoles',
] as const;
export type TableName = (typeof tableNames)[number];

export interface TableWrite {
  readonly table: TableName;
  readonly key: Uint8Array;
  /** Absent: remove the row. */
  readonly value?: Uint8Array;
}

export interface TableRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/**
 * The rows of one commit, as they were then, while later ones go on. Must be closed: until then the file keeps every page
 * of it, and grows with what is written instead.
 */
export interface TablesView {
  get(table: TableName, key: Uint8Array): Uint8Array | undefined;
  /** Rows with key >= start, ascending. */
  scan(table: TableName, start?: Uint8Array): Iterable<TableRow>;
  close(): void;
}

export interface Tables {
  /** True: nothing survives the process, so a commit costs nothing and may run at once. */
  readonly volatile: boolean;
  get(table: TableName, key: Uint8Array): Uint8Array | undefined;
  /** Rows with key >= start, ascending; the table must not change while this is consumed. */
  scan(table: TableName, start?: Uint8Array): Iterable<TableRow>;
  commit(writes: readonly TableWrite[]): Promise<void>;
  /** What the last finished commit left (or one that has finished meanwhile): the state after some entry. */
  view(): TablesView;
  /** Bytes taken on disk (or held in memory), free pages included. */
  fileBytes(): number;
  close(): Promise<void>;
}

export interface LmdbOptions {
  /** Upper bound of the file's memory map. */
  readonly mapBytesMax?: number;
}

const mapBytesMaxDefault = 64 * 2 ** 30;

/** Opens (or creates) `dir`/db. One process at a time: the caller holds the data directory's lock. */
export async function openLmdbTables(dir: string, options: LmdbOptions = {}): Promise<Tables> {
  const { open } = await import('lmdb');
  if (!existsSync(dir)) mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, 'db');
  checkTablesFile(path);
  const root = open<Uint8Array, Uint8Array>({
    path,
    noSubdir: true,
    encoding: 'binary',
    keyEncoding: 'binary',
    maxDbs: tableNames.length,
    mapSize: options.mapBytesMax ?? mapBytesMaxDefault,
    // A commit is one fsync'd transaction: the default would resolve before the flush.
    overlappingSync: false,
    noMemInit: true,
  });
  const openTable = (name: TableName): Database<Uint8Array, Uint8Array> =>
    root.openDB<Uint8Array, Uint8Array>({ name, encoding: 'binary', keyEncoding: 'binary' });
  const databases = byName(openTable);
  await root.committed; // creating the tables is a write of its own
  return new LmdbTables(root, databases, path);
}

class LmdbTables implements Tables {
  readonly volatile = false;
  readonly #root: RootDatabase<Uint8Array, Uint8Array>;
  readonly #databases: Readonly<Record<TableName, Database<Uint8Array, Uint8Array>>>;
  readonly #path: string;

  constructor(
    root: RootDatabase<Uint8Array, Uint8Array>,
    databases: Readonly<Record<TableName, Database<Uint8Array, Uint8Array>>>,
    path: string,
  ) {
    this.#root = root;
    this.#databases = databases;
    this.#path = path;
  }

  get(table: TableName, key: Uint8Array): Uint8Array | undefined {
    return this.#databases[table].getBinary(key);
  }

  scan(table: TableName, start?: Uint8Array): Iterable<TableRow> {
    return this.#databases[table].getRange(start ? { start } : {});
  }

  async commit(writes: readonly TableWrite[]): Promise<void> {
    const results: Promise<boolean>[] = [];
    // batch(): one LMDB transaction whatever else is queued; the B-tree work and the fsync run on lmdb's own thread.
    const committed = this.#root.batch(() => {
      for (const { table, key, value } of writes) {
        const database = this.#databases[table];
        results.push(value === undefined ? database.remove(key) : database.put(key, value));
      }
    });
    await Promise.all([committed, ...results]);
    this.#root.resetReadTxn(); // later reads must see this commit, also within this turn of the event loop
  }

  view(): TablesView {
    this.#root.resetReadTxn();
    // as: lmdb's typings leave out `isDone`.
    const transaction = this.#root.useReadTransaction() as Transaction & { isDone?: boolean };
    const databases = this.#databases;
    return {
      get: (table, key) => databases[table].get(key, { transaction }),
      scan: (table, start) =>
        databases[table].getRange(start ? { start, transaction } : { transaction }),
      close: () => {
        if (transaction.isDone !== true) transaction.done();
      },
    };
  }

  fileBytes(): number {
    return statSync(this.#path).size;
  }

  async close(): Promise<void> {
    await this.#root.close();
  }
}

function byName<T>(make: (name: TableName) => T): Readonly<Record<TableName, T>> {
  // as: the entries are those of tableNames.
  return Object.fromEntries(tableNames.map((name) => [name, make(name)])) as Record<TableName, T>;
}

/** The twin for tests and --in-memory. */
export function memoryTables(): Tables {
  return new MemoryTables();
}

class MemoryTables implements Tables {
  readonly volatile = true;
  readonly #maps = byName(() => sortedMap<Uint8Array>());
  #bytes = 0;

  get(table: TableName, key: Uint8Array): Uint8Array | undefined {
    return this.#maps[table].get(keyText(key));
  }

  scan(table: TableName, start?: Uint8Array): Iterable<TableRow> {
    return rowsOf(this.#maps[table], start);
  }

  view(): TablesView {
    return viewOf((name) => this.#maps[name]);
  }

  commit(writes: readonly TableWrite[]): Promise<void> {
    for (const { table, key, value } of writes) {
      const map = this.#maps[table];
      const text = keyText(key);
      const old = map.get(text);
      if (old !== undefined) this.#bytes -= text.length + old.length;
      if (value === undefined) map.delete(text);
      else {
        map.set(text, value);
        this.#bytes += text.length + value.length;
      }
    }
    return Promise.resolve();
  }

  fileBytes(): number {
    return this.#bytes;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A view of tables that are sorted maps. */
export function viewOf(mapOf: (name: TableName) => SortedMap<Uint8Array>): TablesView {
  // A clone shares its nodes with the original until one of the two changes them.
  const maps = byName((name) => mapOf(name).clone());
  return {
    get: (table, key) => maps[table].get(keyText(key)),
    scan: (table, start) => rowsOf(maps[table], start),
    close: () => undefined,
  };
}

function* rowsOf(map: SortedMap<Uint8Array>, start: Uint8Array | undefined): Iterable<TableRow> {
  for (const [key, value] of map.entries(start && keyText(start)))
    yield { key: keyBytes(key), value };
}
