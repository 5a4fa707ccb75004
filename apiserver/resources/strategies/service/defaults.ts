// Defaults of a Service, and the fields that are kept in step: clusterIP with clusterIPs, and on an update
// what was allocated before and the client left out.
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import {
  child,
  children,
  copyField,
  ensure,
  fill,
  fillZero,
  integer,
  isSet,
  optionalFlag,
  text,
  texts,
} from '../fields.js';
import * as shape from './shape.js';

const affinitySeconds = 10_800;

export function applyServiceDefaults(service: KubeObject): void {
  const spec = ensure(service, 'spec');
  fillZero(spec, 'sessionAffinity', 'None');
  if (text(spec, 'sessionAffinity') === 'None')
    Reflect.deleteProperty(spec, 'sessionAffinityConfig');
  if (text(spec, 'sessionAffinity') === 'ClientIP') {
    const client = child(child(spec, 'sessionAffinityConfig'), 'clientIP');
    if (!isSet(client, 'timeoutSeconds'))
      spec['sessionAffinityConfig'] = { clientIP: { timeoutSeconds: affinitySeconds } };
  }
  fillZero(spec, 'type', 'ClusterIP');
  for (const port of children(spec, 'ports')) {
    fillZero(port, 'protocol', 'TCP');
    fillZero(port, 'targetPort', integer(port, 'port'));
    if (port['nodePort'] === 0) Reflect.deleteProperty(port, 'nodePort');
  }
  if (shape.isReachableFromOutside(spec)) fillZero(spec, 'externalTrafficPolicy', 'Cluster');
  if (!shape.isExternalName(spec)) fill(spec, 'internalTrafficPolicy', 'Cluster');
  if (shape.isLoadBalancer(spec)) fill(spec, 'allocateLoadBalancerNodePorts', true);
  for (const ingress of children(child(child(service, 'status'), 'loadBalancer'), 'ingress'))
    if (text(ingress, 'ip') !== '') fill(ingress, 'ipMode', 'VIP');
}

export function prepareServiceCreate(service: KubeObject): void {
  service['status'] = { loadBalancer: {} };
  const spec = shape.specOf(service);
  const address = text(spec, 'clusterIP');
  if (address !== '' && texts(spec, 'clusterIPs').length === 0) spec['clusterIPs'] = [address];
}

export function prepareServiceUpdate(service: KubeObject, old: KubeObject): void {
  const spec = ensure(service, 'spec');
  const oldSpec = shape.specOf(old);
  copyField(service, old, 'status');
  followClusterIp(spec, oldSpec);
  carryAllocated(spec, oldSpec);
  dropForeign(spec, oldSpec);
  if (!shape.isLoadBalancer(spec)) service['status'] = withoutLoadBalancer(service);
}

const withoutLoadBalancer = (service: KubeObject): JsonObject => ({
  ...child(service, 'status'),
  loadBalancer: {},
});

/** Old clients write only `clusterIP`: the list follows where it still has the old value. */
function followClusterIp(spec: JsonObject, old: JsonObject): void {
  const address = text(spec, 'clusterIP');
  const before = text(old, 'clusterIP');
  if (texts(spec, 'clusterIPs').length === 0 && texts(old, 'clusterIPs').length > 0) {
    if (address === before) copyField(spec, old, 'clusterIPs');
  }
  if (address === before || !shape.sameTexts(spec, old, 'clusterIPs')) return;
  if (before !== '' && address === '') Reflect.deleteProperty(spec, 'clusterIPs');
  else spec['clusterIPs'] = [address];
}

function carryAllocated(spec: JsonObject, old: JsonObject): void {
  if (shape.hasAddresses(old) && shape.hasAddresses(spec)) {
    if (text(spec, 'clusterIP') === '') copyField(spec, old, 'clusterIP');
    if (texts(spec, 'clusterIPs').length === 0 && spec['clusterIP'] === old['clusterIP'])
      copyField(spec, old, 'clusterIPs');
    // The families are those of the addresses that stay.
    if (texts(spec, 'ipFamilies').length === 0 && shape.sameTexts(spec, old, 'clusterIPs'))
      copyField(spec, old, 'ipFamilies');
  }
  if (shape.allocatesNodePorts(old) && shape.allocatesNodePorts(spec)) carryNodePorts(spec, old);
  if (shape.hasHealthCheckPort(old) && shape.hasHealthCheckPort(spec)) {
    if (integer(spec, 'healthCheckNodePort') === 0) copyField(spec, old, 'healthCheckNodePort');
  }
}

/** By port name, unless the client gave the number to another port. */
function carryNodePorts(spec: JsonObject, old: JsonObject): void {
  const kept = new Set(
    shape.nodePortsOf(old).filter((port) => shape.nodePortsOf(spec).includes(port)),
  );
  const byName = new Map(
    children(old, 'ports').map((port) => [text(port, 'name'), integer(port, 'nodePort')]),
  );
  for (const port of children(spec, 'ports')) {
    const before = byName.get(text(port, 'name')) ?? 0;
    if (integer(port, 'nodePort') === 0 && before !== 0 && !kept.has(before))
      port['nodePort'] = before;
  }
}

/** A change of type takes along what only the old type has, if the client did not touch it. */
function dropForeign(spec: JsonObject, old: JsonObject): void {
  if (shape.hasAddresses(old) && !shape.hasAddresses(spec)) {
    if (shape.sameTexts(spec, old, 'clusterIPs') || texts(spec, 'clusterIPs').length === 0)
      for (const key of ['clusterIP', 'clusterIPs']) Reflect.deleteProperty(spec, key);
    if (shape.sameTexts(spec, old, 'ipFamilies')) Reflect.deleteProperty(spec, 'ipFamilies');
    dropIfSame(spec, old, 'ipFamilyPolicy');
  }
  if (shape.allocatesNodePorts(old) && !shape.allocatesNodePorts(spec)) {
    const before = new Set(shape.nodePortsOf(old));
    if (shape.nodePortsOf(spec).every((port) => before.has(port)))
      for (const port of children(spec, 'ports')) Reflect.deleteProperty(port, 'nodePort');
  }
  if (shape.hasHealthCheckPort(old) && !shape.hasHealthCheckPort(spec))
    dropIfSame(spec, old, 'healthCheckNodePort');
  if (shape.isLoadBalancer(old) && !shape.isLoadBalancer(spec)) {
    const allocates = optionalFlag(old, 'allocateLoadBalancerNodePorts');
    if (spec['allocateLoadBalancerNodePorts'] === allocates)
      Reflect.deleteProperty(spec, 'allocateLoadBalancerNodePorts');
    dropIfSame(spec, old, 'loadBalancerClass');
  }
  if (shape.isReachableFromOutside(old) && !shape.isReachableFromOutside(spec))
    dropIfSame(spec, old, 'externalTrafficPolicy');
}

function dropIfSame(spec: JsonObject, old: JsonObject, key: string): void {
  if (spec[key] === old[key]) Reflect.deleteProperty(spec, key);
}
