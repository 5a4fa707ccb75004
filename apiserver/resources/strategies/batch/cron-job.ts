// CronJob: a schedule, a time zone, and a Job template whose selector will be generated.
import { type FieldError, invalid } from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import type { Strategy } from '../../resource.js';
import { checkNotNegative } from '../checks.js';
import {
  child,
  descend,
  ensure,
  fill,
  fillZero,
  flag,
  isSet,
  optionalText,
  text,
} from '../fields.js';
import { templateWarnings } from '../pod/warnings.js';
import { withStatus } from '../status.js';
import { isTimeZone, scheduleProblem } from './cron-schedule.js';
import { applyJobTemplateDefaults } from './job.js';
import { checkJobSpec } from './job-spec.js';

/** The controller appends `-` and ten digits to make a Job's name. */
const nameMax = 52;

function applyDefaults(cron: KubeObject): void {
  const spec = ensure(cron, 'spec');
  fillZero(spec, 'concurrencyPolicy', 'Allow');
  fill(spec, 'suspend', false);
  fill(spec, 'successfulJobsHistoryLimit', 3);
  fill(spec, 'failedJobsHistoryLimit', 1);
  const job = descend(spec, 'jobTemplate', 'spec');
  if (job !== undefined) applyJobTemplateDefaults(job);
}

function validate(cron: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(cron, 'spec') ?? {};
  checkSchedule(spec, errors);
  checkNotNegative(
    spec,
    ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'],
    'spec',
    errors,
  );
  checkTimeZone(optionalText(spec, 'timeZone'), errors);
  const job = descend(spec, 'jobTemplate', 'spec') ?? {};
  checkJobSpec(job, 'spec.jobTemplate.spec', errors);
  if (isSet(job, 'selector'))
    errors.push(
      invalid(
        'spec.jobTemplate.spec.selector',
        job['selector'],
        '`selector` will be auto-generated',
      ),
    );
  if (flag(job, 'manualSelector'))
    errors.push({
      reason: 'FieldValueNotSupported',
      field: 'spec.jobTemplate.spec.manualSelector',
      message: 'Unsupported value: true: supported values: "nil", "false"',
    });
  return errors;
}

function checkSchedule(spec: JsonObject, errors: FieldError[]): void {
  const schedule = text(spec, 'schedule');
  if (schedule === '') return;
  const problem = scheduleProblem(schedule);
  if (problem !== undefined) errors.push(invalid('spec.schedule', schedule, problem));
}

const zonePart = /^[A-Za-z.\-_0-9+]{1,14}$/;

function checkTimeZone(zone: string | undefined, errors: FieldError[]): void {
  if (zone === undefined) return;
  const refuse = (detail: string): void => {
    errors.push(invalid('spec.timeZone', zone, detail));
  };
  if (zone === '') refuse('timeZone must be nil or non-empty string');
  else if (
    zone
      .split('/')
      .some((part) => part === '.' || part === '..' || part.startsWith('-') || !zonePart.test(part))
  )
    refuse(`unknown time zone ${zone}`);
  else if (zone.toLowerCase() === 'local')
    refuse('timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones');
  else if (!isTimeZone(zone)) refuse(`unknown time zone ${zone}`);
}

function validateCreate(cron: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const schedule = text(child(cron, 'spec'), 'schedule');
  if (schedule.includes('TZ'))
    errors.push(
      invalid(
        'spec.schedule',
        schedule,
        'cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      ),
    );
  const { name = '' } = cron.metadata;
  if (name.length > nameMax)
    errors.push(invalid('metadata.name', name, `must be no more than ${nameMax} characters`));
  return errors;
}

export const cronJobStrategy: Strategy = {
  applyDefaults,
  ...withStatus(),
  validate,
  validateCreate,
  warnings: (cron) =>
    templateWarnings(
      descend(cron, 'spec', 'jobTemplate', 'spec', 'template'),
      'spec.jobTemplate.spec.template',
    ),
};
