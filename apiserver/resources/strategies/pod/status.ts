// Writes to a pod's status: QoS and what was observed stay, terminated containers stay terminated, addresses are
// addresses.
import { isIp, parseIp } from '../../../object/addresses.js';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
} from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import { checkFormat, checkImmutable, checkQualifiedName, checkSubdomain } from '../checks.js';
import { child, children, descend, ensure, integer, text } from '../fields.js';

const systemConditions = new Set(['PodScheduled', 'Ready', 'Initialized']);

/** What kubelets leave out, being older than it or having nothing to say, they do not mean to clear. */
export function preparePodStatus(pod: KubeObject, old: KubeObject): void {
  const status = ensure(pod, 'status');
  const before = child(old, 'status');
  if (text(status, 'qosClass') === '') carry('qosClass', status, before);
  keepObservedGeneration(status, before);
  for (const condition of children(status, 'conditions')) {
    const type = text(condition, 'type');
    const same = children(before, 'conditions').find((other) => text(other, 'type') === type);
    keepObservedGeneration(condition, same);
  }
}

function keepObservedGeneration(next: JsonObject, old: JsonObject | undefined): void {
  if (integer(next, 'observedGeneration') === 0) carry('observedGeneration', next, old);
}

function carry(key: string, next: JsonObject, old: JsonObject | undefined): void {
  const value = old?.[key];
  if (value !== undefined) next[key] = value;
}

export function checkPodStatus(pod: JsonObject, old: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const status = child(pod, 'status');
  const oldStatus = child(old, 'status');
  children(status, 'conditions').forEach((condition, index) => {
    const type = text(condition, 'type');
    if (!systemConditions.has(type))
      checkQualifiedName(type, `metadata.conditions[${index}].Type`, errors);
  });
  const nominated = text(status, 'nominatedNodeName');
  if (nominated !== '' && nominated !== text(oldStatus, 'nominatedNodeName'))
    checkSubdomain(nominated, 'status.nominatedNodeName', errors);
  checkImmutable(status?.['qosClass'], oldStatus?.['qosClass'], 'status.qosClass', errors);
  const policy = text(child(old, 'spec'), 'restartPolicy');
  const restartable = new Set(
    children(child(old, 'spec'), 'initContainers')
      .filter((container) => text(container, 'restartPolicy') === 'Always')
      .map((container) => text(container, 'name')),
  );
  const none: ReadonlySet<string> = new Set();
  const rows: readonly TransitionRule[] = [
    { list: 'containerStatuses', policy, restartable: none },
    { list: 'initContainerStatuses', policy, restartable },
    { list: 'ephemeralContainerStatuses', policy: 'Never', restartable: none },
  ];
  for (const row of rows) checkTransitions(status, oldStatus, row, errors);
  checkAddresses(status, 'podIPs', errors);
  checkAddresses(status, 'hostIPs', errors);
  const [hostIp] = children(status, 'hostIPs');
  if (hostIp !== undefined && text(hostIp, 'ip') !== text(status, 'hostIP'))
    errors.push(invalid('status.hostIPs[0].ip', text(hostIp, 'ip'), 'must be equal to `hostIP`'));
  return errors;
}

interface TransitionRule {
  readonly list: string;
  readonly policy: string;
  /** Names of sidecars: they start again whatever the policy. */
  readonly restartable: ReadonlySet<string>;
}

function checkTransitions(
  status: JsonObject | undefined,
  old: JsonObject | undefined,
  { list, policy, restartable }: TransitionRule,
  errors: FieldError[],
): void {
  if (policy === 'Always') return;
  children(old, list).forEach((before, index) => {
    const ended = descend(before, 'state', 'terminated');
    const name = text(before, 'name');
    if (ended === undefined || restartable.has(name)) return;
    if (integer(ended, 'exitCode') !== 0 && policy === 'OnFailure') return;
    for (const after of children(status, list))
      if (text(after, 'name') === name && descend(after, 'state', 'terminated') === undefined)
        errors.push(
          forbiddenField(
            `status.${list}[${index}].state`,
            'may not be transitioned to non-terminated state',
          ),
        );
  });
}

function checkAddresses(status: JsonObject | undefined, list: string, errors: FieldError[]): void {
  const addresses = children(status, list).map((item) => text(item, 'ip'));
  addresses.forEach((address, index) => {
    checkFormat(isIp, address, `status.${list}[${index}]`, errors);
    if (addresses.indexOf(address) < index)
      errors.push(duplicate(`status.${list}[${index}]`, { ip: address }));
  });
  if (addresses.length < 2) return;
  const families = new Set(addresses.map((address) => parseIp(address)?.family));
  if (families.size < addresses.length)
    errors.push(
      invalid(
        `status.${list}`,
        addresses.map((ip) => ({ ip })),
        'may specify no more than one IP for each IP family',
      ),
    );
}
