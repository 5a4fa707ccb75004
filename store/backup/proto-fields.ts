// The fields of a protobuf message without its description: enough for the few messages of etcd's log and snapshot files.
import type { Buffer } from 'node:buffer';

export interface ProtoField {
  readonly number: number;
  /** A varint or fixed number; undefined for bytes. */
  readonly value: bigint | undefined;
  readonly bytes: Buffer | undefined;
}

/** Error: when `message` is not one. */
export function* fieldsOf(message: Buffer): Generator<ProtoField> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new Error('a number is cut off');
  };
  const take = (length: number): Buffer => {
    if (at + length > message.length) throw new Error('a field is cut off');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = Number(varint());
    const number = Math.floor(tag / 8);
    if (number === 0) throw new Error('a field without number');
    if (tag % 8 === 0) yield { number, value: varint(), bytes: undefined };
    else if (tag % 8 === 1) yield { number, value: take(8).readBigUInt64LE(), bytes: undefined };
    else if (tag % 8 === 2) yield { number, value: undefined, bytes: take(Number(varint())) };
    else if (tag % 8 === 5)
      yield { number, value: BigInt(take(4).readUInt32LE()), bytes: undefined };
    else throw new Error(`a field of kind ${tag % 8}`);
  }
}

/** The last value of each field. */
export function fieldMap(message: Buffer): ReadonlyMap<number, ProtoField> {
  return new Map([...fieldsOf(message)].map((field) => [field.number, field]));
}

export const numberOf = (fields: ReadonlyMap<number, ProtoField>, number: number): number =>
  Number(fields.get(number)?.value ?? 0n);
