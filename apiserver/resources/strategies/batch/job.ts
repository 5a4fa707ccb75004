// Job: the selector is made from the Job's uid, so that no two Jobs ever share pods.
import { type FieldError, invalid, required } from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import { isDns1123Label } from '../../../object/names.js';
import { labelSelectorFrom } from '../../../object/selectors.js';
import type { Strategy } from '../../resource.js';
import { checkMatches } from '../apps/selector.js';
import { checkImmutable, checkLabelSelector } from '../checks.js';
import {
  child,
  children,
  copyField,
  descend,
  ensure,
  fill,
  fillZero,
  flag,
  integer,
  isSet,
  optionalInteger,
  text,
  textMap,
} from '../fields.js';
import { applyTemplateDefaults } from '../pod/defaults.js';
import { templateWarnings } from '../pod/warnings.js';
import { clearStatus, keepStatus, checkCounters } from '../status.js';
import { checkJobSpec } from './job-spec.js';

const uidLabel = 'batch.kubernetes.io/controller-uid';
const nameLabel = 'batch.kubernetes.io/job-name';
/** What the labels were called before 1.27; controllers still read them. */
const oldUidLabel = 'controller-uid';
const oldNameLabel = 'job-name';

const backoffLimit = 6;
const int32Max = 2 ** 31 - 1;

function applyDefaults(job: KubeObject): void {
  const spec = ensure(job, 'spec');
  if (!isSet(spec, 'completions') && !isSet(spec, 'parallelism')) spec['completions'] = 1;
  fill(spec, 'parallelism', 1);
  fill(spec, 'backoffLimit', isSet(spec, 'backoffLimitPerIndex') ? int32Max : backoffLimit);
  fill(spec, 'completionMode', 'NonIndexed');
  fill(spec, 'suspend', false);
  fill(spec, 'manualSelector', false);
  fill(
    spec,
    'podReplacementPolicy',
    isSet(spec, 'podFailurePolicy') ? 'Failed' : 'TerminatingOrFailed',
  );
  applyJobTemplateDefaults(spec);
  labelAsTemplate(job);
}

/** Of a JobSpec, also inside a CronJob. */
export function applyJobTemplateDefaults(spec: JsonObject): void {
  for (const rule of children(child(spec, 'podFailurePolicy'), 'rules'))
    for (const pattern of children(rule, 'onPodConditions')) fillZero(pattern, 'status', 'True');
  applyTemplateDefaults(spec);
}

function labelAsTemplate(job: KubeObject): void {
  const labels = textMap(descend(job, 'spec', 'template', 'metadata'), 'labels');
  if (Object.keys(job.metadata.labels ?? {}).length === 0 && Object.keys(labels).length > 0)
    job.metadata.labels = { ...labels };
}

function prepareForCreate(job: KubeObject): void {
  clearStatus()(job);
  const spec = ensure(job, 'spec');
  if (flag(spec, 'manualSelector')) return;
  const { uid = '', name = '' } = job.metadata;
  const template = ensure(ensure(spec, 'template'), 'metadata');
  const generated = {
    [nameLabel]: name,
    [oldNameLabel]: name,
    [uidLabel]: uid,
    [oldUidLabel]: uid,
  };
  // A label the user set stays, and validation speaks about it.
  template['labels'] = { ...generated, ...textMap(template, 'labels') };
  const selector = ensure(spec, 'selector');
  selector['matchLabels'] = { [uidLabel]: uid, ...textMap(selector, 'matchLabels') };
  labelAsTemplate(job);
}

function validate(job: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(job, 'spec') ?? {};
  const selector = child(spec, 'selector');
  checkGeneratedSelector(job, spec, errors);
  checkJobSpec(spec, 'spec', errors);
  if (selector === undefined) errors.push(required('spec.selector'));
  else {
    checkLabelSelector(selector, 'spec.selector', errors);
    checkMatches(spec, 'spec', errors);
  }
  const completions = integer(spec, 'completions');
  const { name = '' } = job.metadata;
  const host = `${name}-${completions - 1}`;
  if (
    text(spec, 'completionMode') === 'Indexed' &&
    completions > 0 &&
    isDns1123Label(host).length > 0
  )
    errors.push(
      invalid('metadata.name', name, `will not able to create pod with invalid DNS label: ${host}`),
    );
  return errors;
}

