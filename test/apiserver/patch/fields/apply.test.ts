// Server-side apply as scripts of writes with the owners expected after each.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject, KubeObject } from '../../../../apiserver/object/kube-object.js';
import { lastAppliedAnnotation } from '../../../../apiserver/patch/fields/last-applied.js';
import { configMap, containers, deployment, failureOf, Script } from '../script.js';

describe('applying a configuration', () => {
  it('creates the object and owns its leaves', () => {
    const script = new Script().apply('a', configMap({ x: '1' }, { l: '1' }));
    expect(script.live).toMatchObject({ data: { x: '1' }, metadata: { name: 'c' } });
    expect(script.owners()).toEqual({ 'a Apply': ['.data.x', '.metadata.labels.l'] });
    expect(script.live?.metadata.managedFields?.[0]).toEqual({
      manager: 'a',
      operation: 'Apply',
      apiVersion: 'v1',
      time: '2026-01-01T00:00:01Z',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:data': { 'f:x': {} }, 'f:metadata': { 'f:labels': { 'f:l': {} } } },
    });
  });

  it('leaves everything as it is when applied again', () => {
    const script = new Script().apply('a', configMap({ x: '1' }));
    const before = script.live;
    expect(script.apply('a', configMap({ x: '1' })).live).toEqual(before);
  });

  it('removes what it no longer lists', () => {
    const script = new Script()
      .apply('a', configMap({ x: '1', y: '2' }))
      .apply('a', configMap({ y: '2' }));
    expect(script.live?.['data']).toEqual({ y: '2' });
    expect(script.owners()).toEqual({ 'a Apply': ['.data.y'] });
  });

  it('keeps what another manager also owns', () => {
    const script = new Script()
      .apply('a', configMap({ x: '1', y: '2' }))
      .apply('b', configMap({ x: '1' }))
      .apply('a', configMap({ y: '2' }));
    expect(script.live?.['data']).toEqual({ x: '1', y: '2' });
    expect(script.owners()).toEqual({ 'a Apply': ['.data.y'], 'b Apply': ['.data.x'] });
  });

  it('refuses to change what another manager owns, naming each field', () => {
    const script = new Script().create('kubectl-client-side-apply', deployment({ replicas: 1 }));
    const error = failureOf(() => script.apply('me', deployment({ replicas: 2 })));
    expect(error.toStatus()).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message:
        'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
      reason: 'Conflict',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "kubectl-client-side-apply" using apps/v1',
            field: '.spec.replicas',
          },
        ],
      },
      code: 409,
    });
  });

  it('lists several conflicts by manager', () => {
    const script = new Script()
      .create('u', deployment({ replicas: 1, ...containers({ name: 'nginx', image: '1' }) }))
      .update('s', (object) => Object.assign(object, { status: { replicas: 1 } }), {
        subresource: 'status',
      });
    const applied = {
      ...deployment({ replicas: 2, ...containers({ name: 'nginx', image: '2' }) }),
      status: { replicas: 3 },
    };
    const error = failureOf(() => script.apply('me', applied));
    expect(error.message).toBe(
      [
        'Apply failed with 3 conflicts: conflicts with "s" with subresource "status" using apps/v1:',
        '- .status.replicas',
        'conflicts with "u" using apps/v1:',
        '- .spec.replicas',
        '- .spec.template.spec.containers[name="nginx"].image',
      ].join('\n'),
    );
  });

  it('takes fields over by force', () => {
    const script = new Script()
      .apply('a', configMap({ x: '1', y: '1' }))
      .apply('b', configMap({ x: '2' }), { force: true });
    expect(script.live?.['data']).toEqual({ x: '2', y: '1' });
    expect(script.owners()).toEqual({ 'a Apply': ['.data.y'], 'b Apply': ['.data.x'] });
  });

  it('merges containers by name and ports by port and defaulted protocol', () => {
    const script = new Script()
      .create(
        'u',
        deployment(containers({ name: 'a', ports: [{ containerPort: 80, protocol: 'TCP' }] })),
      )
      .apply(
        'me',
        deployment(
          containers({ name: 'b' }, { name: 'a', ports: [{ containerPort: 80, name: 'http' }] }),
        ),
      );
    expect(script.spec).toEqual(
      containers(
        { name: 'b' },
        { name: 'a', ports: [{ containerPort: 80, protocol: 'TCP', name: 'http' }] },
      ),
    );
    expect(script.owners()['me Apply']).toContain(
      '.spec.template.spec.containers[name="a"].ports[containerPort=80,protocol="TCP"].name',
    );
  });

  it('replaces atomic maps and lists as a whole', () => {
    const spec = (selector: JsonObject): KubeObject =>
      deployment({ selector: { matchLabels: selector } });
    const script = new Script().apply('a', spec({ x: '1', y: '1' })).apply('a', spec({ y: '1' }));
    expect(script.spec).toEqual({ selector: { matchLabels: { y: '1' } } });
    expect(script.owners()).toEqual({ 'a Apply': ['.spec.selector'] });
  });

  it('gives fields of an object nobody tracked to before-first-apply', () => {
    const script = new Script();
    script.live = { ...configMap({ x: '1' }), metadata: { name: 'c', uid: 'u' } };
    expect(failureOf(() => script.apply('a', configMap({ x: '2' }))).message).toContain(
      'conflict with "before-first-apply" using v1: .data.x',
    );
    script.apply('a', configMap({ x: '1' }));
    expect(Object.keys(script.owners()).sort()).toEqual(['a Apply', 'before-first-apply Update']);
  });

  it('rejects fields the type does not have, and managedFields', () => {
    const unknown = failureOf(() => new Script().apply('a', deployment({ foo: 1 })));
    expect(unknown).toMatchObject({
      code: 500,
      message:
        'failed to create typed patch object (d/web; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema',
    });
    const carrying = { ...configMap({}), metadata: { name: 'c', managedFields: [] } };
    expect(failureOf(() => new Script().apply('a', carrying))).toMatchObject({
      code: 400,
      message: 'metadata.managedFields must be nil',
    });
  });

  it('rejects items that share a key', () => {
    const error = failureOf(() =>
      new Script().apply('a', deployment(containers({ name: 'a' }, { name: 'a' }))),
    );
    expect(error.message).toContain(
      '.spec.template.spec.containers: duplicate entries for key [name="a"]',
    );
  });

  it('does not claim what the endpoint ignores', () => {
    const applied = { ...deployment({ replicas: 1 }), status: { replicas: 1 } };
    const script = new Script().apply('a', applied, { ignoreFields: ['status'] });
    expect(script.owners()).toEqual({ 'a Apply': ['.spec.replicas'] });
  });

  it('keeps subresources and operations of one manager apart', () => {
    const script = new Script()
      .create('m', deployment({ replicas: 1 }))
      .update('m', (object) => Object.assign(object, { status: { replicas: 1 } }), {
        subresource: 'status',
      })
      .apply('m', deployment({ paused: true }));
    expect(script.owners()).toEqual({
      'm Apply': ['.spec.paused'],
      'm Update': ['.spec.replicas'],
      'm Update/status': ['.status.replicas'],
    });
  });

  it('is a no-op the second time for any configuration, and never changes its arguments', () => {
    const text = fc.constantFrom('1', '2');
    const data = fc.dictionary(fc.constantFrom('a', 'b', 'c'), text);
    const port = fc.record(
      { port: fc.constantFrom(80, 443), protocol: fc.constantFrom('TCP', 'UDP'), name: text },
      { requiredKeys: ['port'] },
    );
    const ports = fc.uniqueArray(port, { selector: (p) => `${p.port}${p.protocol ?? 'TCP'}` });
    const config = fc
      .record({ labels: data, selector: data, ports })
      .map(({ labels, selector, ports: list }): KubeObject => ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 's', labels },
        spec: { selector, ports: list.map((item) => ({ ...item })) },
      }));
    fc.assert(
      fc.property(config, config, (first, second) => {
        const script = new Script().apply('a', first).apply('b', second, { force: true });
        const before = structuredClone([script.live, second]);
        const again = script.live;
        script.apply('b', second);
        expect(script.live).toEqual(before[0]);
        expect([again, second]).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });
});

