// HashKV: one number for everything the keyspace holds up to a revision, equal on members that agree, however far each
// one's background compaction has come. Byte for byte etcd's: CRC-32C over the bucket's name, then each row's key and
// value. Of the rows up to the last compaction only those count that are their key's newest at the revision asked for, and
// alive, so that it does not matter how many others are gone. etcd's quirk: where no key is alive at that revision, those
// count that were at the compaction.
import { crc32c } from '../tables/crc32c.js';
import { recordAt, type KeyIndex } from './key-index.js';
import { parseRowKey } from './revision.js';
import { decodeKeyValue } from './row-codec.js';
import { keyText } from '../tables/sorted-map.js';
import type { TableRow, Tables } from '../tables/tables.js';

export interface KeyHash {
  readonly hash: number;
  /** -1: never compacted. */
  readonly compactRevision: number;
  readonly hashRevision: number;
}

const rowsPerStep = 1_000;

/**
 * Call with all writes flushed. Works in steps so that the event loop goes on; undefined when a compaction came in
 * between, which spoils it.
 */
export async function hashKeyspace(
  tables: Tables,
  index: KeyIndex,
  hashRevision: number,
  compactRevision: () => number,
): Promise<KeyHash | undefined> {
  const compactedAt = compactRevision();
  const keptAt = hasLiveKey(index, hashRevision) ? hashRevision : compactedAt;
  let hash = crc32c(0, Buffer.from('key'));
  let next: Uint8Array | undefined = new Uint8Array(0);
  while (next !== undefined) {
    let rowCount = 0;
    const start: Uint8Array = next;
    next = undefined;
    for (const row of tables.scan('key', start)) {
      if (rowCount++ === rowsPerStep) {
        next = Uint8Array.from(row.key);
        break;
      }
      const { main } = parseRowKey(row.key);
      if (main > hashRevision) break;
      if (main > compactedAt || isKept(row, index, keptAt))
        hash = crc32c(crc32c(hash, row.key), row.value);
    }
    if (next !== undefined) await new Promise(setImmediate);
    if (compactRevision() !== compactedAt) return undefined;
  }
  return { hash, compactRevision: compactedAt, hashRevision };
}

/** The row is its key's newest at `revision`, and alive. (A tombstone AT the compaction stays, but is never hashed.) */
function isKept({ key, value }: TableRow, index: KeyIndex, revision: number): boolean {
  const { main, sub, tombstone } = parseRowKey(key);
  if (tombstone) return false;
  const entry = index.get(keyText(decodeKeyValue(value).key));
  const newest = entry && recordAt(entry, revision);
  return newest?.main === main && newest.sub === sub;
}

function hasLiveKey(index: KeyIndex, revision: number): boolean {
  let isFound = false;
  index.forRange({ start: '', end: undefined }, (entry) => {
    isFound = (recordAt(entry, revision)?.version ?? 0) > 0;
    return !isFound;
  });
  return isFound;
}
