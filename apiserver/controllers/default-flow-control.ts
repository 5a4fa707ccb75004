// The flow schemas and priority levels of every cluster (KEP-1040): clients look them up, and would refer to them. This
// server's own limits do not follow them; auth/flow.ts says which a request is told. One row an object, in the order a request meets the schemas.
import { flows } from '../auth/flow.js';
import type { JsonObject, KubeObject, ObjectMeta } from '../object/kube-object.js';

type Level = readonly [shares: number, lendablePercent: number, queues: number, handSize: number];

/** Queues 0: what is over the limit is rejected at once. */
const levels: Readonly<Record<string, Level>> = {
  'catch-all': [5, 0, 0, 0],
  'global-default': [20, 50, 128, 6],
  'leader-election': [10, 0, 16, 4],
  'node-high': [40, 25, 64, 6],
  system: [30, 33, 64, 6],
  'workload-high': [40, 50, 128, 6],
  'workload-low': [100, 90, 128, 6],
};

const queueLength = 50;

type Schema = readonly [
  precedence: number,
  level: string,
  distinguisher: 'ByUser' | 'ByNamespace' | '',
  subjects: readonly JsonObject[],
  rules: JsonObject,
];

const group = (name: string): JsonObject => ({ kind: 'Group', group: { name } });
const user = (name: string): JsonObject => ({ kind: 'User', user: { name } });
const serviceAccount = (name: string): JsonObject => ({
  kind: 'ServiceAccount',
  serviceAccount: { name, namespace: 'kube-system' },
});

const resources = (
  verbs: readonly string[],
  apiGroup: string,
  names: readonly string[],
  namespace = '*',
  clusterScope = false,
): JsonObject => ({
  verbs: [...verbs],
  apiGroups: [apiGroup],
  resources: [...names],
  ...(clusterScope ? { clusterScope } : {}),
  namespaces: [namespace],
});

const everything: JsonObject = {
  resourceRules: [resources(['*'], '*', ['*'], '*', true)],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
};
const everybody = [group('system:unauthenticated'), group('system:authenticated')];
const writes = ['get', 'create', 'update'];
const elections = (namespace: string): JsonObject => ({
  resourceRules: [
    resources(writes, '', ['endpoints', 'configmaps'], namespace),
    resources(writes, 'coordination.k8s.io', ['leases']),
  ],
});
const [manager, scheduler] = [
  user('system:kube-controller-manager'),
  user('system:kube-scheduler'),
];

const schemas: Readonly<Record<string, Schema>> = {
  exempt: [1, 'exempt', '', [group('system:masters')], everything],
  probes: [
    2,
    'exempt',
    '',
    everybody,
    { nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }] },
  ],
  'system-leader-election': [
    100,
    'leader-election',
    'ByUser',
    [manager, scheduler, serviceAccount('*')],
    elections('kube-system'),
  ],
  'endpoint-controller': [
    150,
    'workload-high',
    'ByUser',
    [
      manager,
      serviceAccount('endpoint-controller'),
      serviceAccount('endpointslicemirroring-controller'),
    ],
    { resourceRules: [resources(writes, '', ['endpoints'])] },
  ],
  'workload-leader-election': [
    200,
    'leader-election',
    'ByUser',
    [serviceAccount('*')],
    elections('*'),
  ],
  'system-node-high': [
    400,
    'node-high',
    'ByUser',
    [group('system:nodes')],
    {
      resourceRules: [
        resources(['*'], '', ['nodes', 'nodes/status'], '*', true),
        resources(['*'], 'coordination.k8s.io', ['leases']),
      ],
    },
  ],
  'system-nodes': [500, 'system', 'ByUser', [group('system:nodes')], everything],
  'kube-controller-manager': [800, 'workload-high', 'ByNamespace', [manager], everything],
  'kube-scheduler': [800, 'workload-high', 'ByNamespace', [scheduler], everything],
  'kube-system-service-accounts': [
    900,
    'workload-high',
    'ByNamespace',
    [serviceAccount('*')],
    everything,
  ],
  'service-accounts': [
    9000,
    'workload-low',
    'ByUser',
    [group('system:serviceaccounts')],
    everything,
  ],
  'global-default': [9900, 'global-default', 'ByUser', everybody, everything],
  'catch-all': [10_000, 'catch-all', 'ByUser', everybody, everything],
};

const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';
const annotations = { 'apf.kubernetes.io/autoupdate-spec': 'true' };

const metadataOf = (name: string, uid: string | undefined): ObjectMeta => ({
  name,
  ...(uid === undefined ? {} : { uid }),
  annotations,
});

/** `now` (RFC 3339) dates the Dangling condition. */
export function defaultFlowControl(now: string): KubeObject[] {
  const exempt = { nominalConcurrencyShares: 0, lendablePercent: 0 };
  return [
    levelOf('exempt', { type: 'Exempt', exempt }),
    ...Object.entries(levels).map(([name, level]) =>
      levelOf(name, { type: 'Limited', limited: limitsOf(level) }),
    ),
    ...Object.entries(schemas).map(([name, schema]) => schemaOf(name, schema, now)),
  ];
}

const levelOf = (name: string, spec: JsonObject): KubeObject => ({
  kind: 'PriorityLevelConfiguration',
  apiVersion,
  metadata: metadataOf(name, flows.find((flow) => flow.level === name)?.levelUid),
  spec,
  status: {},
});

const limitsOf = ([shares, lendablePercent, queues, handSize]: Level): JsonObject => ({
  nominalConcurrencyShares: shares,
  limitResponse:
    queues === 0
      ? { type: 'Reject' }
      : { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: queueLength } },
  lendablePercent,
});

const schemaOf = (
  name: string,
  [matchingPrecedence, level, distinguisher, subjects, rules]: Schema,
  now: string,
): KubeObject => ({
  kind: 'FlowSchema',
  apiVersion,
  metadata: metadataOf(name, flows.find((flow) => flow.schema === name)?.schemaUid),
  spec: {
    priorityLevelConfiguration: { name: level },
    matchingPrecedence,
    ...(distinguisher === '' ? {} : { distinguisherMethod: { type: distinguisher } }),
    rules: [{ subjects: [...subjects], ...rules }],
  },
  status: {
    conditions: [
      {
        type: 'Dangling',
        status: 'False',
        lastTransitionTime: now,
        reason: 'Found',
        message: `This FlowSchema references the PriorityLevelConfiguration object named "${level}" and it exists`,
      },
    ],
  },
});
