// JobSpec, of a Job and of a CronJob's template: counts, indexed completion, failure and success policies.
import {
  duplicate,
  type FieldError,
  invalid,
  required,
  tooMany,
} from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { isDomainPrefixedPath } from '../../../object/names.js';
import {
  checkFormat,
  checkNotNegative,
  checkQualifiedName,
  invalidWithoutValue,
  unsupported,
} from '../checks.js';
import { child, children, isSet, optionalInteger, optionalText, text } from '../fields.js';
import { checkTemplate } from '../pod/template.js';

const indexedMax = 100_000;
const highCompletions = 100_000;
const parallelismAboveMax = 10_000;
const failedAboveMax = 10_000;
const rulesMax = 20;
const patternsMax = 20;
const exitCodesMax = 255;
const managedByMax = 63;

export function checkJobSpec(spec: JsonObject, path: string, errors: FieldError[]): void {
  checkNotNegative(
    spec,
    [
      'parallelism',
      'completions',
      'activeDeadlineSeconds',
      'backoffLimit',
      'ttlSecondsAfterFinished',
      'backoffLimitPerIndex',
      'maxFailedIndexes',
    ],
    path,
    errors,
  );
  if (isSet(spec, 'maxFailedIndexes') && !isSet(spec, 'backoffLimitPerIndex'))
    errors.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  if (text(spec, 'completionMode') === 'Indexed') checkIndexed(spec, path, errors);
  else
    for (const key of ['backoffLimitPerIndex', 'maxFailedIndexes']) {
      const value = optionalInteger(spec, key);
      if (value !== undefined)
        errors.push(invalid(`${path}.${key}`, value, 'requires indexed completion mode'));
    }
  const manager = optionalText(spec, 'managedBy');
  if (manager !== undefined) {
    checkFormat(isDomainPrefixedPath, manager, `${path}.managedBy`, errors);
    if (manager.length > managedByMax)
      errors.push({
        reason: 'FieldValueTooLong',
        field: `${path}.managedBy`,
        message: `Too long: may not be more than ${managedByMax} bytes`,
      });
  }
  checkFailurePolicy(spec, `${path}.podFailurePolicy`, errors);
  checkSuccessPolicy(spec, `${path}.successPolicy`, errors);
  const replacement = text(spec, 'podReplacementPolicy');
  if (isSet(spec, 'podFailurePolicy') && replacement !== '' && replacement !== 'Failed')
    errors.push(unsupported(`${path}.podReplacementPolicy`, replacement, ['Failed']));
  checkTemplate(child(spec, 'template'), `${path}.template`, errors);
  checkRestartPolicy(spec, `${path}.template.spec.restartPolicy`, errors);
}

function checkRestartPolicy(spec: JsonObject, field: string, errors: FieldError[]): void {
  const policy = text(child(child(spec, 'template'), 'spec'), 'restartPolicy');
  if (policy === 'Always' || policy === '')
    errors.push(required(field, 'valid values: "OnFailure", "Never"'));
  else if (policy !== 'OnFailure' && policy !== 'Never')
    errors.push(unsupported(field, policy, ['OnFailure', 'Never']));
  else if (isSet(spec, 'podFailurePolicy') && policy !== 'Never')
    errors.push(
      invalid(field, policy, 'only "Never" is supported when podFailurePolicy is specified'),
    );
}

function checkIndexed(spec: JsonObject, path: string, errors: FieldError[]): void {
  const completions = optionalInteger(spec, 'completions');
  const parallelism = optionalInteger(spec, 'parallelism') ?? 0;
  const failed = optionalInteger(spec, 'maxFailedIndexes');
  const refuse = (key: string, value: number, detail: string): void => {
    errors.push(invalid(`${path}.${key}`, value, detail));
  };
  if (completions === undefined)
    errors.push(required(`${path}.completions`, 'when completion mode is Indexed'));
  if (parallelism > indexedMax)
    refuse(
      'parallelism',
      parallelism,
      `must be less than or equal to ${indexedMax} when completion mode is Indexed`,
    );
  if (completions !== undefined && failed !== undefined && failed > completions)
    refuse('maxFailedIndexes', failed, 'must be less than or equal to completions');
  if (failed !== undefined && failed > indexedMax)
    refuse('maxFailedIndexes', failed, `must be less than or equal to ${indexedMax}`);
  if (completions === undefined || completions <= highCompletions) return;
  if (!isSet(spec, 'backoffLimitPerIndex')) return;
  const above = `when completions are above ${highCompletions} and used with backoff limit per index`;
  if (failed === undefined)
    errors.push(
      required(
        `${path}.maxFailedIndexes`,
        `must be specified when completions is above ${highCompletions}`,
      ),
    );
  else if (failed > failedAboveMax)
    refuse('maxFailedIndexes', failed, `must be less than or equal to ${failedAboveMax} ${above}`);
  if (parallelism > parallelismAboveMax)
    refuse(
      'parallelism',
      parallelism,
      `must be less than or equal to ${parallelismAboveMax} ${above}`,
    );
}

