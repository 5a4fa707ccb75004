// Columns of the core group's kinds, but for pods (pod.ts), services and endpoints (network.ts), volumes (storage.ts).
import type { JsonObject } from '../../object/kube-object.js';
import { since } from '../duration.js';
import type { Column } from '../resource.js';
import {
  ageColumn,
  booleanAt,
  column,
  conditionOf,
  formatLabels,
  hasField,
  integer,
  nameColumn,
  numberAt,
  objectAt,
  objectsAt,
  podTemplateColumns,
  textAt,
  textOr,
  wide,
} from './cells.js';
import { podColumns } from './pod.js';

const count = (value: JsonObject): number => Object.keys(value).length;

function nodeStatus(node: JsonObject): string {
  const ready = conditionOf(node, 'Ready');
  const words = [
    ready === undefined ? 'Unknown' : textAt(ready, 'status') === 'True' ? 'Ready' : 'NotReady',
  ];
  if (booleanAt(node, 'spec', 'unschedulable')) words.push('SchedulingDisabled');
  return words.join(',');
}

const rolePrefix = 'node-role.kubernetes.io/';

function nodeRoles(node: JsonObject): string {
  const labels = objectAt(node, 'metadata', 'labels');
  const roles = new Set<string>();
  for (const key of Object.keys(labels)) {
    const value = textAt(labels, key);
    if (key.startsWith(rolePrefix) && key.length > rolePrefix.length)
      roles.add(key.slice(rolePrefix.length));
    else if (key === 'kubernetes.io/role' && value !== '') roles.add(value);
  }
  return roles.size === 0 ? '<none>' : [...roles].sort().join(',');
}

const nodeAddress =
  (type: string) =>
  (node: JsonObject): string =>
    textOr(
      '<none>',
      objectsAt(node, 'status', 'addresses').find((item) => textAt(item, 'type') === type) ?? {},
      'address',
    );

const nodeInfo =
  (field: string) =>
  (node: JsonObject): string =>
    textOr('<unknown>', node, 'status', 'nodeInfo', field);

const nodeColumns: readonly Column[] = [
  nameColumn,
  column('Status', 'Whether the node is ready and takes pods.', nodeStatus),
  column('Roles', 'Roles of the node, from its labels.', nodeRoles),
  ageColumn,
  column('Version', 'Version of the kubelet.', (node) =>
    textAt(node, 'status', 'nodeInfo', 'kubeletVersion'),
  ),
  wide('Internal-IP', 'Address inside the cluster network.', nodeAddress('InternalIP')),
  wide('External-IP', 'Address reachable from outside.', nodeAddress('ExternalIP')),
  wide('OS-Image', 'Operating system of the node.', nodeInfo('osImage')),
  wide('Kernel-Version', 'Kernel of the node.', nodeInfo('kernelVersion')),
  wide(
    'Container-Runtime',
    'Runtime that runs the containers.',
    nodeInfo('containerRuntimeVersion'),
  ),
];

function firstSeen(event: JsonObject, nowMs: number): string {
  const first = textAt(event, 'firstTimestamp') || textAt(event, 'deprecatedFirstTimestamp');
  return since(first === '' ? textAt(event, 'eventTime') : first, nowMs);
}

function lastSeen(event: JsonObject, nowMs: number): string {
  if (hasField(event, 'series')) return since(textAt(event, 'series', 'lastObservedTime'), nowMs);
  const last = textAt(event, 'lastTimestamp') || textAt(event, 'deprecatedLastTimestamp');
  return last === '' ? firstSeen(event, nowMs) : since(last, nowMs);
}

/** Reads both shapes of an Event: core/v1 (involvedObject, ...) and events.k8s.io/v1 (regarding, ...). */
const subject = (event: JsonObject): JsonObject =>
  objectAt(event, hasField(event, 'regarding') ? 'regarding' : 'involvedObject');

function eventObject(event: JsonObject): string {
  const kind = textAt(subject(event), 'kind').toLowerCase();
  const name = textAt(subject(event), 'name');
  return name === '' ? kind : `${kind}/${name}`;
}

function eventSource(event: JsonObject): string {
  const source = objectAt(event, hasField(event, 'source') ? 'source' : 'deprecatedSource');
  const component =
    textAt(source, 'component') ||
    textAt(event, 'reportingComponent') ||
    textAt(event, 'reportingController');
  const instance = textAt(source, 'host') || textAt(event, 'reportingInstance');
  return instance === '' ? component : `${component}, ${instance}`;
}

function eventCount(event: JsonObject): number {
  if (hasField(event, 'series')) return numberAt(event, 'series', 'count');
  return numberAt(event, 'count') || numberAt(event, 'deprecatedCount') || 1;
}

