// Protobuf's wire format, both ways. The writer fills its buffer from the back: a message's length is known once its
// fields are written, so nothing is measured beforehand. Numbers beyond 2^53 come in rounded: no counter gets there.
import assert from 'node:assert/strict';

export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** The bytes are not a message of this type. */
export class WireError extends Error {
  constructor(what: string) {
    super(`proto: ${what}`);
    this.name = 'WireError';
  }
}

const two32 = 0x1_0000_0000;
/** A bigger buffer is not kept for the next message. */
const keptBytesMax = 4 * 2 ** 20;
/** Shorter ones are copied byte by byte: quicker than the call that copies them at once. */
const shortBytes = 32;

export class WireWriter {
  #buffer = Buffer.allocUnsafeSlow(2 ** 14);
  /** What is written lies from here to the buffer's end. */
  #at = this.#buffer.length;

  /** Bytes so far; the difference of two marks is the length of what was written between them. */
  get length(): number {
    return this.#buffer.length - this.#at;
  }

  /** A copy of everything, after which the writer is empty; `headBytes` are left free in front. */
  take(headBytes = 0): Buffer {
    const out = Buffer.allocUnsafe(headBytes + this.length);
    this.#buffer.copy(out, headBytes, this.#at);
    if (this.#buffer.length > keptBytesMax) this.#buffer = Buffer.allocUnsafeSlow(2 ** 14);
    this.#at = this.#buffer.length;
    return out;
  }

  /** Forgets what a failed encoding left. */
  reset(): void {
    this.#at = this.#buffer.length;
  }

  /** `value`: an integer, at least 0. */
  varint(value: number): void {
    if (value < 0x80) {
      if (this.#at < 1) this.#grow(1);
      this.#buffer[--this.#at] = value;
      return;
    }
    const size = sizeOfVarint(value);
    if (this.#at < size) this.#grow(size);
    let at = (this.#at -= size);
    let rest = value;
    for (; rest >= two32 / 2; rest = Math.floor(rest / 0x80))
      this.#buffer[at++] = (rest % 0x80) | 0x80;
    for (; rest >= 0x80; rest >>>= 7) this.#buffer[at++] = (rest & 0x7f) | 0x80;
    this.#buffer[at] = rest;
  }

  /** A count; negative ones take ten bytes. */
  int64(value: number): void {
    assert(Number.isSafeInteger(value), 'counter out of range');
    if (value < 0) this.bigint(BigInt(value));
    else this.varint(value);
  }

  /** Signed or unsigned: its 64 bits. */
  bigint(value: bigint): void {
    const low = Number(BigInt.asUintN(32, value));
    const high = Number(BigInt.asUintN(32, value >> 32n));
    if (high < 2 ** 21) {
      this.varint(high * two32 + low);
      return;
    }
    if (this.#at < 10) this.#grow(10);
    // Seven bits a byte, lowest first: four bytes lie in `low`, the fifth in both, the others in `high`.
    let rest = high >>> 3;
    const size = 5 + sizeOfVarint(rest);
    let at = (this.#at -= size);
    for (let shift = 0; shift < 28; shift += 7)
      this.#buffer[at++] = ((low >>> shift) & 0x7f) | 0x80;
    this.#buffer[at++] = (low >>> 28) | ((high & 7) << 4) | 0x80;
    for (; rest >= 0x80; rest >>>= 7) this.#buffer[at++] = (rest & 0x7f) | 0x80;
    this.#buffer[at] = rest;
  }

  raw(bytes: Uint8Array): void {
    if (this.#at < bytes.length) this.#grow(bytes.length);
    const at = (this.#at -= bytes.length);
    if (bytes.length > shortBytes) this.#buffer.set(bytes, at);
    else for (let i = 0; i < bytes.length; i++) this.#buffer[at + i] = bytes[i] ?? 0;
  }

  text(value: string): void {
    const size = Buffer.byteLength(value);
    if (this.#at < size) this.#grow(size);
    this.#at -= size;
    this.#buffer.write(value, this.#at);
  }

  #grow(extra: number): void {
    const used = this.length;
    const bigger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, used + extra));
    this.#buffer.copy(bigger, bigger.length - used, this.#at);
    this.#buffer = bigger;
    this.#at = bigger.length - used;
  }
}

export class WireReader {
  readonly #bytes: Uint8Array;
  at: number;
  end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.at = 0;
    this.end = bytes.length;
  }

  /** An unsigned varint; beyond 2^53 rounded. */
  varint(): number {
    let value = 0;
    for (let scale = 1, count = 0; count < 10; scale *= 0x80, count++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new WireError('integer overflow');
  }

  /** A signed count. */
  int64(): number {
    const start = this.at;
    const value = this.varint();
    if (value < 2 ** 53) return value;
    // A small negative number is 2^64 less itself, which a double does not hold: once more, exactly.
    this.at = start;
    return Number(this.bigint());
  }

  /** Signed. */
  bigint(): bigint {
    const start = this.at;
    const value = this.varint();
    if (value < 2 ** 53) return BigInt(value);
    this.at = start;
    let exact = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#byte();
      exact |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, exact);
    }
  }

  /** A view of what was given to the constructor. */
  raw(): Uint8Array {
    const end = this.varint() + this.at;
    if (end > this.end) throw new WireError('unexpected EOF');
    const bytes = this.#bytes.subarray(this.at, end);
    this.at = end;
    return bytes;
  }

  /** Reads what lies in the next `length` bytes. */
  within<T>(length: number, read: (reader: this) => T): T {
    const { end } = this;
    if (this.at + length > end) throw new WireError('unexpected EOF');
    this.end = this.at + length;
    const result = read(this);
    this.end = end;
    return result;
  }

  text(): string {
    const bytes = this.raw();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  }

  skip(wireType: number): void {
    if (wireType === wireTypes.varint) this.varint();
    else if (wireType === wireTypes.bytes) this.raw();
    else if (wireType === wireTypes.fixed64) this.at += 8;
    else if (wireType === wireTypes.fixed32) this.at += 4;
    else throw new WireError('cannot parse invalid wire-format data');
    if (this.at > this.end) throw new WireError('unexpected EOF');
  }

  #byte(): number {
    if (this.at >= this.end) throw new WireError('unexpected EOF');
    return this.#bytes[this.at++] ?? 0;
  }
}

function sizeOfVarint(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}
