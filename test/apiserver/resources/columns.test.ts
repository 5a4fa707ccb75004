import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../apiserver/object/kube-object.js';
import { builtInResources } from '../../../apiserver/resources/built-in.js';
import { qualifiedName } from '../../../apiserver/object/api-error.js';

const rows = builtInResources({});
const nowMs = Date.parse('2026-01-01T01:00:00Z');
const created = '2026-01-01T00:00:00Z';

/** Cells by column name, as `kubectl get -o wide` has them. */
function cells(name: string, object: JsonObject, version?: string): Record<string, unknown> {
  const row = rows.find(
    (it) => qualifiedName(it) === name && (version === undefined || it.version === version),
  );
  const full = { metadata: { name: 'x', creationTimestamp: created }, ...object };
  return Object.fromEntries((row?.columns ?? []).map((it) => [it.name, it.cell(full, nowMs)]));
}

const cases: [name: string, object: JsonObject, wanted: Record<string, unknown>][] = [
  [
    'services',
    {
      spec: {
        type: 'LoadBalancer',
        clusterIP: '10.0.0.9',
        clusterIPs: ['10.0.0.9'],
        ports: [
          { port: 80, nodePort: 30080, protocol: 'TCP' },
          { port: 53, protocol: 'UDP' },
        ],
        selector: { b: '2', a: '1' },
      },
    },
    {
      Type: 'LoadBalancer',
      'Cluster-IP': '10.0.0.9',
      'External-IP': '<pending>',
      'Port(s)': '80:30080/TCP,53/UDP',
      Selector: 'a=1,b=2',
      Age: '60m',
    },
  ],
  [
    'services',
    { spec: { type: 'ClusterIP', clusterIPs: ['None'], clusterIP: 'None' } },
    { 'Cluster-IP': 'None', 'External-IP': '<none>', 'Port(s)': '<none>', Selector: '<none>' },
  ],
  [
    'services',
    { spec: { type: 'ExternalName', externalName: 'db.example.com' } },
    { 'Cluster-IP': '<none>', 'External-IP': 'db.example.com' },
  ],
  [
    'services',
    {
      spec: { type: 'LoadBalancer', externalIPs: ['1.1.1.1'] },
      status: { loadBalancer: { ingress: [{ hostname: 'lb' }, { ip: '2.2.2.2' }] } },
    },
    { 'External-IP': '2.2.2.2,lb,1.1.1.1' },
  ],
  [
    'endpoints',
    {
      subsets: [
        {
          addresses: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }],
          ports: [{ port: 80 }, { port: 443 }],
        },
      ],
    },
    { Endpoints: '10.0.0.1:80,[fd00::1]:80,10.0.0.1:443 + 1 more...' },
  ],
  ['endpoints', {}, { Endpoints: '<none>' }],
  [
    'nodes',
    {
      metadata: {
        name: 'n',
        labels: { 'node-role.kubernetes.io/control-plane': '', 'kubernetes.io/role': 'x' },
      },
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        nodeInfo: { kubeletVersion: 'v1.36.0' },
        addresses: [{ type: 'InternalIP', address: '10.1.1.1' }],
      },
    },
    {
      Status: 'Ready,SchedulingDisabled',
      Roles: 'control-plane,x',
      Version: 'v1.36.0',
      'Internal-IP': '10.1.1.1',
      'External-IP': '<none>',
      'OS-Image': '<unknown>',
      Age: '<unknown>',
    },
  ],
  ['nodes', {}, { Status: 'Unknown', Roles: '<none>' }],
  ['namespaces', { status: { phase: 'Active' } }, { Status: 'Active', Age: '60m' }],
  ['configmaps', { data: { a: '1' }, binaryData: { b: '' } }, { Data: 2 }],
  ['secrets', { type: 'Opaque', data: { a: '' } }, { Type: 'Opaque', Data: 1 }],
  [
    'events',
    {
      lastTimestamp: '2026-01-01T00:59:00Z',
      firstTimestamp: created,
      type: 'Normal',
      reason: 'Pulled',
      message: ' done \n',
      involvedObject: { kind: 'Pod', name: 'web', fieldPath: 'spec' },
      source: { component: 'kubelet', host: 'n1' },
      count: 4,
    },
    {
      'Last Seen': '60s',
      Object: 'pod/web',
      Message: 'done',
      Subobject: 'spec',
      Source: 'kubelet, n1',
      'First Seen': '60m',
      Count: 4,
    },
  ],
  [
    'events.events.k8s.io',
    {
      eventTime: '2026-01-01T00:58:00.000000Z',
      regarding: { kind: 'Pod', name: 'web' },
      note: 'hi',
      reportingController: 'me',
    },
    {
      'Last Seen': '2m',
      'First Seen': '2m',
      Object: 'pod/web',
      Message: 'hi',
      Source: 'me',
      Count: 1,
    },
  ],
  [
    'resourcequotas',
    {
      status: {
        hard: { pods: '5', 'limits.cpu': '2', configmaps: '3' },
        used: { pods: '1', configmaps: '0' },
      },
    },
    { Request: 'configmaps: 0/3, pods: 1/5', Limit: 'limits.cpu: 0/2' },
  ],
  [
    'deployments.apps',
    {
      spec: {
        replicas: 3,
        selector: {
          matchLabels: { app: 'web' },
          matchExpressions: [{ key: 'a', operator: 'In', values: ['y', 'x'] }],
        },
        template: {
          spec: {
            containers: [
              { name: 'a', image: 'i:1' },
              { name: 'b', image: 'j' },
            ],
          },
        },
      },
      status: { readyReplicas: 1, updatedReplicas: 2, availableReplicas: 1 },
    },
    {
      Ready: '1/3',
      'Up-to-date': 2,
      Available: 1,
      Containers: 'a,b',
      Images: 'i:1,j',
      Selector: 'a in (x,y),app=web',
    },
  ],
  ['statefulsets.apps', { spec: { replicas: 2 } }, { Ready: '0/2' }],
  ['daemonsets.apps', {}, { Desired: 0, 'Node Selector': '<none>', Selector: '<none>' }],
  [
    'controllerrevisions.apps',
    {
      metadata: {
        name: 'x',
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', controller: true },
        ],
      },
      revision: 3,
    },
    { Controller: 'daemonset.apps/d', Revision: 3 },
  ],
  [
    'jobs.batch',
    {
      spec: { completions: 2 },
      status: {
        succeeded: 2,
        startTime: created,
        completionTime: '2026-01-01T00:05:30Z',
        conditions: [{ type: 'Complete', status: 'True' }],
      },
    },
    { Status: 'Complete', Completions: '2/2', Duration: '5m30s' },
  ],
  [
    'jobs.batch',
    { spec: { parallelism: 3 } },
    { Status: 'Running', Completions: '0/1 of 3', Duration: '' },
  ],
  [
    'cronjobs.batch',
    { spec: { schedule: '* * * * *', suspend: false }, status: { active: [{}] } },
    {
      Schedule: '* * * * *',
      Timezone: '<none>',
      Suspend: 'False',
      Active: 1,
      'Last Schedule': '<none>',
    },
  ],
  [
    'poddisruptionbudgets.policy',
    { spec: { minAvailable: '50%' }, status: { disruptionsAllowed: 1 } },
    { 'Min Available': '50%', 'Max Unavailable': 'N/A', 'Allowed Disruptions': 1 },
  ],
  [
    'ingresses.networking.k8s.io',
    {
      spec: {
        ingressClassName: 'nginx',
        tls: [{}],
        rules: ['a', 'b', 'c', 'd', 'e'].map((host) => ({ host })),
      },
    },
    { Class: 'nginx', Hosts: 'a,b,c + 2 more...', Address: '', Ports: '80, 443' },
  ],
  ['ingresses.networking.k8s.io', {}, { Class: '<none>', Hosts: '*', Ports: '80' }],
  [
    'ipaddresses.networking.k8s.io',
    { spec: { parentRef: { resource: 'services', namespace: 'default', name: 'web' } } },
    { ParentRef: 'services/default/web' },
  ],
  [
    'endpointslices.discovery.k8s.io',
    {
      addressType: 'IPv4',
      ports: [{ port: 80 }, { name: 'http' }, {}],
      endpoints: [{ addresses: ['10.0.0.1'] }],
    },
    { AddressType: 'IPv4', Ports: '80,http,*', Endpoints: '10.0.0.1' },
  ],
  ['endpointslices.discovery.k8s.io', {}, { Ports: '<unset>', Endpoints: '<unset>' }],
  [
    'persistentvolumes',
    {
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteMany', 'ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        claimRef: { namespace: 'default', name: 'data' },
        storageClassName: 'fast',
      },
      status: { phase: 'Bound' },
    },
    {
      Capacity: '1Gi',
      'Access Modes': 'RWO,RWX',
      Status: 'Bound',
      Claim: 'default/data',
      StorageClass: 'fast',
      VolumeMode: '<unset>',
    },
  ],
  [
    'persistentvolumeclaims',
    { spec: { accessModes: ['ReadWriteOnce'] }, status: { phase: 'Pending' } },
    { Status: 'Pending', Volume: '', Capacity: '', 'Access Modes': '' },
  ],
  [
    'storageclasses.storage.k8s.io',
    {
      metadata: {
        name: 'std',
        annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
      },
      provisioner: 'p',
    },
    { Name: 'std (default)', ReclaimPolicy: 'Delete', VolumeBindingMode: 'Immediate' },
  ],
  [
    'csidrivers.storage.k8s.io',
    {},
    { AttachRequired: true, TokenRequests: '<unset>', Modes: '<none>' },
  ],
  [
    'resourceclaims.resource.k8s.io',
    { status: { allocation: {}, reservedFor: [{}] } },
    { State: 'allocated,reserved' },
  ],
  [
    'rolebindings.rbac.authorization.k8s.io',
    {
      roleRef: { kind: 'Role', name: 'r' },
      subjects: [
        { kind: 'User', name: 'u' },
        { kind: 'ServiceAccount', namespace: 'n', name: 's' },
      ],
    },
    { Role: 'Role/r', Users: 'u', Groups: '', ServiceAccounts: 'n/s' },
  ],
  ['roles.rbac.authorization.k8s.io', {}, { Name: 'x', 'Created At': created }],
  ['customresourcedefinitions.apiextensions.k8s.io', {}, { Name: 'x', 'Created At': created }],
  [
    'certificatesigningrequests.certificates.k8s.io',
    {
      spec: { signerName: 's', username: 'u', expirationSeconds: 86400 },
      status: { conditions: [{ type: 'Approved' }], certificate: 'x' },
    },
    { SignerName: 's', Requestor: 'u', RequestedDuration: '24h', Condition: 'Approved,Issued' },
  ],
  [
    'validatingadmissionpolicybindings.admissionregistration.k8s.io',
    { spec: { policyName: 'p', paramRef: { name: 'q' } } },
    { PolicyName: 'p', ParamRef: '*/q' },
  ],
  [
    'flowschemas.flowcontrol.apiserver.k8s.io',
    { spec: { matchingPrecedence: 1, priorityLevelConfiguration: { name: 'exempt' } } },
    {
      PriorityLevel: 'exempt',
      MatchingPrecedence: 1,
      DistinguisherMethod: '<none>',
      MissingPL: '?',
    },
  ],
  ['priorityclasses.scheduling.k8s.io', { value: 5 }, { Value: 5, 'Global-Default': false }],
  ['leases.coordination.k8s.io', { spec: { holderIdentity: 'me' } }, { Holder: 'me' }],
  [
    'apiservices.apiregistration.k8s.io',
    { status: { conditions: [{ type: 'Available', status: 'False', reason: 'Gone' }] } },
    { Service: 'Local', Available: 'False (Gone)' },
  ],
  [
    'horizontalpodautoscalers.autoscaling',
    {
      spec: {
        scaleTargetRef: { kind: 'Deployment', name: 'web' },
        maxReplicas: 5,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { averageUtilization: 80 } } },
          { type: 'Pods', pods: { target: { averageValue: '1k' } } },
          { type: 'External', external: { target: { value: '3' } } },
        ],
      },
      status: {
        currentReplicas: 2,
        currentMetrics: [{ type: 'Resource', resource: { current: { averageUtilization: 12 } } }],
      },
    },
    {
      Reference: 'Deployment/web',
      Targets: 'cpu: 12%/80%, <unknown>/1k + 1 more...',
      MinPods: '<unset>',
      MaxPods: 5,
      Replicas: 2,
    },
  ],
];

describe('columns', () => {
  it.each(cases)('of %s say what kubectl users expect: case %#', (name, object, wanted) => {
    expect(
      cells(name, object, 'horizontalpodautoscalers.autoscaling' === name ? 'v2' : undefined),
    ).toMatchObject(wanted);
  });

  it('of an autoscaler are the same in both versions', () => {
    const spec = {
      scaleTargetRef: { kind: 'Deployment', name: 'web' },
      maxReplicas: 5,
      targetCPUUtilizationPercentage: 70,
    };
    expect(cells('horizontalpodautoscalers.autoscaling', { spec }, 'v1')).toMatchObject({
      Targets: 'cpu: <unknown>/70%',
      MaxPods: 5,
    });
  });

  it('stand an object without anything, for every kind', () => {
    for (const row of rows)
      for (const column of row.columns) expect(() => column.cell({}, nowMs)).not.toThrow();
  });

  it('begin with the name, but for events, and are all described', () => {
    for (const row of rows) {
      if (row.plural !== 'events') expect(row.columns[0]?.name).toBe('Name');
      for (const column of row.columns) expect(column.description).not.toBe('');
    }
  });
});
