// EndpointSlice: many addresses of one type.
import { isIp, isIpv4, isIpv6 } from '../../object/addresses.js';
import { duplicate, type FieldError, required, tooMany } from '../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../object/kube-object.js';
import { isDns1123Subdomain } from '../../object/names.js';
import type { Strategy } from '../resource.js';
import {
  checkDnsLabel,
  checkFormat,
  checkImmutable,
  checkLabels,
  checkQualifiedName,
  checkSubdomain,
} from './checks.js';
import { child, children, fill, fillZero, optionalText, text, textMap, texts } from './fields.js';
import { checkNotSpecial } from './service/special-addresses.js';

const addressesMax = 100;
const portsMax = 20_000;
const endpointsMax = 1000;
const topologyMax = 16;

function validate(slice: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const type = text(slice, 'addressType');
  const endpoints = children(slice, 'endpoints');
  if (endpoints.length > endpointsMax)
    errors.push(tooMany('endpoints', endpoints.length, endpointsMax));
  else
    endpoints.forEach((endpoint, index) => {
      checkEndpoint(endpoint, type, `endpoints[${index}]`, errors);
    });
  checkPorts(children(slice, 'ports'), errors);
  return errors;
}

function checkEndpoint(endpoint: JsonObject, type: string, at: string, errors: FieldError[]): void {
  const addresses = texts(endpoint, 'addresses');
  const field = `${at}.addresses`;
  if (addresses.length === 0) errors.push(required(field, 'must contain at least 1 address'));
  if (addresses.length > addressesMax) errors.push(tooMany(field, addresses.length, addressesMax));
  addresses.forEach((address, index) => {
    checkAddress(address, type, `${field}[${index}]`, errors);
  });
  const node = optionalText(endpoint, 'nodeName');
  if (node !== undefined) checkSubdomain(node, `${at}.nodeName`, errors);
  const topology = textMap(endpoint, 'deprecatedTopology');
  const count = Object.keys(topology).length;
  if (count > topologyMax) errors.push(tooMany(`${at}.deprecatedTopology`, count, topologyMax));
  checkLabels(topology, `${at}.deprecatedTopology`, errors);
  const host = optionalText(endpoint, 'hostname');
  if (host !== undefined) checkDnsLabel(host, `${at}.hostname`, errors);
  const zones = children(child(endpoint, 'hints'), 'forZones');
  zones.forEach((zone, index) => {
    checkQualifiedName(text(zone, 'name'), `${at}.hints.forZones[${index}].name`, errors);
  });
}

function checkAddress(address: string, type: string, field: string, errors: FieldError[]): void {
  if (type === 'FQDN') {
    checkFormat(isDns1123Subdomain, address, field, errors);
    return;
  }
  checkFormat(isIp, address, field, errors);
  if (isIp(address).length > 0) return;
  if (type === 'IPv4') checkFormat(isIpv4, address, field, errors);
  if (type === 'IPv6') checkFormat(isIpv6, address, field, errors);
  checkNotSpecial(address, field, errors);
}

function checkPorts(ports: readonly JsonObject[], errors: FieldError[]): void {
  if (ports.length > portsMax) {
    errors.push(tooMany('ports', ports.length, portsMax));
    return;
  }
  const names = new Set<string>();
  ports.forEach((port, index) => {
    const at = `ports[${index}]`;
    const name = text(port, 'name');
    if (name !== '') checkDnsLabel(name, `${at}.name`, errors);
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    const app = optionalText(port, 'appProtocol');
    if (app !== undefined) checkQualifiedName(app, `${at}.appProtocol`, errors);
  });
}

export const endpointSliceStrategy: Strategy = {
  applyDefaults: (slice) => {
    for (const port of children(slice, 'ports')) {
      fill(port, 'name', '');
      fillZero(port, 'protocol', 'TCP');
    }
  },
  validate,
  validateUpdate: (slice, old) => {
    const errors: FieldError[] = [];
    checkImmutable(slice['addressType'], old['addressType'], 'addressType', errors);
    return errors;
  },
};
