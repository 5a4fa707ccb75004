// etcd's messages as bytes and back, for servers and clients alike. `messageType('etcdserverpb.PutRequest')` gives both
// directions; `methodType('etcdserverpb.KV/Put')` the two ends of a call. A decoded message has every plain field
// (0, '', false, empty bytes, [] when the wire had none); absent are only messages and fields of a oneof. Encoding takes
// any part of one. 64-bit identities are bigint, counters are numbers (must be safe to encode); enums are numbers, and
// one nobody knows stays what it is. Unknown fields are skipped.
import assert from 'node:assert/strict';
import type { Messages, Methods } from './messages.js';
import { schema, type FieldRow, type MessageRow, type MethodRow } from './schema.js';
import { WireReader, WireWriter, wireTypes } from './wire.js';

type Plain = Uint8Array | string | number | bigint | boolean | undefined;
type PartOf<T> = T extends Plain ? T : Partially<T>;

/** Any part of a message, at every depth. */
export type Partially<T> = {
  readonly [K in keyof T]?: T[K] extends readonly (infer U)[] ? readonly PartOf<U>[] : PartOf<T[K]>;
};

export interface MessageType<T> {
  readonly name: string;
  readonly fields: readonly FieldRow[];
  encode(message: Partially<T>): Buffer;
  /** Bytes fields are views of `bytes`. Error: WireError. */
  decode(bytes: Uint8Array): T;
}

export interface MethodType<Request, Response> extends Omit<MethodRow, 'request' | 'response'> {
  readonly request: MessageType<Request>;
  readonly response: MessageType<Response>;
}

type Value = Plain | Struct | readonly (Plain | Struct)[];
interface Struct {
  [field: string]: Value;
}

interface FieldCoder {
  readonly read: (reader: WireReader, into: Struct) => void;
  readonly write: (writer: WireWriter, value: Value) => void;
  readonly name: string;
}

interface Coder {
  readonly byTag: ReadonlyMap<number, FieldCoder>;
  /** Highest number first: the writer goes backwards. */
  readonly backwards: readonly FieldCoder[];
  readonly empty: Struct;
  readonly lists: readonly string[];
}

const coders = new Map<string, Coder>();
const writer = new WireWriter();

export function messageType<Name extends keyof Messages>(name: Name): MessageType<Messages[Name]> {
  return untypedMessage(name) as MessageType<Messages[Name]>; // as: messages.ts says what the schema's rows hold
}

export function methodType<Path extends keyof Methods>(
  path: Path,
): MethodType<Methods[Path][0], Methods[Path][1]> {
  const row = schema.methods.get(`/${path}`);
  assert(row, `unknown method ${path}`);
  return {
    ...row,
    request: untypedMessage(row.request) as MessageType<Methods[Path][0]>, // as: see messageType
    response: untypedMessage(row.response) as MessageType<Methods[Path][1]>, // as: see messageType
  };
}

/** For who finds the type's name in the schema only (the JSON gateway). */
export function untypedMessage(name: string): MessageType<unknown> {
  const coder = coderOf(name);
  return {
    name,
    fields: rowOf(name).fields,
    encode(message) {
      try {
        writeMessage(writer, coder, message);
        return writer.take();
      } finally {
        writer.reset();
      }
    },
    decode: (bytes) => readMessage(new WireReader(bytes), coder),
  };
}

function rowOf(name: string): MessageRow {
  const row = schema.messages.get(name);
  assert(row, `unknown message ${name}`);
  return row;
}

/** Made on first use; messages may contain themselves, so it is known before its fields are. */
function coderOf(name: string): Coder {
  const known = coders.get(name);
  if (known) return known;
  const byTag = new Map<number, FieldCoder>();
  const backwards: FieldCoder[] = [];
  const empty: Struct = {};
  const lists: string[] = [];
  const coder: Coder = { byTag, backwards, empty, lists };
  coders.set(name, coder);
  for (const field of rowOf(name).fields) {
    const plain = plainCoders(field);
    const value = field.isRepeated ? listCoder(field, plain) : singleCoder(field, plain);
    backwards.unshift(value);
    byTag.set(field.number * 8 + plain.wireType, value);
    if (field.isRepeated && plain.wireType === wireTypes.varint)
      byTag.set(field.number * 8 + wireTypes.bytes, packedReader(field, plain));
    if (field.isRepeated) lists.push(field.name);
    else if (plain.zero !== undefined && field.oneof === undefined) empty[field.name] = plain.zero;
  }
  return coder;
}

/** How one value of a field is read and written, its tag aside. */
interface PlainCoder {
  readonly wireType: number;
  /** What is not written, and stands for a field that was not on the wire; undefined: nothing does. */
  readonly zero: Plain;
  readonly read: (reader: WireReader) => Plain | Struct;
  readonly write: (writer: WireWriter, value: Value) => void;
}

const noBytes: Uint8Array = new Uint8Array(0);

