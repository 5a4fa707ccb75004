// Bodies in application/vnd.kubernetes.protobuf, as typed Go clients (kubectl create, controllers) send them:
// turned into the JSON the same client would have sent. Field numbers are in schemas/protobuf.json:
// message -> field -> [number, type, mark]. Marks: `list`, `map` (string keys), `inline` (the fields belong to the
// message around it, as Go embeds them), `keep` (a zero value was set on purpose: Go's pointer fields and required
// ones; other zeros are what Go writes for "unset").
import { readFileSync } from 'node:fs';
import { badRequest } from '../object/api-error.js';
import { parseJson } from '../object/json.js';
import { setKey } from '../object/json-key.js';
import type { Json, JsonObject } from '../object/kube-object.js';
import { WireError, WireReader, wireType } from './protobuf-wire.js';

export const protobufMediaType = 'application/vnd.kubernetes.protobuf';

type Mark = 'list' | 'map' | 'inline' | 'keep';
type FieldRow = readonly [number: number, type: string, mark?: Mark];
type MessageTable = Readonly<Record<string, Readonly<Record<string, FieldRow>>>>;

interface Field {
  readonly name: string;
  readonly type: string;
  readonly mark: Mark | undefined;
}

type Message = ReadonlyMap<number, Field>;

const magic = [0x6b, 0x38, 0x73, 0x00]; // "k8s\0"
const depthMax = 100;

export class ProtobufDecoder {
  readonly #load: () => MessageTable;
  #table: MessageTable | undefined;
  readonly #messages = new Map<string, Message>();

  constructor(load: () => MessageTable = readTable) {
    this.#load = load;
  }

  /** One object with apiVersion and kind. Throws 400. */
  decode(body: Uint8Array): JsonObject {
    if (magic.some((byte, index) => body[index] !== byte)) {
      throw badRequest(
        `provided data does not appear to be a protobuf message, expected prefix ${JSON.stringify(magic)}`,
      );
    }
    try {
      return this.#decodeUnknown(body.subarray(magic.length));
    } catch (error) {
      if (error instanceof WireError) throw badRequest(`proto: ${error.message}`);
      throw error;
    }
  }

  /** runtime.Unknown: which type, and its bytes. */
  #decodeUnknown(body: Uint8Array): JsonObject {
    const { apiVersion, kind, raw } = readEnvelope(body);
    const message = this.#messageOf(apiVersion, kind);
    if (message === undefined) {
      throw badRequest(
        `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in protobuf`,
      );
    }
    return { apiVersion, kind, ...this.#object(raw, message, 0) };
  }

  /** `apps/v1`, `Deployment` -> `apps.v1.Deployment`; options travel under the version of what they are for. */
  #messageOf(apiVersion: string, kind: string): Message | undefined {
    const slash = apiVersion.indexOf('/');
    const group = slash < 0 ? 'core' : apiVersion.slice(0, slash);
    const version = apiVersion.slice(slash + 1);
    const [folder = ''] = group.split('.');
    return this.#find(`${folder}.${version}.${kind}`) ?? this.#find(`meta.v1.${kind}`);
  }

  #find(name: string): Message | undefined {
    const known = this.#messages.get(name);
    if (known !== undefined) return known;
    this.#table ??= this.#load();
    const rows = Object.hasOwn(this.#table, name) ? this.#table[name] : undefined;
    if (rows === undefined) return undefined;
    const message = new Map(
      Object.entries(rows).map(([field, [number, type, mark]]) => [
        number,
        { name: field, type, mark },
      ]),
    );
    this.#messages.set(name, message);
    return message;
  }

  #object(bytes: Uint8Array, message: Message, depth: number): JsonObject {
    if (depth > depthMax) throw new WireError('nested too deeply');
    const reader = new WireReader(bytes);
    const object: JsonObject = {};
    while (!reader.isAtEnd) {
      const { field: number, wire } = reader.tag();
      const field = message.get(number);
      if (field === undefined) reader.skip(wire);
      else this.#readField(reader, wire, field, object, depth);
    }
    return object;
  }

  #readField(
    reader: WireReader,
    wire: number,
    field: Field,
    object: JsonObject,
    depth: number,
  ): void {
    const { name, type, mark } = field;
    if (mark === 'map') {
      this.#readEntry(reader.bytes(), type, mapAt(object, name), depth);
      return;
    }
    const value = this.#value(reader, wire, type, depth);
    if (mark === 'list') {
      listAt(object, name).push(value ?? null);
    } else if (mark === 'inline') {
      Object.assign(object, value);
    } else if (value !== undefined && (mark === 'keep' || !isZero(value))) {
      setKey(object, name, value);
    }
  }

  #readEntry(bytes: Uint8Array, type: string, map: JsonObject, depth: number): void {
    const reader = new WireReader(bytes);
    let key = '';
    let value: Json | undefined;
    while (!reader.isAtEnd) {
      const { field, wire } = reader.tag();
      if (field === 1) key = textOf(reader.bytes());
      else if (field === 2) value = this.#value(reader, wire, type, depth);
      else reader.skip(wire);
    }
    setKey(map, key, value ?? (type === 'string' || type === 'bytes' ? '' : null));
  }

  /** Undefined: a message that stands for "not set" (an empty time). */
  #value(reader: WireReader, wire: number, type: string, depth: number): Json | undefined {
    switch (type) {
      case 'int32':
      case 'int64':
        return jsonNumber(reader.signed());
      case 'uint32':
      case 'uint64':
        return jsonNumber(reader.varint());
      case 'bool':
        return reader.varint() !== 0n;
      case 'double':
        return reader.double();
    }
    if (wire !== wireType.bytes) throw new WireError(`wrong wireType = ${wire}`);
    const bytes = reader.bytes();
    if (type === 'string') return textOf(bytes);
    if (type === 'bytes') return Buffer.from(bytes).toString('base64');
    return this.#message(bytes, type, depth + 1);
  }

  #message(bytes: Uint8Array, type: string, depth: number): Json | undefined {
    const message = this.#find(type);
    if (message === undefined) throw new WireError(`unknown message ${type}`);
    switch (type) {
      // Embedded JSON: decoded from its own bytes, not as the message's base64.
      case 'runtime.RawExtension':
      case 'meta.v1.FieldsV1':
      case 'apiextensions.v1.JSON':
        return rawJson(bytes);
    }
    const object = this.#object(bytes, message, depth);
    const special = specialForms[type];
    return special === undefined ? object : special(object);
  }
}

