// Field ownership of writes that are not applies, and of custom resources.
import { describe, expect, it } from '@jest/globals';
import type { JsonObject, KubeObject } from '../../../../apiserver/object/kube-object.js';
import type { SchemaNode } from '../../../../apiserver/object/schema-node.js';
import { keepTimesWhenUnchanged } from '../../../../apiserver/patch/fields/apply.js';
import { configMap, containers, deployment, failureOf, Script } from '../script.js';

describe('every other write', () => {
  it('owns what a create sets, structs held by value excepted', () => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } };
    const script = new Script().create('kubectl-create', deployment({ replicas: 1, strategy }));
    expect(script.live?.metadata.managedFields?.[0]?.fieldsV1).toEqual({
      'f:spec': {
        'f:replicas': {},
        'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {} }, 'f:type': {} },
      },
    });
  });

  it('takes a changed field from its owner and keeps the time of those it leaves alone', () => {
    const script = new Script()
      .create('a', configMap({ x: '1', y: '1' }))
      .update('b', (object) => Object.assign(object, { data: { x: '2', y: '1' } }));
    expect(script.owners()).toEqual({ 'a Update': ['.data', '.data.y'], 'b Update': ['.data.x'] });
    expect(script.live?.metadata.managedFields?.map(({ time }) => time)).toEqual([
      '2026-01-01T00:00:01Z',
      '2026-01-01T00:00:02Z',
    ]);
  });

  it('drops what is gone from every owner, and owners that have nothing left', () => {
    const script = new Script()
      .create('a', configMap({}, { l: '1' }))
      .update('b', (object) => Object.assign(object, { data: { x: '1' } }))
      .update('c', (object) => delete object['data']);
    expect(script.owners()).toEqual({ 'a Update': ['.metadata.labels', '.metadata.labels.l'] });
  });

  it('changes no entry when it changes nothing', () => {
    const script = new Script().create('a', configMap({ x: '1' }));
    const before = script.live;
    expect(script.update('b', () => undefined).live).toEqual(before);
  });

  it('writes no entry for an object with nothing to own', () => {
    const script = new Script().create('a', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
    });
    expect(script.live?.metadata).toEqual({ name: 'p' });
  });

  it('keeps managedFields a client leaves out, and clears them on request', () => {
    const script = new Script()
      .create('a', { ...configMap({ x: '1' }), metadata: { name: 'c', uid: 'u' } })
      .update('b', (object) => delete object.metadata.managedFields);
    expect(Object.keys(script.owners())).toEqual(['a Update']);
    for (const reset of [[], [{}]]) {
      const cleared = new Script().create('a', configMap({ x: '1' })).update('b', (object) => {
        object.metadata.managedFields = reset;
        object['data'] = { x: '2' };
      });
      expect(cleared.live?.metadata.managedFields).toBeUndefined();
    }
  });

  it('lets a client rewrite managedFields, but not through a subresource', () => {
    const rename = (object: KubeObject): void => {
      for (const entry of object.metadata.managedFields ?? []) entry.manager = 'renamed';
    };
    const script = new Script().create('a', configMap({ x: '1' }));
    expect(Object.keys(script.update('b', rename, { subresource: 'status' }).owners())).toEqual([
      'a Update',
    ]);
    expect(Object.keys(script.update('b', rename).owners())).toEqual(['renamed Update']);
  });

  it('ignores managedFields it cannot read', () => {
    const script = new Script().create('a', configMap({ x: '1' })).update('b', (object) => {
      object.metadata.managedFields = [{ manager: 'broken', operation: 'Update' }];
    });
    expect(Object.keys(script.owners())).toEqual(['a Update']);
  });

  it('folds the oldest of more than ten updaters into ancient-changes', () => {
    const script = new Script().create('m0', configMap({ k0: '1' }));
    for (let at = 1; at <= 12; at++)
      script.update(`m${at}`, (object) =>
        // As created: an object.
        Object.assign(object, { data: { ...(object['data'] as JsonObject), [`k${at}`]: '1' } }),
      );
    const owners = script.owners();
    expect(Object.keys(owners)).toHaveLength(10);
    expect(owners['ancient-changes Update']).toEqual([
      '.data',
      '.data.k0',
      '.data.k1',
      '.data.k2',
      '.data.k3',
    ]);
  });

  it('owns fields of items, whatever order they come in', () => {
    const script = new Script()
      .create('a', deployment(containers({ name: 'a', image: '1' }, { name: 'b', image: '1' })))
      .update('b', (object) =>
        Object.assign(object, {
          spec: containers({ name: 'b', image: '2' }, { name: 'a', image: '1' }),
        }),
      );
    expect(script.owners()['b Update']).toEqual(['.spec.template.spec.containers[name="b"].image']);
  });

  it('tells a write that differs in times only', () => {
    const { live } = new Script().create('a', configMap({ x: '1' }));
    if (live === undefined) throw new Error('not created');
    const updated = structuredClone(live);
    for (const entry of updated.metadata.managedFields ?? []) entry.time = '2030-01-01T00:00:00Z';
    expect(keepTimesWhenUnchanged(live, updated)).toBe(true);
    expect(updated).toEqual(live);
    updated['data'] = { x: '2' };
    expect(keepTimesWhenUnchanged(live, updated)).toBe(false);
  });
});

