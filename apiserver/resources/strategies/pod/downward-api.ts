// fieldRef and resourceFieldRef: which of a pod's own fields a variable or a file may show.
import { type FieldError, invalid, notSupported, required } from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { checkQualifiedName } from '../checks.js';
import { child, fillZero, text } from '../fields.js';
import { canonicalizeField } from '../quantities.js';

const variableFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
const fileFields = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];
const known = new Set([...variableFields, ...fileFields, 'spec.restartPolicy', 'status.phase']);

const resources = ['cpu', 'ephemeral-storage', 'memory'].flatMap((name) => [
  `limits.${name}`,
  `requests.${name}`,
]);
const hugePages = /^(?:limits|requests)\.hugepages-/;
const scales = ['k', 'M', 'G', 'T', 'P', 'E', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const byteDivisors = new Set(['1', ...scales.map((scale) => `1${scale}`)]);
const byteDivisorsShown = ['1', ...scales.map((scale) => `1${scale}`)].join(', ');

export type Place = 'variable' | 'file';

export function applyFieldRefDefaults(parent: JsonObject): void {
  const field = child(parent, 'fieldRef');
  if (field !== undefined) fillZero(field, 'apiVersion', 'v1');
  const resource = child(parent, 'resourceFieldRef');
  if (resource === undefined) return;
  fillZero(resource, 'divisor', '0');
  canonicalizeField(resource, 'divisor');
}

export function checkFieldRef(
  reference: JsonObject,
  place: Place,
  path: string,
  errors: FieldError[],
): void {
  const field = text(reference, 'fieldPath');
  if (field === '') {
    errors.push(required(`${path}.fieldPath`));
    return;
  }
  const subscript = /^(.*)\['(.*)'\]$/.exec(field);
  const base = subscript?.[1] ?? field;
  if (text(reference, 'apiVersion') !== 'v1' || !known.has(base)) {
    const why =
      text(reference, 'apiVersion') === 'v1'
        ? `field label not supported: ${field}`
        : `unsupported pod version: ${text(reference, 'apiVersion')}`;
    errors.push(invalid(`${path}.fieldPath`, field, `error converting fieldPath: ${why}`));
    return;
  }
  if (subscript !== null) {
    const key = subscript[2] ?? '';
    if (base === 'metadata.annotations') checkQualifiedName(key.toLowerCase(), path, errors);
    else if (base === 'metadata.labels') checkQualifiedName(key, path, errors);
    else errors.push(invalid(path, base, 'does not support subscript'));
    return;
  }
  const allowed = place === 'variable' ? variableFields : fileFields;
  if (!allowed.includes(base)) errors.push(notSupported(`${path}.fieldPath`, base, allowed));
}

export function checkResourceFieldRef(
  reference: JsonObject,
  place: Place,
  path: string,
  errors: FieldError[],
): void {
  const resource = text(reference, 'resource');
  if (place === 'file' && text(reference, 'containerName') === '')
    errors.push(required(`${path}.containerName`));
  else if (resource === '') errors.push(required(`${path}.resource`));
  else if (!resources.includes(resource) && !hugePages.test(resource))
    errors.push(notSupported(`${path}.resource`, resource, resources));
  checkDivisor(resource, text(reference, 'divisor'), path, errors);
}

function checkDivisor(resource: string, divisor: string, path: string, errors: FieldError[]): void {
  if (divisor === '' || divisor === '0') return;
  const refuse = (values: string, of: string): void => {
    errors.push(
      invalid(
        `${path}.divisor`,
        resource,
        `only divisor's values ${values} are supported with the ${of} resource`,
      ),
    );
  };
  if (resource.endsWith('.cpu')) {
    if (divisor !== '1m' && divisor !== '1') refuse('1m and 1', 'cpu');
    return;
  }
  if (byteDivisors.has(divisor)) return;
  if (resource.endsWith('.memory')) refuse(byteDivisorsShown, 'memory');
  else if (resource.endsWith('.ephemeral-storage'))
    refuse(byteDivisorsShown, 'local ephemeral storage');
  else if (hugePages.test(resource)) refuse(byteDivisorsShown, 'hugepages');
}
