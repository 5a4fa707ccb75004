// The tables, and their twin in memory (on disk: lmdb-tables.ts): sorted byte maps, named as etcd's buckets, changed only by
// atomic commits. Invariant: when commit() resolves its writes are all on disk; after a kill none or all of them are.
// Who fills them: write-buffer.ts. What the rows hold: revision.ts (keys of `key`), row-codec.ts (values).
import { keyBytes, keyText, sortedMap, type SortedMap } from './sorted-map.js';

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
  /** Of these, what holds rows or their index. */
  bytesInUse(): number;
  /** Gives free pages back to the system: rewrites the file. Commits wait meanwhile. Views stay valid. */
  defragment(): Promise<void>;
  close(): Promise<void>;
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

  bytesInUse(): number {
    return this.#bytes;
  }

  defragment(): Promise<void> {
    return Promise.resolve();
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
