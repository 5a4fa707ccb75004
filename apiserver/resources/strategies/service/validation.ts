// What a Service must satisfy, by itself and against what it was before. Read next: ports.ts, load-balancer.ts,
// addresses.ts.
import { isIp } from '../../../object/addresses.js';
import { type FieldError, forbiddenField, invalid, required } from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import {
  checkFormat,
  checkLabels,
  checkPortNumber,
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
import { checkLoadBalancer, checkSourceRanges } from './load-balancer.js';
import { checkPorts } from './ports.js';
import * as shape from './shape.js';
import { checkNotSpecial } from './special-addresses.js';

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
