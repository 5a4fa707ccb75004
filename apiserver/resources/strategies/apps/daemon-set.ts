// DaemonSet.
import { type FieldError, required } from '../../../object/field-error.js';
import type { KubeObject } from '../../../object/kube-object.js';
import type { Strategy } from '../../resource.js';
import { checkNotNegative } from '../checks.js';
import { child, ensure, fill, fillZero, text } from '../fields.js';
import { applyTemplateDefaults } from '../pod/defaults.js';
import { checkAlwaysRestarts, checkTemplate } from '../pod/template.js';
import { checkCounters, withStatus } from '../status.js';
import { checkSelectorKept, templateWarningsOf } from './deployment.js';
import { checkDaemonSetRolling, rollingOf } from './rolling-update.js';
import { checkSelector } from './selector.js';

function applyDefaults(set: KubeObject): void {
  const spec = ensure(set, 'spec');
  applyTemplateDefaults(spec);
  const strategy = ensure(spec, 'updateStrategy');
  fillZero(strategy, 'type', 'RollingUpdate');
  if (text(strategy, 'type') === 'RollingUpdate') {
    const rolling = ensure(strategy, 'rollingUpdate');
    fill(rolling, 'maxUnavailable', 1);
    fill(rolling, 'maxSurge', 0);
  }
  fill(spec, 'revisionHistoryLimit', 10);
}

function validate(set: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(set, 'spec') ?? {};
  checkSelector(spec, 'daemonset', 'spec', errors);
  const template = child(spec, 'template');
  checkTemplate(template, 'spec.template', errors);
  checkAlwaysRestarts(template, 'DaemonSet', 'spec.template', errors);
  checkNotNegative(spec, ['minReadySeconds', 'revisionHistoryLimit'], 'spec', errors);
  const strategy = child(spec, 'updateStrategy');
  const rolling = rollingOf(strategy);
  if (text(strategy, 'type') !== 'RollingUpdate') return errors;
  if (rolling === undefined) errors.push(required('spec.updateStrategy.rollingUpdate'));
  else checkDaemonSetRolling(rolling, 'spec.updateStrategy.rollingUpdate', errors);
  return errors;
}

export const daemonSetStrategy: Strategy = {
  applyDefaults,
  ...withStatus({
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
  }),
  validate,
  validateUpdate: checkSelectorKept,
  validateStatusUpdate: checkCounters([
    'currentNumberScheduled',
    'numberMisscheduled',
    'desiredNumberScheduled',
    'numberReady',
    'observedGeneration',
    'updatedNumberScheduled',
    'numberAvailable',
    'numberUnavailable',
    'collisionCount',
  ]),
  warnings: templateWarningsOf,
};
