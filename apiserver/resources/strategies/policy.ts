// PodDisruptionBudget: how many pods must stay, or may go, never both.
import { type FieldError, invalid } from '../../object/field-error.js';
import type { KubeObject } from '../../object/kube-object.js';
import type { Strategy } from '../resource.js';
import { checkAmount, checkAtMostAll } from './apps/rolling-update.js';
import { checkLabelSelector } from './checks.js';
import { child } from './fields.js';
import { checkCounters, withStatus } from './status.js';

function validate(budget: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(budget, 'spec') ?? {};
  const { minAvailable, maxUnavailable } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined)
    errors.push(invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set'));
  checkAmount(minAvailable, 'spec.minAvailable', errors);
  checkAtMostAll(minAvailable, 'spec.minAvailable', errors);
  checkAmount(maxUnavailable, 'spec.maxUnavailable', errors);
  checkAtMostAll(maxUnavailable, 'spec.maxUnavailable', errors);
  checkLabelSelector(child(spec, 'selector'), 'spec.selector', errors);
  return errors;
}

const counters = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'];

export const podDisruptionBudgetStrategy: Strategy = {
  ...withStatus(Object.fromEntries(counters.map((key) => [key, 0]))),
  validate,
  validateStatusUpdate: checkCounters(counters),
  allowUnconditionalUpdate: false,
};
