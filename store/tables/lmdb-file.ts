// One open LMDB file with named tables in it. Views (read transactions) keep it open until they are closed, also when
// another file has taken its place and its name meanwhile.
import type { Database, RootDatabase, Transaction } from 'lmdb';

type Table = Database<Uint8Array, Uint8Array>;

export interface FileRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface FileWrite {
  readonly table: string;
  readonly key: Uint8Array;
  readonly value?: Uint8Array;
}

export interface FileView {
  get(table: string, key: Uint8Array): Uint8Array | undefined;
  scan(table: string, start?: Uint8Array): Iterable<FileRow>;
  close(): void;
}

/** Loads LMDB; what it gives opens (or creates) files, synchronously. */
export async function lmdbOpener(
  tableNames: readonly string[],
  mapBytesMax: number,
): Promise<(path: string) => LmdbFile> {
  const { open } = await import('lmdb');
  return (path) => {
    const root = open<Uint8Array, Uint8Array>({
      path,
      noSubdir: true,
      encoding: 'binary',
      keyEncoding: 'binary',
      maxDbs: tableNames.length,
      mapSize: mapBytesMax,
      // A commit is one fsync'd transaction: the default would resolve before the flush.
      overlappingSync: false,
      noMemInit: true,
    });
    const binary = { encoding: 'binary', keyEncoding: 'binary' } as const;
    const openTable = (name: string): Table =>
      root.openDB<Uint8Array, Uint8Array>({ name, ...binary });
    return new LmdbFile(root, new Map(tableNames.map((name) => [name, openTable(name)])));
  };
}

export class LmdbFile {
  readonly #root: RootDatabase<Uint8Array, Uint8Array>;
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #views = new Set<Transaction>();
  #whenViewsClosed: (() => void) | undefined;

  constructor(root: RootDatabase<Uint8Array, Uint8Array>, tables: ReadonlyMap<string, Table>) {
    this.#root = root;
    this.#tables = tables;
  }

  /** Resolves when the tables exist on disk: making them is a write of its own. */
  async created(): Promise<void> {
    await this.#root.committed;
  }

  get(table: string, key: Uint8Array): Uint8Array | undefined {
    return this.#table(table).getBinary(key);
  }

  scan(table: string, start?: Uint8Array): Iterable<FileRow> {
    return this.#table(table).getRange(start ? { start } : {});
  }

  async commit(writes: readonly FileWrite[]): Promise<void> {
    const results: Promise<boolean>[] = [];
    // batch(): one LMDB transaction whatever else is queued; the B-tree work and the fsync run on lmdb's own thread.
    const committed = this.#root.batch(() => {
      for (const { table, key, value } of writes) {
        const database = this.#table(table);
        results.push(value === undefined ? database.remove(key) : database.put(key, value));
      }
    });
    await Promise.all([committed, ...results]);
    this.#root.resetReadTxn(); // later reads must see this commit, also within this turn of the event loop
  }

  view(): FileView {
    this.#root.resetReadTxn();
    const transaction = this.#root.useReadTransaction();
    this.#views.add(transaction);
    return {
      get: (table, key) => this.#table(table).get(key, { transaction }),
      scan: (table, start) =>
        this.#table(table).getRange(start ? { start, transaction } : { transaction }),
      close: () => {
        if (!this.#views.delete(transaction)) return;
        transaction.done();
        if (this.#views.size === 0) this.#whenViewsClosed?.();
      },
    };
  }

  /** Writes what is committed to a new file, without the free pages. Not synced. */
  async copyTo(path: string): Promise<void> {
    await this.#root.backup(path, true);
  }

  /** Bytes of the pages that hold something. */
  bytesInUse(): number {
    const { free, pageSize } = readStats(this.#root);
    let pages = headPages + pagesOf(free) + pagesOf(readStats(this.#root));
    for (const table of this.#tables.values()) pages += pagesOf(readStats(table));
    return pages * pageSize;
  }

  async close(): Promise<void> {
    if (this.#views.size > 0) {
      await new Promise<void>((resolve) => {
        this.#whenViewsClosed = resolve;
      });
    }
    await this.#root.close();
  }

  #table(name: string): Table {
    const table = this.#tables.get(name);
    if (!table) throw new Error(`no table ${name}`);
    return table;
  }
}

const headPages = 2;

interface TreeStats {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

function readStats(database: Table): TreeStats & { readonly free: TreeStats } {
  // as: lmdb's typings say {}; these are the names it gives since 2.0.
  return database.getStats() as TreeStats & { readonly free: TreeStats };
}

const pagesOf = ({ treeBranchPageCount, treeLeafPageCount, overflowPages }: TreeStats): number =>
  treeBranchPageCount + treeLeafPageCount + overflowPages;
