// Requests and limits of containers: known names, whole numbers where things are counted, requests within
// limits. Also resource claims by name.
import {
  duplicate,
  type FieldError,
  fieldNotFound,
  forbiddenField,
  invalid,
  required,
} from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import {
  compareQuantities,
  formatQuantity,
  isIntegerQuantity,
  quantityValue,
  type Quantity,
} from '../../../object/quantity.js';
import { checkDnsLabel, detailed } from '../checks.js';
import { child, children, text } from '../fields.js';
import { checkQuantityNotNegative, quantities, quantityOf } from '../quantities.js';
import {
  allowsOvercommit,
  checkContainerResourceName,
  isHugePages,
  isWholeNumbered,
} from '../resource-names.js';
import type { PodScope } from './scope.js';

type NameCheck = (name: string, field: string, errors: FieldError[]) => void;

export function checkResources(
  resources: JsonObject | undefined,
  scope: Pick<PodScope, 'claims'>,
  path: string,
  errors: FieldError[],
): void {
  if (resources === undefined) return;
  checkRequirements(resources, checkContainerResourceName, path, errors);
  checkClaims(resources, scope.claims, `${path}.claims`, errors);
}

export function checkRequirements(
  resources: JsonObject,
  checkName: NameCheck,
  path: string,
  errors: FieldError[],
): void {
  const limits = child(resources, 'limits');
  const requests = child(resources, 'requests');
  if (limits === undefined && requests === undefined) return;
  checkList(limits, checkName, `${path}.limits`, errors);
  for (const [name, request] of checkList(requests, checkName, `${path}.requests`, errors))
    checkWithinLimit(name, request, limits, path, errors);
  const names = [...Object.keys(limits ?? {}), ...Object.keys(requests ?? {})];
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory'))
    errors.push(forbiddenField(path, 'HugePages require cpu or memory'));
}

function checkList(
  list: JsonObject | undefined,
  checkName: NameCheck,
  path: string,
  errors: FieldError[],
): [string, Quantity][] {
  const entries = quantities(list);
  for (const [name, quantity] of entries) {
    const field = `${path}[${name}]`;
    checkName(name, field, errors);
    checkResourceQuantity(name, quantity, field, errors);
    if (isHugePages(name) && !isMultipleOfPage(name, quantity))
      errors.push(
        invalid(
          field,
          formatQuantity(quantity),
          `${formatQuantity(quantity)} is not positive integer multiple of ${name}`,
        ),
      );
  }
  return entries;
}

/** Not negative, and whole where the resource is counted. */
export function checkResourceQuantity(
  name: string,
  quantity: Quantity,
  field: string,
  errors: FieldError[],
): void {
  checkQuantityNotNegative(quantity, field, errors);
  if (isWholeNumbered(name) && !isIntegerQuantity(quantity))
    errors.push(invalid(field, formatQuantity(quantity), 'must be an integer'));
}

function isMultipleOfPage(name: string, quantity: Quantity): boolean {
  const page = quantityOf(name.slice('hugepages-'.length));
  if (page === undefined || page.nano <= 0n || !isIntegerQuantity(page)) return false;
  return quantityValue(quantity) % quantityValue(page) === 0n;
}

function checkWithinLimit(
  name: string,
  request: Quantity,
  limits: JsonObject | undefined,
  path: string,
  errors: FieldError[],
): void {
  const limit = quantityOf(limits?.[name]);
  const overcommit = allowsOvercommit(name);
  if (limit === undefined) {
    if (!overcommit)
      errors.push(required(`${path}.limits`, 'Limit must be set for non overcommitable resources'));
    return;
  }
  const order = compareQuantities(request, limit);
  const refuse = (relation: string): void => {
    errors.push(
      invalid(
        `${path}.requests`,
        formatQuantity(request),
        `must be ${relation} ${name} limit of ${formatQuantity(limit)}`,
      ),
    );
  };
  if (order !== 0 && !overcommit) refuse('equal to');
  else if (order > 0) refuse('less than or equal to');
}

function checkClaims(
  resources: JsonObject,
  known: ReadonlySet<string>,
  path: string,
  errors: FieldError[],
): void {
  const seen = new Set<string>();
  children(resources, 'claims').forEach((claim, index) => {
    const at = `${path}[${index}]`;
    const name = text(claim, 'name');
    const request = text(claim, 'request');
    if (name === '') {
      errors.push(required(at));
      return;
    }
    if (request !== '') checkDnsLabel(request, `${at}.request`, errors);
    const key = request === '' ? name : `${name}/${request}`;
    const overlaps =
      seen.has(name) ||
      seen.has(key) ||
      (request === '' && [...seen].some((other) => other.startsWith(`${name}/`)));
    if (overlaps) errors.push(duplicate(at, seen.has(name) ? name : key));
    seen.add(key);
    if (known.has(name)) return;
    const names = known.size === 0 ? ' which is empty' : `: ${[...known].sort().join(', ')}`;
    errors.push(
      detailed(
        fieldNotFound(at, name),
        `must be one of the names in pod.spec.resourceClaims${names}`,
      ),
    );
  });
}
