// A map in key order, and the form keys take inside: latin1 text, one character a byte. Comparing two such texts
// compares the bytes, and V8 keeps them at one byte a character.
import sortedBtree from 'sorted-btree';

export type SortedMap<V> = InstanceType<typeof sortedBtree.default<string, V>>;

export function sortedMap<V>(): SortedMap<V> {
  return new sortedBtree.default<string, V>(undefined, compareText, nodeKeysMax);
}

/** 64 measured best of 16…256 for inserts and lookups of 100k registry keys. */
const nodeKeysMax = 64;

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function keyText(bytes: Uint8Array): string {
  // Most keys are Buffers already; wrapping another Uint8Array costs more than the conversion.
  if (Buffer.isBuffer(bytes)) return bytes.toString('latin1');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

export function keyBytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

/** A range of keys as text: start <= k < end; no end = every key from start on. */
export interface TextRange {
  readonly start: string;
  readonly end: string | undefined;
}

/** `key` alone when there is no end; an end of one zero byte is etcd's "everything from key on". */
export function textRange(key: Uint8Array, end: Uint8Array | undefined): TextRange {
  const start = keyText(key);
  // The smallest text above `start` ends the range that holds just `start`.
  if (end === undefined || end.length === 0) return { start, end: `${start}\0` };
  return { start, end: end.length === 1 && end[0] === 0 ? undefined : keyText(end) };
}

export function isSingleKey({ start, end }: TextRange): boolean {
  return end?.length === start.length + 1 && end.endsWith('\0') && end.startsWith(start);
}

export function inRange(range: TextRange, key: string): boolean {
  return key >= range.start && (range.end === undefined || key < range.end);
}
