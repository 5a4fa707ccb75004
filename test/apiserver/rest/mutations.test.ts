// Valid manifests with random damage: whatever comes, the answer is an object or an ApiError below 500, and what
// was stored can be read back.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ApiError } from '../../../apiserver/object/api-error.js';
import type { Verb } from '../../../apiserver/resources/resource.js';
import { Desk, type Ask } from './desk.js';

type Value = null | boolean | number | string | Value[] | { [key: string]: Value };

const container: Value = {
  name: 'c',
  image: 'nginx:1.25',
  ports: [{ name: 'http', containerPort: 80, protocol: 'TCP' }],
  env: [
    { name: 'A', value: '1' },
    { name: 'B', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
  ],
  resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
  volumeMounts: [{ name: 'v', mountPath: '/v' }],
  readinessProbe: { httpGet: { path: '/', port: 'http' } },
};
const podSpec: Value = {
  containers: [container],
  volumes: [{ name: 'v', emptyDir: {} }],
  tolerations: [{ key: 'a', operator: 'Exists' }],
};
const metadata: Value = {
  name: 'x',
  labels: { app: 'web' },
  annotations: { note: 'n' },
  finalizers: ['example.com/f'],
};
const template: Value = { metadata: { labels: { app: 'web' } }, spec: podSpec };

const manifests: readonly (Ask & { body: Value })[] = [
  { resource: 'pods', body: { apiVersion: 'v1', kind: 'Pod', metadata, spec: podSpec } },
  {
    resource: 'services',
    body: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        type: 'NodePort',
        selector: { app: 'web' },
        ports: [{ port: 80, targetPort: 'http' }],
      },
    },
  },
  {
    resource: 'configmaps',
    body: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { a: '1' },
      binaryData: { b: 'AA==' },
    },
  },
  {
    resource: 'deployments',
    group: 'apps',
    body: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template },
    },
  },
  {
    resource: 'horizontalpodautoscalers',
    group: 'autoscaling',
    body: {
      apiVersion: 'autoscaling/v1',
      kind: 'HorizontalPodAutoscaler',
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' },
        maxReplicas: 3,
        targetCPUUtilizationPercentage: 80,
      },
    },
  },
  {
    resource: 'events',
    group: 'events.k8s.io',
    body: {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'x' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'a.b/c',
      reportingInstance: 'i',
      action: 'a',
      reason: 'r',
      type: 'Normal',
      regarding: { kind: 'Pod', namespace: 'default', name: 'p' },
    },
  },
];

/** Replaces, removes or adds something somewhere. */
function damage(value: Value, path: readonly number[], junk: Value): Value {
  const [step = 0, ...rest] = path;
  if (Array.isArray(value)) {
    if (value.length === 0 || path.length === 0) return junk;
    const at = step % value.length;
    return value.map((item, index) => (index === at ? damage(item, rest, junk) : item));
  }
  if (typeof value !== 'object' || value === null) return junk;
  const keys = Object.keys(value);
  if (path.length === 0) return step % 2 === 0 ? junk : { ...value, extra: junk };
  const key = keys[step % Math.max(keys.length, 1)];
  if (key === undefined) return { extra: junk };
  return { ...value, [key]: damage(value[key] ?? null, rest, junk) };
}

const junk = fc.oneof(
  fc.constantFrom<Value>(
    null,
    '',
    {},
    [],
    0,
    -1,
    1e20,
    2 ** 53,
    true,
    'x'.repeat(300),
    '\u0000',
    '../..',
    '%',
  ),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Value>,
);

describe('a damaged manifest', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await new Desk().open();
  });
  afterAll(() => desk.close());

  const attempt = async (verb: Verb, ask: Ask): Promise<string | undefined> => {
    try {
      const { object } = await desk.ask(verb, ask);
      return object.metadata.name;
    } catch (error) {
      // Not an ApiError: the test fails with the error itself.
      if (!(error instanceof ApiError)) throw error;
      if (error.code >= 500) throw new Error(`${error.code} ${error.message}`, { cause: error });
      return undefined;
    }
  };

  it('is refused with a 4xx or stored so that it can be read, patched and deleted', async () => {
    const steps = fc.array(fc.nat({ max: 8 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.array(fc.tuple(steps, junk), { minLength: 1, maxLength: 3 }),
        async (pick, harm) => {
          const manifest = manifests[pick % manifests.length]!;
          const ask = {
            resource: manifest.resource,
            ...(manifest.group === undefined ? {} : { group: manifest.group }),
          };
          const body = harm.reduce<Value>(
            (value, [path, what]) => damage(value, path, what),
            manifest.body,
          );
          const name = await attempt('create', { ...ask, body });
          if (name !== undefined) {
            expect((await desk.get({ ...ask, name })).metadata.name).toBe(name);
          }
          await desk.ask('create', { ...ask, body: manifest.body }).catch(() => undefined);
          for (const contentType of [
            'application/merge-patch+json',
            'application/strategic-merge-patch+json',
          ]) {
            await attempt('patch', { ...ask, name: 'x', body, contentType });
          }
          await attempt('update', { ...ask, name: 'x', body });
          for (const stored of new Set([name ?? 'x', 'x'])) {
            await attempt('patch', {
              ...ask,
              name: stored,
              body: [{ op: 'remove', path: '/metadata/finalizers' }],
              contentType: 'application/json-patch+json',
            });
            await attempt('delete', { ...ask, name: stored, query: 'gracePeriodSeconds=0' });
          }
        },
      ),
      { numRuns: 250 },
    );
  });
});
