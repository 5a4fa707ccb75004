// Node: taints, pod CIDRs, and resources that are quantities of the right kind. Its status may come with it:
// kubelets register with one.
import { parseCidr } from '../../../object/addresses.js';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  required,
} from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import { isLabelValue } from '../../../object/names.js';
import type { Strategy } from '../../resource.js';
import { checkCidr, checkQualifiedName, detailed } from '../checks.js';
import { child, children, ensure, isSet, text, texts } from '../fields.js';
import { checkResourceQuantity } from '../pod/resources.js';
import { canonicalizeList, quantities } from '../quantities.js';
import { keepStatus } from '../status.js';

function applyDefaults(node: KubeObject): void {
  const spec = ensure(node, 'spec');
  const cidr = text(spec, 'podCIDR');
  // The singular is the first of the list, for old clients.
  if (cidr !== '' && texts(spec, 'podCIDRs').length === 0) spec['podCIDRs'] = [cidr];
  const [first] = texts(spec, 'podCIDRs');
  if (first !== undefined && cidr === '') spec['podCIDR'] = first;
  if (spec['unschedulable'] === false) Reflect.deleteProperty(spec, 'unschedulable');
  const status = child(node, 'status');
  if (status === undefined) return;
  canonicalizeList(status, 'capacity');
  canonicalizeList(status, 'allocatable');
  const capacity = child(status, 'capacity');
  if (capacity !== undefined && !isSet(status, 'allocatable'))
    status['allocatable'] = { ...capacity };
}

export function checkTaints(
  taints: readonly JsonObject[],
  path: string,
  errors: FieldError[],
): void {
  const seen = new Set<string>();
  taints.forEach((taint, index) => {
    const at = `${path}[${index}]`;
    checkQualifiedName(text(taint, 'key'), `${at}.key`, errors);
    const problems = isLabelValue(text(taint, 'value'));
    if (problems.length > 0)
      errors.push(invalid(`${at}.value`, text(taint, 'value'), problems.join(';')));
    const effect = text(taint, 'effect');
    if (effect === '') errors.push(required(`${at}.effect`));
    const pair = `${text(taint, 'key')}:${effect}`;
    if (seen.has(pair))
      errors.push(detailed(duplicate(at, taint), 'taints must be unique by key and effect pair'));
    seen.add(pair);
  });
}

function checkCommon(node: KubeObject, errors: FieldError[]): void {
  // The path is the real server's.
  checkTaints(children(child(node, 'spec'), 'taints'), 'metadata.taints', errors);
  const status = child(node, 'status');
  for (const list of ['capacity', 'allocatable'])
    for (const [name, quantity] of quantities(child(status, list)))
      checkResourceQuantity(name, quantity, `status.${list}.${name}`, errors);
}

function validate(node: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  checkCommon(node, errors);
  const cidrs = texts(child(node, 'spec'), 'podCIDRs');
  const field = 'spec.podCIDRs';
  cidrs.forEach((cidr, index) => {
    checkCidr(cidr, `${field}[${index}]`, errors);
    if (cidrs.indexOf(cidr) < index) errors.push(duplicate(`${field}[${index}]`, cidr));
  });
  const families = new Set(cidrs.map((cidr) => parseCidr(cidr)?.address.family));
  if (cidrs.length > 1 && (families.size < 2 || cidrs.length > 2))
    errors.push(invalid(field, [...cidrs], 'may specify no more than one CIDR for each IP family'));
  return errors;
}

function validateUpdate(node: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(node, 'spec');
  const oldSpec = child(old, 'spec');
  const before = texts(oldSpec, 'podCIDRs');
  const after = texts(spec, 'podCIDRs');
  if (
    before.length > 0 &&
    (before.length !== after.length || before.some((cidr, index) => cidr !== after[index]))
  )
    errors.push(
      forbiddenField(
        'spec.podCIDRs',
        'node updates may not change podCIDR except from "" to valid',
      ),
    );
  const provider = text(oldSpec, 'providerID');
  if (provider !== '' && provider !== text(spec, 'providerID'))
    errors.push(
      forbiddenField(
        'spec.providerID',
        'node updates may not change providerID except from "" to valid',
      ),
    );
  const addresses = new Set<string>();
  children(child(node, 'status'), 'addresses').forEach((address, index) => {
    const key = `${text(address, 'type')}/${text(address, 'address')}`;
    if (addresses.has(key)) errors.push(duplicate(`status.addresses[${index}]`, address));
    addresses.add(key);
  });
  return errors;
}

export const nodeStrategy: Strategy = {
  applyDefaults,
  prepareForUpdate: keepStatus,
  validate,
  validateUpdate,
  validateStatusUpdate: (node, old) => [...validate(node), ...validateUpdate(node, old)],
};
