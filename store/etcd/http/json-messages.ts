// etcd's messages as JSON and back, as the gRPC gateway of etcd prints them: fields under their names in the .proto,
// 64-bit numbers as strings, bytes in base64, enums by name, zero values left out. Taken in are also lowerCamelCase names,
// numbers for numbers and enums, and null for "not given"; fields nobody knows are skipped.
import { CallError, statusCode } from '../call.js';
import { untypedMessage } from '../codec.js';
import { schema, type FieldRow } from '../schema.js';

interface Struct {
  readonly [name: string]: unknown;
}

/** `message` may be any part of one of type `name`. */
export function messageToJson(name: string, message: unknown): Struct {
  const from = message as Struct; // as: the caller's type name says so
  const json: Record<string, unknown> = {};
  for (const field of fieldsOf(name)) {
    const value = from[field.name];
    if (value === undefined) continue;
    if (field.isRepeated) {
      const list = value as readonly unknown[]; // as: see from
      if (list.length > 0) json[field.name] = list.map((each) => valueToJson(field, each));
    } else if (field.oneof !== undefined || !isZero(value)) {
      json[field.name] = valueToJson(field, value);
    }
  }
  return json;
}

function isZero(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === 0;
  return value === 0 || value === 0n || value === '' || value === false;
}

function valueToJson(field: FieldRow, value: unknown): unknown {
  switch (field.kind) {
    case 'message':
      return messageToJson(field.type, value);
    case 'bytes': {
      const { buffer, byteOffset, byteLength } = value as Uint8Array; // as: the schema says so
      return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
    }
    case 'int64':
    case 'uint64':
      return String(value);
    case 'enum':
      return enumName(field.type, Number(value)) ?? value;
    default:
      return value;
  }
}

function enumName(type: string, number: number): string | undefined {
  const values = Object.entries(schema.enums.get(type) ?? {});
  return values.find(([, each]) => each === number)?.[0];
}

/** A whole message, with its defaults. Throws CallError (InvalidArgument) that says what does not fit. */
export function messageFromJson(name: string, json: unknown): unknown {
  const type = untypedMessage(name);
  const part = structOf(name, json ?? {});
  try {
    return type.decode(type.encode(part));
  } catch (error) {
    throw wrong(`${name}: ${String(error)}`);
  }
}

function structOf(name: string, json: unknown): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw wrong(`${name} must be a JSON object`);
  const fields = fieldsByJsonName(name);
  const part: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(json)) {
    const field = fields.get(key);
    if (field === undefined || value === null) continue;
    part[field.name] = field.isRepeated ? listOf(field, value) : valueOf(field, value);
  }
  return part;
}

function listOf(field: FieldRow, json: unknown): unknown[] {
  if (!Array.isArray(json)) throw wrong(`${field.name} must be a list`);
  return json.map((each: unknown) => valueOf(field, each));
}

function valueOf(field: FieldRow, json: unknown): unknown {
  switch (field.kind) {
    case 'message':
      return structOf(field.type, json);
    case 'bytes':
      return bytesOf(field, json);
    case 'string':
      if (typeof json !== 'string') throw wrong(`${field.name} must be a string`);
      return json;
    case 'bool':
      if (typeof json !== 'boolean') throw wrong(`${field.name} must be true or false`);
      return json;
    case 'enum':
      return enumOf(field, json);
    default:
      return numberOf(field, json);
  }
}

/** With or without padding, in either of the two alphabets. */
function bytesOf({ name }: FieldRow, json: unknown): Uint8Array {
  const text = typeof json === 'string' ? json.replace(/={1,2}$/, '') : undefined;
  if (text === undefined || !/^[\w+/-]*$/.test(text) || text.length % 4 === 1)
    throw wrong(`${name} must be bytes in base64`);
  return Buffer.from(text, 'base64');
}

function enumOf({ name, type }: FieldRow, json: unknown): number {
  if (typeof json === 'number' && Number.isInteger(json)) return json;
  const number = typeof json === 'string' ? schema.enums.get(type)?.[json] : undefined;
  if (number === undefined) throw wrong(`unknown value ${JSON.stringify(json)} for ${name}`);
  return number;
}

const limits = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
} as const;

function numberOf(field: FieldRow, json: unknown): number | bigint {
  const text = typeof json === 'number' ? String(json) : json;
  if (typeof text !== 'string' || !/^-?\d{1,20}$/.test(text))
    throw wrong(`${field.name} must be an integer`);
  const number = BigInt(text);
  const [min, max] = limits[field.kind as keyof typeof limits]; // as: the other kinds were dealt with
  if (number < min || number > max) throw wrong(`${field.name} is out of range`);
  if (field.isIdentity) return number;
  const counter = Number(number);
  if (!Number.isSafeInteger(counter)) throw wrong(`${field.name} is out of range`);
  return counter;
}

const byJsonName = new Map<string, ReadonlyMap<string, FieldRow>>();

function fieldsByJsonName(name: string): ReadonlyMap<string, FieldRow> {
  let fields = byJsonName.get(name);
  if (!fields) {
    fields = new Map(
      fieldsOf(name).flatMap((field) => [
        [field.name, field],
        [camelCase(field.name), field],
      ]),
    );
    byJsonName.set(name, fields);
  }
  return fields;
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function fieldsOf(name: string): readonly FieldRow[] {
  return untypedMessage(name).fields;
}

function wrong(why: string): CallError {
  return new CallError(statusCode.invalidArgument, why);
}
