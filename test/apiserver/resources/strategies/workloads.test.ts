import { describe, expect, it } from '@jest/globals';
import { cloneJson } from '../../../../apiserver/object/json.js';
import type { JsonObject, KubeObject } from '../../../../apiserver/object/kube-object.js';
import {
  type Change,
  created,
  createErrors,
  expectErrors,
  lines,
  objectOf,
  set,
  strategyOf,
  updateErrors,
} from './support.js';

const template: JsonObject = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] },
};
const podSpecDefaults = {
  containers: [
    {
      name: 'web',
      image: 'nginx:1.27',
      imagePullPolicy: 'IfNotPresent',
      resources: {},
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
    },
  ],
  dnsPolicy: 'ClusterFirst',
  restartPolicy: 'Always',
  schedulerName: 'default-scheduler',
  securityContext: {},
  terminationGracePeriodSeconds: 30,
};
const spec = { selector: { matchLabels: { app: 'web' } }, template };
const once = { ...template, spec: { ...(template['spec'] as JsonObject), restartPolicy: 'Never' } };

const deployments = strategyOf('deployments.apps');
const deployment = objectOf('Deployment', 'web', { spec });

describe('a Deployment', () => {
  it('gets the defaults of the real server', () => {
    expect(created(deployments, deployment)).toEqual({
      apiVersion: 'v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default', uid: 'uid-1' },
      spec: {
        progressDeadlineSeconds: 600,
        replicas: 1,
        revisionHistoryLimit: 10,
        selector: { matchLabels: { app: 'web' } },
        strategy: {
          type: 'RollingUpdate',
          rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
        },
        template: { metadata: { labels: { app: 'web' } }, spec: podSpecDefaults },
      },
      status: {},
    });
    expect(createErrors(deployments, deployment)).toEqual([]);
  });

  const rows: [string, Change[], string[]][] = [
    ['a selector', [['spec.selector', undefined]], ['spec.selector: Required value']],
    [
      'a selector of something',
      [['spec.selector', {}]],
      ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
    ],
    [
      'a selector of its own pods',
      [['spec.selector', { matchLabels: { app: 'other' } }]],
      [
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
    ],
    [
      'pods that run for ever',
      [['spec.template.spec.restartPolicy', 'Never']],
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
    [
      'replicas that can be',
      [['spec.replicas', -1]],
      ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'room to move',
      [['spec.strategy', { rollingUpdate: { maxUnavailable: 0, maxSurge: '0%' } }]],
      [
        'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
      ],
    ],
    [
      'percentages',
      [['spec.strategy', { rollingUpdate: { maxUnavailable: '110%', maxSurge: '1' } }]],
      [
        `spec.strategy.rollingUpdate.maxSurge: Invalid value: "1": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')`,
        'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "110%": must not be greater than 100%',
      ],
    ],
    [
      'one strategy',
      [['spec.strategy', { type: 'Recreate', rollingUpdate: {} }]],
      [
        "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
      ],
    ],
    [
      'a deadline after readiness',
      [['spec.minReadySeconds', 600]],
      ['spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds'],
    ],
    [
      'sound pods',
      [['spec.template.spec.containers.0.image', '']],
      ['spec.template.spec.containers[0].image: Required value'],
    ],
  ];
  it.each(rows)('needs %s', (_what, changes, errors) => {
    expectErrors(deployments, deployment, changes, errors);
  });

  it('keeps its selector', () => {
    const old = created(deployments, deployment);
    expect(
      updateErrors(deployments, old, (next) => {
        set(next, 'spec.selector.matchLabels.tier', 'a');
        set(next, 'spec.template.metadata.labels.tier', 'a');
      }),
    ).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"web","tier":"a"}}: field is immutable',
    ]);
  });

  it('counts consistently in status', () => {
    const old = created(deployments, deployment);
    const next = cloneJson(old);
    set(next, 'status', { replicas: 1, readyReplicas: 2 });
    expect(lines(deployments.validateStatusUpdate?.(next, old) ?? [])).toEqual([
      'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
    ]);
  });
});

