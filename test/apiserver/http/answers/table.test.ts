import { describe, expect, it } from '@jest/globals';
import {
  parseIncludeObject,
  tableOfEvent,
  tableOfList,
  tableOfObject,
  type TableOptions,
} from '../../../../apiserver/http/answers/table.js';
import type { JsonObject } from '../../../../apiserver/object/kube-object.js';
import { builtInResources } from '../../../../apiserver/resources/built-in.js';
import type { Resource } from '../../../../apiserver/resources/resource.js';

interface Table {
  apiVersion: string;
  metadata: JsonObject;
  columnDefinitions: { name: string; priority: number }[] | null;
  rows: { cells: unknown[]; conditions?: unknown[]; object: JsonObject | null }[];
}

const nowMs = Date.parse('2026-01-01T00:10:00Z');
const options: TableOptions = { version: 'v1', includeObject: 'Metadata', nowMs };
const pods = builtInResources({}).find(({ plural }) => plural === 'pods')!;
const rowNamed = (plural: string): Resource =>
  builtInResources({}).find((row) => row.plural === plural)!;

const bytes = (object: JsonObject): { bytes: Uint8Array } => ({
  bytes: Buffer.from(JSON.stringify(object)),
});
const read = (body: Uint8Array): Table => JSON.parse(Buffer.from(body).toString()) as Table;

const pod = (name: string, status: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'default',
    resourceVersion: '7',
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
  spec: { containers: [{ name: 'web' }] },
  status: { phase: 'Pending', ...status },
});

describe('Table', () => {
  it('shows one object under its columns, with its metadata', () => {
    const table = read(tableOfObject(pods, bytes(pod('web')), options));
    expect(table.apiVersion).toBe('meta.k8s.io/v1');
    expect(table.metadata).toEqual({ resourceVersion: '7' });
    expect(table.columnDefinitions?.map(({ name }) => name)).toEqual([
      'Name',
      'Ready',
      'Status',
      'Restarts',
      'Age',
      'IP',
      'Node',
      'Nominated Node',
      'Readiness Gates',
    ]);
    expect(table.columnDefinitions?.[0]).toMatchObject({
      type: 'string',
      format: 'name',
      priority: 0,
    });
    expect(table.rows[0]?.cells.slice(0, 5)).toEqual(['web', '0/1', 'Pending', '0', '10m']);
    expect(table.rows[0]?.object).toEqual({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: pod('web')['metadata'],
    });
  });

  it('shows a page of a list with its place in the list', () => {
    const page = {
      revision: 42,
      entries: [bytes(pod('a')), bytes(pod('b'))],
      continueToken: 'next',
      remainingItemCount: 3,
    };
    const table = read(tableOfList(pods, page, options));
    expect(table.metadata).toEqual({
      resourceVersion: '42',
      continue: 'next',
      remainingItemCount: 3,
    });
    expect(table.rows.map(({ cells }) => cells[0])).toEqual(['a', 'b']);
  });

  it('shows an empty list as no rows under columns', () => {
    const table = read(tableOfList(pods, { revision: 1, entries: [] }, options));
    expect(table.rows).toEqual([]);
    expect(table.columnDefinitions).not.toHaveLength(0);
  });

  it('includes the whole object or none when asked', () => {
    const whole = read(
      tableOfObject(pods, bytes(pod('a')), { ...options, includeObject: 'Object' }),
    );
    expect(whole.rows[0]?.object).toEqual(pod('a'));
    const none = read(tableOfObject(pods, bytes(pod('a')), { ...options, includeObject: 'None' }));
    expect(none.rows[0]?.object).toBeNull();
  });

  it('speaks v1beta1 to clients that do', () => {
    const table = read(tableOfObject(pods, bytes(pod('a')), { ...options, version: 'v1beta1' }));
    expect(table.apiVersion).toBe('meta.k8s.io/v1beta1');
    expect(table.rows[0]?.object?.['apiVersion']).toBe('meta.k8s.io/v1beta1');
  });

  it('marks the row of a finished pod', () => {
    const table = read(tableOfObject(pods, bytes(pod('a', { phase: 'Succeeded' })), options));
    expect(table.rows[0]?.conditions).toEqual([
      {
        type: 'Completed',
        status: 'True',
        reason: 'Succeeded',
        message: 'The pod has completed successfully.',
      },
    ]);
  });

  it('sends the columns with the first event of a watch only', () => {
    const event = { type: 'ADDED' as const, object: bytes(pod('a')), frames: new Map() };
    const line = (isFirst: boolean): { type: string; object: Table } => {
      const text = Buffer.from(tableOfEvent(pods, event, options, isFirst)).toString();
      expect(text.endsWith('}\n')).toBe(true);
      return JSON.parse(text) as { type: string; object: Table };
    };
    expect(line(true).object.columnDefinitions).not.toBeNull();
    expect(line(false)).toMatchObject({ type: 'ADDED', object: { columnDefinitions: null } });
  });

  it('encodes an event once for all watchers of the same form', () => {
    const event = { type: 'ADDED' as const, object: bytes(pod('a')), frames: new Map() };
    expect(tableOfEvent(pods, event, options, false)).toBe(
      tableOfEvent(pods, event, options, false),
    );
  });

  it('leaves the status of an ERROR event as it is', () => {
    const status = { kind: 'Status', code: 410 };
    const event = { type: 'ERROR' as const, object: bytes(status), frames: new Map() };
    const text = Buffer.from(tableOfEvent(pods, event, options, false)).toString();
    expect(JSON.parse(text)).toEqual({ type: 'ERROR', object: status });
  });

  it('shows a scale in its own columns', () => {
    const scale = { metadata: { name: 'web' }, spec: { replicas: 3 }, status: { replicas: 2 } };
    const table = read(
      tableOfObject(rowNamed('deployments'), bytes(scale), { ...options, subresource: 'scale' }),
    );
    expect(table.rows[0]?.cells).toEqual(['web', 3, 2, '<unknown>']);
  });

  it('keeps numbers beyond 2^53 exact', () => {
    const text = '{"metadata":{"name":"a","generation":9007199254740993}}';
    const body = tableOfObject(pods, { bytes: Buffer.from(text) }, options);
    expect(Buffer.from(body).toString()).toContain('"generation":9007199254740993');
  });

  it('refuses an unknown includeObject', () => {
    expect(parseIncludeObject(null)).toBe('Metadata');
    expect(parseIncludeObject('Object')).toBe('Object');
    expect(() => parseIncludeObject('All')).toThrow('unrecognized includeObject value: "All"');
  });
});
