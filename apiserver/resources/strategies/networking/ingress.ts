// Ingress and IngressClass.
import { parseIp } from '../../../object/addresses.js';
import { type FieldError, forbiddenField, invalid, required } from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import {
  isDns1035Label,
  isDomainPrefixedPath,
  isHttpPath,
  isPortName,
  isWildcardDns1123Subdomain,
} from '../../../object/names.js';
import type { Strategy } from '../../resource.js';
import {
  checkDnsLabel,
  checkFormat,
  checkImmutable,
  checkPathSegment,
  checkPortNumber,
  checkRequired,
  checkSubdomain,
} from '../checks.js';
import { child, children, integer, isSet, optionalText, text, textMap, texts } from '../fields.js';
import { checkIngress } from '../service/load-balancer.js';
import { withStatus } from '../status.js';

function validate(ingress: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(ingress, 'spec') ?? {};
  const rules = children(spec, 'rules');
  const backend = child(spec, 'defaultBackend');
  if (rules.length === 0 && backend === undefined)
    errors.push(
      invalid('spec', spec['rules'] ?? [], 'either `defaultBackend` or `rules` must be specified'),
    );
  if (backend !== undefined) checkBackend(backend, 'spec.defaultBackend', errors);
  rules.forEach((rule, index) => {
    checkRule(rule, `spec.rules[${index}]`, errors);
  });
  children(spec, 'tls').forEach((tls, index) => {
    const at = `spec.tls[${index}]`;
    texts(tls, 'hosts').forEach((host, position) => {
      checkHost(host, `${at}.hosts[${position}]`, errors);
    });
    if (text(tls, 'secretName') !== '')
      checkSubdomain(text(tls, 'secretName'), `${at}.secretName`, errors);
  });
  const className = optionalText(spec, 'ingressClassName');
  if (className !== undefined) checkSubdomain(className, 'spec.ingressClassName', errors);
  return errors;
}

function checkHost(host: string, field: string, errors: FieldError[]): void {
  if (host.includes('*')) checkFormat(isWildcardDns1123Subdomain, host, field, errors);
  else checkSubdomain(host, field, errors);
}

function checkRule(rule: JsonObject, at: string, errors: FieldError[]): void {
  const host = text(rule, 'host');
  if (host !== '') {
    if (parseIp(host) !== undefined)
      errors.push(invalid(`${at}.host`, host, 'must be a DNS name, not an IP address'));
    checkHost(host, `${at}.host`, errors);
  }
  const http = child(rule, 'http');
  if (http === undefined) return;
  const paths = children(http, 'paths');
  if (paths.length === 0) errors.push(required(`${at}.http.paths`));
  paths.forEach((path, index) => {
    checkPath(path, `${at}.http.paths[${index}]`, errors);
  });
}

function checkPath(path: JsonObject, at: string, errors: FieldError[]): void {
  const type = optionalText(path, 'pathType');
  if (type === undefined) {
    errors.push(required(`${at}.pathType`, 'pathType must be specified'));
    return;
  }
  const value = text(path, 'path');
  const field = `${at}.path`;
  if (type === 'Exact' || type === 'Prefix') checkFormat(isHttpPath, value, field, errors);
  else if (value !== '' && !value.startsWith('/'))
    errors.push(invalid(field, value, 'must be an absolute path'));
  checkBackend(child(path, 'backend') ?? {}, `${at}.backend`, errors);
}

function checkBackend(backend: JsonObject, at: string, errors: FieldError[]): void {
  const service = child(backend, 'service');
  const resource = child(backend, 'resource');
  if (service !== undefined && resource !== undefined)
    errors.push(invalid(at, '', 'cannot set both resource and service backends'));
  else if (resource !== undefined) checkReference(resource, `${at}.resource`, errors);
  else if (service !== undefined) checkServiceBackend(service, at, errors);
  else errors.push(invalid(at, '', 'resource or service backend is required'));
}