describe('other workloads', () => {
  it.each([
    ['replicasets.apps', 'ReplicaSet'],
    ['statefulsets.apps', 'StatefulSet'],
    ['daemonsets.apps', 'DaemonSet'],
    ['replicationcontrollers', 'ReplicationController'],
  ])('%s are fine with selector and template', (name, kind) => {
    const selector = kind === 'ReplicationController' ? { app: 'web' } : spec.selector;
    const object = objectOf(kind, 'web', { spec: { selector, template } });
    const first = created(strategyOf(name), object);
    const again = cloneJson(first);
    strategyOf(name).applyDefaults?.(again);
    expect(again).toEqual(first);
    expect(createErrors(strategyOf(name), object)).toEqual([]);
    expect(
      createErrors(
        strategyOf(name),
        objectOf(kind, 'web', {
          spec: { selector: {}, template: { metadata: {}, spec: template['spec'] ?? {} } },
        }),
      ).length,
    ).toBeGreaterThan(0);
  });

  it('a StatefulSet changes only what it may', () => {
    const sets = strategyOf('statefulsets.apps');
    const set1 = created(
      sets,
      objectOf('StatefulSet', 'db', { spec: { ...spec, serviceName: 'db' } }),
    );
    expect(set1['spec']).toMatchObject({
      podManagementPolicy: 'OrderedReady',
      replicas: 1,
      revisionHistoryLimit: 10,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    });
    expect(
      updateErrors(sets, set1, (next) => {
        set(next, 'spec.replicas', 3);
      }),
    ).toEqual([]);
    expect(
      updateErrors(sets, set1, (next) => {
        set(next, 'spec.serviceName', 'other');
      }),
    ).toEqual([
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ]);
  });

  it('a DaemonSet moves one way at a time', () => {
    const object = objectOf('DaemonSet', 'agent', { spec });
    expect(created(strategyOf('daemonsets.apps'), object)).toMatchObject({
      spec: {
        updateStrategy: {
          type: 'RollingUpdate',
          rollingUpdate: { maxUnavailable: 1, maxSurge: 0 },
        },
      },
      status: {
        currentNumberScheduled: 0,
        desiredNumberScheduled: 0,
        numberMisscheduled: 0,
        numberReady: 0,
      },
    });
    expectErrors(
      strategyOf('daemonsets.apps'),
      object,
      [['spec.updateStrategy', { rollingUpdate: { maxSurge: 1 } }]],
      [
        'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero',
      ],
    );
  });

  it('a ControllerRevision keeps its data', () => {
    const revisions = strategyOf('controllerrevisions.apps');
    const revision = objectOf('ControllerRevision', 'a', { revision: 1, data: { a: 1 } });
    expect(createErrors(revisions, revision)).toEqual([]);
    expectErrors(
      revisions,
      revision,
      [['data', undefined]],
      ['data: Required value: data is mandatory'],
    );
    expect(
      updateErrors(revisions, revision, (next) => {
        set(next, 'data.a', 2);
      }),
    ).toEqual(['data: Invalid value: {"a":2}: field is immutable']);
  });
});

const jobs = strategyOf('jobs.batch');
const job = objectOf('Job', 'pi', { spec: { template: { spec: once.spec } } });

describe('a Job', () => {
  it('selects its pods by its uid and takes their labels', () => {
    const labels = {
      'batch.kubernetes.io/controller-uid': 'uid-1',
      'batch.kubernetes.io/job-name': 'pi',
      'controller-uid': 'uid-1',
      'job-name': 'pi',
    };
    expect(created(jobs, job)).toMatchObject({
      metadata: { labels },
      spec: {
        backoffLimit: 6,
        completionMode: 'NonIndexed',
        completions: 1,
        manualSelector: false,
        parallelism: 1,
        podReplacementPolicy: 'TerminatingOrFailed',
        selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'uid-1' } },
        suspend: false,
        template: { metadata: { labels } },
      },
      status: {},
    });
    expect(createErrors(jobs, job)).toEqual([]);
  });

  const rows: [string, Change[], string[]][] = [
    [
      'pods that end',
      [['spec.template.spec.restartPolicy', undefined]],
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    [
      'its own labels',
      [['spec.template.metadata', { labels: { 'job-name': 'other' } }]],
      [
        `spec.template.metadata.labels[job-name]: Invalid value: {"batch.kubernetes.io/job-name":"pi","job-name":"other","batch.kubernetes.io/controller-uid":"uid-1","controller-uid":"uid-1"}: must be 'pi'`,
      ],
    ],
    [
      'an end when indexed',
      [
        ['spec.completionMode', 'Indexed'],
        ['spec.parallelism', 2],
      ],
      ['spec.completions: Required value: when completion mode is Indexed'],
    ],
    [
      'indexes for limits by index',
      [['spec.backoffLimitPerIndex', 1]],
      ['spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode'],
    ],
    [
      'failure rules with a condition',
      [['spec.podFailurePolicy', { rules: [{ action: 'FailJob' }] }]],
      [
        'spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
      ],
    ],
    [
      'exit codes that fail',
      [
        [
          'spec.podFailurePolicy',
          {
            rules: [
              {
                action: 'FailJob',
                onExitCodes: { containerName: 'x', operator: 'In', values: [2, 0] },
              },
            ],
          },
        ],
      ],
      [
        'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names in the pod template',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator',
        'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,0]: must be ordered',
      ],
    ],
  ];
  it.each(rows)('needs %s', (_what, changes, errors) => {
    expectErrors(jobs, job, changes, errors);
  });

  it('keeps template and completions, unless suspended or indexed', () => {
    const old = created(jobs, job);
    const image = (next: KubeObject): void => {
      set(next, 'spec.template.spec.containers.0.image', 'b');
    };
    expect(updateErrors(jobs, old, image)[0]).toMatch(
      /^spec\.template: Invalid value: .*: field is immutable$/,
    );
    expect(
      updateErrors(jobs, old, (next) => {
        set(next, 'spec.completions', 2);
      }),
    ).toEqual(['spec.completions: Invalid value: 2: field is immutable']);
    const steer = (next: KubeObject): void => {
      set(next, 'spec.template.spec.nodeSelector', { disk: 'ssd' });
    };
    expect(updateErrors(jobs, old, steer)).toHaveLength(1);
    const waiting = cloneJson(old);
    set(waiting, 'spec.suspend', true);
    expect(updateErrors(jobs, waiting, steer)).toEqual([]);
    expect(updateErrors(jobs, waiting, image)).toHaveLength(1);
  });
});
