// Defaults of a Pod and of every pod template. Those of the template also hold for the Pod made from it;
// those only a Pod gets (requests from limits, service links, host ports) are kept apart, as they must not
// appear in a stored Deployment. Idempotent.
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import { child, children, ensure, fill, fillZero, flag, integer, text } from '../fields.js';
import { canonicalizeList } from '../quantities.js';
import { applyFieldRefDefaults } from './downward-api.js';
import { defaultPullPolicy } from './image.js';
import { applyPodLevelDefaults } from './pod-resources.js';
import { applyVolumeDefaults } from './volume-defaults.js';

export function applyPodDefaults(pod: KubeObject): void {
  const spec = ensure(pod, 'spec');
  applyPodSpecDefaults(spec);
  for (const container of children(spec, 'containers')) requestsFromLimits(container);
  for (const container of children(spec, 'initContainers')) requestsFromLimits(container);
  applyPodLevelDefaults(spec);
  fill(spec, 'enableServiceLinks', true);
  mirrorPodIp(child(pod, 'status'));
  if (!flag(spec, 'hostNetwork')) return;
  for (const list of ['containers', 'initContainers']) {
    for (const container of children(spec, list)) {
      for (const port of children(container, 'ports'))
        fillZero(port, 'hostPort', integer(port, 'containerPort'));
    }
  }
}

/** `podIP` is the old way to say podIPs[0]: whoever writes only the one gets the other, and it wins. */
function mirrorPodIp(status: JsonObject | undefined): void {
  if (status === undefined) return;
  const ip = text(status, 'podIP');
  const [first] = children(status, 'podIPs');
  if (ip !== '' && (first === undefined || text(first, 'ip') !== ip)) status['podIPs'] = [{ ip }];
  else if (ip === '' && first !== undefined) status['podIP'] = text(first, 'ip');
}

/** Of a PodTemplateSpec in a workload. */
export function applyTemplateDefaults(parent: JsonObject | undefined, key = 'template'): void {
  const template = child(parent, key);
  if (template === undefined) return;
  // A struct in Go: without one, only what has no default is missing.
  applyPodSpecDefaults(ensure(template, 'spec'));
}

export function applyPodSpecDefaults(spec: JsonObject): void {
  fillZero(spec, 'restartPolicy', 'Always');
  fill(spec, 'terminationGracePeriodSeconds', 30);
  fillZero(spec, 'dnsPolicy', 'ClusterFirst');
  fill(spec, 'securityContext', {});
  fillZero(spec, 'schedulerName', 'default-scheduler');
  mirrorServiceAccount(spec);
  // Plain booleans in Go: false is not stored.
  for (const key of ['hostNetwork', 'hostPID', 'hostIPC'])
    if (spec[key] === false) Reflect.deleteProperty(spec, key);
  for (const list of ['containers', 'initContainers', 'ephemeralContainers'])
    for (const container of children(spec, list)) applyContainerDefaults(container);
  for (const volume of children(spec, 'volumes')) applyVolumeDefaults(volume);
  canonicalizeList(spec, 'overhead');
  const resources = child(spec, 'resources');
  canonicalizeList(resources, 'limits');
  canonicalizeList(resources, 'requests');
}

/** `serviceAccount` is the old name of `serviceAccountName`; both are always served. */
function mirrorServiceAccount(spec: JsonObject): void {
  const name = text(spec, 'serviceAccountName') || text(spec, 'serviceAccount');
  if (name === '') return;
  spec['serviceAccountName'] = name;
  spec['serviceAccount'] = name;
}

function applyContainerDefaults(container: JsonObject): void {
  if (text(container, 'imagePullPolicy') === '')
    container['imagePullPolicy'] = defaultPullPolicy(text(container, 'image'));
  fillZero(container, 'terminationMessagePath', '/dev/termination-log');
  fillZero(container, 'terminationMessagePolicy', 'File');
  const resources = ensure(container, 'resources');
  canonicalizeList(resources, 'limits');
  canonicalizeList(resources, 'requests');
  for (const port of children(container, 'ports')) fillZero(port, 'protocol', 'TCP');
  for (const variable of children(container, 'env')) applyVariableDefaults(variable);
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe'])
    applyProbeDefaults(child(container, name));
  const lifecycle = child(container, 'lifecycle');
  if (lifecycle !== undefined) {
    applyHttpDefaults(child(lifecycle, 'postStart'));
    applyHttpDefaults(child(lifecycle, 'preStop'));
  }
  const security = child(container, 'securityContext');
  if (security !== undefined) dropEmptyText(security, 'procMount');
}

function dropEmptyText(parent: JsonObject, key: string): void {
  if (parent[key] === '') Reflect.deleteProperty(parent, key);
}

function applyVariableDefaults(variable: JsonObject): void {
  const source = child(variable, 'valueFrom');
  if (source === undefined) return;
  applyFieldRefDefaults(source);
  const file = child(source, 'fileKeyRef');
  if (file !== undefined) fill(file, 'optional', false);
}

function applyProbeDefaults(probe: JsonObject | undefined): void {
  if (probe === undefined) return;
  fillZero(probe, 'timeoutSeconds', 1);
  fillZero(probe, 'periodSeconds', 10);
  fillZero(probe, 'successThreshold', 1);
  fillZero(probe, 'failureThreshold', 3);
  applyHttpDefaults(probe);
  const grpc = child(probe, 'grpc');
  if (grpc !== undefined) fill(grpc, 'service', '');
}

function applyHttpDefaults(handler: JsonObject | undefined): void {
  const http = child(handler, 'httpGet');
  if (http === undefined) return;
  fillZero(http, 'path', '/');
  fillZero(http, 'scheme', 'HTTP');
}

function requestsFromLimits(container: JsonObject): void {
  const resources = child(container, 'resources');
  const limits = child(resources, 'limits');
  if (resources === undefined || limits === undefined) return;
  const requests = ensure(resources, 'requests');
  for (const [name, value] of Object.entries(limits))
    if (!(name in requests)) requests[name] = value;
}
