// NetworkPolicy, IPAddress and ServiceCIDR.
import { cidrContains, isIp, parseCidr } from '../../../object/addresses.js';
import {
  type FieldError,
  forbiddenField,
  invalid,
  required,
  tooMany,
} from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import { isPortName } from '../../../object/names.js';
import type { Strategy } from '../../resource.js';
import {
  checkCidr,
  checkDnsLabel,
  checkFormat,
  checkImmutable,
  checkLabelSelector,
  checkPathSegment,
  checkPortNumber,
  checkRequired,
  checkSubdomain,
} from '../checks.js';
import {
  child,
  children,
  ensure,
  fill,
  optionalInteger,
  sameMeaning,
  text,
  texts,
} from '../fields.js';
import { withStatus } from '../status.js';

const directions = [
  ['ingress', 'from'],
  ['egress', 'to'],
] as const;

function applyDefaults(policy: KubeObject): void {
  const spec = ensure(policy, 'spec');
  ensure(spec, 'podSelector');
  for (const [direction] of directions)
    for (const rule of children(spec, direction))
      for (const port of children(rule, 'ports')) fill(port, 'protocol', 'TCP');
  if (texts(spec, 'policyTypes').length > 0) return;
  spec['policyTypes'] = children(spec, 'egress').length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

function validate(policy: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(policy, 'spec') ?? {};
  checkLabelSelector(child(spec, 'podSelector'), 'spec.podSelector', errors);
  for (const [direction, peers] of directions)
    children(spec, direction).forEach((rule, index) => {
      const at = `spec.${direction}[${index}]`;
      children(rule, 'ports').forEach((port, position) => {
        checkPort(port, `${at}.ports[${position}]`, errors);
      });
      children(rule, peers).forEach((peer, position) => {
        checkPeer(peer, `${at}.${peers}[${position}]`, errors);
      });
    });
  const types = texts(spec, 'policyTypes');
  if (types.length > 2)
    errors.push(
      invalid('spec.policyTypes', [...types], 'may not specify more than two policyTypes'),
    );
  return errors;
}

function checkPort(port: JsonObject, at: string, errors: FieldError[]): void {
  const number = port['port'];
  const end = optionalInteger(port, 'endPort');
  const field = `${at}.endPort`;
  if (typeof number === 'number') {
    checkPortNumber(number, `${at}.port`, errors);
    if (end === undefined) return;
    if (end < number) errors.push(invalid(field, end, 'must be greater than or equal to `port`'));
    checkPortNumber(end, field, errors);
  } else if (typeof number === 'string') {
    if (end !== undefined)
      errors.push(invalid(field, end, 'may not be specified when `port` is non-numeric'));
    checkFormat(isPortName, number, `${at}.port`, errors);
  } else if (end !== undefined) {
    errors.push(invalid(field, end, 'may not be specified when `port` is not specified'));
  }
}

function checkPeer(peer: JsonObject, at: string, errors: FieldError[]): void {
  const block = child(peer, 'ipBlock');
  let count = block === undefined ? 0 : 1;
  for (const key of ['podSelector', 'namespaceSelector']) {
    const selector = child(peer, key);
    if (selector === undefined) continue;
    count++;
    checkLabelSelector(selector, `${at}.${key}`, errors);
  }
  if (block !== undefined) checkBlock(block, `${at}.ipBlock`, errors);
  if (count === 0) errors.push(required(at, 'must specify a peer'));
  else if (count > 1 && block !== undefined)
    errors.push(forbiddenField(at, 'may not specify both ipBlock and another peer'));
}

function checkBlock(block: JsonObject, at: string, errors: FieldError[]): void {
  const cidr = text(block, 'cidr');
  if (!checkRequired(block, 'cidr', at, errors)) return;
  checkCidr(cidr, `${at}.cidr`, errors);
  const outer = parseCidr(cidr);
  if (outer === undefined) return;
  texts(block, 'except').forEach((except, index) => {
    const field = `${at}.except[${index}]`;
    checkCidr(except, field, errors);
    const inner = parseCidr(except);
    if (inner === undefined) return;
    if (!cidrContains(outer, inner.address) || outer.bits >= inner.bits)
      errors.push(invalid(field, except, 'must be a strict subset of `cidr`'));
  });
}

export const networkPolicyStrategy: Strategy = { applyDefaults, validate };

export const ipAddressStrategy: Strategy = {
  name: 'path-segment',
  validate: (address) => {
    const errors: FieldError[] = [];
    checkFormat(isIp, address.metadata.name ?? '', 'metadata.name', errors);
    const parent = child(child(address, 'spec'), 'parentRef');
    const at = 'spec.parentRef';
    if (parent === undefined) {
      errors.push(required(at));
      return errors;
    }
    if (text(parent, 'group') !== '') checkSubdomain(text(parent, 'group'), `${at}.group`, errors);
    for (const key of ['resource', 'name'])
      if (checkRequired(parent, key, at, errors))
        checkPathSegment(text(parent, key), `${at}.${key}`, errors);
    if (text(parent, 'namespace') !== '')
      checkDnsLabel(text(parent, 'namespace'), `${at}.namespace`, errors);
    return errors;
  },
  validateUpdate: (next, old) => {
    const errors: FieldError[] = [];
    const parentOf = (object: KubeObject): JsonObject | undefined =>
      child(child(object, 'spec'), 'parentRef');
    checkImmutable(parentOf(next), parentOf(old), 'spec.parentRef', errors);
    return errors;
  },
};

export const serviceCidrStrategy: Strategy = {
  ...withStatus(),
  validate: (object) => {
    const errors: FieldError[] = [];
    const cidrs = texts(child(object, 'spec'), 'cidrs');
    const field = 'spec.cidrs';
    if (cidrs.length === 0) errors.push(required(field, 'at least one CIDR required'));
    if (cidrs.length > 2) errors.push(tooMany(field, cidrs.length, 2));
    cidrs.forEach((cidr, index) => {
      checkCidr(cidr, `${field}[${index}]`, errors);
    });
    const families = new Set(cidrs.map((cidr) => parseCidr(cidr)?.address.family));
    if (cidrs.length === 2 && families.size < 2)
      errors.push(
        invalid(
          field,
          [...cidrs],
          'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/96',
        ),
      );
    return errors;
  },
  validateUpdate: (next, old) => {
    const after = texts(child(next, 'spec'), 'cidrs');
    const before = texts(child(old, 'spec'), 'cidrs');
    // A second family may be added later.
    const added = before.length === 1 && after.length === 2 && after[0] === before[0];
    if (added || sameMeaning([...after], [...before])) return [];
    return [invalid('spec.cidrs', [...after], 'field is immutable')];
  },
};
