// What a Service's type and policies imply: whether it has cluster IPs, node ports, a health check port.
import type { JsonObject } from '../../../object/kube-object.js';
import { child, children, integer, optionalFlag, text, texts } from '../fields.js';

export const specOf = (service: JsonObject): JsonObject => child(service, 'spec') ?? {};

export const isExternalName = (spec: JsonObject): boolean => text(spec, 'type') === 'ExternalName';
export const isLoadBalancer = (spec: JsonObject): boolean => text(spec, 'type') === 'LoadBalancer';

/** `clusterIP: None` */
export function isHeadless(spec: JsonObject): boolean {
  const ips = texts(spec, 'clusterIPs');
  return ips.length === 1 && ips[0] === 'None';
}

export const hasAddresses = (spec: JsonObject): boolean => !isExternalName(spec);

export const allocatesNodePorts = (spec: JsonObject): boolean =>
  text(spec, 'type') === 'NodePort' ||
  (isLoadBalancer(spec) && optionalFlag(spec, 'allocateLoadBalancerNodePorts') !== false);

export const hasHealthCheckPort = (spec: JsonObject): boolean =>
  isLoadBalancer(spec) && text(spec, 'externalTrafficPolicy') === 'Local';

export const isReachableFromOutside = (spec: JsonObject): boolean =>
  isLoadBalancer(spec) ||
  text(spec, 'type') === 'NodePort' ||
  (text(spec, 'type') === 'ClusterIP' && texts(spec, 'externalIPs').length > 0);

export const nodePortsOf = (spec: JsonObject): number[] =>
  children(spec, 'ports')
    .map((port) => integer(port, 'nodePort'))
    .filter((port) => port !== 0);

export type IpFamily = 'IPv4' | 'IPv6';

export const familyOf = (address: string): IpFamily => (address.includes(':') ? 'IPv6' : 'IPv4');
export const otherFamily = (family: IpFamily): IpFamily => (family === 'IPv4' ? 'IPv6' : 'IPv4');

export const sameTexts = (a: JsonObject, b: JsonObject, key: string): boolean => {
  const left = texts(a, key);
  const right = texts(b, key);
  return left.length === right.length && left.every((value, index) => value === right[index]);
};
