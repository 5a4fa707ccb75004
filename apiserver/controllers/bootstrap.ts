// Bootstrap: what every cluster has from its first moment: the four namespaces, the two system priority classes,
// the default RBAC and flow control, the local APIServices, and the `kubernetes` Service with this server's address. Runs at
// each start before the server is ready; what is there already stays as it is.
import type { JsonObject, KubeObject } from '../object/kube-object.js';
import { formatTime } from '../object/time.js';
import { localApiServices } from '../resources/api-services.js';
import { placeOf, type RestDeps } from '../rest/rest-deps.js';
import { defaultFlowControl } from './default-flow-control.js';
import { defaultRbac } from './default-rbac.js';
import { seed } from './seed.js';

export async function bootstrap(rest: RestDeps): Promise<void> {
  const now = formatTime(rest.clock.now());
  await seed(rest, [
    ...['default', 'kube-node-lease', 'kube-public', 'kube-system'].map(namespace),
    priorityClass('system-cluster-critical', 2_000_000_000, clusterCritical),
    priorityClass('system-node-critical', 2_000_001_000, nodeCritical),
    ...defaultRbac(),
    ...defaultFlowControl(now),
    ...localApiServices(rest.catalog, now),
  ]);
}

const clusterCritical =
  'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.';
const nodeCritical =
  'Used for system critical pods that must not be moved from their current node.';

const namespace = (name: string): KubeObject => ({
  kind: 'Namespace',
  apiVersion: 'v1',
  metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
  spec: { finalizers: ['kubernetes'] },
  status: { phase: 'Active' },
});

const priorityClass = (name: string, value: number, description: string): KubeObject => ({
  kind: 'PriorityClass',
  apiVersion: 'scheduling.k8s.io/v1',
  metadata: { name },
  value,
  description,
  preemptionPolicy: 'PreemptLowerPriority',
});

export interface ServerAddress {
  /** The first address of the service range, e.g. 10.0.0.1. */
  readonly serviceIp: string;
  /** What --service-cluster-ip-range says; undefined: no ServiceCIDR tells. */
  readonly serviceRanges?: readonly string[];
  /** Where this server listens. */
  readonly ip: string;
  readonly port: number;
}

const service = 'kubernetes';

/** The `kubernetes` Service, and Endpoints and EndpointSlice that always name the current address. */
export async function publishAddress(rest: RestDeps, address: ServerAddress): Promise<void> {
  const endpoints = [endpointsOf(address), sliceOf(address)];
  const ranges = address.serviceRanges;
  const now = formatTime(rest.clock.now());
  await seed(rest, [
    ...(ranges === undefined ? [] : [serviceCidr(ranges, now)]),
    serviceOf(address),
    ...endpoints,
  ]);
  for (const wanted of endpoints) await refresh(rest, wanted);
}

/** A later start may listen elsewhere. */
async function refresh(rest: RestDeps, wanted: KubeObject): Promise<void> {
  const group = wanted.kind === 'Endpoints' ? '' : 'discovery.k8s.io';
  const resource = rest.catalog.findKind(group, 'v1', wanted.kind);
  if (resource === undefined) return;
  const { metadata } = wanted;
  const content = Object.fromEntries(
    Object.entries(wanted).filter(([name]) => !['kind', 'apiVersion', 'metadata'].includes(name)),
  );
  const place = placeOf(rest, resource, metadata.namespace, metadata.name ?? '');
  await rest.objects.update(
    place,
    (current) => {
      if (current === undefined) return { type: 'unchanged', object: wanted };
      const isSame = Object.entries(content).every(
        ([name, value]) => JSON.stringify(value) === JSON.stringify(current.object[name]),
      );
      if (isSame) return { type: 'unchanged' };
      return { type: 'put', object: { ...current.object, ...content } };
    },
    { dryRun: false },
  );
}

const labels = { component: 'apiserver', provider: 'kubernetes' };

const serviceOf = ({ serviceIp, port }: ServerAddress): KubeObject => ({
  kind: 'Service',
  apiVersion: 'v1',
  metadata: { name: service, namespace: 'default', labels },
  spec: {
    clusterIP: serviceIp,
    clusterIPs: [serviceIp],
    internalTrafficPolicy: 'Cluster',
    ipFamilies: [familyOf(serviceIp)],
    ipFamilyPolicy: 'SingleStack',
    ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }],
    sessionAffinity: 'None',
    type: 'ClusterIP',
  },
  status: { loadBalancer: {} },
});

const serviceCidr = (ranges: readonly string[], now: string): KubeObject => ({
  kind: 'ServiceCIDR',
  apiVersion: 'networking.k8s.io/v1',
  metadata: { name: service },
  spec: { cidrs: [...ranges] },
  status: {
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        lastTransitionTime: now,
        reason: '',
        message: 'Kubernetes Service CIDR is ready',
      },
    ],
  },
});

const familyOf = (ip: string): string => (ip.includes(':') ? 'IPv6' : 'IPv4');

const portOf = ({ port }: ServerAddress): JsonObject => ({ name: 'https', port, protocol: 'TCP' });

const endpointsOf = (address: ServerAddress): KubeObject => ({
  kind: 'Endpoints',
  apiVersion: 'v1',
  metadata: {
    name: service,
    namespace: 'default',
    labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
  },
  subsets: [{ addresses: [{ ip: address.ip }], ports: [portOf(address)] }],
});

const sliceOf = (address: ServerAddress): KubeObject => ({
  kind: 'EndpointSlice',
  apiVersion: 'discovery.k8s.io/v1',
  metadata: {
    name: service,
    namespace: 'default',
    labels: { 'kubernetes.io/service-name': service },
  },
  addressType: familyOf(address.ip),
  endpoints: [{ addresses: [address.ip], conditions: { ready: true } }],
  ports: [portOf(address)],
});
