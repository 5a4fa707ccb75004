// Columns of apps, batch, autoscaling and policy, and of the Scale subresource.
import type { Json, JsonObject } from '../../object/kube-object.js';
import { humanDuration, since } from '../duration.js';
import type { Column } from '../resource.js';
import {
  ageColumn,
  at,
  boolText,
  column,
  conditionOf,
  formatLabels,
  formatSelector,
  hasField,
  integer,
  nameColumn,
  numberAt,
  objectAt,
  objectsAt,
  podTemplateColumns,
  selectorText,
  textAt,
  textOr,
} from './cells.js';

const template = ['spec', 'template'];
const specSelector = (item: JsonObject): string =>
  formatSelector(objectAt(item, 'spec', 'selector'));

const status =
  (field: string) =>
  (item: JsonObject): number =>
    numberAt(item, 'status', field);

const readyOfWanted = (item: JsonObject): string =>
  `${numberAt(item, 'status', 'readyReplicas')}/${numberAt(item, 'spec', 'replicas')}`;

function jobStatus(job: JsonObject): string {
  const holds = (type: string): boolean => textAt(conditionOf(job, type), 'status') === 'True';
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (hasField(job, 'metadata', 'deletionTimestamp')) return 'Terminating';
  if (holds('Suspended')) return 'Suspended';
  return holds('FailureTarget') ? 'FailureTarget' : 'Running';
}

function jobCompletions(job: JsonObject): string {
  const succeeded = numberAt(job, 'status', 'succeeded');
  if (hasField(job, 'spec', 'completions'))
    return `${succeeded}/${numberAt(job, 'spec', 'completions')}`;
  const parallelism = numberAt(job, 'spec', 'parallelism');
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration(job: JsonObject, nowMs: number): string {
  const start = textAt(job, 'status', 'startTime');
  if (start === '') return '';
  const end = textAt(job, 'status', 'completionTime');
  return humanDuration((end === '' ? nowMs : Date.parse(end)) - Date.parse(start));
}

function lastSchedule(cronJob: JsonObject, nowMs: number): string {
  const time = textAt(cronJob, 'status', 'lastScheduleTime');
  return time === '' ? '<none>' : since(time, nowMs);
}

function ownerText(revision: JsonObject): string {
  const owner = objectsAt(revision, 'metadata', 'ownerReferences').find(
    (reference) => reference['controller'] === true,
  );
  if (owner === undefined) return '<none>';
  const group = textAt(owner, 'apiVersion').split('/').slice(0, -1).join('/');
  const kind = textAt(owner, 'kind').toLowerCase();
  return `${group === '' ? kind : `${kind}.${group}`}/${textAt(owner, 'name')}`;
}

export const appsColumns: Readonly<Record<string, readonly Column[]>> = {
  deployments: [
    nameColumn,
    column('Ready', 'Pods that are ready, of those wanted.', readyOfWanted),
    column('Up-to-date', 'Pods made from the current template.', status('updatedReplicas')),
    column('Available', 'Pods ready for long enough.', status('availableReplicas')),
    ageColumn,
    ...podTemplateColumns(template, (item) => selectorText(objectAt(item, 'spec', 'selector'))),
  ],
  replicasets: [
    nameColumn,
    integer('Desired', 'Replicas wanted.', (item) => numberAt(item, 'spec', 'replicas')),
    integer('Current', 'Replicas that exist.', status('replicas')),
    integer('Ready', 'Replicas that are ready.', status('readyReplicas')),
    ageColumn,
    ...podTemplateColumns(template, specSelector),
  ],
  statefulsets: [
    nameColumn,
    column('Ready', 'Pods that are ready, of those wanted.', readyOfWanted),
    ageColumn,
    ...podTemplateColumns(template),
  ],
  daemonsets: [
    nameColumn,
    integer('Desired', 'Nodes that should run the pod.', status('desiredNumberScheduled')),
    integer('Current', 'Nodes that run the pod.', status('currentNumberScheduled')),
    integer('Ready', 'Nodes whose pod is ready.', status('numberReady')),
    integer('Up-to-date', 'Nodes with the current template.', status('updatedNumberScheduled')),
    integer('Available', 'Nodes whose pod is ready for long enough.', status('numberAvailable')),
    column('Node Selector', 'Which nodes are meant.', (item) =>
      formatLabels(objectAt(item, 'spec', 'template', 'spec', 'nodeSelector')),
    ),
    ageColumn,
    ...podTemplateColumns(template, specSelector),
  ],
  controllerrevisions: [
    nameColumn,
    column('Controller', 'What the revision belongs to.', ownerText),
    column('Revision', 'Number of the revision.', (item) => numberAt(item, 'revision')),
    ageColumn,
  ],
};

export const batchColumns: Readonly<Record<string, readonly Column[]>> = {
  jobs: [
    nameColumn,
    column('Status', 'State of the job.', jobStatus),
    column('Completions', 'Pods that succeeded, of those wanted.', jobCompletions),
    column('Duration', 'How long the job has run or took.', jobDuration),
    ageColumn,
    ...podTemplateColumns(template, specSelector),
  ],
  cronjobs: [
    nameColumn,
    column('Schedule', 'When jobs start, as a cron line.', (item) =>
      textAt(item, 'spec', 'schedule'),
    ),
    column('Timezone', 'Time zone of the schedule.', (item) =>
      textOr('<none>', item, 'spec', 'timeZone'),
    ),
    column(
      'Suspend',
      'Whether new jobs are held back.',
      (item) => boolText(at(item, 'spec', 'suspend')),
      {
        type: 'boolean',
      },
    ),
    integer('Active', 'Jobs that run now.', (item) => objectsAt(item, 'status', 'active').length),
    column('Last Schedule', 'Time since a job was last started.', lastSchedule),
    ageColumn,
    ...podTemplateColumns(['spec', 'jobTemplate', 'spec', 'template'], (item) =>
      formatSelector(objectAt(item, 'spec', 'jobTemplate', 'spec', 'selector')),
    ),
  ],
};

const metricFields: Readonly<Record<string, string>> = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
};