function plainCoders(field: FieldRow): PlainCoder {
  const { kind } = field;
  const unsigned = kind === 'uint64';
  const text = (value: Value): string => (typeof value === 'string' ? value : wrong(field, value));
  switch (kind) {
    case 'message':
      return messageCoder(field.type);
    case 'bytes':
      return {
        wireType: wireTypes.bytes,
        zero: noBytes,
        read: (reader) => reader.raw(),
        write(to, value) {
          if (!(value instanceof Uint8Array)) wrong(field, value);
          to.raw(value);
          to.varint(value.length);
        },
      };
    case 'string':
      return {
        wireType: wireTypes.bytes,
        zero: '',
        read: (reader) => reader.text(),
        write(to, value) {
          const before = to.length;
          to.text(text(value));
          to.varint(to.length - before);
        },
      };
    case 'bool':
      return {
        wireType: wireTypes.varint,
        zero: false,
        read: (reader) => reader.varint() !== 0,
        write: (to, value) => {
          to.varint(value === true ? 1 : 0);
        },
      };
    case 'int64':
    case 'uint64':
      return field.isIdentity ? identityCoder(field, unsigned) : counterCoder(field, unsigned);
    case 'uint32':
      return counterCoder(field, true);
    case 'int32':
    case 'enum':
      return counterCoder(field, false);
    default:
      kind satisfies never;
      return assert.fail('unknown kind');
  }
}

function identityCoder(field: FieldRow, unsigned: boolean): PlainCoder {
  return {
    wireType: wireTypes.varint,
    zero: 0n,
    read: (reader) => (unsigned ? BigInt.asUintN(64, reader.bigint()) : reader.bigint()),
    write(to, value) {
      to.bigint(typeof value === 'bigint' ? value : wrong(field, value));
    },
  };
}

function counterCoder(field: FieldRow, unsigned: boolean): PlainCoder {
  return {
    wireType: wireTypes.varint,
    zero: 0,
    read: (reader) => (unsigned ? reader.varint() : reader.int64()),
    write(to, value) {
      to.int64(typeof value === 'number' ? value : wrong(field, value));
    },
  };
}

function messageCoder(type: string): PlainCoder {
  let coder: Coder | undefined;
  return {
    wireType: wireTypes.bytes,
    zero: undefined,
    read(reader) {
      coder ??= coderOf(type);
      const length = reader.varint();
      return reader.within(length, (inner) => readMessage(inner, (coder ??= coderOf(type))));
    },
    write(to, value) {
      coder ??= coderOf(type);
      const before = to.length;
      writeMessage(to, coder, value as Struct); // as: the caller's type says a message stands here
      to.varint(to.length - before);
    },
  };
}

function singleCoder({ name, number, oneof }: FieldRow, plain: PlainCoder): FieldCoder {
  const tag = number * 8 + plain.wireType;
  const { zero } = plain;
  const isZero = (value: Value): boolean =>
    oneof === undefined && (value === zero || (value instanceof Uint8Array && value.length === 0));
  return {
    name,
    read(reader, into) {
      into[name] = plain.read(reader);
    },
    write(to, value) {
      if (isZero(value)) return;
      plain.write(to, value);
      to.varint(tag);
    },
  };
}

function listCoder(field: FieldRow, plain: PlainCoder): FieldCoder {
  const { name, number } = field;
  const packed = field.isPacked && plain.wireType === wireTypes.varint;
  const tag = number * 8 + (packed ? wireTypes.bytes : plain.wireType);
  return {
    name,
    read(reader, into) {
      listIn(into, name).push(plain.read(reader));
    },
    write(to, value) {
      const list = value as readonly Value[]; // as: the caller's type says a list stands here
      if (list.length === 0) return;
      const before = to.length;
      for (let i = list.length - 1; i >= 0; i--) {
        plain.write(to, list[i]);
        if (!packed) to.varint(tag);
      }
      if (!packed) return;
      to.varint(to.length - before);
      to.varint(tag);
    },
  };
}

function packedReader(field: FieldRow, plain: PlainCoder): FieldCoder {
  return {
    name: field.name,
    read(reader, into) {
      const list = listIn(into, field.name);
      const end = reader.varint() + reader.at;
      while (reader.at < end) list.push(plain.read(reader));
    },
    write: () => assert.fail('read only'),
  };
}

function listIn(into: Struct, name: string): (Plain | Struct)[] {
  return into[name] as (Plain | Struct)[]; // as: readMessage put an empty list there
}

function readMessage(reader: WireReader, coder: Coder): Struct {
  const message: Struct = { ...coder.empty };
  for (const name of coder.lists) message[name] = [];
  while (reader.at < reader.end) {
    const tag = reader.varint();
    const field = coder.byTag.get(tag);
    if (field) field.read(reader, message);
    else reader.skip(tag % 8);
  }
  return message;
}

function writeMessage(to: WireWriter, coder: Coder, message: Struct): void {
  for (const field of coder.backwards) {
    const value = message[field.name];
    if (value !== undefined) field.write(to, value);
  }
}

function wrong(field: FieldRow, value: unknown): never {
  throw new TypeError(`${field.name}: ${field.kind} expected, not ${typeof value}`);
}