function checkFailurePolicy(spec: JsonObject, path: string, errors: FieldError[]): void {
  const policy = child(spec, 'podFailurePolicy');
  if (policy === undefined) return;
  const rules = children(policy, 'rules');
  if (rules.length > rulesMax) errors.push(tooMany(`${path}.rules`, rules.length, rulesMax));
  const podSpec = child(child(spec, 'template'), 'spec');
  const names = ['containers', 'initContainers'].flatMap((list) =>
    children(podSpec, list).map((container) => text(container, 'name')),
  );
  rules.forEach((rule, index) => {
    checkFailureRule(rule, spec, names, `${path}.rules[${index}]`, errors);
  });
}

function checkFailureRule(
  rule: JsonObject,
  spec: JsonObject,
  names: readonly string[],
  path: string,
  errors: FieldError[],
): void {
  if (text(rule, 'action') === 'FailIndex' && !isSet(spec, 'backoffLimitPerIndex'))
    errors.push(
      invalid(`${path}.action`, 'FailIndex', 'requires the backoffLimitPerIndex to be set'),
    );
  const codes = child(rule, 'onExitCodes');
  const patterns = children(rule, 'onPodConditions');
  if (codes !== undefined) checkExitCodes(codes, names, `${path}.onExitCodes`, errors);
  if (patterns.length > patternsMax)
    errors.push(tooMany(`${path}.onPodConditions`, patterns.length, patternsMax));
  patterns.forEach((pattern, index) => {
    checkQualifiedName(text(pattern, 'type'), `${path}.onPodConditions[${index}].type`, errors);
  });
  if (codes !== undefined && patterns.length > 0)
    errors.push(
      invalidWithoutValue(path, 'specifying both OnExitCodes and OnPodConditions is not supported'),
    );
  if (codes === undefined && patterns.length === 0)
    errors.push(
      invalidWithoutValue(path, 'specifying one of OnExitCodes and OnPodConditions is required'),
    );
}

function checkExitCodes(
  codes: JsonObject,
  names: readonly string[],
  path: string,
  errors: FieldError[],
): void {
  const container = optionalText(codes, 'containerName');
  if (container !== undefined && !names.includes(container))
    errors.push(
      invalid(
        `${path}.containerName`,
        container,
        'must be one of the container or initContainer names in the pod template',
      ),
    );
  const list = codes['values'];
  const values = Array.isArray(list) ? list : [];
  const field = `${path}.values`;
  if (values.length === 0) errors.push(invalid(field, [], 'at least one value is required'));
  else if (values.length > exitCodesMax) errors.push(tooMany(field, values.length, exitCodesMax));
  values.forEach((value, index) => {
    if (value === 0 && text(codes, 'operator') === 'In')
      errors.push(invalid(`${field}[${index}]`, 0, 'must not be 0 for the In operator'));
    if (values.indexOf(value) < index) errors.push(duplicate(`${field}[${index}]`, value));
  });
  const isOrdered = values.every(
    (value, index) => index === 0 || Number(values[index - 1]) <= Number(value),
  );
  if (!isOrdered) errors.push(invalid(field, values, 'must be ordered'));
}

function checkSuccessPolicy(spec: JsonObject, path: string, errors: FieldError[]): void {
  const policy = child(spec, 'successPolicy');
  if (policy === undefined) return;
  if (text(spec, 'completionMode') !== 'Indexed')
    errors.push(invalid(path, policy, 'requires indexed completion mode'));
  const rules = children(policy, 'rules');
  if (rules.length === 0)
    errors.push(required(`${path}.rules`, 'at least one rules must be specified'));
  if (rules.length > rulesMax) errors.push(tooMany(`${path}.rules`, rules.length, rulesMax));
  const completions = optionalInteger(spec, 'completions') ?? 0;
  rules.forEach((rule, index) => {
    checkSuccessRule(rule, completions, `${path}.rules[${index}]`, errors);
  });
}

function checkSuccessRule(
  rule: JsonObject,
  completions: number,
  path: string,
  errors: FieldError[],
): void {
  const indexes = optionalText(rule, 'succeededIndexes');
  const count = optionalInteger(rule, 'succeededCount');
  if (indexes === undefined && count === undefined)
    errors.push(
      required(path, 'at least one of succeededCount or succeededIndexes must be specified'),
    );
  let total = completions;
  if (indexes !== undefined) {
    const found = countIndexes(indexes, completions);
    if (typeof found === 'string')
      errors.push(
        invalid(`${path}.succeededIndexes`, indexes, `error parsing succeededIndexes: ${found}`),
      );
    else total = found;
  }
  if (count === undefined) return;
  checkNotNegative(rule, ['succeededCount'], path, errors);
  if (count > completions)
    errors.push(
      invalid(
        `${path}.succeededCount`,
        count,
        `must be less than or equal to ${completions} (the number of specified completions)`,
      ),
    );
  else if (indexes !== undefined && count > total)
    errors.push(
      invalid(
        `${path}.succeededCount`,
        count,
        `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`,
      ),
    );
}

/** `0-2,4`: how many indexes, or what is wrong with the text. */
function countIndexes(indexes: string, completions: number): number | string {
  let previous = -1;
  let count = 0;
  if (indexes === '') return 0;
  for (const part of indexes.split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (match === null) return `cannot convert string to integer for index: "${part}"`;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last >= completions) return `too large index: "${match[2] ?? match[1] ?? ''}"`;
    if (first <= previous) return `non-increasing order, previous: ${previous}, current: ${first}`;
    if (match[2] !== undefined && last <= first)
      return `non-increasing order, previous: ${first}, current: ${last}`;
    previous = last;
    count += last - first + 1;
  }
  return count;
}
