// Whether a row is what its bucket holds. A file without a digest can be whole as bbolt and still hold nonsense; it is
// better refused now than found by the member that starts from it.
import { decodeRole, decodeUser } from '../auth/rows.js';
import { readCounter } from '../tables/counter.js';
import { parseRowKey } from '../mvcc/revision.js';
import { decodeAlarm, decodeKeyValue, decodeLease } from '../mvcc/row-codec.js';
import type { TableName, TableRow } from '../tables/tables.js';
import { BackupDamaged } from './damage.js';
import { readMemberRow } from './member-rows.js';
import { metaKey } from './meta-rows.js';

/** Error: BackupDamaged. */
export function checkRow(path: string, table: TableName, row: TableRow): void {
  try {
    checks[table]?.(row);
  } catch (error) {
    const key = Buffer.from(row.key).toString('hex');
    const why = error instanceof Error ? error.message : String(error);
    throw new BackupDamaged(path, `row ${key} of bucket ${table} is not one: ${why}`);
  }
}

const checks: Partial<Record<TableName, (row: TableRow) => void>> = {
  key({ key, value }) {
    const { tombstone } = parseRowKey(key);
    const kv = decodeKeyValue(value);
    // A row without any field is what --bump-revision leaves.
    if (value.length > 0 && kv.key.length === 0) throw new Error('it has no key');
    if (!tombstone && value.length > 0 && kv.version === 0) throw new Error('it has no version');
  },
  lease({ key, value }) {
    const { id } = decodeLease(value);
    if (Buffer.from(key).readBigInt64BE(0) !== id || key.length !== 8)
      throw new Error('its key is of another lease');
  },
  alarm: ({ key }) => void decodeAlarm(key),
  meta({ key, value }) {
    const is = (name: Buffer): boolean => name.compare(key) === 0;
    if (is(metaKey.index) || is(metaKey.term)) readCounter(value);
    if (is(metaKey.scheduled) || is(metaKey.finished)) parseRowKey(value);
  },
  members: (row) => void readMemberRow(row),
  authUsers: ({ value }) => void decodeUser(value),
  authRoles: ({ value }) => void decodeRole(value),
};
