// What a Service must satisfy, by itself and against what it was before.
import { cidrContains, isIp, parseCidr, parseIp } from '../../../object/addresses.js';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  required,
} from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import {
  checkCidr,
  checkDnsLabel,
  checkFormat,
  checkLabels,
  checkPort,
  checkPortNumber,
  checkQualifiedName,
  checkSubdomain,
  unsupported,
} from '../checks.js';
import {
  child,
  children,
  integer,
  isSet,
  optionalInteger,
  optionalText,
  text,
  textMap,
  texts,
} from '../fields.js';
import { checkAddressesUpdate, checkAddressFields } from './addresses.js';
import * as shape from './shape.js';

const onlyLoadBalancer = "may only be used when `type` is 'LoadBalancer'";

export function validateService(service: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = shape.specOf(service);
  const annotations = textMap(service.metadata, 'annotations');
  checkTopologyAnnotations(annotations, errors);
  checkType(spec, errors);
  checkPorts(spec, errors);
  checkLabels(textMap(spec, 'selector'), 'spec.selector', errors);
  checkAffinity(spec, errors);
  checkAddressFields(spec, errors);
  texts(spec, 'externalIPs').forEach((address, index) => {
    const field = `spec.externalIPs[${index}]`;
    if (isIp(address).length > 0) checkFormat(isIp, address, field, errors);
    else checkNotSpecial(address, field, errors);
  });
  checkSourceRanges(spec, annotations, errors);
  checkLoadBalancer(spec, errors);
  checkTraffic(spec, errors);
  return errors;
}

export function validateServiceUpdate(service: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = shape.specOf(service);
  const oldSpec = shape.specOf(old);
  checkAddressesUpdate(spec, oldSpec, errors);
  const balancerClass = optionalText(spec, 'loadBalancerClass');
  if (
    shape.isLoadBalancer(spec) &&
    shape.isLoadBalancer(oldSpec) &&
    balancerClass !== optionalText(oldSpec, 'loadBalancerClass')
  )
    errors.push(
      invalid('spec.loadBalancerClass', balancerClass ?? null, 'may not change once set'),
    );
  if (
    shape.hasHealthCheckPort(spec) &&
    shape.hasHealthCheckPort(oldSpec) &&
    integer(spec, 'healthCheckNodePort') !== integer(oldSpec, 'healthCheckNodePort')
  )
    errors.push(forbiddenField('spec.healthCheckNodePort', 'field is immutable'));
  return errors;
}

function checkTopologyAnnotations(
  annotations: Readonly<Record<string, string>>,
  errors: FieldError[],
): void {
  const modeKey = 'service.kubernetes.io/topology-mode';
  const hintsKey = 'service.kubernetes.io/topology-aware-hints';
  const mode = annotations[modeKey];
  const hints = annotations[hintsKey];
  if (mode !== undefined && hints !== undefined && mode !== hints)
    errors.push(
      invalid(
        `metadata.annotations[${modeKey}]`,
        mode,
        `must match annotations[${hintsKey}] when both are specified`,
      ),
    );
}