describe('a custom resource', () => {
  const schema: SchemaNode = {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          list: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
          size: { 'x-kubernetes-int-or-string': true },
        },
      },
      status: { type: 'object', properties: { phase: { type: 'string' } } },
    },
  };
  const widget = (spec: JsonObject, more: JsonObject = {}): KubeObject => ({
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name: 'w', labels: { l: '1' } },
    spec,
    ...more,
  });

  it('is owned by its schema, its metadata as everywhere', () => {
    const spec = { free: { a: { b: [1] } }, list: ['x'], size: '1' };
    const script = new Script().apply('a', widget(spec), { schema });
    expect(script.owners()).toEqual({
      'a Apply': [
        '.metadata.labels.l',
        '.spec.size',
        '.spec.free.a',
        '.spec.free.a.b',
        '.spec.list[="x"]',
      ],
    });
  });

  it('owns the structs a create brings, which no Go type holds by value', () => {
    const script = new Script().create('a', widget({ size: 1 }), { schema });
    expect(script.owners()['a Update']).toContain('.spec');
  });

  it('has only its status written through /status', () => {
    const script = new Script()
      .create('a', widget({ size: 1 }), { schema })
      .update(
        'b',
        (object) => Object.assign(object, widget({ size: 2 }, { status: { phase: 'x' } })),
        {
          schema,
          subresource: 'status',
          onlyFields: ['status'],
        },
      );
    expect(script.owners()['b Update/status']).toEqual(['.status', '.status.phase']);
  });

  it('is owned as a whole where its schema has become atomic', () => {
    const granular: SchemaNode = {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: { map: { type: 'object', additionalProperties: { type: 'string' } } },
        },
      },
    };
    const atomic: SchemaNode = {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: {
            map: {
              type: 'object',
              additionalProperties: { type: 'string' },
              'x-kubernetes-map-type': 'atomic',
            },
          },
        },
      },
    };
    const script = new Script().apply('a', widget({ map: { x: '1', y: '1' } }), {
      schema: granular,
    });
    expect(script.owners()['a Apply']).toContain('.spec.map.x');
    script.apply('a', widget({ map: { x: '1' } }), { schema: atomic });
    expect(script.owners()['a Apply']).toEqual(['.metadata.labels.l', '.spec.map']);
    expect(script.spec).toEqual({ map: { x: '1' } });
  });

  it('rejects unknown fields by name', () => {
    const error = failureOf(() =>
      new Script().apply('a', widget({}, { unknownField: 1 }), { schema }),
    );
    expect(error.message).toContain('.unknownField: field not declared in schema');
  });
});
