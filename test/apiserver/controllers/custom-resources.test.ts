// Custom resources from definition to deletion, as a client below HTTP sees them.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../apiserver/object/kube-object.js';
import { Discovery } from '../../../apiserver/http/documents/discovery.js';
import { conditionOf, CustomDesk, definition, definitions, isTrue, specOf } from './definitions.js';

let desk: CustomDesk;
beforeEach(async () => {
  desk = await new CustomDesk().open();
});
afterEach(() => desk.close());

const size = specOf({ size: { type: 'integer', minimum: 1 } });
const widgets = { group: 'example.com', resource: 'widgets' };
const merge = 'application/merge-patch+json';

const patch = async (name: string, body: JsonObject, subresource?: string): Promise<JsonObject> => {
  const where = { ...desk.widget(name), body, contentType: merge };
  const asked = subresource === undefined ? where : { ...where, subresource };
  return (await desk.ask('patch', asked)).object;
};

describe('a definition', () => {
  it('is established with its names and the version it stores', async () => {
    await desk.define(definition([{ schema: size }], { shortNames: ['wd'], categories: ['all'] }));
    const { spec, status } = await desk.definition('widgets.example.com');
    expect(spec).toMatchObject({ conversion: { strategy: 'None' } });
    expect(status).toMatchObject({
      acceptedNames: {
        plural: 'widgets',
        singular: 'widget',
        shortNames: ['wd'],
        kind: 'Widget',
        listKind: 'WidgetList',
        categories: ['all'],
      },
      storedVersions: ['v1'],
    });
    const object = await desk.definition('widgets.example.com');
    expect(conditionOf(object, 'NamesAccepted')).toMatchObject({ reason: 'NoConflicts' });
    expect(conditionOf(object, 'Established')).toMatchObject({ reason: 'InitialNamesAccepted' });
  });

  it('is served and found in discovery in the moment it is established', async () => {
    await desk.define(definition([{ schema: size }], { shortNames: ['wd'] }));
    const page = new Discovery(desk.deps.catalog, 'here').answer('/apis/example.com/v1', {});
    expect(JSON.parse(Buffer.from(page!.body).toString())).toMatchObject({
      groupVersion: 'example.com/v1',
      resources: [{ name: 'widgets', singularName: 'widget', kind: 'Widget', shortNames: ['wd'] }],
    });
    await desk.create(desk.widget('a', { size: 1 }));
    expect((await desk.list(desk.widget('a'))).names).toEqual(['a']);
  });

  it('waits for names that another one has, and gets them when that one is gone', async () => {
    await desk.define(definition([{}], { shortNames: ['wd'] }));
    const late = definition([{}], { plural: 'wardens', kind: 'Widget', shortNames: ['wd'] });
    await desk.create({ ...definitions, body: late });
    await desk.until(async () =>
      isFalse(await desk.definition('wardens.example.com'), 'NamesAccepted'),
    );
    const refused = await desk.definition('wardens.example.com');
    expect(conditionOf(refused, 'NamesAccepted')).toMatchObject({
      reason: 'ListKindConflict',
      message: '"WidgetList" is already in use',
    });
    expect(conditionOf(refused, 'Established')).toMatchObject({ reason: 'NotAccepted' });
    expect(desk.deps.catalog.find('example.com', 'v1', 'wardens')).toBeUndefined();
    await desk.ask('delete', { ...definitions, name: 'widgets.example.com' });
    await desk.until(async () =>
      isTrue(await desk.definition('wardens.example.com'), 'Established'),
    );
    expect(desk.deps.catalog.find('example.com', 'v1', 'wardens')?.kind).toBe('Widget');
  });

  it('goes after its instances, which finalizers may hold', async () => {
    await desk.define(definition([{ schema: size }]));
    const held = desk.widget('held', { size: 1 });
    await desk.create({
      ...held,
      body: { ...(held.body as JsonObject), metadata: { name: 'held', finalizers: ['a/b'] } },
    });
    await desk.create(desk.widget('free', { size: 1 }));
    const watch = await desk.watch(widgets);
    await desk.ask('delete', { ...definitions, name: 'widgets.example.com' });
    await desk.until(async () => (await desk.list(desk.widget('x'))).names.join() === 'held');
    const going = await desk.definition('widgets.example.com');
    expect(going.metadata.finalizers).toEqual(['customresourcecleanup.apiextensions.k8s.io']);
    expect(conditionOf(going, 'Terminating')).toMatchObject({ status: 'True' });
    const late = await desk.refusal('create', desk.widget('late', { size: 1 }));
    expect(late.message).toBe('create not allowed while custom resource definition is terminating');
    await patch('held', { metadata: { finalizers: null } });
    await desk.until(async () => (await desk.list(definitions)).names.length === 0);
    expect(desk.deps.catalog.find('example.com', 'v1', 'widgets')).toBeUndefined();
    expect(watch.isEnded).toBe(true);
    expect(watch.lines).toEqual([
      'ADDED free',
      'ADDED held',
      'DELETED free',
      'MODIFIED held',
      'DELETED held',
    ]);
  });

  it('may come back with another scope', async () => {
    await desk.define(definition([{}], {}, { scope: 'Cluster' }));
    await desk.create({ ...desk.widget('a') });
    await desk.ask('delete', { ...definitions, name: 'widgets.example.com' });
    await desk.until(async () => (await desk.list(definitions)).names.length === 0);
    await desk.define(definition());
    expect((await desk.list(desk.widget('a'))).names).toEqual([]);
    expect((await desk.create(desk.widget('a'))).metadata.namespace).toBe('default');
  });

  it('is served again by a server that starts with it in its store', async () => {
    await desk.define(definition([{ schema: size }]));
    const { catalog, types } = desk.deps;
    catalog.remove('example.com', 'widgets');
    types.delete('com.example.v1.Widget');
    const { startCustomResources } =
      await import('../../../apiserver/controllers/custom-resources.js');
    await startCustomResources(desk.deps, desk.signal);
    expect((await desk.create(desk.widget('a', { size: 1 }))).metadata.uid).toBeDefined();
  });

  it('keeps scope, kind, group and plural', async () => {
    await desk.define(definition());
    const body = { spec: { scope: 'Cluster', names: { kind: 'Other', listKind: 'OtherList' } } };
    const asked = { ...definitions, name: 'widgets.example.com', body, contentType: merge };
    const { details } = await desk.refusal('patch', asked);
    expect(details?.causes?.map(({ field }) => field).sort()).toEqual([
      'spec.names.kind',
      'spec.scope',
    ]);
  });
});

