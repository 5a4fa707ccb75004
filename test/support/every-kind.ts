// everyKind: the smallest object of each kind that can be created, with what its status may be patched to.
// conformance-verbs.test.ts fails when discovery lists a kind that is missing here.
type Rest = Readonly<Record<string, unknown>>;

export interface KindCase {
  /** `apps/v1/deployments` */
  readonly path: string;
  readonly isNamespaced: boolean;
  readonly kind: string;
  readonly body: Rest;
  /** What to patch into status; undefined: the kind has no /status. */
  readonly status?: Rest;
  /** Names are not free (an IPAddress's). */
  readonly name?: (serial: number) => string;
}

const labels = { app: 'web' };
const selector = { matchLabels: labels };
const podSpec = { containers: [{ name: 'c', image: 'nginx:1' }] };
const template = { metadata: { labels }, spec: podSpec };
const jobTemplate = { spec: { ...podSpec, restartPolicy: 'Never' } };
const condition = {
  type: 'StatusPatched',
  status: 'True',
  reason: 'Testing',
  message: 'Set by a test',
  lastTransitionTime: '2026-01-01T00:00:00Z',
};
const conditions = { conditions: [condition] };
const webhook = {
  name: 'hook.example.com',
  clientConfig: { url: 'https://127.0.0.1:1/hook' },
  rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['nodes'], operations: ['CREATE'] }],
  failurePolicy: 'Ignore',
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
};
const constraints = {
  resourceRules: [
    { apiGroups: [''], apiVersions: ['v1'], resources: ['nodes'], operations: ['CREATE'] },
  ],
};
const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const claim = {
  devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'gpu.example.com' } }] },
};
const request = [
  'MIHKMHICAQAwEDEOMAwGA1UEAwwFYXVkaXQwWTATBgcqhkjOPQIBBggqhkjOPQMB',
  'BwNCAARbthWrS9g6eQ+KVfMiqj+iK3n3yfSWAsmR1+ObDJxiddjO2RgspjqP4li6',
  '0TFMgCJe9J/k+ICxBseq9jhtAcDloAAwCgYIKoZIzj0EAwIDSAAwRQIgSFVHS4st',
  '59ftwCc11sN6ZUBT1LJ4Wld4aX/6q1rOa8YCIQD6F8hSgfQUty5eblAnArkQyvrW',
  'g8g+0GPGyhEJV4/Y1Q==',
].join('\n');
const certificateRequest = `-----BEGIN CERTIFICATE REQUEST-----\n${request}\n-----END CERTIFICATE REQUEST-----\n`;

const of =
  (isNamespaced: boolean) =>
  (path: string, kind: string, body: Rest, more: Partial<KindCase> = {}): KindCase => ({
    path,
    kind,
    isNamespaced,
    body,
    ...more,
  });
const local = of(true);
const global = of(false);

const core: readonly KindCase[] = [
  local('v1/configmaps', 'ConfigMap', { data: { a: 'b' } }),
  local('v1/endpoints', 'Endpoints', {
    subsets: [{ addresses: [{ ip: '10.1.2.3' }], ports: [{ port: 80 }] }],
  }),
  local('v1/events', 'Event', {
    involvedObject: { kind: 'Pod', name: 'p', namespace: 'verbs' },
    reason: 'Because',
    message: 'm',
    type: 'Normal',
  }),
  local('v1/limitranges', 'LimitRange', { spec: { limits: [{ type: 'Pod', max: { cpu: '2' } }] } }),
  local(
    'v1/persistentvolumeclaims',
    'PersistentVolumeClaim',
    { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
    { status: conditions },
  ),
  local('v1/pods', 'Pod', { spec: podSpec }, { status: conditions }),
  local('v1/podtemplates', 'PodTemplate', { template }),
  local(
    'v1/replicationcontrollers',
    'ReplicationController',
    { spec: { replicas: 1, selector: labels, template } },
    { status: conditions },
  ),
  local(
    'v1/resourcequotas',
    'ResourceQuota',
    { spec: { hard: { pods: '9' } } },
    { status: { hard: { pods: '9' } } },
  ),
  local('v1/secrets', 'Secret', { stringData: { a: 'b' } }),
  local('v1/serviceaccounts', 'ServiceAccount', {}),
  local(
    'v1/services',
    'Service',
    { spec: { ports: [{ port: 80 }] } },
    { status: { loadBalancer: {}, ...conditions } },
  ),
  global('v1/namespaces', 'Namespace', {}, { status: conditions }),
  global('v1/nodes', 'Node', {}, { status: conditions }),
  global(
    'v1/persistentvolumes',
    'PersistentVolume',
    {
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        hostPath: { path: '/x' },
      },
    },
    { status: { message: 'StatusPatched', reason: 'Testing' } },
  ),
];

