import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import Long from 'long';
import protobuf from 'protobufjs';
import { messageType, methodType, untypedMessage } from '../../../store/etcd/codec.js';
import { schema, type FieldRow } from '../../../store/etcd/schema.js';

const file = new URL('../../../../schemas/etcd/rpc.json', import.meta.url);
const root = protobuf.Root.fromJSON(
  JSON.parse(readFileSync(file, 'utf8')) as protobuf.INamespace, // as: protobufjs's own JSON form
  new protobuf.Root(),
);

type Struct = Record<string, unknown>;

/** A value of the field, zero values left out: protobufjs writes whatever is set. */
function valueOf(field: FieldRow, depth: number): fc.Arbitrary<unknown> {
  const one = ((): fc.Arbitrary<unknown> => {
    switch (field.kind) {
      case 'message':
        return messageOf(field.type, depth + 1);
      case 'enum':
        return fc.integer({ min: 1, max: 9 });
      case 'int32':
        return fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).filter((each) => each !== 0);
      case 'uint32':
        return fc.integer({ min: 1, max: 2 ** 32 - 1 });
      case 'bool':
        return fc.constant(true);
      case 'string':
        return fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
      case 'bytes':
        return fc.uint8Array({ minLength: 1, maxLength: 12 }).map((each) => Buffer.from(each));
      case 'int64':
        return field.isIdentity
          ? fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).filter((each) => each !== 0n)
          : fc.maxSafeInteger().filter((each) => each !== 0);
      case 'uint64':
        return field.isIdentity
          ? fc.bigInt({ min: 1n, max: 2n ** 64n - 1n })
          : fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    }
  })();
  return field.isRepeated ? fc.array(one, { maxLength: 3 }) : one;
}

function messageOf(name: string, depth = 0): fc.Arbitrary<Struct> {
  const fields = schema.messages.get(name)?.fields ?? [];
  const shape: Record<string, fc.Arbitrary<unknown>> = {};
  const taken = new Set<string>();
  for (const field of fields) {
    if (field.kind === 'message' && depth > 2) continue;
    if (field.oneof !== undefined && taken.has(field.oneof)) continue;
    if (field.oneof !== undefined) taken.add(field.oneof);
    shape[field.name] = valueOf(field, depth);
  }
  return fc.record(shape, { requiredKeys: [] });
}

/** What protobufjs takes: 64-bit numbers as its Long. */
function forProtobufjs(value: unknown): unknown {
  if (typeof value === 'bigint') return Long.fromBigInt(BigInt.asIntN(64, value));
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(forProtobufjs);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => !(Array.isArray(each) && each.length === 0))
      .map(([key, each]) => [key, forProtobufjs(each)]),
  );
}

const etcdMessages = [...schema.messages.keys()].filter((name) => !name.startsWith('grpc.'));