const isFalse = (object: JsonObject, type: string): boolean =>
  conditionOf(object, type)?.['status'] === 'False';

describe('a custom resource', () => {
  it('is pruned, defaulted and counted by generations', async () => {
    const schema = specOf({ size: { type: 'integer' }, color: { type: 'string', default: 'red' } });
    await desk.define(definition([{ schema, subresources: { status: {} } }]));
    const made = await desk.create(desk.widget('a', { size: 1, extra: true }));
    expect(made['spec']).toEqual({ size: 1, color: 'red' });
    expect(made.metadata.generation).toBe(1);
    expect(desk.warnings).toContain('unknown field "spec.extra"');
    expect(await patch('a', { metadata: { labels: { a: 'b' } } })).toMatchObject({
      metadata: { generation: 1 },
    });
    expect(await patch('a', { spec: { size: 2 } })).toMatchObject({ metadata: { generation: 2 } });
  });

  it('has a status of its own only when the definition says so', async () => {
    const schema = {
      properties: { status: { type: 'object', properties: { on: { type: 'boolean' } } } },
    };
    await desk.define(definition([{ schema, subresources: { status: {} } }]));
    await desk.create({
      ...desk.widget('a'),
      body: { ...(desk.widget('a').body as JsonObject), status: { on: true } },
    });
    expect((await desk.get(desk.widget('a')))['status']).toBeUndefined();
    await patch('a', { status: { on: true } });
    expect((await desk.get(desk.widget('a')))['status']).toBeUndefined();
    const set = await patch(
      'a',
      { status: { on: true }, metadata: { labels: { a: 'b' } } },
      'status',
    );
    expect(set).toMatchObject({ status: { on: true }, metadata: { generation: 1 } });
    expect((set['metadata'] as JsonObject)['labels']).toBeUndefined();
    await desk.redefine('widgets.example.com', {
      versions: definition([{ schema }]).spec['versions'],
    });
    expect(await patch('a', { status: { on: false } })).toMatchObject({
      status: { on: false },
      metadata: { generation: 2 },
    });
  });

  it('is refused by its schema with every violation at once', async () => {
    const item = { type: 'object', required: ['name'], properties: { name: { type: 'string' } } };
    const bars = { type: 'array', items: item };
    const schema = specOf({ size: { type: 'integer', minimum: 1 }, bars }, { required: ['port'] });
    await desk.define(definition([{ schema }]));
    const refused = await desk.refusal('create', desk.widget('a', { size: 0, bars: [{}] }));
    expect(refused.code).toBe(422);
    expect(
      refused.details?.causes?.map(({ field, message }) => `${field ?? ''}: ${message}`),
    ).toEqual([
      'spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1',
      'spec.bars[0].name: Required value',
      'spec.port: Required value',
    ]);
  });

  it('takes merge, JSON and apply patches, but no strategic one', async () => {
    await desk.define(definition([{ schema: size }]));
    await desk.create(desk.widget('a', { size: 1 }));
    const strategic = 'application/strategic-merge-patch+json';
    const refused = await desk.refusal('patch', { ...desk.widget('a'), contentType: strategic });
    expect(refused.code).toBe(415);
    const json = [{ op: 'replace', path: '/spec/size', value: 3 }];
    const replaced = await desk.ask('patch', {
      ...desk.widget('a'),
      body: json,
      contentType: 'application/json-patch+json',
    });
    expect(replaced.object['spec']).toEqual({ size: 3 });
  });

  it('is applied by its schema: unknown fields are refused, keyed lists merge', async () => {
    const bars = {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string' }, n: { type: 'integer' } },
      },
    };
    await desk.define(definition([{ schema: specOf({ bars }) }]));
    const apply = (manager: string, spec: JsonObject) => ({
      ...desk.widget('a', spec),
      contentType: 'application/apply-patch+yaml',
      query: `fieldManager=${manager}`,
    });
    await desk.ask('patch', apply('one', { bars: [{ name: 'x', n: 1 }] }));
    const both = await desk.ask('patch', apply('two', { bars: [{ name: 'y', n: 2 }] }));
    expect(both.object['spec']).toEqual({
      bars: [
        { name: 'x', n: 1 },
        { name: 'y', n: 2 },
      ],
    });
    const refused = await desk.refusal('patch', apply('one', { unknownField: 1 }));
    expect(refused.message).toContain('.spec.unknownField: field not declared in schema');
  });

  it('must name the version it replaces', async () => {
    await desk.define(definition([{ schema: size }]));
    await desk.create(desk.widget('a', { size: 1 }));
    const refused = await desk.refusal('update', desk.widget('a', { size: 2 }));
    expect(refused.message).toContain(
      'metadata.resourceVersion: Invalid value: 0x0: must be specified for an update',
    );
  });

  it('is scaled where its definition says', async () => {
    const scale = {
      specReplicasPath: '.spec.count',
      statusReplicasPath: '.status.count',
      labelSelectorPath: '.status.selector',
    };
    const schema = {
      properties: {
        ...(specOf({ count: { type: 'integer' } })['properties'] as JsonObject),
        status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    };
    await desk.define(definition([{ schema, subresources: { scale } }]));
    await desk.create({
      ...desk.widget('a'),
      body: {
        ...(desk.widget('a', { count: 2 }).body as JsonObject),
        status: { count: 1, selector: 'a=b' },
      },
    });
    const shown = await desk.get({ ...desk.widget('a'), subresource: 'scale' });
    expect(shown).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 2 },
      status: { replicas: 1, selector: 'a=b' },
    });
    const scaled = { ...shown, spec: { replicas: 5 } };
    await desk.ask('update', { ...desk.widget('a'), subresource: 'scale', body: scaled });
    expect((await desk.get(desk.widget('a')))['spec']).toEqual({ count: 5 });
    await desk.create(desk.widget('b', {}));
    const lost = await desk.refusal('get', { ...desk.widget('b'), subresource: 'scale' });
    expect(lost.message).toContain('the spec replicas field ".spec.count" does not exist');
  });

  it('is selected by the fields of the version asked', async () => {
    const v1 = {
      schema: specOf({ host: { type: 'string' } }),
      selectableFields: [{ jsonPath: '.spec.host' }],
    };
    await desk.define(definition([v1, { name: 'v2', schema: v1.schema }]));
    await desk.create(desk.widget('a', { host: 'x' }));
    await desk.create(desk.widget('b', { host: 'y' }));
    const query = 'fieldSelector=spec.host%3Dx';
    expect((await desk.list({ ...desk.widget('a'), query })).names).toEqual(['a']);
    const watch = await desk.watch({ ...widgets, query });
    await patch('a', { spec: { host: 'z' } });
    await patch('b', { spec: { host: 'x' } });
    await desk.settle();
    expect(watch.lines).toEqual(['ADDED a', 'DELETED a', 'ADDED b']);
    const refused = await desk.refusal('list', { ...desk.widget('a', {}, 'v2'), query });
    expect(refused.message).toBe('field label not supported: spec.host');
  });
});

