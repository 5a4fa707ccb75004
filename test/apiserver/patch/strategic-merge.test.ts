import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../apiserver/object/kube-object.js';
import type { SchemaNode } from '../../../apiserver/object/schema-node.js';
import { applyStrategicMergePatch } from '../../../apiserver/patch/strategic-merge.js';
import {
  deploymentType,
  podType,
  resolve,
  serviceType,
  statusOf,
  typeNamed,
} from './kubernetes-types.js';

const patched = (type: SchemaNode, target: JsonObject, patch: JsonObject): JsonObject =>
  applyStrategicMergePatch(target, patch, type, resolve);

const pod = (spec: JsonObject): JsonObject => ({ spec });

describe('a strategic merge patch', () => {
  it('merges containers by name and appends new ones after those it names', () => {
    const target = pod({ containers: [{ name: 'a', image: '1', tty: true }, { name: 'b' }] });
    const patch = pod({
      containers: [
        { name: 'c', image: '3' },
        { name: 'a', image: '2' },
      ],
    });
    expect(patched(podType, target, patch)).toEqual(
      pod({
        containers: [
          { name: 'c', image: '3' },
          { name: 'a', image: '2', tty: true },
          { name: 'b' },
        ],
      }),
    );
  });

  it('replaces a list without a merge key', () => {
    const type = typeNamed('io.k8s.api.core.v1.LimitRange');
    const target = { spec: { limits: [{ type: 'Pod' }, { type: 'Container' }] } };
    const patch = { spec: { limits: [{ type: 'PersistentVolumeClaim' }] } };
    expect(patched(type, target, patch)).toEqual(patch);
  });

  it('deletes an item by its key', () => {
    const target = pod({ containers: [{ name: 'a' }, { name: 'b' }] });
    const patch = pod({ containers: [{ name: 'a', $patch: 'delete' }] });
    expect(patched(podType, target, patch)).toEqual(pod({ containers: [{ name: 'b' }] }));
  });

  it('replaces a merging list when told to', () => {
    const target = pod({ containers: [{ name: 'a' }, { name: 'b' }] });
    const patch = pod({ containers: [{ name: 'c' }, { $patch: 'replace' }] });
    expect(patched(podType, target, patch)).toEqual(pod({ containers: [{ name: 'c' }] }));
  });

  it('replaces a map when told to, and empties it on delete', () => {
    const target = { metadata: { labels: { a: '1' }, annotations: { b: '2' } } };
    const patch = {
      metadata: { labels: { $patch: 'replace', c: '3' }, annotations: { $patch: 'delete' } },
    };
    expect(patched(podType, target, patch)).toEqual({
      metadata: { labels: { c: '3' }, annotations: {} },
    });
  });

  it('merges a list of scalars and deletes from it', () => {
    const target = { metadata: { finalizers: ['a', 'b', 'c'] } };
    expect(patched(podType, target, { metadata: { finalizers: ['d'] } })).toEqual({
      metadata: { finalizers: ['d', 'a', 'b', 'c'] },
    });
    const patch = { metadata: { '$deleteFromPrimitiveList/finalizers': ['b'] } };
    expect(patched(podType, target, patch)).toEqual({ metadata: { finalizers: ['a', 'c'] } });
  });

  it('orders as $setElementOrder says and keeps the others between their old neighbours', () => {
    const target = pod({ containers: [{ name: 'a' }, { name: 'x' }, { name: 'b' }] });
    const patch = pod({
      '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }],
      containers: [{ name: 'b', image: '2' }],
    });
    expect(patched(podType, target, patch)).toEqual(
      pod({ containers: [{ name: 'x' }, { name: 'b', image: '2' }, { name: 'a' }] }),
    );
  });

  it('orders a list it does not otherwise change', () => {
    const target = { metadata: { finalizers: ['a', 'b'] } };
    const patch = { metadata: { '$setElementOrder/finalizers': ['b', 'a'] } };
    expect(patched(podType, target, patch)).toEqual({ metadata: { finalizers: ['b', 'a'] } });
  });

  it('drops the defaulted rollingUpdate when kubectl switches the strategy', () => {
    const target = {
      spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } } },
    };
    const patch = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } };
    expect(patched(deploymentType, target, patch)).toEqual({
      spec: { strategy: { type: 'Recreate' } },
    });
  });

  it('switches the source of a volume with $retainKeys', () => {
    const target = pod({ volumes: [{ name: 'v', emptyDir: {} }] });
    const patch = pod({
      '$setElementOrder/volumes': [{ name: 'v' }],
      volumes: [{ $retainKeys: ['name', 'hostPath'], name: 'v', hostPath: { path: '/x' } }],
    });
    expect(patched(podType, target, patch)).toEqual(
      pod({ volumes: [{ name: 'v', hostPath: { path: '/x' } }] }),
    );
  });

  it('carries out a three-way apply of a Service', () => {
    const target = {
      metadata: { labels: { app: 'x' } },
      spec: {
        clusterIP: '10.0.0.1',
        ports: [
          { name: 'http', port: 80, protocol: 'TCP', targetPort: 80 },
          { name: 'https', port: 443, protocol: 'TCP', targetPort: 443 },
        ],
        selector: { app: 'x' },
      },
    };
    const patch = {
      metadata: { labels: { app: null, tier: 'web' } },
      spec: {
        '$setElementOrder/ports': [{ port: 443 }],
        ports: [
          { port: 443, targetPort: 8443 },
          { $patch: 'delete', port: 80 },
        ],
      },
    };
    expect(patched(serviceType, target, patch)).toEqual({
      metadata: { labels: { tier: 'web' } },
      spec: {
        clusterIP: '10.0.0.1',
        ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 8443 }],
        selector: { app: 'x' },
      },
    });
  });

  it('removes members set to null, also inside what is new', () => {
    const target = { spec: { nodeName: 'n' } };
    const patch = { spec: { nodeName: null, securityContext: { runAsUser: null, runAsGroup: 1 } } };
    expect(patched(podType, target, patch)).toEqual({
      spec: { securityContext: { runAsGroup: 1 } },
    });
  });

  it('leaves target and patch as they were', () => {
    const target = pod({ containers: [{ name: 'a' }, { name: 'b' }] });
    const patch = pod({ containers: [{ name: 'a', $patch: 'delete' }], nodeName: null });
    const before = structuredClone([target, patch]);
    patched(podType, target, patch);
    expect([target, patch]).toEqual(before);
  });

  it('keeps int64 values exact', () => {
    const target = { spec: { activeDeadlineSeconds: 9223372036854775806n } };
    const patch = { spec: { priority: 1 } };
    expect(patched(podType, target, patch)).toEqual({
      spec: { activeDeadlineSeconds: 9223372036854775806n, priority: 1 },
    });
  });

  it('refuses a string where a map belongs', () => {
    const target = { metadata: { labels: { a: '1' } } };
    expect(statusOf(() => patched(podType, target, { metadata: { labels: 'invalid' } }))).toEqual({
      code: 422,
      reason: 'Invalid',
      message:
        ' "" is invalid: patch: Invalid value: "map[metadata:map[labels:invalid]]": cannot restore map from string',
    });
  });

  it('accepts quantities, times and int-or-string as numbers or text', () => {
    const patch = pod({ containers: [{ name: 'a', resources: { limits: { cpu: 1 } } }] });
    expect(patched(podType, {}, patch)).toEqual(patch);
    const probe = { spec: { ports: [{ port: 80, targetPort: 'http' }] } };
    expect(patched(serviceType, {}, probe)).toEqual(probe);
  });

  it('names the item without its merge key', () => {
    const target = pod({ containers: [{ name: 'a' }] });
    const run = (): unknown => patched(podType, target, pod({ containers: [{ image: 'x' }] }));
    expect(statusOf(run)).toEqual({
      code: 500,
      reason: '',
      message: 'map: map[image:x] does not contain declared merge key: name',
    });
  });

  it('answers malformed directives with 400 or 500', () => {
    const target = { metadata: { labels: { a: '1' } }, spec: { containers: [{ name: 'a' }] } };
    const codeOf = (patch: JsonObject): number =>
      statusOf(() => patched(podType, target, patch)).code;
    expect(codeOf({ metadata: { $retainKeys: 'labels' } })).toBe(400);
    expect(codeOf({ metadata: { $retainKeys: [], labels: { b: '2' } } })).toBe(400);
    expect(codeOf({ metadata: { labels: { $patch: 'spam' } } })).toBe(500);
    expect(codeOf({ spec: { '$setElementOrder/containers': 'a' } })).toBe(500);
  });
});
