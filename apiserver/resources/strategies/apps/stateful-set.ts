// StatefulSet and ControllerRevision. A StatefulSet's template is checked leniently: mounts may refer to claims.
import { type FieldError, forbiddenField, invalid, required } from '../../../object/field-error.js';
import { isJsonObject, type JsonObject, type KubeObject } from '../../../object/kube-object.js';
import type { Strategy } from '../../resource.js';
import { checkDnsLabel, checkImmutable, checkNotNegative, unsupported } from '../checks.js';
import {
  child,
  children,
  copyField,
  ensure,
  fill,
  fillZero,
  sameMeaning,
  text,
} from '../fields.js';
import { applyTemplateDefaults } from '../pod/defaults.js';
import { checkAlwaysRestarts, checkTemplateMeta } from '../pod/template.js';
import { applyClaimSpecDefaults } from '../pod/volume-defaults.js';
import { checkCounters, overReplicas, withStatus } from '../status.js';
import { templateWarningsOf } from './deployment.js';
import { checkStatefulSetRolling, rollingOf } from './rolling-update.js';
import { checkSelector } from './selector.js';

function applyDefaults(set: KubeObject): void {
  const spec = ensure(set, 'spec');
  applyTemplateDefaults(spec);
  fillZero(spec, 'podManagementPolicy', 'OrderedReady');
  const strategy = ensure(spec, 'updateStrategy');
  if (text(strategy, 'type') === '') {
    strategy['type'] = 'RollingUpdate';
    ensure(strategy, 'rollingUpdate');
  }
  const rolling = rollingOf(strategy);
  if (text(strategy, 'type') === 'RollingUpdate' && rolling !== undefined)
    fill(rolling, 'partition', 0);
  const retention = ensure(spec, 'persistentVolumeClaimRetentionPolicy');
  fillZero(retention, 'whenDeleted', 'Retain');
  fillZero(retention, 'whenScaled', 'Retain');
  fill(spec, 'replicas', 1);
  fill(spec, 'revisionHistoryLimit', 10);
  for (const claim of children(spec, 'volumeClaimTemplates')) {
    fillZero(claim, 'apiVersion', 'v1');
    fillZero(claim, 'kind', 'PersistentVolumeClaim');
    applyClaimSpecDefaults(ensure(claim, 'spec'));
    fillZero(ensure(claim, 'status'), 'phase', 'Pending');
  }
}

function validate(set: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(set, 'spec') ?? {};
  const management = text(spec, 'podManagementPolicy');
  if (management !== 'OrderedReady' && management !== 'Parallel')
    errors.push(
      invalid('spec.podManagementPolicy', management, "must be 'OrderedReady' or 'Parallel'"),
    );
  checkUpdateStrategy(child(spec, 'updateStrategy'), errors);
  for (const key of ['whenDeleted', 'whenScaled']) {
    const policy = text(child(spec, 'persistentVolumeClaimRetentionPolicy'), key);
    if (policy !== 'Retain' && policy !== 'Delete')
      errors.push(
        unsupported(`spec.persistentVolumeClaimRetentionPolicy.${key}`, policy, [
          'Retain',
          'Delete',
        ]),
      );
  }
  checkNotNegative(spec, ['replicas', 'minReadySeconds', 'revisionHistoryLimit'], 'spec', errors);
  checkNotNegative(child(spec, 'ordinals'), ['start'], 'spec.ordinals', errors);
  checkSelector(spec, 'statefulset', 'spec', errors);
  const template = child(spec, 'template');
  if (template !== undefined) checkTemplateMeta(template, 'spec.template', errors);
  checkAlwaysRestarts(template, 'StatefulSet', 'spec.template', errors);
  return errors;
}

function checkUpdateStrategy(strategy: JsonObject | undefined, errors: FieldError[]): void {
  const rolling = rollingOf(strategy);
  if (rolling === undefined) return;
  const field = 'spec.updateStrategy.rollingUpdate';
  if (text(strategy, 'type') === 'OnDelete')
    errors.push(invalid(field, rolling, "only allowed for updateStrategy 'RollingUpdate'"));
  else checkStatefulSetRolling(rolling, field, errors);
}

function validateCreate(set: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const service = text(child(set, 'spec'), 'serviceName');
  if (service !== '') checkDnsLabel(service, 'spec.serviceName', errors);
  return errors;
}

const mutable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

function validateUpdate(set: KubeObject, old: KubeObject): FieldError[] {
  const oldSpec = child(old, 'spec');
  const rest: JsonObject = { ...child(set, 'spec') };
  for (const key of mutable) copyField(rest, oldSpec, key);
  if (sameMeaning(rest, oldSpec)) return [];
  const listed = mutable.map((key) => `'${key}'`);
  const last = listed.pop() ?? '';
  return [
    forbiddenField(
      'spec',
      `updates to statefulset spec for fields other than ${listed.join(', ')} and ${last} are forbidden`,
    ),
  ];
}

export const statefulSetStrategy: Strategy = {
  name: 'dns-label',
  applyDefaults,
  ...withStatus({ replicas: 0, availableReplicas: 0 }),
  validate,
  validateCreate,
  validateUpdate,
  validateStatusUpdate: checkCounters(
    [
      'replicas',
      'readyReplicas',
      'currentReplicas',
      'updatedReplicas',
      'availableReplicas',
      'observedGeneration',
      'collisionCount',
    ],
    [
      ['readyReplicas', 'replicas', overReplicas],
      ['currentReplicas', 'replicas', overReplicas],
      ['updatedReplicas', 'replicas', overReplicas],
      ['availableReplicas', 'replicas', overReplicas],
      ['availableReplicas', 'readyReplicas', 'cannot be greater than status.readyReplicas'],
    ],
  ),
  warnings: templateWarningsOf,
};

export const controllerRevisionStrategy: Strategy = {
  validate: (revision) => {
    const errors: FieldError[] = [];
    const number = revision['revision'];
    if (typeof number === 'number' && number < 0)
      errors.push(invalid('revision', number, 'must be greater than or equal to 0'));
    return errors;
  },
  validateCreate: ({ data }) => {
    if (data === undefined || data === null) return [required('data', 'data is mandatory')];
    return isJsonObject(data) ? [] : [required('data', 'data must be a valid JSON object')];
  },
  validateUpdate: (revision, old) => {
    const errors: FieldError[] = [];
    checkImmutable(revision['data'], old['data'], 'data', errors);
    return errors;
  },
};
