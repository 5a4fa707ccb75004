import { describe, expect, it } from '@jest/globals';
import type { JsonObject, KubeObject } from '../../../apiserver/object/kube-object.js';
import { eventFromStored, eventToStored } from '../../../apiserver/resources/conversions/event.js';
import { scalerToStored, scalerToV1 } from '../../../apiserver/resources/conversions/scaler.js';

const scaler = (spec: JsonObject, status?: JsonObject): KubeObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web', annotations: { team: 'a' } },
  spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 5, ...spec },
  ...(status === undefined ? {} : { status }),
});

const cpu = (averageUtilization: number): JsonObject => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});

const annotation = (object: KubeObject, name: string): unknown =>
  JSON.parse(object.metadata.annotations?.[`autoscaling.alpha.kubernetes.io/${name}`] ?? 'null');

describe('HorizontalPodAutoscaler v1', () => {
  it('shows a CPU percentage in its own field, with no annotation', () => {
    const v1 = scalerToV1(scaler({ metrics: [cpu(70)] }));
    expect(v1.apiVersion).toBe('autoscaling/v1');
    expect(v1['spec']).toEqual({
      scaleTargetRef: { kind: 'Deployment', name: 'web' },
      maxReplicas: 5,
      targetCPUUtilizationPercentage: 70,
    });
    expect(v1.metadata.annotations).toEqual({ team: 'a' });
  });

  it('carries other metrics in the annotation a real server writes', () => {
    const metrics = [
      {
        type: 'Resource',
        resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
      },
      {
        type: 'External',
        external: {
          metric: { name: 'queue', selector: { matchLabels: { q: 'x' } } },
          target: { type: 'Value', value: '30' },
        },
      },
    ];
    const v1 = scalerToV1(scaler({ metrics }));
    expect(annotation(v1, 'metrics')).toEqual([
      { type: 'Resource', resource: { name: 'memory', targetAverageValue: '1Gi' } },
      {
        type: 'External',
        external: {
          metricName: 'queue',
          metricSelector: { matchLabels: { q: 'x' } },
          targetValue: '30',
        },
      },
    ]);
  });

  it('loses nothing on the way there and back', () => {
    const stored = scaler(
      {
        minReplicas: 2,
        metrics: [
          cpu(50),
          {
            type: 'Pods',
            pods: { metric: { name: 'rps' }, target: { type: 'AverageValue', averageValue: '1k' } },
          },
          {
            type: 'Object',
            object: {
              describedObject: { kind: 'Ingress', name: 'main' },
              metric: { name: 'hits' },
              target: { type: 'Value', value: '2k' },
            },
          },
          {
            type: 'Object',
            object: {
              describedObject: { kind: 'Ingress', name: 'main' },
              metric: { name: 'hits' },
              target: { type: 'AverageValue', averageValue: '5' },
            },
          },
          {
            type: 'ContainerResource',
            containerResource: {
              name: 'cpu',
              container: 'app',
              target: { type: 'Utilization', averageUtilization: 60 },
            },
          },
        ],
        behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
      },
      {
        currentReplicas: 2,
        desiredReplicas: 3,
        currentMetrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', current: { averageUtilization: 55, averageValue: '110m' } },
          },
        ],
        conditions: [{ type: 'AbleToScale', status: 'True' }],
      },
    );
    const v1 = scalerToV1(stored);
    expect(v1['status']).toEqual({
      currentReplicas: 2,
      desiredReplicas: 3,
      currentCPUUtilizationPercentage: 55,
    });
    expect(scalerToStored(v1)).toEqual(stored);
  });

  it('makes the implicit 80 % of CPU explicit', () => {
    const v1 = { ...scaler({}), apiVersion: 'autoscaling/v1' };
    expect(scalerToStored(v1)['spec']).toMatchObject({ metrics: [cpu(80)] });
  });

  it('drops an annotation that is not JSON', () => {
    const broken = scaler({ targetCPUUtilizationPercentage: 10 });
    broken.metadata.annotations = { 'autoscaling.alpha.kubernetes.io/metrics': '{' };
    const stored = scalerToStored(broken);
    expect(stored['spec']).toMatchObject({ metrics: [cpu(10)] });
    expect(stored.metadata.annotations).toBeUndefined();
  });
});

describe('Event events.k8s.io/v1', () => {
  const core: KubeObject = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e' },
    involvedObject: { kind: 'Pod', name: 'web' },
    message: 'hello',
    reason: 'Started',
    source: { component: 'kubelet' },
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:00:01Z',
    count: 2,
    reportingComponent: 'kubelet',
    reportingInstance: 'node-1',
  };

  it('renames what the newer group renamed', () => {
    expect(eventFromStored(core)).toEqual({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'e' },
      regarding: { kind: 'Pod', name: 'web' },
      note: 'hello',
      reason: 'Started',
      deprecatedSource: { component: 'kubelet' },
      deprecatedFirstTimestamp: '2026-01-01T00:00:00Z',
      deprecatedLastTimestamp: '2026-01-01T00:00:01Z',
      deprecatedCount: 2,
      reportingController: 'kubelet',
      reportingInstance: 'node-1',
    });
  });

  it('loses nothing on the way there and back', () => {
    expect(eventToStored(eventFromStored(core))).toEqual(core);
  });
});
