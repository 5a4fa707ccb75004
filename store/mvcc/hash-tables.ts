// etcd's Hash: CRC-32C over every table's name and rows, names ascending. It tells apart two files of one member only:
// members that agree may still differ in it (each compacts at its own pace, alarms and versions aside).
import { crc32c } from '../tables/crc32c.js';
import { tableNames, type TableName, type Tables, type TablesView } from '../tables/tables.js';

/** They change without anything having changed for a client. */
const leftOut: ReadonlySet<string> = new Set(['consistent_index', 'term', 'storageVersion']);
const rowsPerStep = 1_000;

/** Call with all writes flushed. Works in steps so that the event loop goes on, over the rows of one commit. */
export async function hashTables(tables: Tables): Promise<number> {
  const view = tables.view();
  try {
    let hash = 0;
    for (const table of tableNames.toSorted()) {
      hash = crc32c(hash, Buffer.from(table));
      hash = await hashRows(view, table, hash);
    }
    return hash;
  } finally {
    view.close();
  }
}

async function hashRows(view: TablesView, table: TableName, start: number): Promise<number> {
  let hash = start;
  let next: Uint8Array | undefined = new Uint8Array(0);
  while (next !== undefined) {
    const from: Uint8Array = next;
    next = undefined;
    let rowCount = 0;
    for (const { key, value } of view.scan(table, from)) {
      if (rowCount++ === rowsPerStep) {
        next = Uint8Array.from(key);
        break;
      }
      if (table === 'meta' && leftOut.has(Buffer.from(key).toString('latin1'))) continue;
      hash = crc32c(crc32c(hash, key), value);
    }
    if (next !== undefined) await new Promise(setImmediate);
  }
  return hash;
}
