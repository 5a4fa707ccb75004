// Row keys of the key table, as etcd's backend has them: main revision (8 bytes, big-endian), '_', sub revision
// (8 bytes); a tombstone's key ends in 't'. Bytewise order is revision order.
import assert from 'node:assert/strict';
import { readCounter } from '../tables/counter.js';

export interface RowRevision {
  readonly main: number;
  readonly sub: number;
  readonly tombstone: boolean;
}

const rowKeyBytes = 17;
const separator = 0x5f; // '_'
const tombstoneMark = 0x74; // 't'
const two32 = 0x1_0000_0000;

export function rowKey(main: number, sub: number, tombstone = false): Uint8Array {
  const key = Buffer.allocUnsafe(tombstone ? rowKeyBytes + 1 : rowKeyBytes);
  key.writeUInt32BE(Math.floor(main / two32), 0);
  key.writeUInt32BE(main % two32, 4);
  key[8] = separator;
  key.writeUInt32BE(Math.floor(sub / two32), 9);
  key.writeUInt32BE(sub % two32, 13);
  if (tombstone) key[rowKeyBytes] = tombstoneMark;
  return key;
}

export function parseRowKey(bytes: Uint8Array): RowRevision {
  assert(bytes.length === rowKeyBytes || bytes.length === rowKeyBytes + 1, 'row key length');
  assert(bytes[8] === separator, 'row key separator');
  const tombstone = bytes.length > rowKeyBytes;
  if (tombstone) assert(bytes[rowKeyBytes] === tombstoneMark, 'row key mark');
  return { main: readCounter(bytes, 0), sub: readCounter(bytes, 9), tombstone };
}