const workloads: readonly KindCase[] = [
  local('apps/v1/controllerrevisions', 'ControllerRevision', { revision: 1, data: { a: 1 } }),
  local(
    'apps/v1/daemonsets',
    'DaemonSet',
    { spec: { selector, template } },
    { status: conditions },
  ),
  local(
    'apps/v1/deployments',
    'Deployment',
    { spec: { selector, template } },
    { status: conditions },
  ),
  local(
    'apps/v1/replicasets',
    'ReplicaSet',
    { spec: { selector, template } },
    { status: conditions },
  ),
  local(
    'apps/v1/statefulsets',
    'StatefulSet',
    { spec: { selector, template, serviceName: 's' } },
    { status: conditions },
  ),
  local(
    'autoscaling/v1/horizontalpodautoscalers',
    'HorizontalPodAutoscaler',
    { spec: { maxReplicas: 3, scaleTargetRef: target } },
    { status: { currentReplicas: 2, desiredReplicas: 3 } },
  ),
  local(
    'autoscaling/v2/horizontalpodautoscalers',
    'HorizontalPodAutoscaler',
    { spec: { maxReplicas: 3, scaleTargetRef: target } },
    { status: { currentReplicas: 2, desiredReplicas: 3, ...conditions } },
  ),
  local(
    'batch/v1/cronjobs',
    'CronJob',
    { spec: { schedule: '*/5 * * * *', jobTemplate: { spec: { template: jobTemplate } } } },
    { status: { lastScheduleTime: '2026-01-01T00:00:00Z' } },
  ),
  local(
    'batch/v1/jobs',
    'Job',
    { spec: { suspend: true, template: jobTemplate } },
    { status: { active: 1, startTime: '2026-01-01T00:00:00Z' } },
  ),
  local(
    'policy/v1/poddisruptionbudgets',
    'PodDisruptionBudget',
    { spec: { minAvailable: 1, selector } },
    { status: { disruptionsAllowed: 1, ...conditions } },
  ),
];

const cluster: readonly KindCase[] = [
  global(
    'admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
    'MutatingWebhookConfiguration',
    { webhooks: [webhook] },
  ),
  global(
    'admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
    'ValidatingWebhookConfiguration',
    { webhooks: [webhook] },
  ),
  global(
    'admissionregistration.k8s.io/v1/validatingadmissionpolicies',
    'ValidatingAdmissionPolicy',
    { spec: { matchConstraints: constraints, validations: [{ expression: 'true' }] } },
    { status: conditions },
  ),
  global(
    'admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
    'ValidatingAdmissionPolicyBinding',
    { spec: { policyName: 'p', validationActions: ['Deny'] } },
  ),
  global('admissionregistration.k8s.io/v1/mutatingadmissionpolicies', 'MutatingAdmissionPolicy', {
    spec: {
      matchConstraints: constraints,
      reinvocationPolicy: 'Never',
      mutations: [
        {
          patchType: 'ApplyConfiguration',
          applyConfiguration: { expression: 'Object{}' },
        },
      ],
    },
  }),
  global(
    'admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings',
    'MutatingAdmissionPolicyBinding',
    { spec: { policyName: 'p' } },
  ),
  global(
    'apiregistration.k8s.io/v1/apiservices',
    'APIService',
    {
      spec: {
        group: 'verbs.example.com',
        version: 'v1',
        groupPriorityMinimum: 2000,
        versionPriority: 200,
        insecureSkipTLSVerify: true,
        service: { namespace: 'default', name: 's', port: 443 },
      },
    },
    { status: conditions },
  ),
  global(
    'certificates.k8s.io/v1/certificatesigningrequests',
    'CertificateSigningRequest',
    {
      spec: {
        request: Buffer.from(certificateRequest).toString('base64'),
        signerName: 'example.com/verbs',
        usages: ['client auth'],
      },
    },
    { status: { conditions: [{ ...condition, lastUpdateTime: '2026-01-01T00:00:00Z' }] } },
  ),
  global(
    'flowcontrol.apiserver.k8s.io/v1/flowschemas',
    'FlowSchema',
    { spec: { matchingPrecedence: 10000, priorityLevelConfiguration: { name: 'global-default' } } },
    { status: conditions },
  ),
  global(
    'flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations',
    'PriorityLevelConfiguration',
    {
      spec: {
        type: 'Limited',
        limited: { nominalConcurrencyShares: 2, limitResponse: { type: 'Reject' } },
      },
    },
    { status: conditions },
  ),
  global('node.k8s.io/v1/runtimeclasses', 'RuntimeClass', { handler: 'h' }),
  global('rbac.authorization.k8s.io/v1/clusterroles', 'ClusterRole', {
    rules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }],
  }),
  global('rbac.authorization.k8s.io/v1/clusterrolebindings', 'ClusterRoleBinding', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'r' },
  }),
  local('rbac.authorization.k8s.io/v1/roles', 'Role', {
    rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
  }),
  local('rbac.authorization.k8s.io/v1/rolebindings', 'RoleBinding', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' },
  }),
  global('scheduling.k8s.io/v1/priorityclasses', 'PriorityClass', { value: 1000 }),
];

