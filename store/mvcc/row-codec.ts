// The values of the tables, byte for byte as etcd's generated Go code writes them (fields in order, zero values left
// out): mvccpb.KeyValue, leasepb.Lease, etcdserverpb.AlarmMember. HashKV and backups depend on these exact bytes.
import assert from 'node:assert/strict';
import type { AlarmType, KeyValue } from '../kv.js';

const noBytes: Uint8Array = new Uint8Array(0);
/** Tag bytes: field number << 3 | wire type (0 varint, 2 length-delimited). */
const tag = {
  key: 0x0a,
  create: 0x10,
  mod: 0x18,
  version: 0x20,
  value: 0x2a,
  lease: 0x30,
} as const;

export function encodeKeyValue(kv: KeyValue): Uint8Array {
  const { key, value, createRevision, modRevision, version, lease } = kv;
  const size =
    sizeOfBytes(key) +
    sizeOfCounter(createRevision) +
    sizeOfCounter(modRevision) +
    sizeOfCounter(version) +
    sizeOfBytes(value) +
    (lease === 0n ? 0 : 1 + sizeOfInt64(lease));
  // Not from node's pool: the memory tables keep the row, and it would keep a whole slab with it.
  const out = Buffer.allocUnsafeSlow(size);
  let at = writeBytes(out, 0, tag.key, key);
  at = writeCounter(out, at, tag.create, createRevision);
  at = writeCounter(out, at, tag.mod, modRevision);
  at = writeCounter(out, at, tag.version, version);
  at = writeBytes(out, at, tag.value, value);
  if (lease !== 0n) at = writeInt64(out, at, tag.lease, lease);
  assert(at === size, 'row size');
  return out;
}

/** The result's key and value are views of `bytes`. */
export function decodeKeyValue(bytes: Uint8Array): KeyValue {
  const reader = new FieldReader(bytes);
  let key = noBytes;
  let value = noBytes;
  let createRevision = 0;
  let modRevision = 0;
  let version = 0;
  let lease = 0n;
  while (!reader.done) {
    switch (reader.byte()) {
      case tag.key:
        key = reader.bytes();
        break;
      case tag.create:
        createRevision = reader.counter();
        break;
      case tag.mod:
        modRevision = reader.counter();
        break;
      case tag.version:
        version = reader.counter();
        break;
      case tag.value:
        value = reader.bytes();
        break;
      case tag.lease:
        lease = reader.int64();
        break;
      default:
        assert.fail('unknown field in a KeyValue row');
    }
  }
  return { key, value, createRevision, modRevision, version, lease };
}

export interface LeaseRow {
  readonly id: bigint;
  readonly ttlSeconds: number;
  /** What a checkpoint left; 0 = no checkpoint, the full TTL. */
  readonly remainingSeconds: number;
}

export function leaseRowKey(id: bigint): Uint8Array {
  const key = Buffer.allocUnsafe(8);
  key.writeBigInt64BE(id);
  return key;
}

export function encodeLease(row: LeaseRow): Uint8Array {
  const out = Buffer.allocUnsafe(33);
  let at = row.id === 0n ? 0 : writeInt64(out, 0, 0x08, row.id);
  at = writeCounter(out, at, 0x10, row.ttlSeconds);
  at = writeCounter(out, at, 0x18, row.remainingSeconds);
  return out.subarray(0, at);
}

export function decodeLease(bytes: Uint8Array): LeaseRow {
  const reader = new FieldReader(bytes);
  let id = 0n;
  let ttlSeconds = 0;
  let remainingSeconds = 0;
  while (!reader.done) {
    const field = reader.byte();
    if (field === 0x08) id = reader.int64();
    else if (field === 0x10) ttlSeconds = reader.counter();
    else if (field === 0x18) remainingSeconds = reader.counter();
    else assert.fail('unknown field in a Lease row');
  }
  return { id, ttlSeconds, remainingSeconds };
}

export interface AlarmRow {
  readonly member: bigint;
  readonly alarm: AlarmType;
}

const alarmNumbers = { nospace: 1, corrupt: 2 } as const satisfies Record<AlarmType, number>;

/** etcd keeps the alarm in the row's key; the value is empty. */
export function encodeAlarm(row: AlarmRow): Uint8Array {
  const out = Buffer.allocUnsafe(13);
  let at = row.member === 0n ? 0 : writeInt64(out, 0, 0x08, row.member);
  at = writeCounter(out, at, 0x10, alarmNumbers[row.alarm]);
  return out.subarray(0, at);
}

export function decodeAlarm(bytes: Uint8Array): AlarmRow {
  const reader = new FieldReader(bytes);
  let member = 0n;
  let number = 0;
  while (!reader.done) {
    const field = reader.byte();
    if (field === 0x08) member = BigInt.asUintN(64, reader.int64());
    else if (field === 0x10) number = reader.counter();
    else assert.fail('unknown field in an AlarmMember row');
  }
  assert(number === 1 || number === 2, 'unknown alarm');
  return { member, alarm: number === 1 ? 'nospace' : 'corrupt' };
}

function sizeOfVarint(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

function sizeOfCounter(value: number): number {
  return value === 0 ? 0 : 1 + sizeOfVarint(value);
}

function sizeOfBytes(bytes: Uint8Array): number {
  return bytes.length === 0 ? 0 : 1 + sizeOfVarint(bytes.length) + bytes.length;
}

function sizeOfInt64(value: bigint): number {
  let size = 1;
  for (let rest = BigInt.asUintN(64, value); rest >= 0x80n; rest >>= 7n) size++;
  return size;
}

function writeVarint(out: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest >= 0x80) {
    out[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  out[at++] = rest;
  return at;
}

function writeCounter(out: Uint8Array, at: number, field: number, value: number): number {
  if (value === 0) return at;
  out[at] = field;
  return writeVarint(out, at + 1, value);
}

function writeBytes(out: Uint8Array, start: number, field: number, bytes: Uint8Array): number {
  if (bytes.length === 0) return start;
  out[start] = field;
  const at = writeVarint(out, start + 1, bytes.length);
  out.set(bytes, at);
  return at + bytes.length;
}

function writeInt64(out: Uint8Array, start: number, field: number, value: bigint): number {
  let at = start;
  out[at++] = field;
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 0x80n; rest >>= 7n) out[at++] = Number(rest & 0x7fn) | 0x80;
  out[at++] = Number(rest);
  return at;
}

class FieldReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.#at++];
    assert(byte !== undefined, 'row ends early');
    return byte;
  }

  counter(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    assert(Number.isSafeInteger(value), 'counter out of range');
    return value;
  }

  int64(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      assert(shift < 70n, 'varint too long');
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
  }

  bytes(): Uint8Array {
    const end = this.counter() + this.#at;
    assert(end <= this.#bytes.length, 'row ends early');
    const slice = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return slice;
  }
}
