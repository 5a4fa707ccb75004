import { describe, expect, it } from '@jest/globals';
import { cloneJson } from '../../../../apiserver/object/json.js';
import type { Json } from '../../../../apiserver/object/kube-object.js';
import {
  created,
  labelRule,
  lines,
  nginxPod,
  objectOf,
  set,
  strategyOf,
  type Change,
  updateErrors,
} from './support.js';

const pods = strategyOf('pods');

describe('an update of a Pod', () => {
  const old = created(pods, nginxPod);
  const refused =
    'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n';

  it.each<[string, Json]>([
    ['spec.containers.0.image', 'nginx:1.28'],
    ['spec.activeDeadlineSeconds', 10],
    ['spec.tolerations', [{ operator: 'Exists' }]],
    ['metadata.labels', { a: 'b' }],
  ])('may change %s', (path, value) => {
    expect(
      updateErrors(pods, old, (pod) => {
        set(pod, path, value);
      }),
    ).toEqual([]);
  });

  it('may not change anything else, and says what would', () => {
    expect(
      updateErrors(pods, old, (pod) => {
        set(pod, 'spec.hostname', 'other');
      }),
    ).toEqual([`${refused}+ hostname: "other"`]);
    expect(
      updateErrors(pods, old, (pod) => {
        set(pod, 'spec.containers.0.command', ['x']);
      }),
    ).toEqual([`${refused}+ containers[0].command: ["x"]`]);
  });

  it('may not add containers, raise the deadline or drop tolerations', () => {
    expect(
      updateErrors(pods, old, (pod) => {
        set(pod, 'spec.containers.1', { name: 'b', image: 'b:1' });
      }),
    ).toEqual(['spec.containers: Forbidden: pod updates may not add or remove containers']);
    const steady = cloneJson(old);
    set(steady, 'spec.activeDeadlineSeconds', 5);
    set(steady, 'spec.tolerations', [{ key: 'a', operator: 'Exists' }]);
    expect(
      updateErrors(pods, steady, (pod) => {
        set(pod, 'spec.activeDeadlineSeconds', 6);
      }),
    ).toEqual([
      'spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value',
    ]);
    expect(
      updateErrors(pods, steady, (pod) => {
        set(pod, 'spec.tolerations', undefined);
      }),
    ).toEqual([
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    ]);
  });

  it('keeps status, and lets gates only go', () => {
    const gated = created(
      pods,
      objectOf('Pod', 'gated', {
        spec: { schedulingGates: [{ name: 'a' }], containers: [{ name: 'a', image: 'a:1' }] },
      }),
    );
    expect(
      updateErrors(pods, gated, (pod) => {
        set(pod, 'spec.schedulingGates', undefined);
      }),
    ).toEqual([]);
    expect(
      updateErrors(pods, gated, (pod) => {
        set(pod, 'spec.nodeSelector', { disk: 'ssd' });
      }),
    ).toEqual([]);
    expect(
      updateErrors(pods, gated, (pod) => {
        set(pod, 'spec.schedulingGates', [{ name: 'a' }, { name: 'b' }]);
      }),
    ).toEqual([
      "spec.schedulingGates[1].name: Forbidden: only deletion is allowed, but found new scheduling gate 'b'",
    ]);
  });

  it('of status keeps the QoS class and ends of containers', () => {
    const done = cloneJson(old);
    set(done, 'spec.restartPolicy', 'Never');
    set(done, 'status.containerStatuses', [
      { name: 'nginx', state: { terminated: { exitCode: 0 } } },
    ]);
    const next = cloneJson(done);
    set(next, 'status.qosClass', 'Burstable');
    set(next, 'status.containerStatuses', [{ name: 'nginx', state: { running: {} } }]);
    expect(lines(pods.validateStatusUpdate?.(next, done) ?? [])).toEqual([
      'status.qosClass: Invalid value: "Burstable": field is immutable',
      'status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state',
    ]);
  });
});

describe('deleting a Pod', () => {
  const grace = (changes: Change[], asked?: number): number | undefined => {
    const pod = created(pods, nginxPod);
    for (const [path, value] of changes) set(pod, path, value);
    return pods.graceSeconds?.(pod, asked);
  };

  it('waits for the kubelet only where there is one', () => {
    expect(grace([])).toBe(0);
    expect(grace([], 60)).toBe(0);
    expect(grace([['spec.nodeName', 'n']])).toBe(30);
    expect(grace([['spec.nodeName', 'n']], 5)).toBe(5);
    expect(grace([['spec.nodeName', 'n']], -5)).toBe(1);
    expect(
      grace([
        ['spec.nodeName', 'n'],
        ['status.phase', 'Succeeded'],
      ]),
    ).toBe(0);
  });
});

describe('warnings for a Pod', () => {
  it('name duplicates and odd names', () => {
    const pod = objectOf('Pod', 'a.b', {
      spec: {
        containers: [
          {
            name: 'a',
            image: 'a:1',
            env: [
              { name: 'A', value: '1' },
              { name: 'A', value: '2' },
            ],
            resources: { limits: { memory: '100m' } },
          },
        ],
      },
    });
    expect(pods.warnings?.(created(pods, pod), undefined)).toEqual([
      `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${labelRule}]`,
      'spec.containers[0].resources.limits[memory]: fractional byte value "100m" is invalid, must be an integer',
      'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer',
      'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    ]);
  });
});
