// HorizontalPodAutoscaler, in both served versions: v1 knows only a CPU percentage, v2 metrics and behavior.
import {
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../object/kube-object.js';
import { formatQuantity } from '../../object/quantity.js';
import type { Strategy } from '../resource.js';
import { checkNotNegative, checkPathSegment, checkRequired } from './checks.js';
import { child, children, ensure, fill, integer, isSet, optionalInteger, text } from './fields.js';
import { canonicalizeField, quantityOf } from './quantities.js';
import { keepStatus } from './status.js';

const defaultUtilization = 80;
const isV1 = (scaler: KubeObject): boolean => scaler.apiVersion === 'autoscaling/v1';

function applyDefaults(scaler: KubeObject): void {
  const spec = ensure(scaler, 'spec');
  fill(spec, 'minReplicas', 1);
  if (isV1(scaler)) {
    const { annotations = {} } = scaler.metadata;
    if (annotations['autoscaling.alpha.kubernetes.io/metrics'] === undefined)
      fill(spec, 'targetCPUUtilizationPercentage', defaultUtilization);
    return;
  }
  if (children(spec, 'metrics').length === 0)
    spec['metrics'] = [
      {
        type: 'Resource',
        resource: {
          name: 'cpu',
          target: { type: 'Utilization', averageUtilization: defaultUtilization },
        },
      },
    ];
  for (const metric of children(spec, 'metrics'))
    for (const source of Object.values(sourceKeys)) {
      const target = child(child(metric, source), 'target');
      canonicalizeField(target, 'value');
      canonicalizeField(target, 'averageValue');
    }
  const behavior = child(spec, 'behavior');
  if (behavior !== undefined) applyBehavior(behavior);
}

function applyBehavior(behavior: JsonObject): void {
  const up = ensure(behavior, 'scaleUp');
  fill(up, 'stabilizationWindowSeconds', 0);
  fill(up, 'selectPolicy', 'Max');
  fill(up, 'policies', [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ]);
  const down = ensure(behavior, 'scaleDown');
  fill(down, 'selectPolicy', 'Max');
  fill(down, 'policies', [{ type: 'Percent', value: 100, periodSeconds: 15 }]);
}

function validate(scaler: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(scaler, 'spec') ?? {};
  const min = optionalInteger(spec, 'minReplicas');
  const max = integer(spec, 'maxReplicas');
  if (min !== undefined && min < 1)
    errors.push(invalid('spec.minReplicas', min, 'must be greater than or equal to 1'));
  if (max < 1) errors.push(invalid('spec.maxReplicas', max, 'must be greater than 0'));
  if (min !== undefined && max < min)
    errors.push(invalid('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`'));
  checkReference(child(spec, 'scaleTargetRef'), 'spec.scaleTargetRef', errors);
  if (isV1(scaler)) {
    const percent = optionalInteger(spec, 'targetCPUUtilizationPercentage');
    if (percent !== undefined && percent < 1)
      errors.push(
        invalid('spec.targetCPUUtilizationPercentage', percent, 'must be greater than 0'),
      );
    return errors;
  }
  children(spec, 'metrics').forEach((metric, index) => {
    checkMetric(metric, `spec.metrics[${index}]`, errors);
  });
  const behavior = child(spec, 'behavior');
  for (const key of ['scaleUp', 'scaleDown']) {
    const rules = child(behavior, key);
    if (rules !== undefined) checkRules(rules, `spec.behavior.${key}`, errors);
  }
  return errors;
}

function checkReference(
  reference: JsonObject | undefined,
  path: string,
  errors: FieldError[],
): void {
  for (const key of ['kind', 'name'])
    if (checkRequired(reference, key, path, errors))
      checkPathSegment(text(reference, key), `${path}.${key}`, errors);
}

const sourceKeys: Readonly<Record<string, string>> = {
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
  External: 'external',
  ContainerResource: 'containerResource',
};

function checkMetric(metric: JsonObject, path: string, errors: FieldError[]): void {
  const type = text(metric, 'type');
  if (type === '') errors.push(required(`${path}.type`, 'must specify a metric source type'));
  const expected = sourceKeys[type];
  const present = Object.values(sourceKeys).filter((key) => isSet(metric, key));
  if (expected === undefined) {
    errors.push(notSupported(`${path}.type`, type, Object.keys(sourceKeys)));
    return;
  }
  if (!present.includes(expected))
    errors.push(
      required(`${path}.${expected}`, 'must populate information for the given metric source'),
    );
  for (const key of present)
    if (key !== expected)
      errors.push(forbiddenField(`${path}.${key}`, 'must populate the given metric source only'));
  const source = child(metric, expected);
  if (source !== undefined) checkSource(type, source, `${path}.${expected}`, errors);
}

function checkSource(type: string, source: JsonObject, path: string, errors: FieldError[]): void {
  const target = child(source, 'target') ?? {};
  const has = (key: string): boolean => isSet(target, key);
  if (type === 'Object')
    checkReference(child(source, 'describedObject'), `${path}.describedObject`, errors);
  if (type === 'Resource' || type === 'ContainerResource') {
    if (text(source, 'name') === '')
      errors.push(required(`${path}.name`, 'must specify a resource name'));
    if (type === 'ContainerResource' && text(source, 'container') === '')
      errors.push(required(`${path}.container`, 'must specify a container'));
    checkTarget(target, `${path}.target`, errors);
    if (!has('averageUtilization') && !has('averageValue'))
      errors.push(
        required(
          `${path}.target.averageUtilization`,
          'must set either a target raw value or a target utilization',
        ),
      );
    if (has('averageUtilization') && has('averageValue'))
      errors.push(
        forbiddenField(
          `${path}.target.averageValue`,
          'may not set both a target raw value and a target utilization',
        ),
      );
    return;
  }
  const name = text(child(source, 'metric'), 'name');
  if (name === '') errors.push(required(`${path}.metric.name`, 'must specify a metric name'));
  else checkPathSegment(name, `${path}.metric.name`, errors);
  checkTarget(target, `${path}.target`, errors);
  if (type === 'Pods') {
    if (!has('averageValue'))
      errors.push(
        required(`${path}.target.averageValue`, 'must specify a positive target averageValue'),
      );
    return;
  }
  if (!has('value') && !has('averageValue'))
    errors.push(
      required(
        `${path}.target.averageValue`,
        type === 'External'
          ? 'must set either a target value for metric or a per-pod target'
          : 'must set either a target value or averageValue',
      ),
    );
  if (type === 'External' && has('value') && has('averageValue'))
    errors.push(
      forbiddenField(
        `${path}.target.value`,
        'may not set both a target value for metric and a per-pod target',
      ),
    );
}

function checkTarget(target: JsonObject, path: string, errors: FieldError[]): void {
  const type = text(target, 'type');
  const types = ['Utilization', 'Value', 'AverageValue'];
  if (type === '') errors.push(required(`${path}.type`, 'must specify a metric target type'));
  else if (!types.includes(type))
    errors.push(
      invalid(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue'),
    );
  for (const key of ['value', 'averageValue']) {
    const value = quantityOf(target[key]);
    if (value !== undefined && value.nano <= 0n)
      errors.push(invalid(`${path}.${key}`, formatQuantity(value), 'must be positive'));
  }
  const percent = optionalInteger(target, 'averageUtilization');
  if (percent !== undefined && percent < 1)
    errors.push(invalid(`${path}.averageUtilization`, percent, 'must be greater than 0'));
}

const windowSecondsMax = 3600;
const periodSecondsMax = 1800;

function checkRules(rules: JsonObject, path: string, errors: FieldError[]): void {
  const window = optionalInteger(rules, 'stabilizationWindowSeconds');
  const field = `${path}.stabilizationWindowSeconds`;
  if (window !== undefined && window < 0)
    errors.push(invalid(field, window, 'must be greater than or equal to zero'));
  if (window !== undefined && window > windowSecondsMax)
    errors.push(invalid(field, window, `must be less than or equal to ${windowSecondsMax}`));
  const select = text(rules, 'selectPolicy');
  const selects = ['Max', 'Min', 'Disabled'];
  if (select !== '' && !selects.includes(select))
    errors.push(notSupported(`${path}.selectPolicy`, select, selects));
  const policies = children(rules, 'policies');
  if (policies.length === 0)
    errors.push(required(`${path}.policies`, 'must specify at least one Policy'));
  policies.forEach((policy, index) => {
    const at = `${path}.policies[${index}]`;
    const type = text(policy, 'type');
    if (type !== 'Pods' && type !== 'Percent')
      errors.push(notSupported(`${at}.type`, type, ['Percent', 'Pods']));
    for (const key of ['value', 'periodSeconds'])
      if (integer(policy, key) <= 0)
        errors.push(invalid(`${at}.${key}`, integer(policy, key), 'must be greater than zero'));
    const period = integer(policy, 'periodSeconds');
    if (period > periodSecondsMax)
      errors.push(
        invalid(`${at}.periodSeconds`, period, `must be less than or equal to ${periodSecondsMax}`),
      );
  });
}

export const horizontalPodAutoscalerStrategy: Strategy = {
  applyDefaults,
  prepareForCreate: (scaler) => {
    scaler['status'] = isV1(scaler)
      ? { currentReplicas: 0, desiredReplicas: 0 }
      : { desiredReplicas: 0 };
  },
  prepareForUpdate: keepStatus,
  validate,
  validateStatusUpdate: (scaler) => {
    const errors: FieldError[] = [];
    const status = child(scaler, 'status');
    checkNotNegative(status, ['currentReplicas', 'desiredReplicas'], 'status', errors);
    return errors;
  },
};
