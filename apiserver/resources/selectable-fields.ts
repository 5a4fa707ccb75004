// Fields that field selectors may name, beside metadata.name and metadata.namespace. An absent value reads
// as Go's zero value ('', 'false', '0'), because that is what clients compare with.
import type { JsonObject } from '../object/kube-object.js';
import { hasField, objectAt, objectsAt, textAt, textOr } from './columns/cells.js';

type Field = (object: JsonObject) => string;
type Fields = Readonly<Record<string, Field>>;

const text = (path: string, absent = ''): Field => {
  const names = path.split('.');
  return (object) => textOr(absent, object, ...names);
};

/** Each path under its own name. */
const plain = (...paths: readonly string[]): Fields =>
  Object.fromEntries(paths.map((path) => [path, text(path)]));

const referenceFields = [
  'kind',
  'namespace',
  'name',
  'uid',
  'apiVersion',
  'resourceVersion',
  'fieldPath',
];

/** Works on both shapes of an Event, whichever of them is at hand. */
const subject = (event: JsonObject): JsonObject =>
  objectAt(event, hasField(event, 'regarding') ? 'regarding' : 'involvedObject');

const reporter: Field = (event) =>
  textAt(event, 'reportingComponent') || textAt(event, 'reportingController');

const source: Field = (event) =>
  textAt(event, 'source', 'component') ||
  textAt(event, 'deprecatedSource', 'component') ||
  reporter(event);

const eventFields = (reference: string, reporterName: string): Fields => ({
  ...Object.fromEntries(
    referenceFields.map((name) => [
      `${reference}.${name}`,
      (event) => textAt(subject(event), name),
    ]),
  ),
  reason: text('reason'),
  type: text('type'),
  [reporterName]: reporter,
});

const podAddress: Field = (pod) =>
  textAt(objectsAt(pod, 'status', 'podIPs')[0], 'ip') || textAt(pod, 'status', 'podIP');

const table: Readonly<Record<string, Fields>> = {
  pods: {
    ...plain(
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'status.phase',
      'status.nominatedNodeName',
    ),
    'spec.hostNetwork': text('spec.hostNetwork', 'false'),
    'status.podIP': podAddress,
    // The real server accepts this name but never fills it.
    'status.podIPs': () => '',
  },
  nodes: { 'spec.unschedulable': text('spec.unschedulable', 'false') },
  namespaces: plain('status.phase'),
  secrets: plain('type'),
  services: plain('spec.clusterIP', 'spec.type'),
  events: { ...eventFields('involvedObject', 'reportingComponent'), source },
  'events.events.k8s.io': eventFields('regarding', 'reportingController'),
  replicationcontrollers: { 'status.replicas': text('status.replicas', '0') },
  'replicasets.apps': { 'status.replicas': text('status.replicas', '0') },
  'jobs.batch': { 'status.successful': text('status.succeeded', '0') },
  'certificatesigningrequests.certificates.k8s.io': plain('spec.signerName'),
  'resourceslices.resource.k8s.io': plain('spec.nodeName', 'spec.driver'),
};

/** `name` is `pods`, or `jobs.batch`. */
export const selectableFieldsOf = (name: string): Fields => table[name] ?? {};