function checkServiceBackend(service: JsonObject, at: string, errors: FieldError[]): void {
  if (checkRequired(service, 'name', `${at}.service`, errors))
    checkFormat(isDns1035Label, text(service, 'name'), `${at}.service.name`, errors);
  const port = child(service, 'port');
  const name = text(port, 'name');
  const number = integer(port, 'number');
  if (name !== '' && number !== 0)
    errors.push(invalid(at, '', 'cannot set both port name & port number'));
  else if (name !== '') checkFormat(isPortName, name, `${at}.service.port.name`, errors);
  else if (number !== 0) checkPortNumber(number, `${at}.service.port.number`, errors);
  else errors.push(required(at, 'port name or number is required'));
}

function checkReference(reference: JsonObject, at: string, errors: FieldError[]): void {
  const group = optionalText(reference, 'apiGroup');
  if (group !== undefined) checkSubdomain(group, `${at}.apiGroup`, errors);
  for (const key of ['kind', 'name'])
    if (checkRequired(reference, key, at, errors))
      checkPathSegment(text(reference, key), `${at}.${key}`, errors);
}

const classAnnotation = 'kubernetes.io/ingress.class';

export const ingressStrategy: Strategy = {
  ...withStatus({ loadBalancer: {} }),
  validate,
  validateCreate: (ingress) => {
    const annotation = textMap(ingress.metadata, 'annotations')[classAnnotation];
    const name = optionalText(child(ingress, 'spec'), 'ingressClassName');
    if (annotation === undefined || name === undefined || annotation === name) return [];
    return [
      invalid(
        `annotations.${classAnnotation}`,
        annotation,
        'must match `ingressClassName` when both are specified',
      ),
    ];
  },
  validateStatusUpdate: (ingress) => {
    const errors: FieldError[] = [];
    const balancer = child(child(ingress, 'status'), 'loadBalancer');
    children(balancer, 'ingress').forEach((item, index) => {
      checkIngress(item, `status.loadBalancer.ingress[${index}]`, errors);
    });
    return errors;
  },
};

const controllerMax = 250;

function validateClass(ingressClass: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(ingressClass, 'spec') ?? {};
  const field = 'spec.controller';
  const controller = text(spec, 'controller');
  if (controller === '') errors.push(required(field));
  else {
    if (controller.length > controllerMax)
      errors.push({
        reason: 'FieldValueTooLong',
        field,
        message: `Too long: may not be more than ${controllerMax} bytes`,
      });
    checkFormat(isDomainPrefixedPath, controller, field, errors);
  }
  const parameters = child(spec, 'parameters');
  if (parameters !== undefined) checkParameters(parameters, 'spec.parameters', errors);
  return errors;
}

function checkParameters(parameters: JsonObject, at: string, errors: FieldError[]): void {
  checkReference(parameters, at, errors);
  const namespace = optionalText(parameters, 'namespace');
  const field = `${at}.namespace`;
  switch (text(parameters, 'scope')) {
    case 'Namespace':
      if (namespace === undefined)
        errors.push(required(field, "`parameters.scope` is set to 'Namespace'"));
      else checkDnsLabel(namespace, field, errors);
      return;
    case 'Cluster':
      if (namespace !== undefined)
        errors.push(forbiddenField(field, "`parameters.scope` is set to 'Cluster'"));
  }
}

export const ingressClassStrategy: Strategy = {
  applyDefaults: (ingressClass) => {
    const parameters = child(child(ingressClass, 'spec'), 'parameters');
    if (parameters !== undefined && !isSet(parameters, 'scope')) parameters['scope'] = 'Cluster';
  },
  validate: validateClass,
  validateUpdate: (next, old) => {
    const errors: FieldError[] = [];
    const controllerOf = (object: KubeObject): string => text(child(object, 'spec'), 'controller');
    checkImmutable(controllerOf(next), controllerOf(old), 'spec.controller', errors);
    return errors;
  },
};
