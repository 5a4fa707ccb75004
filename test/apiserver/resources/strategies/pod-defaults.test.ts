import { describe, expect, it } from '@jest/globals';
import { cloneJson } from '../../../../apiserver/object/json.js';
import type { Json } from '../../../../apiserver/object/kube-object.js';
import { createErrors, created, lines, nginxPod, objectOf, set, strategyOf } from './support.js';

const pods = strategyOf('pods');

describe('defaults of a Pod', () => {
  it('are those of the real server for a plain nginx Pod', () => {
    expect(created(pods, nginxPod)).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'nginx', namespace: 'default', uid: 'uid-1', generation: 1 },
      spec: {
        containers: [
          {
            name: 'nginx',
            image: 'nginx:1.27',
            imagePullPolicy: 'IfNotPresent',
            ports: [{ containerPort: 80, protocol: 'TCP' }],
            resources: {},
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
          },
        ],
        dnsPolicy: 'ClusterFirst',
        enableServiceLinks: true,
        restartPolicy: 'Always',
        schedulerName: 'default-scheduler',
        securityContext: {},
        terminationGracePeriodSeconds: 30,
      },
      status: { phase: 'Pending', qosClass: 'BestEffort' },
    });
  });

  it('are idempotent', () => {
    const once = created(pods, nginxPod);
    const twice = cloneJson(once);
    pods.applyDefaults?.(twice);
    expect(twice).toEqual(once);
  });

  it.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['registry:5000/nginx', 'Always'],
    ['registry:5000/nginx:1', 'IfNotPresent'],
    [
      'nginx@sha256:0123456789012345678901234567890123456789012345678901234567890123',
      'IfNotPresent',
    ],
    [
      'nginx:latest@sha256:0123456789012345678901234567890123456789012345678901234567890123',
      'Always',
    ],
  ])('pull %s %s', (image, policy) => {
    const pod = cloneJson(nginxPod);
    set(pod, 'spec.containers.0.image', image);
    expect(created(pods, pod)).toHaveProperty('spec.containers.0.imagePullPolicy', policy);
  });

  it('fill probes, variables, volumes, requests and host ports', () => {
    const pod = created(
      pods,
      objectOf('Pod', 'full', {
        spec: {
          hostNetwork: true,
          serviceAccount: 'builder',
          containers: [
            {
              name: 'a',
              image: 'a:1',
              ports: [{ containerPort: 80 }],
              resources: { limits: { cpu: '1000m', memory: '0.5Gi' } },
              livenessProbe: { httpGet: { port: 80 } },
              env: [
                { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
                { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
              ],
            },
          ],
          volumes: [
            { name: 'empty' },
            { name: 'conf', configMap: { name: 'conf' } },
            { name: 'host', hostPath: { path: '/var' } },
            { name: 'all', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
          ],
        },
      }),
    );
    expect(pod['spec']).toMatchObject({
      serviceAccountName: 'builder',
      containers: [
        {
          ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }],
          resources: {
            limits: { cpu: '1', memory: '512Mi' },
            requests: { cpu: '1', memory: '512Mi' },
          },
          livenessProbe: {
            httpGet: { path: '/', port: 80, scheme: 'HTTP' },
            timeoutSeconds: 1,
            periodSeconds: 10,
            successThreshold: 1,
            failureThreshold: 3,
          },
          env: [
            { valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.podIP' } } },
            { valueFrom: { resourceFieldRef: { divisor: '0', resource: 'limits.cpu' } } },
          ],
        },
      ],
      volumes: [
        { name: 'empty', emptyDir: {} },
        { configMap: { defaultMode: 420 } },
        { hostPath: { path: '/var', type: '' } },
        {
          projected: {
            defaultMode: 420,
            sources: [{ serviceAccountToken: { expirationSeconds: 3600 } }],
          },
        },
      ],
    });
    expect(pod).toHaveProperty('status.qosClass', 'Guaranteed');
    expect(createErrors(pods, pod)).toEqual([]);
  });

  it.each<[string, Json, Json]>([
    ['BestEffort', {}, {}],
    ['Burstable', { requests: { cpu: '100m' } }, {}],
    ['Burstable', { requests: { cpu: '100m' }, limits: { cpu: '100m', memory: '1Gi' } }, {}],
    [
      'Guaranteed',
      { limits: { cpu: '1', memory: '1Gi' } },
      { limits: { cpu: '500m', memory: '1Gi' } },
    ],
    ['Burstable', { limits: { cpu: '1', memory: '1Gi' } }, { requests: { cpu: '1' } }],
  ])('make a pod %s', (qosClass, first, second) => {
    const pod = objectOf('Pod', 'qos', {
      spec: {
        containers: [
          { name: 'a', image: 'a:1', resources: first },
          { name: 'b', image: 'b:1', resources: second },
        ],
      },
    });
    expect(created(pods, pod)).toHaveProperty('status.qosClass', qosClass);
  });

  it('mark a gated pod as not scheduled and merge matchLabelKeys', () => {
    const pod = created(
      pods,
      objectOf('Pod', 'gated', {
        metadata: { labels: { rev: '7' } },
        spec: {
          schedulingGates: [{ name: 'example.com/wait' }],
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'zone',
              whenUnsatisfiable: 'DoNotSchedule',
              labelSelector: { matchLabels: { app: 'a' } },
              matchLabelKeys: ['rev'],
            },
          ],
          containers: [{ name: 'a', image: 'a:1' }],
        },
      }),
    );
    expect(pod).toHaveProperty('status.conditions.0.reason', 'SchedulingGated');
    expect(pod).toHaveProperty('spec.topologySpreadConstraints.0.labelSelector.matchExpressions', [
      { key: 'rev', operator: 'In', values: ['7'] },
    ]);
    expect(lines(pods.validate?.(pod) ?? [])).toEqual([]);
  });
});