describe('versions of a definition', () => {
  const properties = { a: { type: 'string' }, b: { type: 'string' } };
  const narrow = specOf({ a: { type: 'string' } });

  it('share their objects, each read by its own schema', async () => {
    await desk.define(definition([{ schema: specOf(properties) }, { name: 'v2', schema: narrow }]));
    await desk.create(desk.widget('x', { a: '1', b: '2' }));
    const read = await desk.get(desk.widget('x', {}, 'v2'));
    expect(read).toMatchObject({ apiVersion: 'example.com/v2', spec: { a: '1' } });
    expect(read['spec']).not.toHaveProperty('b');
    expect((await desk.get(desk.widget('x')))['spec']).toEqual({ a: '1', b: '2' });
    const made = await desk.create(desk.widget('y', { a: '3' }, 'v2'));
    expect(made.apiVersion).toBe('example.com/v2');
    expect((await desk.list(desk.widget('x'))).items.map((item) => item.apiVersion)).toEqual([
      'example.com/v1',
      'example.com/v1',
    ]);
  });

  it('change their storage version: old objects stay readable and move when written', async () => {
    const both = [
      { name: 'v1', schema: specOf(properties) },
      { name: 'v2', schema: specOf(properties) },
    ];
    await desk.define(definition(both));
    const { metadata } = await desk.create(desk.widget('x', { a: '1' }));
    const moved = both.map((version) => ({ ...version, storage: version.name === 'v2' }));
    await desk.redefine('widgets.example.com', { versions: definition(moved).spec['versions'] });
    expect((await desk.definition('widgets.example.com'))['status']).toMatchObject({
      storedVersions: ['v1', 'v2'],
    });
    expect(await desk.get(desk.widget('x'))).toMatchObject({ apiVersion: 'example.com/v1' });
    const untouched = await patch('x', {});
    expect((untouched['metadata'] as JsonObject)['resourceVersion']).not.toBe(
      metadata.resourceVersion,
    );
    const again = await patch('x', {});
    expect(again).toEqual(untouched);
  });

  it('that are not served are not found', async () => {
    await desk.define(definition([{}, { name: 'v2', served: false }]));
    expect(desk.deps.catalog.find('example.com', 'v2', 'widgets')).toBeUndefined();
    expect(desk.deps.types.has('com.example.v2.Widget')).toBe(true);
  });

  it('show a new default in old objects when they are read', async () => {
    await desk.define(definition([{ schema: specOf({ a: { type: 'string' } }) }]));
    await desk.create(desk.widget('old', {}));
    const schema = specOf({ a: { type: 'string', default: 'A' } });
    await desk.redefine('widgets.example.com', {
      versions: definition([{ schema }]).spec['versions'],
    });
    expect((await desk.get(desk.widget('old')))['spec']).toEqual({ a: 'A' });
    await desk.create(desk.widget('new', {}));
    await desk.redefine('widgets.example.com', {
      versions: definition([{ schema: specOf({ a: { type: 'string' } }) }]).spec['versions'],
    });
    expect((await desk.get(desk.widget('new')))['spec']).toEqual({ a: 'A' });
    expect((await desk.get(desk.widget('old')))['spec']).toEqual({});
  });

  it('warn when they are deprecated', async () => {
    await desk.define(definition([{}, { name: 'v1beta1', deprecated: true }]));
    await desk.list(desk.widget('a', {}, 'v1beta1'));
    expect(desk.warnings).toEqual([
      'example.com/v1beta1 Widget is deprecated; use example.com/v1 Widget',
    ]);
  });

  it('that need a conversion webhook answer in the stored version only, and say why', async () => {
    const webhook = {
      conversionReviewVersions: ['v1'],
      clientConfig: { url: 'https://127.0.0.1/c' },
    };
    const conversion = { strategy: 'Webhook', webhook };
    await desk.define(definition([{}, { name: 'v2' }], {}, { conversion }));
    await desk.create(desk.widget('a'));
    const refused = await desk.refusal('list', desk.widget('a', {}, 'v2'));
    expect(refused.message).toContain('conversion webhook for example.com/v1, Kind=Widget failed');
  });
});