const specialForms: Readonly<Record<string, (object: JsonObject) => Json | undefined>> = {
  'meta.v1.Time': (time) => timeText(time, 0),
  'meta.v1.MicroTime': (time) => timeText(time, 6),
  'meta.v1.Duration': ({ duration }) => durationText(BigInt(integerOf(duration))),
  'resource.Quantity': ({ string: text }) => text ?? '0',
  'intstr.IntOrString': ({ type, intVal, strVal }) => (type === 1 ? (strVal ?? '') : (intVal ?? 0)),
  'authentication.v1.ExtraValue': ({ items }) => items ?? [],
  'authorization.v1.ExtraValue': ({ items }) => items ?? [],
  'certificates.v1.ExtraValue': ({ items }) => items ?? [],
  'meta.v1.Verbs': ({ items }) => items ?? [],
  'apiextensions.v1.JSONSchemaPropsOrArray': ({ schema, jSONSchemas }) => schema ?? jSONSchemas,
  'apiextensions.v1.JSONSchemaPropsOrBool': ({ schema, allows }) => schema ?? allows ?? false,
  'apiextensions.v1.JSONSchemaPropsOrStringArray': ({ schema, property }) => schema ?? property,
};

function readEnvelope(body: Uint8Array): { apiVersion: string; kind: string; raw: Uint8Array } {
  const envelope = new WireReader(body);
  let [apiVersion, kind, raw] = ['', '', new Uint8Array(0)];
  while (!envelope.isAtEnd) {
    const { field, wire } = envelope.tag();
    if (field === 1) {
      const type = new WireReader(envelope.bytes());
      while (!type.isAtEnd) {
        const inner = type.tag();
        if (inner.field === 1) apiVersion = textOf(type.bytes());
        else if (inner.field === 2) kind = textOf(type.bytes());
        else type.skip(inner.wire);
      }
    } else if (field === 2) raw = new Uint8Array(envelope.bytes());
    else envelope.skip(wire);
  }
  return { apiVersion, kind, raw };
}

function rawJson(bytes: Uint8Array): Json | undefined {
  const reader = new WireReader(bytes);
  while (!reader.isAtEnd) {
    const { field, wire } = reader.tag();
    if (field !== 1) reader.skip(wire);
    else {
      try {
        return parseJson(textOf(reader.bytes()));
      } catch {
        throw new WireError('embedded JSON is malformed');
      }
    }
  }
  return undefined;
}

/** RFC 3339; the zero time, which Go writes as nothing, is "not set". */
function timeText({ seconds, nanos }: JsonObject, digits: number): string | undefined {
  if (seconds === undefined && nanos === undefined) return undefined;
  const ms = Number(integerOf(seconds)) * 1000;
  if (Math.abs(ms) > 8.64e15) throw new WireError('time out of range');
  const text = new Date(ms).toISOString().slice(0, 19);
  if (digits === 0) return `${text}Z`;
  return `${text}.${String(integerOf(nanos)).padStart(9, '0').slice(0, digits)}Z`;
}

/** Nanoseconds as Go prints durations that are whole seconds, or fractions of one. */
function durationText(nanos: bigint): string {
  const total = Number(nanos) / 1e9;
  const hours = Math.trunc(total / 3600);
  const minutes = Math.trunc((total % 3600) / 60);
  const seconds = total % 60;
  if (hours !== 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds}s`;
}

const integerOf = (value: Json | undefined): number | bigint =>
  typeof value === 'number' || typeof value === 'bigint' ? value : 0;

const jsonNumber = (value: bigint): number | bigint => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
};

const isZero = (value: Json): boolean => value === '' || value === 0 || value === false;

const decoder = new TextDecoder();
const textOf = (bytes: Uint8Array): string => decoder.decode(bytes);

function listAt(object: JsonObject, name: string): Json[] {
  const list = object[name];
  if (Array.isArray(list)) return list;
  const made: Json[] = [];
  object[name] = made;
  return made;
}

function mapAt(object: JsonObject, name: string): JsonObject {
  const map = object[name];
  if (typeof map === 'object' && map !== null && !Array.isArray(map)) return map;
  const made: JsonObject = {};
  object[name] = made;
  return made;
}

function readTable(): MessageTable {
  const file = new URL('../../../schemas/protobuf.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as MessageTable; // as: the file is ours
}
