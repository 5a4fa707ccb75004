// Names of compute and quota resources, and what each family of names allows (overcommit, fractions).
import { type FieldError, invalid } from '../../object/field-error.js';
import { isQualifiedName } from '../../object/names.js';

const containerNames = new Set(['cpu', 'memory', 'ephemeral-storage']);

const counted = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
];
const countedNames = new Set(counted);

const quotaNames = new Set([
  ...containerNames,
  ...[...containerNames].flatMap((name) => [`requests.${name}`, `limits.${name}`]),
  'requests.storage',
  ...counted,
]);

export const isHugePages = (name: string): boolean => name.startsWith('hugepages-');
const isQuotaHugePages = (name: string): boolean =>
  isHugePages(name) || name.startsWith('requests.hugepages-');

/** Unprefixed, or in kubernetes.io: those the project itself defines. */
const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');

const isExtended = (name: string): boolean =>
  !isNative(name) &&
  !name.startsWith('requests.') &&
  isQualifiedName(`requests.${name}`).length === 0;

export const allowsOvercommit = (name: string): boolean => isNative(name) && !isHugePages(name);

export const isWholeNumbered = (name: string): boolean =>
  countedNames.has(name) || isExtended(name);

export const isStandardQuotaName = (name: string): boolean =>
  quotaNames.has(name) || isQuotaHugePages(name);

const isStandard = (name: string): boolean =>
  quotaNames.has(name) || name === 'storage' || isQuotaHugePages(name);

/** Any resource name: standard, or qualified by a domain. */
export function checkResourceName(name: string, field: string, errors: FieldError[]): boolean {
  const messages = isQualifiedName(name);
  for (const message of messages) errors.push(invalid(field, name, message));
  if (messages.length > 0) return false;
  if (name.includes('/') || isStandard(name)) return true;
  errors.push(invalid(field, name, 'must be a standard resource type or fully qualified'));
  return false;
}

/** In a container's requests and limits. */
export function checkContainerResourceName(
  name: string,
  field: string,
  errors: FieldError[],
): void {
  if (containerNames.has(name)) return;
  checkResourceName(name, field, errors);
  if (!name.includes('/')) {
    if (!isHugePages(name))
      errors.push(invalid(field, name, 'must be a standard resource for containers'));
  } else if (!isNative(name) && !isExtended(name)) {
    errors.push(invalid(field, name, "doesn't follow extended resource name standard"));
  }
}

export function checkQuotaResourceName(name: string, field: string, errors: FieldError[]): void {
  checkResourceName(name, field, errors);
  if (!name.includes('/') && !isStandardQuotaName(name))
    errors.push(invalid(field, name, 'must be a standard resource for quota'));
}
