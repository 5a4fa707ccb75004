// PriorityClass, RuntimeClass and Lease: small kinds with numbers that must make sense.
import { type FieldError, forbiddenField, invalid } from '../../object/field-error.js';
import type { KubeObject } from '../../object/kube-object.js';
import { isQualifiedName } from '../../object/names.js';
import type { Strategy } from '../resource.js';
import { checkDnsLabel, checkFormat, checkImmutable, checkLabels, unsupported } from './checks.js';
import {
  child,
  children,
  fill,
  flag,
  integer,
  optionalInteger,
  optionalText,
  text,
  textMap,
} from './fields.js';
import { checkResources } from './pod/resources.js';
import { checkTolerations } from './pod/scheduling.js';
import { canonicalizeList } from './quantities.js';

const userPriorityMax = 1_000_000_000;
const systemClasses: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

function validatePriority(priority: KubeObject): FieldError[] {
  const { name = '' } = priority.metadata;
  const value = integer(priority, 'value');
  if (!name.startsWith('system-')) {
    return value > userPriorityMax
      ? [
          forbiddenField(
            'value',
            `maximum allowed value of a user defined priority is ${userPriorityMax}`,
          ),
        ]
      : [];
  }
  const why = notTheSystems(name, value, flag(priority, 'globalDefault'));
  if (why === undefined) return [];
  return [
    forbiddenField(
      'metadata.name',
      `priority class names with 'system-' prefix are reserved for system use only. error: ${why}`,
    ),
  ];
}

function notTheSystems(name: string, value: number, isDefault: boolean): string | undefined {
  const expected = systemClasses[name];
  if (expected === undefined) return `${name} is not a known system priority class`;
  if (value !== expected) return `value of ${name} PriorityClass must be ${expected}`;
  return isDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

export const priorityClassStrategy: Strategy = {
  applyDefaults: (priority) => {
    fill(priority, 'preemptionPolicy', 'PreemptLowerPriority');
  },
  validate: validatePriority,
  validateUpdate: (priority, old) => {
    const errors: FieldError[] = [];
    if (integer(priority, 'value') !== integer(old, 'value'))
      errors.push(forbiddenField('value', 'may not be changed in an update.'));
    checkImmutable(
      priority['preemptionPolicy'],
      old['preemptionPolicy'],
      'preemptionPolicy',
      errors,
    );
    return errors;
  },
};

export const runtimeClassStrategy: Strategy = {
  applyDefaults: (runtime) => {
    canonicalizeList(child(runtime, 'overhead'), 'podFixed');
  },
  validate: (runtime) => {
    const errors: FieldError[] = [];
    checkDnsLabel(text(runtime, 'handler'), 'handler', errors);
    const overhead = child(child(runtime, 'overhead'), 'podFixed');
    if (overhead !== undefined)
      checkResources({ limits: overhead }, { claims: new Set() }, 'overhead.podFixed', errors);
    const scheduling = child(runtime, 'scheduling');
    checkLabels(textMap(scheduling, 'nodeSelector'), 'scheduling.nodeSelector', errors);
    checkTolerations(children(scheduling, 'tolerations'), 'scheduling.tolerations', errors);
    return errors;
  },
  validateUpdate: (runtime, old) => {
    const errors: FieldError[] = [];
    checkImmutable(runtime['handler'], old['handler'], 'handler', errors);
    return errors;
  },
  allowUnconditionalUpdate: false,
};

function validateLease(lease: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(lease, 'spec');
  const seconds = optionalInteger(spec, 'leaseDurationSeconds');
  if (seconds !== undefined && seconds <= 0)
    errors.push(invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0'));
  const transitions = optionalInteger(spec, 'leaseTransitions');
  if (transitions !== undefined && transitions < 0)
    errors.push(
      invalid('spec.leaseTransitions', transitions, 'must be greater than or equal to 0'),
    );
  const strategy = optionalText(spec, 'strategy') ?? '';
  if (strategy.includes('/'))
    checkFormat(isQualifiedName, strategy, 'spec.strategy.strategy', errors);
  else if (strategy !== '' && strategy !== 'OldestEmulationVersion')
    errors.push(unsupported('spec.strategy.strategy', strategy, ['OldestEmulationVersion']));
  if (text(spec, 'preferredHolder') !== '' && strategy === '')
    errors.push(
      forbiddenField('spec.preferredHolder', 'may only be specified if `strategy` is defined'),
    );
  return errors;
}

export const leaseStrategy: Strategy = {
  validate: validateLease,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
};
