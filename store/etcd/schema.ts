// What etcd's API is made of: messages and methods as schemas/etcd/rpc.json lists them (names and numbers are etcd's).
// Read codec.ts for how they become bytes, messages.ts for their TypeScript types.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

export type ScalarKind = 'int32' | 'int64' | 'uint32' | 'uint64' | 'bool' | 'string' | 'bytes';

export interface FieldRow {
  readonly name: string;
  readonly number: number;
  readonly kind: ScalarKind | 'enum' | 'message';
  readonly isRepeated: boolean;
  /** Full name of the enum or message, '' for scalars. */
  readonly type: string;
  /** Field of a oneof: absent from a decoded message unless it was on the wire. */
  readonly oneof: string | undefined;
  /** A 64-bit identity, kept as bigint; the other 64-bit fields count something and are numbers. */
  readonly isIdentity: boolean;
  /** proto2 (raftpb): lists of numbers are written one by one. */
  readonly isPacked: boolean;
}

export interface MessageRow {
  /** As 'etcdserverpb.PutRequest'. */
  readonly name: string;
  /** By number, ascending: the order they are written in. */
  readonly fields: readonly FieldRow[];
}

export interface MethodRow {
  readonly service: string;
  readonly name: string;
  /** As '/etcdserverpb.KV/Put'. */
  readonly path: string;
  readonly request: string;
  readonly response: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}

export interface Schema {
  readonly messages: ReadonlyMap<string, MessageRow>;
  /** Full name -> value name -> number. */
  readonly enums: ReadonlyMap<string, Readonly<Record<string, number>>>;
  /** By path. */
  readonly methods: ReadonlyMap<string, MethodRow>;
}

/** One namespace, message, enum or service of the file. */
interface Node {
  readonly edition?: string;
  readonly nested?: Readonly<Record<string, Node>>;
  readonly fields?: Readonly<Record<string, { type: string; id: number; rule?: string }>>;
  readonly oneofs?: Readonly<Record<string, { oneof: readonly string[] }>>;
  readonly values?: Readonly<Record<string, number>>;
  readonly methods?: Readonly<
    Record<
      string,
      {
        requestType: string;
        responseType: string;
        requestStream?: boolean;
        responseStream?: boolean;
      }
    >
  >;
}

/** grpc.health.v1 is gRPC's own, not etcd's, so it is not in etcd's file. */
const health: Node = {
  nested: {
    Health: {
      methods: {
        Check: { requestType: 'HealthCheckRequest', responseType: 'HealthCheckResponse' },
        Watch: {
          requestType: 'HealthCheckRequest',
          responseType: 'HealthCheckResponse',
          responseStream: true,
        },
      },
    },
    HealthCheckRequest: { fields: { service: { type: 'string', id: 1 } } },
    HealthCheckResponse: {
      fields: { status: { type: 'ServingStatus', id: 1 } },
      nested: {
        ServingStatus: { values: { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } },
      },
    },
  },
};

const scalars: readonly string[] = [
  'int32',
  'int64',
  'uint32',
  'uint64',
  'bool',
  'string',
  'bytes',
];

/** 64-bit fields that name something instead of counting: exact whatever their value. */
const identities: readonly string[] = [
  ...['ID', 'cluster_id', 'member_id', 'memberID', 'member_ID', 'targetID', 'leader', 'lease'],
  ...['watch_id', 'NodeID', 'ClusterID', 'id', 'node_id', 'to', 'from', 'vote'],
  ...['voters', 'learners', 'voters_outgoing', 'learners_next'],
];

export const schema: Schema = readSchema();

function readSchema(): Schema {
  const file = new URL('../../../schemas/etcd/rpc.json', import.meta.url);
  const root = JSON.parse(readFileSync(file, 'utf8')) as Node; // as: the file is ours, protobufjs's JSON form
  const nodes = new Map<string, Node>();
  collect(root, '', false, nodes);
  collect(
    { nested: { grpc: { nested: { health: { nested: { v1: health } } } } } },
    '',
    false,
    nodes,
  );
  const messages = new Map<string, MessageRow>();
  const enums = new Map<string, Readonly<Record<string, number>>>();
  const methods = new Map<string, MethodRow>();
  for (const [name, node] of nodes) {
    if (node.fields) messages.set(name, { name, fields: fieldsOf(name, node, nodes) });
    else if (node.values) enums.set(name, node.values);
    for (const row of methodsOf(name, node, nodes)) methods.set(row.path, row);
  }
  return { messages, enums, methods };
}

function collect(node: Node, name: string, isProto2: boolean, into: Map<string, Node>): void {
  const proto2 = isProto2 || node.edition === 'proto2';
  if (name !== '') into.set(name, proto2 ? { ...node, edition: 'proto2' } : node);
  for (const [key, child] of Object.entries(node.nested ?? {}))
    collect(child, name === '' ? key : `${name}.${key}`, proto2, into);
}

function fieldsOf(message: string, node: Node, nodes: Map<string, Node>): FieldRow[] {
  const oneofs = new Map<string, string>();
  for (const [name, { oneof }] of Object.entries(node.oneofs ?? {}))
    for (const field of oneof) oneofs.set(field, name);
  return Object.entries(node.fields ?? {})
    .map(([name, { type, id, rule }]): FieldRow => {
      const full = isScalar(type) ? '' : resolve(type, message, nodes);
      const isRepeated = rule === 'repeated';
      const isPacked = isRepeated && node.edition !== 'proto2';
      const row = { name, number: id, isRepeated, type: full, oneof: oneofs.get(name), isPacked };
      if (!isScalar(type))
        return { ...row, kind: nodes.get(full)?.values ? 'enum' : 'message', isIdentity: false };
      const is64 = type === 'int64' || type === 'uint64';
      return { ...row, kind: type, isIdentity: is64 && identities.includes(name) };
    })
    .sort((a, b) => a.number - b.number);
}

function methodsOf(service: string, node: Node, nodes: Map<string, Node>): MethodRow[] {
  return Object.entries(node.methods ?? {}).map(([name, row]) => ({
    service,
    name,
    path: `/${service}/${name}`,
    request: resolve(row.requestType, service, nodes),
    response: resolve(row.responseType, service, nodes),
    requestStream: row.requestStream ?? false,
    responseStream: row.responseStream ?? false,
  }));
}

/** Protobuf's scoping: the innermost enclosing scope that has the name. */
function resolve(type: string, from: string, nodes: Map<string, Node>): string {
  for (let scope = from; ; scope = scope.slice(0, Math.max(0, scope.lastIndexOf('.')))) {
    const name = scope === '' ? type : `${scope}.${type}`;
    if (nodes.has(name)) return name;
    assert(scope !== '', `unknown type ${type} in ${from}`);
  }
}

function isScalar(type: string): type is ScalarKind {
  return scalars.includes(type);
}
