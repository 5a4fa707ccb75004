// Counters in rows: eight bytes, big-endian, always a safe integer.
import assert from 'node:assert/strict';

const two32 = 0x1_0000_0000;

/** An 8-byte big-endian counter: the consistent index and the term in the meta table. */
export function counterBytes(value: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeUInt32BE(Math.floor(value / two32), 0);
  bytes.writeUInt32BE(value % two32, 4);
  return bytes;
}

export function readCounter(bytes: Uint8Array, offset = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const value = view.getUint32(offset) * two32 + view.getUint32(offset + 4);
  assert(Number.isSafeInteger(value), 'counter out of range');
  return value;
}
