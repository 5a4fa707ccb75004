// What a Service says of its load balancer, and what the load balancer reports in the status of a Service or an
// Ingress. Part of validation.ts.
import { isIp, parseIp } from '../../../object/addresses.js';
import { type FieldError, forbiddenField, invalid } from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import { checkCidr, checkFormat, checkQualifiedName, checkSubdomain } from '../checks.js';
import { child, children, isSet, optionalText, text, texts } from '../fields.js';
import * as shape from './shape.js';

const onlyLoadBalancer = "may only be used when `type` is 'LoadBalancer'";

export function checkSourceRanges(
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

export function checkLoadBalancer(spec: JsonObject, errors: FieldError[]): void {
  const balancerClass = optionalText(spec, 'loadBalancerClass');
  if (shape.isLoadBalancer(spec)) {
    if (balancerClass !== undefined)
      checkQualifiedName(balancerClass, 'spec.loadBalancerClass', errors);
    return;
  }
  for (const key of ['allocateLoadBalancerNodePorts', 'loadBalancerClass'])
    if (isSet(spec, key)) errors.push(forbiddenField(`spec.${key}`, onlyLoadBalancer));
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
