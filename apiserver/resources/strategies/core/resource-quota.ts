// ResourceQuota: known resource names, and scopes that fit them and each other.
import { type FieldError, invalid, required } from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import type { Strategy } from '../../resource.js';
import { immutable } from '../checks.js';
import { child, children, descend, text, texts } from '../fields.js';
import { checkResourceQuantity } from '../pod/resources.js';
import { canonicalizeList, quantities } from '../quantities.js';
import { checkQuotaResourceName, isStandardQuotaName } from '../resource-names.js';
import { clearStatus, keepStatus } from '../status.js';

const podScopes = [
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'CrossNamespacePodAffinity',
];
const scopes = new Set([...podScopes, 'PriorityClass', 'VolumeAttributesClass']);
const computeNames = /^(?:pods|cpu|memory|(?:requests|limits)\.(?:cpu|memory))$/;

/** What a scope can narrow. */
function fits(scope: string, resource: string): boolean {
  if (scope === 'BestEffort') return resource === 'pods';
  if (scope === 'VolumeAttributesClass')
    return ['persistentvolumeclaims', 'requests.storage'].includes(resource);
  return computeNames.test(resource);
}

function checkList(list: JsonObject | undefined, path: string, errors: FieldError[]): void {
  for (const [name, quantity] of quantities(list)) {
    const field = `${path}[${name}]`;
    checkQuotaResourceName(name, field, errors);
    checkResourceQuantity(name, quantity, field, errors);
  }
}

function checkSpec(spec: JsonObject, errors: FieldError[]): void {
  const hard = child(spec, 'hard');
  checkList(hard, 'spec.hard', errors);
  const names = Object.keys(hard ?? {})
    .filter(isStandardQuotaName)
    .sort();
  const listed = texts(spec, 'scopes');
  const refuse = (detail: string): void => {
    errors.push(invalid('spec.scopes', [...listed], detail));
  };
  for (const scope of listed) {
    if (!scopes.has(scope)) refuse('unsupported scope');
    else if (names.some((name) => !fits(scope, name)))
      refuse('unsupported scope applied to resource');
  }
  if (conflicting(listed)) refuse('conflicting scopes');
  const selector = child(spec, 'scopeSelector');
  if (selector === undefined) return;
  const path = 'spec.scopeSelector.matchExpressions';
  const expressions = children(selector, 'matchExpressions');
  for (const expression of expressions) checkExpression(expression, names, selector, errors);
  if (conflicting(expressions.map((expression) => text(expression, 'scopeName'))))
    errors.push(invalid(path, [...listed], 'conflicting scopes'));
}

const conflicting = (names: readonly string[]): boolean =>
  [
    ['BestEffort', 'NotBestEffort'],
    ['Terminating', 'NotTerminating'],
  ].some((pair) => pair.every((name) => names.includes(name)));

function checkExpression(
  expression: JsonObject,
  names: readonly string[],
  selector: JsonObject,
  errors: FieldError[],
): void {
  const path = 'spec.scopeSelector.matchExpressions';
  const scope = text(expression, 'scopeName');
  const operator = text(expression, 'operator');
  const values = texts(expression, 'values');
  if (!scopes.has(scope)) errors.push(invalid(`${path}.scopeName`, scope, 'unsupported scope'));
  else if (names.some((name) => !fits(scope, name)))
    errors.push(invalid(path, selector, 'unsupported scope applied to resource'));
  if (podScopes.includes(scope) && operator !== 'Exists')
    errors.push(
      invalid(
        `${path}.operator`,
        operator,
        "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
      ),
    );
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0)
      errors.push(
        required(
          `${path}.values`,
          "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
        ),
      );
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0)
      errors.push(
        invalid(
          `${path}.values`,
          [...values],
          "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
        ),
      );
  } else {
    errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
  }
}

function validate(quota: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  checkSpec(child(quota, 'spec') ?? {}, errors);
  return errors;
}

export const resourceQuotaStrategy: Strategy = {
  applyDefaults: (quota) => {
    canonicalizeList(child(quota, 'spec'), 'hard');
    canonicalizeList(child(quota, 'status'), 'hard');
    canonicalizeList(child(quota, 'status'), 'used');
  },
  prepareForCreate: clearStatus(),
  prepareForUpdate: keepStatus,
  validate,
  validateUpdate: (quota, old) => {
    const errors: FieldError[] = [];
    const after = [...texts(child(quota, 'spec'), 'scopes')];
    const before = texts(child(old, 'spec'), 'scopes');
    if ([...after].sort().join() !== [...before].sort().join())
      errors.push(invalid('spec.scopes', after, immutable));
    return errors;
  },
  validateStatusUpdate: (quota) => {
    const errors: FieldError[] = [];
    for (const list of ['hard', 'used'])
      checkList(descend(quota, 'status', list), `status.${list}`, errors);
    return errors;
  },
};
