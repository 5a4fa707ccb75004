// The tables on disk: an LMDB file, and how a smaller copy takes its place (defragmentation). Reads go on meanwhile and
// views stay valid; commits wait. Whenever the process dies, the name `db` stands for a whole file: the old one or the
// copy, which hold the same rows (etcd lost data here once, etcd-io/etcd#14685).
import fs from 'node:fs';
import { join } from 'node:path';
import { lmdbOpener, type LmdbFile } from './lmdb-file.js';
import { checkTablesFile } from './tables-file.js';
import {
  tableNames,
  type TableName,
  type TableRow,
  type Tables,
  type TablesView,
  type TableWrite,
} from './tables.js';

export interface LmdbOptions {
  /** Upper bound of the file's memory map. */
  readonly mapBytesMax?: number;
  readonly files?: FileSteps;
}

/** What a file goes through to take another's place, in this order. */
export interface FileSteps {
  /** Of a file or a folder. */
  sync(path: string): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
}

const nodeFileSteps: FileSteps = {
  sync(path) {
    const file = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
  },
  rename: (from, to) => {
    fs.renameSync(from, to);
  },
  remove: (path) => {
    fs.rmSync(path, { force: true });
  },
};

const mapBytesMaxDefault = 64 * 2 ** 30;

/** Opens (or creates) `dir`/db. One process at a time: the caller holds the data directory's lock. */
export async function openLmdbTables(dir: string, options: LmdbOptions = {}): Promise<LmdbTables> {
  const files = options.files ?? nodeFileSteps;
  if (!fs.existsSync(dir)) fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
  // A defragmentation that did not get to its end.
  files.remove(join(dir, copyName));
  files.remove(join(dir, `${copyName}-lock`));
  const path = join(dir, fileName);
  checkTablesFile(path);
  const open = await lmdbOpener(tableNames, options.mapBytesMax ?? mapBytesMaxDefault);
  const file = open(path);
  await file.created();
  return new LmdbTables(dir, file, open, files);
}

const fileName = 'db';
const copyName = 'db.defrag';

export class LmdbTables implements Tables {
  readonly volatile = false;
  readonly #dir: string;
  readonly #open: (path: string) => LmdbFile;
  readonly #files: FileSteps;
  #file: LmdbFile;
  #fileBytes: number;
  /** Commits and defragmentations, one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  /** Files that another has replaced, until they are closed. */
  readonly #retired = new Set<Promise<void>>();
  #failure: { readonly cause: unknown } | undefined;

  constructor(dir: string, file: LmdbFile, open: (path: string) => LmdbFile, files: FileSteps) {
    this.#dir = dir;
    this.#file = file;
    this.#open = open;
    this.#files = files;
    this.#fileBytes = this.#readFileBytes();
  }

  get(table: TableName, key: Uint8Array): Uint8Array | undefined {
    return this.#file.get(table, key);
  }

  scan(table: TableName, start?: Uint8Array): Iterable<TableRow> {
    return this.#file.scan(table, start);
  }

  commit(writes: readonly TableWrite[]): Promise<void> {
    return this.#inTurn(async () => {
      await this.#file.commit(writes);
      this.#fileBytes = this.#readFileBytes();
    });
  }

  view(): TablesView {
    return this.#file.view();
  }

  fileBytes(): number {
    return this.#fileBytes;
  }

  bytesInUse(): number {
    return this.#file.bytesInUse();
  }

  defragment(): Promise<void> {
    return this.#inTurn(async () => {
      const copy = join(this.#dir, copyName);
      try {
        this.#files.remove(copy);
        await this.#file.copyTo(copy);
        this.#files.sync(copy);
        this.#files.rename(copy, join(this.#dir, fileName));
      } catch (error) {
        // The old file stands as it did.
        this.#files.remove(copy);
        throw error;
      }
      this.#replaceFile();
      this.#fileBytes = this.#readFileBytes();
    });
  }

  /**
   * Another file is about to take the name: resolves when no commit or defragmentation is under way; later ones are
   * refused. Reads go on until close().
   */
  retire(): Promise<void> {
    return this.#inTurn(() => {
      this.#failure = { cause: new Error('another file has taken their place') };
      return Promise.resolve();
    });
  }

  async close(): Promise<void> {
    await this.#last.catch(() => undefined);
    await Promise.all([this.#file.close(), ...this.#retired]);
  }

  /** The name stands for another file now: from here on there is no way back to the old one. */
  #replaceFile(): void {
    try {
      this.#files.sync(this.#dir);
      const path = join(this.#dir, fileName);
      // The old file's readers are registered in the old lock file: the new one needs its own.
      this.#files.remove(`${path}-lock`);
      const old = this.#file;
      this.#file = this.#open(path);
      const closing = old.close().finally(() => this.#retired.delete(closing));
      this.#retired.add(closing);
    } catch (error) {
      this.#failure = { cause: error };
      throw error;
    }
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(() => {
      if (this.#failure) throw new Error('the tables lost their file', this.#failure);
      return task();
    });
    this.#last = result.catch(() => undefined);
    return result;
  }

  #readFileBytes(): number {
    return fs.statSync(join(this.#dir, fileName)).size;
  }
}
