import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Desk } from './desk.js';

const configMaps = { resource: 'configmaps' };
const map = (name: string, data: Record<string, string> = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

describe('one object', () => {
  let desk: Desk;
  beforeEach(async () => {
    desk = await new Desk().open();
  });
  afterEach(() => desk.close());

  it('is created with uid, time, namespace and resourceVersion, and is stored under its key', async () => {
    const made = await desk.create({ ...configMaps, body: map('a', { x: '1' }) });
    expect(made.metadata).toMatchObject({
      name: 'a',
      namespace: 'default',
      creationTimestamp: '2026-01-01T00:00:00Z',
    });
    expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    const { kvs } = await desk.store.range({ key: Buffer.from('/registry/configmaps/default/a') });
    expect(String(kvs[0]!.modRevision)).toBe(made.metadata.resourceVersion);
    expect(Buffer.from(kvs[0]!.value).toString()).not.toContain('resourceVersion');
    expect(await desk.get({ ...configMaps, name: 'a' })).toEqual(made);
  });

  it('gets a name from generateName', async () => {
    const body = { metadata: { generateName: 'job-' } };
    const made = await desk.create({ ...configMaps, body });
    expect(made.metadata.name).toMatch(/^job-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it('is refused a second time', async () => {
    await desk.create({ ...configMaps, body: map('a') });
    const error = await desk.refusal('create', { ...configMaps, body: map('a') });
    expect([error.code, error.reason, error.message]).toEqual([
      409,
      'AlreadyExists',
      'configmaps "a" already exists',
    ]);
  });

  it('is not found, by name', async () => {
    const error = await desk.refusal('get', { ...configMaps, name: 'none' });
    expect([error.code, error.message]).toEqual([404, 'configmaps "none" not found']);
  });

  it('is not created in a namespace that does not exist', async () => {
    const error = await desk.refusal('create', {
      ...configMaps,
      namespace: 'nowhere',
      body: map('a'),
    });
    expect([error.code, error.message]).toEqual([404, 'namespaces "nowhere" not found']);
  });

  it('lists every violation in one 422', async () => {
    const error = await desk.refusal('create', {
      ...configMaps,
      body: { metadata: { name: 'Bad_Name', labels: { 'a b': 'c' } } },
    });
    expect(error.code).toBe(422);
    expect(error.message).toContain(
      'ConfigMap "Bad_Name" is invalid: [metadata.name: Invalid value',
    );
    expect(error.details?.causes?.map((cause) => cause.field)).toEqual([
      'metadata.name',
      'metadata.labels',
    ]);
  });

  it('is replaced, and a stale resourceVersion conflicts', async () => {
    const made = await desk.create({ ...configMaps, body: map('a', { x: '1' }) });
    const body = { ...made, data: { x: '2' } };
    const { object } = await desk.ask('update', { ...configMaps, name: 'a', body });
    expect(object['data']).toEqual({ x: '2' });
    expect(object.metadata.uid).toBe(made.metadata.uid);
    const error = await desk.refusal('update', { ...configMaps, name: 'a', body });
    expect(error.message).toBe(
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  it('keeps its resourceVersion when nothing changes', async () => {
    const made = await desk.create({ ...configMaps, body: map('a', { x: '1' }) });
    desk.clock.advance(60_000);
    const put = await desk.ask('update', { ...configMaps, name: 'a', body: map('a', { x: '1' }) });
    expect(put.object.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
    const patch = await desk.ask('patch', {
      ...configMaps,
      name: 'a',
      body: { data: { x: '1' } },
      contentType: 'application/merge-patch+json',
    });
    expect(patch.object).toEqual(made);
  });

  it('is refused when its name or namespace is not the URL’s', async () => {
    await desk.create({ ...configMaps, body: map('a') });
    const name = await desk.refusal('update', { ...configMaps, name: 'a', body: map('b') });
    expect(name.message).toBe('the name of the object (b) does not match the name on the URL (a)');
    const namespace = await desk.refusal('create', {
      ...configMaps,
      body: { metadata: { name: 'b', namespace: 'other' } },
    });
    expect(namespace.message).toBe(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  });

  it('leaves no trace of a dry run', async () => {
    const made = await desk.create({ ...configMaps, body: map('a', { x: '1' }) });
    await desk.create({ ...configMaps, query: 'dryRun=All', body: map('b') });
    const patch = { body: { data: { x: '2' } }, contentType: 'application/merge-patch+json' };
    const query = 'dryRun=All';
    const { object } = await desk.ask('patch', { ...configMaps, name: 'a', query, ...patch });
    expect(object['data']).toEqual({ x: '2' });
    await desk.ask('delete', { ...configMaps, name: 'a', query });
    expect((await desk.list(configMaps)).items).toEqual([made]);
    const exists = await desk.refusal('create', { ...configMaps, query, body: map('a') });
    expect(exists.reason).toBe('AlreadyExists');
  });

  it('goes at once, with a Status that names it', async () => {
    const made = await desk.create({ ...configMaps, body: map('a') });
    const { code, object } = await desk.ask('delete', { ...configMaps, name: 'a' });
    expect([code, object]).toEqual([
      200,
      {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        details: { name: 'a', kind: 'configmaps', uid: made.metadata.uid },
      },
    ]);
    expect((await desk.list(configMaps)).names).toEqual([]);
  });

  it('waits for its finalizers, and goes with the last of them', async () => {
    const body = { metadata: { name: 'a', finalizers: ['example.com/hold'] } };
    await desk.create({ ...configMaps, body });
    const { object } = await desk.ask('delete', { ...configMaps, name: 'a' });
    expect(object.metadata.deletionTimestamp).toBe('2026-01-01T00:00:00Z');
    expect((await desk.list(configMaps)).names).toEqual(['a']);
    await desk.ask('patch', {
      ...configMaps,
      name: 'a',
      body: { metadata: { finalizers: null } },
      contentType: 'application/merge-patch+json',
    });
    expect((await desk.list(configMaps)).names).toEqual([]);
  });

  it('honours the preconditions of a delete', async () => {
    const made = await desk.create({ ...configMaps, body: map('a') });
    const error = await desk.refusal('delete', {
      ...configMaps,
      name: 'a',
      body: { preconditions: { uid: 'other' } },
    });
    expect([error.code, error.message]).toEqual([
      409,
      `Operation cannot be fulfilled on configmaps "a": Precondition failed: UID in precondition: other, UID in object meta: ${made.metadata.uid ?? ''}`,
    ]);
  });

  it('takes the garbage collector’s finalizer from the propagation policy', async () => {
    await desk.create({ ...configMaps, body: map('a') });
    const body = { propagationPolicy: 'Foreground' };
    const { object } = await desk.ask('delete', { ...configMaps, name: 'a', body });
    expect(object.metadata.finalizers).toEqual(['foregroundDeletion']);
    const bad = await desk.refusal('delete', {
      ...configMaps,
      name: 'a',
      body: { propagationPolicy: 'Sideways' },
    });
    expect(bad.code).toBe(422);
  });

  it('is deleted with its collection, by label', async () => {
    for (const [name, app] of Object.entries({ a: 'x', b: 'y', c: 'x' })) {
      await desk.create({ ...configMaps, body: { metadata: { name, labels: { app } } } });
    }
    const reply = await desk.handle('deletecollection', {
      ...configMaps,
      query: 'labelSelector=app%3Dx',
    });
    expect(reply.type === 'list' && reply.page.entries.length).toBe(2);
    expect((await desk.list(configMaps)).names).toEqual(['b']);
  });

  it('may not be larger than a store request', async () => {
    const error = await desk.refusal('create', {
      resource: 'endpoints',
      body: {
        metadata: { name: 'big', annotations: {} },
        subsets: [
          {
            addresses: Array.from({ length: 60_000 }, () => ({ ip: '192.0.2.1', hostname: 'h' })),
            ports: [{ port: 1 }],
          },
        ],
      },
    });
    expect([error.code, error.reason, error.message]).toEqual([
      413,
      'RequestEntityTooLarge',
      'Request entity too large: etcdserver: request is too large',
    ]);
  });

  it('refuses another kind in the body', async () => {
    const error = await desk.refusal('create', {
      resource: 'namespaces',
      body: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } },
    });
    expect(error.code).toBe(400);
    expect(error.message).toContain('Pod in version "v1" cannot be handled as a Namespace');
    const junk = await desk.refusal('create', { resource: 'namespaces', body: 'apiVersion: v1' });
    expect(junk.message).toContain(
      'the object provided is unrecognized (must be of type Namespace)',
    );
  });

  it('is applied: created, then merged, then in conflict', async () => {
    const ask = {
      ...configMaps,
      name: 'a',
      contentType: 'application/apply-patch+yaml',
    };
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { x: '1' } };
    const made = await desk.ask('patch', { ...ask, query: 'fieldManager=one', body });
    expect(made.code).toBe(201);
    const again = await desk.ask('patch', { ...ask, query: 'fieldManager=one', body });
    expect([again.code, again.object]).toEqual([200, made.object]);
    const other = { ...body, data: { x: '2' } };
    const error = await desk.refusal('patch', { ...ask, query: 'fieldManager=two', body: other });
    expect([error.code, error.details?.causes?.[0]?.field]).toEqual([409, '.data.x']);
    const unnamed = await desk.refusal('patch', { ...ask, body });
    expect(unnamed.message).toContain('fieldManager: Required value: is required for apply patch');
  });
});
