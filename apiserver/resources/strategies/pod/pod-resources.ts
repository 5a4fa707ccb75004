// Resources of a pod as a whole: what its containers ask for together, its QoS class, and the pod-level
// `spec.resources` (KEP-2837), whose gaps are filled from the containers' sums.
import {
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
} from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  type Quantity,
} from '../../../object/quantity.js';
import { child, children, descend, ensure, isSet, text } from '../fields.js';
import { quantities, quantityOf } from '../quantities.js';
import { checkResourceName, isHugePages } from '../resource-names.js';
import { checkRequirements } from './resources.js';

type Sums = Map<string, Quantity>;
type Kind = 'requests' | 'limits';

const podLevelNames = ['cpu', 'memory'];
const isPodLevel = (name: string): boolean => podLevelNames.includes(name) || isHugePages(name);

function add(sums: Sums, name: string, quantity: Quantity): void {
  const sum = sums.get(name);
  sums.set(name, sum === undefined ? quantity : addQuantities(sum, quantity));
}

function raise(sums: Sums, other: Iterable<[string, Quantity]>): void {
  for (const [name, quantity] of other) {
    const current = sums.get(name);
    if (current === undefined || compareQuantities(quantity, current) > 0) sums.set(name, quantity);
  }
}

const listOf = (container: JsonObject, kind: Kind): [string, Quantity][] =>
  quantities(descend(container, 'resources', kind));

/**
 * The most that runs at one time: the containers and all sidecars together, or an init container beside
 * the sidecars started before it.
 */
export function sumContainers(spec: JsonObject, kind: Kind): Sums {
  const sums: Sums = new Map();
  for (const container of children(spec, 'containers'))
    for (const [name, quantity] of listOf(container, kind)) add(sums, name, quantity);
  const sidecars: Sums = new Map();
  const starting: Sums = new Map();
  for (const container of children(spec, 'initContainers')) {
    const isSidecar = text(container, 'restartPolicy') === 'Always';
    const together: Sums = new Map(sidecars);
    for (const [name, quantity] of listOf(container, kind)) {
      add(together, name, quantity);
      if (!isSidecar) continue;
      add(sums, name, quantity);
      add(sidecars, name, quantity);
    }
    raise(starting, together);
  }
  raise(sums, starting);
  return sums;
}

export function applyPodLevelDefaults(spec: JsonObject): void {
  const resources = child(spec, 'resources');
  if (resources === undefined) return;
  const isPartlySet = isSet(resources, 'limits') || isSet(resources, 'requests');
  if (!isPartlySet) return;
  const containerLimits = sumContainers(spec, 'limits');
  for (const [name, sum] of containerLimits) {
    if (!isHugePages(name) || child(resources, 'requests')?.[name] !== undefined) continue;
    const limits = ensure(resources, 'limits');
    if (limits[name] === undefined) limits[name] = formatQuantity(sum);
  }
  const limits = child(resources, 'limits');
  if (limits === undefined || Object.keys(limits).length === 0) return;
  const requests = { ...child(resources, 'requests') };
  for (const [name, sum] of sumContainers(spec, 'requests'))
    if (podLevelNames.includes(name) && requests[name] === undefined)
      requests[name] = formatQuantity(sum);
  for (const [name, limit] of Object.entries(limits))
    if (isPodLevel(name) && requests[name] === undefined) requests[name] = limit;
  if (Object.keys(requests).length > 0) resources['requests'] = requests;
}

export function checkPodLevelResources(spec: JsonObject, path: string, errors: FieldError[]): void {
  const resources = child(spec, 'resources');
  if (resources === undefined) return;
  if (isSet(resources, 'claims'))
    errors.push(
      forbiddenField(`${path}.claims`, 'claims cannot be set for Resources at pod-level'),
    );
  checkRequirements(resources, checkPodLevelName, path, errors);
  const requests = child(resources, 'requests');
  for (const [name, sum] of sumContainers(spec, 'requests')) {
    const requested = quantityOf(requests?.[name] ?? '0');
    if (requested !== undefined && compareQuantities(sum, requested) > 0)
      errors.push(
        invalid(
          `${path}.requests[${name}]`,
          formatQuantity(requested),
          `must be greater than or equal to aggregate container requests of ${formatQuantity(sum)}`,
        ),
      );
  }
  children(spec, 'containers').forEach((container, index) => {
    for (const [name, limit] of listOf(container, 'limits')) {
      const podLimit = quantityOf(child(resources, 'limits')?.[name]);
      if (podLimit === undefined || compareQuantities(limit, podLimit) <= 0) continue;
      errors.push(
        invalid(
          `${path}.containers[${index}][${name}].limits`,
          formatQuantity(limit),
          `must be less than or equal to pod limits of ${formatQuantity(podLimit)}`,
        ),
      );
    }
  });
}

function checkPodLevelName(name: string, field: string, errors: FieldError[]): void {
  if (checkResourceName(name, field, errors) && !isPodLevel(name))
    errors.push(notSupported(field, name, [...podLevelNames, 'hugepages-']));
}

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** Guaranteed: every container limits cpu and memory and requests just that. */
export function qosClassOf(spec: JsonObject): QosClass {
  const podLevel = child(spec, 'resources');
  const parts =
    podLevel !== undefined && (isSet(podLevel, 'requests') || isSet(podLevel, 'limits'))
      ? [{ resources: podLevel }]
      : [...children(spec, 'containers'), ...children(spec, 'initContainers')];
  const requests: Sums = new Map();
  const limits: Sums = new Map();
  let isGuaranteed = true;
  for (const part of parts) {
    for (const [name, quantity] of computed(part, 'requests')) add(requests, name, quantity);
    const limited = computed(part, 'limits');
    for (const [name, quantity] of limited) add(limits, name, quantity);
    if (limited.length < podLevelNames.length) isGuaranteed = false;
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort';
  if (requests.size !== limits.size) isGuaranteed = false;
  for (const [name, quantity] of requests) {
    const limit = limits.get(name);
    if (limit === undefined || compareQuantities(quantity, limit) !== 0) isGuaranteed = false;
  }
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

/** cpu and memory, where more than nothing. */
const computed = (part: JsonObject, kind: Kind): [string, Quantity][] =>
  listOf(part, kind).filter(
    ([name, quantity]) => podLevelNames.includes(name) && quantity.nano > 0n,
  );
