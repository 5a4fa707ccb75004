// A pod's columns: the STATUS cell sums up phase, reasons, init containers and deletion in kubectl's one word.
// Rules are those of kube-apiserver's pod printer, including sidecars (restartable init containers).
import type { Json, JsonObject } from '../../object/kube-object.js';
import { since } from '../duration.js';
import type { Column } from '../resource.js';
import {
  ageColumn,
  booleanAt,
  column,
  conditionOf,
  hasField,
  nameColumn,
  numberAt,
  objectAt,
  objectsAt,
  textAt,
  textOr,
  wide,
} from './cells.js';

interface Summary {
  readonly ready: number;
  readonly total: number;
  readonly reason: string;
  readonly restarts: number;
  /** RFC 3339, '' when no container was ever restarted. */
  readonly lastRestart: string;
}

interface InitSummary {
  readonly ready: number;
  /** Undefined: all init containers are done or running as sidecars. */
  readonly reason: string | undefined;
  readonly restarts: number;
  readonly lastRestart: string;
  readonly sidecarRestarts: number;
  readonly sidecarLastRestart: string;
}

const isTrue = (pod: JsonObject, type: string): boolean =>
  textAt(conditionOf(pod, type), 'status') === 'True';

const isSidecar = (container: JsonObject | undefined): boolean =>
  textAt(container, 'restartPolicy') === 'Always';

/** RFC 3339 times in UTC with seconds compare as text. */
const later = (a: string, b: string): string => (a < b ? b : a);

const restartTime = (status: JsonObject): string =>
  textAt(status, 'lastState', 'terminated', 'finishedAt');

function exitText(terminated: JsonObject): string {
  const reason = textAt(terminated, 'reason');
  if (reason !== '') return reason;
  const signal = numberAt(terminated, 'signal');
  return signal === 0 ? `ExitCode:${numberAt(terminated, 'exitCode')}` : `Signal:${signal}`;
}

