// Deployment and ReplicaSet.
import { type FieldError, forbiddenField, invalid } from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import type { Strategy } from '../../resource.js';
import { checkImmutable, checkNotNegative } from '../checks.js';
import { child, ensure, fill, fillZero, integer, isSet, optionalInteger, text } from '../fields.js';
import { applyTemplateDefaults } from '../pod/defaults.js';
import { checkAlwaysRestarts, checkTemplate } from '../pod/template.js';
import { templateWarnings } from '../pod/warnings.js';
import { checkCounters, overReplicas, withStatus } from '../status.js';
import { checkDeploymentRolling, rollingOf } from './rolling-update.js';
import { checkSelector } from './selector.js';

const readyLimits = [
  ['readyReplicas', 'replicas', overReplicas],
  ['availableReplicas', 'replicas', overReplicas],
  ['availableReplicas', 'readyReplicas', 'cannot be greater than readyReplicas'],
] as const;

/** apps/v1 forbids it: the ReplicaSets made so far would be lost. */
export function checkSelectorKept(object: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  checkImmutable(
    child(child(object, 'spec'), 'selector'),
    child(child(old, 'spec'), 'selector'),
    'spec.selector',
    errors,
  );
  return errors;
}

export const templateWarningsOf = (object: KubeObject): string[] =>
  templateWarnings(child(child(object, 'spec'), 'template'), 'spec.template');

function checkReplicaTemplate(spec: JsonObject, errors: FieldError[]): void {
  const template = child(spec, 'template');
  checkTemplate(template, 'spec.template', errors);
  checkAlwaysRestarts(template, 'ReplicaSet', 'spec.template', errors);
}

function applyDeploymentDefaults(deployment: KubeObject): void {
  const spec = ensure(deployment, 'spec');
  applyTemplateDefaults(spec);
  fill(spec, 'replicas', 1);
  const strategy = ensure(spec, 'strategy');
  fillZero(strategy, 'type', 'RollingUpdate');
  if (text(strategy, 'type') === 'RollingUpdate') {
    const rolling = ensure(strategy, 'rollingUpdate');
    fill(rolling, 'maxUnavailable', '25%');
    fill(rolling, 'maxSurge', '25%');
  }
  fill(spec, 'revisionHistoryLimit', 10);
  fill(spec, 'progressDeadlineSeconds', 600);
}

function validateDeployment(deployment: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(deployment, 'spec') ?? {};
  checkNotNegative(spec, ['replicas'], 'spec', errors);
  checkSelector(spec, 'deployment', 'spec', errors);
  checkReplicaTemplate(spec, errors);
  const strategy = child(spec, 'strategy');
  const rolling = rollingOf(strategy);
  if (text(strategy, 'type') === 'Recreate') {
    if (isSet(strategy, 'rollingUpdate'))
      errors.push(
        forbiddenField(
          'spec.strategy.rollingUpdate',
          "may not be specified when strategy `type` is 'Recreate'",
        ),
      );
  } else if (rolling !== undefined) {
    checkDeploymentRolling(rolling, 'spec.strategy.rollingUpdate', errors);
  }
  checkNotNegative(
    spec,
    ['minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds'],
    'spec',
    errors,
  );
  const deadline = optionalInteger(spec, 'progressDeadlineSeconds');
  if (deadline !== undefined && deadline <= integer(spec, 'minReadySeconds'))
    errors.push(
      invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'),
    );
  return errors;
}

export const deploymentStrategy: Strategy = {
  applyDefaults: applyDeploymentDefaults,
  ...withStatus(),
  validate: validateDeployment,
  validateUpdate: checkSelectorKept,
  validateStatusUpdate: checkCounters(
    [
      'observedGeneration',
      'replicas',
      'updatedReplicas',
      'readyReplicas',
      'availableReplicas',
      'unavailableReplicas',
      'terminatingReplicas',
      'collisionCount',
    ],
    [['updatedReplicas', 'replicas', overReplicas], ...readyLimits],
  ),
  warnings: templateWarningsOf,
};

function validateReplicaSet(replicaSet: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(replicaSet, 'spec') ?? {};
  checkNotNegative(spec, ['replicas', 'minReadySeconds'], 'spec', errors);
  // The kind in the wording is the real server's.
  checkSelector(spec, 'deployment', 'spec', errors);
  checkReplicaTemplate(spec, errors);
  return errors;
}

const replicaCounters = [
  'replicas',
  'fullyLabeledReplicas',
  'readyReplicas',
  'availableReplicas',
  'observedGeneration',
  'terminatingReplicas',
];

export const checkReplicaStatus = checkCounters(replicaCounters, [
  ['fullyLabeledReplicas', 'replicas', overReplicas],
  ...readyLimits,
]);

export const replicaSetStrategy: Strategy = {
  applyDefaults: (replicaSet) => {
    const spec = ensure(replicaSet, 'spec');
    fill(spec, 'replicas', 1);
    applyTemplateDefaults(spec);
  },
  ...withStatus({ replicas: 0 }),
  validate: validateReplicaSet,
  validateUpdate: checkSelectorKept,
  validateStatusUpdate: checkReplicaStatus,
  warnings: templateWarningsOf,
};