const infrastructure: readonly KindCase[] = [
  local('coordination.k8s.io/v1/leases', 'Lease', {
    spec: { holderIdentity: 'me', renewTime: '2026-01-01T00:00:00.123456Z' },
  }),
  local('discovery.k8s.io/v1/endpointslices', 'EndpointSlice', {
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.1.2.3'] }],
    ports: [{ name: 'p', port: 80 }],
  }),
  local('events.k8s.io/v1/events', 'Event', {
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'example.com/c',
    reportingInstance: 'i',
    action: 'a',
    reason: 'r',
    type: 'Normal',
    regarding: { kind: 'Pod', name: 'p', namespace: 'verbs' },
  }),
  global('networking.k8s.io/v1/ingressclasses', 'IngressClass', { spec: { controller: 'x.y/z' } }),
  local(
    'networking.k8s.io/v1/ingresses',
    'Ingress',
    { spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } } },
    { status: { loadBalancer: { ingress: [{ ip: '169.1.1.1' }] } } },
  ),
  global(
    'networking.k8s.io/v1/ipaddresses',
    'IPAddress',
    { spec: { parentRef: { resource: 'services', namespace: 'verbs', name: 's' } } },
    { name: (serial) => `192.168.9.${serial}` },
  ),
  local('networking.k8s.io/v1/networkpolicies', 'NetworkPolicy', { spec: { podSelector: {} } }),
  global(
    'networking.k8s.io/v1/servicecidrs',
    'ServiceCIDR',
    { spec: { cidrs: ['10.80.0.0/16'] } },
    { status: conditions },
  ),
  global('resource.k8s.io/v1/deviceclasses', 'DeviceClass', { spec: {} }),
  local('resource.k8s.io/v1/resourceclaims', 'ResourceClaim', { spec: claim }, { status: {} }),
  local('resource.k8s.io/v1/resourceclaimtemplates', 'ResourceClaimTemplate', {
    spec: { spec: claim },
  }),
  global('resource.k8s.io/v1/resourceslices', 'ResourceSlice', {
    spec: {
      driver: 'gpu.example.com',
      nodeName: 'n',
      pool: { name: 'p', generation: 1, resourceSliceCount: 1 },
    },
  }),
  global('storage.k8s.io/v1/csidrivers', 'CSIDriver', { spec: {} }),
  global('storage.k8s.io/v1/csinodes', 'CSINode', { spec: { drivers: [] } }),
  local('storage.k8s.io/v1/csistoragecapacities', 'CSIStorageCapacity', {
    storageClassName: 'fast',
    capacity: '1Gi',
  }),
  global('storage.k8s.io/v1/storageclasses', 'StorageClass', { provisioner: 'x.y/z' }),
  global(
    'storage.k8s.io/v1/volumeattachments',
    'VolumeAttachment',
    { spec: { attacher: 'x.y', nodeName: 'n', source: { persistentVolumeName: 'pv' } } },
    { status: { attached: true } },
  ),
  global('storage.k8s.io/v1/volumeattributesclasses', 'VolumeAttributesClass', {
    driverName: 'x.y',
    parameters: { iops: '1' },
  }),
];

export const everyKind: readonly KindCase[] = [
  ...core,
  ...workloads,
  ...cluster,
  ...infrastructure,
];