/** Why this init container keeps the pod from starting; undefined when it does not. */
function initReason(status: JsonObject, sidecar: boolean, progress: string): string | undefined {
  if (hasField(status, 'state', 'terminated')) {
    const terminated = objectAt(status, 'state', 'terminated');
    if (numberAt(terminated, 'exitCode') === 0) return undefined;
    if (!(sidecar && booleanAt(status, 'started'))) return `Init:${exitText(terminated)}`;
  }
  if (sidecar && booleanAt(status, 'started')) return undefined;
  const waiting = textAt(status, 'state', 'waiting', 'reason');
  return waiting !== '' && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${progress}`;
}

function summariseInit(pod: JsonObject): InitSummary {
  const containers = objectsAt(pod, 'spec', 'initContainers');
  const byName = new Map(containers.map((item) => [textAt(item, 'name'), item]));
  let ready = 0;
  let restarts = 0;
  let lastRestart = '';
  let sidecarRestarts = 0;
  let sidecarLastRestart = '';
  let reason: string | undefined;
  for (const [index, status] of objectsAt(pod, 'status', 'initContainerStatuses').entries()) {
    const sidecar = isSidecar(byName.get(textAt(status, 'name')));
    restarts += numberAt(status, 'restartCount');
    lastRestart = later(lastRestart, restartTime(status));
    if (sidecar) {
      sidecarRestarts += numberAt(status, 'restartCount');
      sidecarLastRestart = later(sidecarLastRestart, restartTime(status));
    }
    reason = initReason(status, sidecar, `${index}/${containers.length}`);
    if (reason !== undefined) break;
    const exited = hasField(status, 'state', 'terminated');
    if (!exited && sidecar && booleanAt(status, 'ready')) ready += 1;
  }
  return { ready, reason, restarts, lastRestart, sidecarRestarts, sidecarLastRestart };
}

function firstReason(pod: JsonObject): string {
  const gated = objectsAt(pod, 'status', 'conditions').some(
    (condition) =>
      textAt(condition, 'type') === 'PodScheduled' &&
      textAt(condition, 'reason') === 'SchedulingGated',
  );
  if (gated) return 'SchedulingGated';
  return textOr(textAt(pod, 'status', 'phase'), pod, 'status', 'reason');
}

/** What one running, waiting or finished container says about the pod; undefined: nothing. */
function containerReason(status: JsonObject): string | undefined {
  const waiting = textAt(status, 'state', 'waiting', 'reason');
  if (waiting !== '') return waiting;
  if (!hasField(status, 'state', 'terminated')) return undefined;
  return exitText(objectAt(status, 'state', 'terminated'));
}

function summariseMain(pod: JsonObject, reason: string, init: InitSummary): Summary {
  let ready = init.ready;
  let restarts = init.sidecarRestarts;
  let lastRestart = init.sidecarLastRestart;
  let isRunning = false;
  let latest = reason;
  for (const status of objectsAt(pod, 'status', 'containerStatuses').reverse()) {
    restarts += numberAt(status, 'restartCount');
    lastRestart = later(lastRestart, restartTime(status));
    const said = containerReason(status);
    if (said !== undefined) latest = said;
    else if (booleanAt(status, 'ready') && hasField(status, 'state', 'running')) {
      isRunning = true;
      ready += 1;
    }
  }
  if (latest === 'Completed' && isRunning) latest = isTrue(pod, 'Ready') ? 'Running' : 'NotReady';
  return { ready, total: 0, reason: latest, restarts, lastRestart };
}

function summarise(pod: JsonObject): Summary {
  const init = summariseInit(pod);
  const started = init.reason === undefined || isTrue(pod, 'Initialized');
  const reason = init.reason ?? firstReason(pod);
  const main = started ? summariseMain(pod, reason, init) : { ...init, reason };
  const phase = textAt(pod, 'status', 'phase');
  let last = main.reason;
  if (hasField(pod, 'metadata', 'deletionTimestamp')) {
    if (textAt(pod, 'status', 'reason') === 'NodeLost') last = 'Unknown';
    else if (phase !== 'Succeeded' && phase !== 'Failed') last = 'Terminating';
  }
  return {
    ready: main.ready,
    total:
      objectsAt(pod, 'spec', 'containers').length +
      objectsAt(pod, 'spec', 'initContainers').filter(isSidecar).length,
    reason: last,
    restarts: main.restarts,
    lastRestart: main.lastRestart,
  };
}

function restartsText(pod: JsonObject, nowMs: number): string {
  const { restarts, lastRestart } = summarise(pod);
  return restarts === 0 || lastRestart === ''
    ? String(restarts)
    : `${restarts} (${since(lastRestart, nowMs)} ago)`;
}

function readinessGates(pod: JsonObject): string {
  const gates = objectsAt(pod, 'spec', 'readinessGates');
  if (gates.length === 0) return '<none>';
  const passed = gates.filter((gate) => isTrue(pod, textAt(gate, 'conditionType')));
  return `${passed.length}/${gates.length}`;
}

const podAddress = (pod: JsonObject): string =>
  textOr(
    textOr('<none>', pod, 'status', 'podIP'),
    objectsAt(pod, 'status', 'podIPs')[0] ?? {},
    'ip',
  );

export const podColumns: readonly Column[] = [
  nameColumn,
  column('Ready', 'Containers that are ready, of all in the pod.', (pod) => {
    const { ready, total } = summarise(pod);
    return `${ready}/${total}`;
  }),
  column('Status', 'The state of the pod in one word.', (pod) => summarise(pod).reason),
  column('Restarts', 'How often containers were restarted, and when last.', restartsText),
  ageColumn,
  wide('IP', 'First address of the pod.', podAddress),
  wide('Node', 'Node the pod is bound to.', (pod) => textOr('<none>', pod, 'spec', 'nodeName')),
  wide('Nominated Node', 'Node the scheduler makes room on for the pod.', (pod) =>
    textOr('<none>', pod, 'status', 'nominatedNodeName'),
  ),
  wide('Readiness Gates', 'Readiness gates that are true, of all.', readinessGates),
];

/** A finished pod's row says so, for clients that hide such rows. */
export function podRowConditions(pod: JsonObject): readonly Json[] | undefined {
  const phase = textAt(pod, 'status', 'phase');
  if (phase !== 'Succeeded' && phase !== 'Failed') return undefined;
  const message = phase === 'Succeeded' ? 'The pod has completed successfully.' : 'The pod failed.';
  return [{ type: 'Completed', status: 'True', reason: phase, message }];
}