export const eventColumns: readonly Column[] = [
  column('Last Seen', 'Time since the event was last seen.', lastSeen),
  column('Type', 'Normal or Warning.', (event) => textAt(event, 'type')),
  column('Reason', 'Why it happened, in one word.', (event) => textAt(event, 'reason')),
  column('Object', 'What the event is about.', eventObject),
  wide('Subobject', 'Part of the object the event is about.', (event) =>
    textAt(subject(event), 'fieldPath'),
  ),
  wide('Source', 'Who reports the event.', eventSource),
  column('Message', 'What happened.', (event) =>
    (textAt(event, 'message') || textAt(event, 'note')).trim(),
  ),
  wide('First Seen', 'Time since the event was first seen.', firstSeen),
  wide('Count', 'How often the event was seen.', eventCount),
  column('Name', 'Name of the event.', (event) => textAt(event, 'metadata', 'name'), {
    format: 'name',
    wide: true,
  }),
];

const isLimit = (resource: string): boolean => resource.startsWith('limits.');

const quotaUse =
  (wanted: (resource: string) => boolean) =>
  (quota: JsonObject): string =>
    Object.keys(objectAt(quota, 'status', 'hard'))
      .filter(wanted)
      .sort()
      .map((resource) => {
        const used = textOr('0', quota, 'status', 'used', resource);
        return `${resource}: ${used}/${textOr('0', quota, 'status', 'hard', resource)}`;
      })
      .join(', ');

function componentCells(field: 'message' | 'error'): (component: JsonObject) => string {
  return (component) => textAt(healthy(component), field);
}

const healthy = (component: JsonObject): JsonObject | undefined =>
  objectsAt(component, 'conditions').find((item) => textAt(item, 'type') === 'Healthy');

function componentStatus(component: JsonObject): string {
  const condition = healthy(component);
  if (condition === undefined) return 'Unknown';
  return textAt(condition, 'status') === 'True' ? 'Healthy' : 'Unhealthy';
}

export const coreColumns: Readonly<Record<string, readonly Column[]>> = {
  pods: podColumns,
  nodes: nodeColumns,
  events: eventColumns,
  namespaces: [
    nameColumn,
    column('Status', 'Active or Terminating.', (item) => textAt(item, 'status', 'phase')),
    ageColumn,
  ],
  configmaps: [
    nameColumn,
    integerText(
      'Data',
      'Number of entries.',
      (item) => count(objectAt(item, 'data')) + count(objectAt(item, 'binaryData')),
    ),
    ageColumn,
  ],
  secrets: [
    nameColumn,
    column('Type', 'What the secret is for.', (item) => textAt(item, 'type')),
    integerText('Data', 'Number of entries.', (item) => count(objectAt(item, 'data'))),
    ageColumn,
  ],
  serviceaccounts: [
    nameColumn,
    integerText('Secrets', 'Number of secrets.', (item) => objectsAt(item, 'secrets').length),
    ageColumn,
  ],
  podtemplates: [
    nameColumn,
    ...podTemplateColumns(['template']).map((item) => ({ ...item, priority: 0 })),
    column('Pod Labels', 'Labels of the template.', (item) =>
      formatLabels(objectAt(item, 'template', 'metadata', 'labels')),
    ),
  ],
  replicationcontrollers: [
    nameColumn,
    integer('Desired', 'Replicas wanted.', (item) => numberAt(item, 'spec', 'replicas')),
    integer('Current', 'Replicas that exist.', (item) => numberAt(item, 'status', 'replicas')),
    integer('Ready', 'Replicas that are ready.', (item) =>
      numberAt(item, 'status', 'readyReplicas'),
    ),
    ageColumn,
    ...podTemplateColumns(['spec', 'template'], (item) =>
      formatLabels(objectAt(item, 'spec', 'selector')),
    ),
  ],
  resourcequotas: [
    nameColumn,
    column(
      'Request',
      'Use against the hard limit of each resource.',
      quotaUse((it) => !isLimit(it)),
    ),
    column('Limit', 'The same for resources named limits.*.', quotaUse(isLimit)),
    ageColumn,
  ],
  componentstatuses: [
    nameColumn,
    column('Status', 'Whether the component is healthy.', componentStatus),
    column('Message', 'What the component says.', componentCells('message')),
    column('Error', 'What is wrong with it.', componentCells('error')),
  ],
};

/** A number in a column declared as text: so the real server declares counts of data. */
function integerText(name: string, description: string, cell: Column['cell']): Column {
  return column(name, description, cell);
}