describe('the codec', () => {
  it.each(etcdMessages)('writes %s as protobufjs does, and reads it back', (name) => {
    const ours = untypedMessage(name);
    const theirs = root.lookupType(name);
    fc.assert(
      fc.property(messageOf(name), (message) => {
        const bytes = ours.encode(message);
        const expected = theirs.encode(forProtobufjs(message) as Struct).finish();
        expect(bytes.toString('hex')).toBe(Buffer.from(expected).toString('hex'));
        expect(ours.encode(ours.decode(bytes) as Struct).equals(bytes)).toBe(true);
        expect(ours.decode(bytes)).toMatchObject(message);
      }),
      { numRuns: 15, seed: 7 },
    );
  });

  it('fills in what was not on the wire, but not what lies in a oneof', () => {
    const compare = messageType('etcdserverpb.Compare');
    expect(compare.decode(new Uint8Array())).toEqual({
      result: 0,
      target: 0,
      key: new Uint8Array(),
      range_end: new Uint8Array(),
    });
    expect(compare.decode(compare.encode({ version: 0 }))).toMatchObject({ version: 0 });
    expect(messageType('etcdserverpb.TxnRequest').decode(new Uint8Array())).toEqual({
      compare: [],
      success: [],
      failure: [],
    });
  });

  it('keeps an enum value it does not know, and skips fields it does not know', () => {
    const range = messageType('etcdserverpb.RangeRequest');
    expect(range.decode(Uint8Array.of(0x30, 99))).toMatchObject({ sort_target: 99 });
    const unknown = Uint8Array.of(0xfa, 0x07, 2, 1, 1, 0xf8, 0x07, 0x80, 0x01, 0x18, 5);
    expect(range.decode(unknown)).toMatchObject({ limit: 5 });
  });

  it('rounds counters beyond 2^53 and keeps identities exact', () => {
    const grant = messageType('etcdserverpb.LeaseGrantRequest');
    const most = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f);
    const bytes = Buffer.concat([Uint8Array.of(0x08), most, Uint8Array.of(0x10), most]);
    expect(grant.decode(bytes)).toEqual({ TTL: 2 ** 63, ID: 2n ** 63n - 1n });
    expect(() => grant.encode({ TTL: 2 ** 60 })).toThrow('counter out of range');
  });

  it('refuses bytes that end early or are no message', () => {
    const put = messageType('etcdserverpb.PutRequest');
    for (const bytes of [[0x0a], [0x0a, 5, 1], [0x0b], [0x18, 0x80], [0xff, 0xff, 0xff, 0xff]])
      expect(() => put.decode(Uint8Array.from(bytes))).toThrow(/^proto: /);
    expect(() => put.decode(new Uint8Array(12).fill(0xff))).toThrow('proto: integer overflow');
  });

  it('encodes on after a message that could not be encoded', () => {
    const member = messageType('etcdserverpb.MemberRemoveRequest');
    expect(() => untypedMessage(member.name).encode({ ID: 5 })).toThrow('ID: uint64 expected');
    expect(member.encode({ ID: 5n }).toString('hex')).toBe('0805');
  });

  it('knows both ends of a call', () => {
    const watch = methodType('etcdserverpb.Watch/Watch');
    expect(watch).toMatchObject({
      path: '/etcdserverpb.Watch/Watch',
      requestStream: true,
      responseStream: true,
    });
    expect(watch.request.name).toBe('etcdserverpb.WatchRequest');
  });
});

describe('the message types', () => {
  const folder = new URL('../../../../store/etcd/', import.meta.url);
  const sources = ['messages', 'kv-messages', 'cluster-messages', 'auth-messages'];
  const source = [...sources, 'recipe-messages']
    .map((name) => readFileSync(new URL(`${name}.ts`, folder), 'utf8'))
    .join('\n');
  const served = [...source.matchAll(/readonly '([\w.]+)': (\w+);/g)];

  const tsTypeOf = (field: FieldRow): string => {
    const types = { bool: 'boolean', string: 'string', bytes: 'Uint8Array' } as const;
    const plain = ((): string => {
      if (field.kind === 'message') return field.type.split('.').at(-1) ?? '';
      if (field.kind === 'bool' || field.kind === 'string' || field.kind === 'bytes')
        return types[field.kind];
      return field.isIdentity ? 'bigint' : 'number';
    })();
    return field.isRepeated ? `readonly ${plain}[]` : plain;
  };

  it.each(served.map(([, full, short]) => [full ?? '', short ?? '']))(
    '%s has the fields of the schema',
    (full, short) => {
      const { fields } = schema.messages.get(full)!;
      if (fields.length === 0 || (fields.length === 1 && fields[0]?.name === 'header')) {
        const alias = fields.length === 0 ? 'Empty' : 'HeaderOnly';
        expect(source).toMatch(new RegExp(`export type ${short} = ${alias};`));
        return;
      }
      const body = new RegExp(`export interface ${short} \\{\n([^}]*)\\}`).exec(source)?.[1] ?? '';
      expect(
        body
          .split('\n')
          .map((line) => line.trim())
          .filter((line) => line.startsWith('readonly')),
      ).toEqual(
        fields.map((field) => {
          const isAbsentable =
            field.oneof !== undefined || (field.kind === 'message' && !field.isRepeated);
          return `readonly ${field.name}${isAbsentable ? '?' : ''}: ${tsTypeOf(field)};`;
        }),
      );
    },
  );

  it('lists every method', () => {
    const listed = [...source.matchAll(/readonly '([\w./]+\/\w+)': readonly \[/g)];
    expect(listed.map(([, path]) => `/${path}`).sort()).toEqual([...schema.methods.keys()].sort());
  });
});