function checkGeneratedSelector(job: KubeObject, spec: JsonObject, errors: FieldError[]): void {
  if (flag(spec, 'manualSelector') || !isSet(spec, 'selector')) return;
  const { uid = '', name = '' } = job.metadata;
  if (uid === '') errors.push(required('metadata.uid'));
  const labels = textMap(descend(spec, 'template', 'metadata'), 'labels');
  const expected: Record<string, string> = {
    [oldUidLabel]: uid,
    [oldNameLabel]: name,
    [uidLabel]: uid,
    [nameLabel]: name,
  };
  for (const [key, value] of Object.entries(expected)) {
    const field = `spec.template.metadata.labels[${key}]`;
    if (labels[key] === undefined) errors.push(required(field, `must be '${value}'`));
    else if (labels[key] !== value)
      errors.push(invalid(field, { ...labels }, `must be '${value}'`));
  }
  if (!labelSelectorFrom(spec['selector']).matches(expected))
    errors.push(invalid('spec.selector', spec['selector'], '`selector` not auto-generated'));
}

function validateUpdate(job: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(job, 'spec') ?? {};
  const oldSpec = child(old, 'spec') ?? {};
  checkCompletions(spec, oldSpec, errors);
  for (const key of [
    'selector',
    'completionMode',
    'podFailurePolicy',
    'backoffLimitPerIndex',
    'managedBy',
    'successPolicy',
  ])
    checkImmutable(spec[key], oldSpec[key], `spec.${key}`, errors);
  checkImmutable(
    spec['template'],
    mayBeSteered(old) ? steered(oldSpec, spec) : oldSpec['template'],
    'spec.template',
    errors,
  );
  return errors;
}

/** Indexed Jobs grow and shrink if both numbers move together (KEP-3715). */
function checkCompletions(spec: JsonObject, old: JsonObject, errors: FieldError[]): void {
  if (text(spec, 'completionMode') !== 'Indexed') {
    checkImmutable(spec['completions'], old['completions'], 'spec.completions', errors);
    return;
  }
  const completions = optionalInteger(spec, 'completions');
  if (completions === undefined || completions === optionalInteger(old, 'completions')) return;
  if (completions !== integer(spec, 'parallelism'))
    errors.push(
      invalid(
        'spec.completions',
        completions,
        'can only be modified in tandem with spec.parallelism',
      ),
    );
}

/** Suspended and never started: queueing controllers may still say where its pods go (KEP-2926). */
const mayBeSteered = (old: KubeObject): boolean =>
  flag(child(old, 'spec'), 'suspend') && !isSet(child(old, 'status'), 'startTime');

/** The old template with the new one's scheduling directives. */
function steered(old: JsonObject, spec: JsonObject): JsonObject {
  const template = child(spec, 'template');
  const result: JsonObject = { ...child(old, 'template') };
  const podSpec: JsonObject = { ...child(result, 'spec') };
  for (const key of ['nodeSelector', 'tolerations', 'schedulingGates'])
    copyField(podSpec, child(template, 'spec'), key);
  const affinity: JsonObject = { ...child(podSpec, 'affinity') };
  copyField(affinity, descend(template, 'spec', 'affinity'), 'nodeAffinity');
  podSpec['affinity'] = affinity;
  result['spec'] = podSpec;
  const metadata: JsonObject = { ...child(result, 'metadata') };
  for (const key of ['labels', 'annotations'])
    copyField(metadata, child(template, 'metadata'), key);
  result['metadata'] = metadata;
  return result;
}

export const jobStrategy: Strategy = {
  applyDefaults,
  prepareForCreate,
  prepareForUpdate: keepStatus,
  validate,
  validateUpdate,
  validateStatusUpdate: checkCounters(['active', 'succeeded', 'failed', 'ready', 'terminating']),
  warnings: (job) => templateWarnings(descend(job, 'spec', 'template'), 'spec.template'),
};