function checkType(spec: JsonObject, errors: FieldError[]): void {
  const type = text(spec, 'type');
  const isHeadless = shape.isHeadless(spec);
  if (children(spec, 'ports').length === 0 && !isHeadless && type !== 'ExternalName')
    errors.push(required('spec.ports'));
  if ((type === 'LoadBalancer' || type === 'NodePort') && isHeadless)
    errors.push(
      invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`),
    );
  if (type !== 'ExternalName') return;
  for (const key of ['clusterIPs', 'ipFamilies'])
    if (texts(spec, key).length > 0)
      errors.push(forbiddenField(`spec.${key}`, 'may not be set for ExternalName services'));
  if (isSet(spec, 'ipFamilyPolicy'))
    errors.push(forbiddenField('spec.ipFamilyPolicy', 'may not be set for ExternalName services'));
  const name = text(spec, 'externalName').replace(/\.$/, '');
  if (name === '') errors.push(required('spec.externalName'));
  else checkSubdomain(name, 'spec.externalName', errors);
}

function checkPorts(spec: JsonObject, errors: FieldError[]): void {
  const ports = children(spec, 'ports');
  const names = new Set<string>();
  const numbers = new Set<string>();
  const nodePorts = new Set<string>();
  const isClusterIp = text(spec, 'type') === 'ClusterIP';
  ports.forEach((port, index) => {
    const at = `spec.ports[${index}]`;
    checkPortFields(port, ports.length > 1, names, at, errors);
    const nodePort = integer(port, 'nodePort');
    const protocol = text(port, 'protocol');
    if (nodePort !== 0) {
      if (isClusterIp)
        errors.push(forbiddenField(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'"));
      const key = `${protocol}/${nodePort}`;
      if (nodePorts.has(key)) errors.push(duplicate(`${at}.nodePort`, nodePort));
      nodePorts.add(key);
    }
    const number = integer(port, 'port');
    const key = `${protocol}/${number}`;
    if (numbers.has(key)) errors.push(duplicate(at, { port: number, protocol }));
    numbers.add(key);
  });
}

function checkPortFields(
  port: JsonObject,
  needsName: boolean,
  names: Set<string>,
  at: string,
  errors: FieldError[],
): void {
  const name = text(port, 'name');
  if (name !== '') {
    checkDnsLabel(name, `${at}.name`, errors);
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
  } else if (needsName) {
    errors.push(required(`${at}.name`));
  }
  checkPortNumber(integer(port, 'port'), `${at}.port`, errors);
  checkPort(port['targetPort'], `${at}.targetPort`, errors);
  const app = optionalText(port, 'appProtocol');
  if (app !== undefined) checkQualifiedName(app, `${at}.appProtocol`, errors);
}

const affinitySecondsMax = 86_400;

function checkAffinity(spec: JsonObject, errors: FieldError[]): void {
  const config = child(spec, 'sessionAffinityConfig');
  const path = 'spec.sessionAffinityConfig';
  if (text(spec, 'sessionAffinity') !== 'ClientIP') {
    if (config !== undefined)
      errors.push(forbiddenField(path, 'must not be set when session affinity is None'));
    return;
  }
  const when = 'when session affinity type is ClientIP';
  const client = child(config, 'clientIP');
  const seconds = optionalInteger(client, 'timeoutSeconds');
  if (config === undefined) errors.push(required(path, when));
  else if (client === undefined) errors.push(required(`${path}.clientIP`, when));
  else if (seconds === undefined) errors.push(required(`${path}.clientIP.timeoutSeconds`, when));
  else if (seconds <= 0 || seconds > affinitySecondsMax)
    errors.push(
      invalid(
        `${path}.clientIP.timeoutSeconds`,
        seconds,
        `must be greater than 0 and less than ${affinitySecondsMax}`,
      ),
    );
}

function checkSourceRanges(
  spec: JsonObject,
  annotations: Readonly<Record<string, string>>,
  errors: FieldError[],
): void {
  const key = 'service.beta.kubernetes.io/load-balancer-source-ranges';
  const ranges = texts(spec, 'loadBalancerSourceRanges');
  const annotation = annotations[key];
  if (ranges.length > 0) {
    const field = 'spec.LoadBalancerSourceRanges';
    if (!shape.isLoadBalancer(spec)) errors.push(forbiddenField(field, onlyLoadBalancer));
    ranges.forEach((range, index) => {
      checkCidr(range.trim(), `${field}[${index}]`, errors);
    });
  } else if (annotation !== undefined) {
    const field = `metadata.annotations[${key}]`;
    if (!shape.isLoadBalancer(spec)) errors.push(forbiddenField(field, onlyLoadBalancer));
    if (annotation.trim() !== '')
      for (const range of annotation.split(',')) checkCidr(range.trim(), field, errors);
  }
}

function checkLoadBalancer(spec: JsonObject, errors: FieldError[]): void {
  const balancerClass = optionalText(spec, 'loadBalancerClass');
  if (shape.isLoadBalancer(spec)) {
    if (balancerClass !== undefined)
      checkQualifiedName(balancerClass, 'spec.loadBalancerClass', errors);
    return;
  }
  for (const key of ['allocateLoadBalancerNodePorts', 'loadBalancerClass'])
    if (isSet(spec, key)) errors.push(forbiddenField(`spec.${key}`, onlyLoadBalancer));
}

const distributions = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];

function checkTraffic(spec: JsonObject, errors: FieldError[]): void {
  const external = text(spec, 'externalTrafficPolicy');
  if (external !== '' && !shape.isReachableFromOutside(spec))
    errors.push(
      invalid(
        'spec.externalTrafficPolicy',
        external,
        'may only be set for externally-accessible services',
      ),
    );
  const port = integer(spec, 'healthCheckNodePort');
  const field = 'spec.healthCheckNodePort';
  // A missing one is allocated, so it is never required here.
  if (port !== 0 && shape.hasHealthCheckPort(spec)) checkPortNumber(port, field, errors);
  else if (port !== 0)
    errors.push(
      invalid(
        field,
        port,
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ),
    );
  const distribution = optionalText(spec, 'trafficDistribution');
  if (distribution !== undefined && !distributions.includes(distribution))
    errors.push(unsupported('spec.trafficDistribution', distribution, distributions));
}

const special = [
  ['127.0.0.0/8', '::1/128', 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  ['169.254.0.0/16', 'fe80::/10', 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  [
    '224.0.0.0/24',
    'ff02::/16',
    'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
  ],
] as const;

/** For Endpoints, EndpointSlices and external IPs: addresses that mean "this host" or "this link". */
export function checkNotSpecial(address: string, field: string, errors: FieldError[]): void {
  const parsed = parseIp(address);
  if (parsed === undefined) return;
  if (parsed.value === 0n)
    errors.push(invalid(field, address, `may not be unspecified (${address})`));
  for (const [v4, v6, message] of special) {
    const range = parseCidr(parsed.family === 4 ? v4 : v6);
    if (range !== undefined && cidrContains(range, parsed))
      errors.push(invalid(field, address, message));
  }
}

export function validateServiceStatus(service: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const status = child(child(service, 'status'), 'loadBalancer');
  const field = 'status.loadBalancer.ingress';
  const ingresses = children(status, 'ingress');
  if (ingresses.length > 0 && !shape.isLoadBalancer(shape.specOf(service))) {
    errors.push(forbiddenField(field, "may only be used when `spec.type` is 'LoadBalancer'"));
    return errors;
  }
  ingresses.forEach((ingress, index) => {
    checkIngress(ingress, `${field}[${index}]`, errors);
    if (isSet(ingress, 'ipMode') && text(ingress, 'ip') === '')
      errors.push(
        forbiddenField(`${field}[${index}].ipMode`, 'may not be specified when `ip` is not set'),
      );
  });
  return errors;
}

/** An address or a host name of a load balancer, of a Service or an Ingress. */
export function checkIngress(ingress: JsonObject, at: string, errors: FieldError[]): void {
  const address = text(ingress, 'ip');
  if (address !== '') checkFormat(isIp, address, `${at}.ip`, errors);
  const host = text(ingress, 'hostname');
  if (host === '') return;
  checkSubdomain(host, `${at}.hostname`, errors);
  if (parseIp(host) !== undefined)
    errors.push(invalid(`${at}.hostname`, host, 'must be a DNS name, not an IP address'));
}