/** One metric as `current/target`, e.g. `cpu: 12%/80%`; unknown until a controller has measured. */
function metricText(metric: JsonObject, measured: JsonObject | undefined): string {
  const type = textAt(metric, 'type');
  const field = metricFields[type];
  if (field === undefined) return '<unknown type>';
  const source = objectAt(metric, field);
  const now: Json | undefined = at(measured, field, 'current');
  const target = objectAt(source, 'target');
  const byName = type === 'Resource' || type === 'ContainerResource';
  const prefix = byName ? `${textAt(source, 'name')}: ` : '';
  if (hasField(target, 'averageValue') || type === 'Pods') {
    const suffix = type === 'Object' || type === 'External' ? ' (avg)' : '';
    const current = textAt(now, 'averageValue') || '<unknown>';
    return `${prefix}${current}/${textAt(target, 'averageValue')}${suffix}`;
  }
  if (!byName) return `${textAt(now, 'value') || '<unknown>'}/${textOr('0', target, 'value')}`;
  const current = hasField(now, 'averageUtilization')
    ? `${numberAt(now, 'averageUtilization')}%`
    : '<unknown>';
  const wanted = hasField(target, 'averageUtilization')
    ? `${numberAt(target, 'averageUtilization')}%`
    : '<auto>';
  return `${prefix}${current}/${wanted}`;
}

function metricsText(scaler: JsonObject): string {
  const measured = objectsAt(scaler, 'status', 'currentMetrics');
  const texts = objectsAt(scaler, 'spec', 'metrics').map((metric, index) =>
    metricText(metric, measured[index]),
  );
  if (texts.length === 0) return '<none>';
  const shown = texts.slice(0, 2).join(', ');
  return texts.length > 2 ? `${shown} + ${texts.length - 2} more...` : shown;
}

/** Written for the v2 shape; a v1 row converts before it prints. */
export const scalerColumns: readonly Column[] = [
  nameColumn,
  column('Reference', 'What is scaled.', (item) => {
    const target = objectAt(item, 'spec', 'scaleTargetRef');
    return `${textAt(target, 'kind')}/${textAt(target, 'name')}`;
  }),
  column('Targets', 'Measured and wanted values of each metric.', metricsText),
  column('MinPods', 'Fewest pods.', (item) => textOr('<unset>', item, 'spec', 'minReplicas')),
  column('MaxPods', 'Most pods.', (item) => numberAt(item, 'spec', 'maxReplicas')),
  column('Replicas', 'Pods now.', status('currentReplicas')),
  ageColumn,
];

export const policyColumns: Readonly<Record<string, readonly Column[]>> = {
  poddisruptionbudgets: [
    nameColumn,
    column('Min Available', 'Pods that must stay available.', (item) =>
      textOr('N/A', item, 'spec', 'minAvailable'),
    ),
    column('Max Unavailable', 'Pods that may be unavailable.', (item) =>
      textOr('N/A', item, 'spec', 'maxUnavailable'),
    ),
    integer('Allowed Disruptions', 'Pods that may be disrupted now.', status('disruptionsAllowed')),
    ageColumn,
  ],
};

export const scaleColumns: readonly Column[] = [
  { ...nameColumn, format: '' },
  integer('Desired', 'Replicas wanted.', (item) => numberAt(item, 'spec', 'replicas')),
  integer('Available', 'Replicas that exist.', status('replicas')),
  ageColumn,
];