describe('moving from client-side apply', () => {
  const annotated = (data: Record<string, string>): KubeObject => {
    const object = configMap(data);
    const annotations = { [lastAppliedAnnotation]: `${JSON.stringify(object)}\n` };
    return { ...object, metadata: { ...object.metadata, annotations } };
  };

  it('lets "kubectl" take over what the annotation lists, and keeps the annotation in step', () => {
    const script = new Script()
      .create('kubectl-client-side-apply', annotated({ x: '1' }))
      .apply('kubectl', configMap({ x: '2' }));
    expect(script.live?.['data']).toEqual({ x: '2' });
    expect(script.live?.metadata.annotations?.[lastAppliedAnnotation]).toBe(
      '{"apiVersion":"v1","data":{"x":"2"},"kind":"ConfigMap","metadata":{"name":"c","namespace":"d"}}\n',
    );
  });

  it('gives other managers the conflict, and "kubectl" too for what changed since', () => {
    const script = new Script().create('kubectl-client-side-apply', annotated({ x: '1' }));
    expect(failureOf(() => script.apply('other', configMap({ x: '2' }))).code).toBe(409);
    script.update('edit', (object) => Object.assign(object, { data: { x: '3' } }));
    expect(failureOf(() => script.apply('kubectl', configMap({ x: '2' }))).message).toContain(
      '"edit"',
    );
  });
});
