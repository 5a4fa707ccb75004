// Containers, init containers and ephemeral containers: each alone, and their names and ports together.
import {
  duplicate,
  type FieldError,
  fieldNotFound,
  forbiddenField,
  invalid,
  notSupported,
  required,
  tooMany,
} from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { isPortName } from '../../../object/names.js';
import { checkDnsLabel, checkPortNumber } from '../checks.js';
import { child, children, flag, integer, isEmpty, isSet, text } from '../fields.js';
import { checkEnvironment } from './environment.js';
import { checkLifecycle, checkProbes, probeKinds } from './handlers.js';
import { checkMounts } from './mounts.js';
import { checkResources } from './resources.js';
import type { PodScope } from './scope.js';
import { checkContainerSecurity } from './security.js';

export function checkContainers(
  spec: JsonObject,
  scope: PodScope,
  path: string,
  errors: FieldError[],
): void {
  const containers = children(spec, 'containers');
  if (containers.length === 0) errors.push(required(`${path}.containers`));
  const names = new Set<string>();
  const hostPorts = new Set<string>();
  containers.forEach((container, index) => {
    const at = `${path}.containers[${index}]`;
    checkContainer(container, scope, at, errors);
    addName(container, names, at, errors);
    checkLifecycle(container, scope.graceSeconds, at, errors);
    checkProbes(container, at, errors);
    checkRestart(container, at, errors);
  });
  containers.forEach((container, index) => {
    checkHostPorts(container, hostPorts, `${path}.containers[${index}]`, errors);
  });
  children(spec, 'initContainers').forEach((container, index) => {
    const at = `${path}.initContainers[${index}]`;
    checkContainer(container, scope, at, errors);
    addName(container, names, at, errors);
    checkHostPorts(container, new Set(), `${path}.initContainers[0]`, errors);
    checkInitContainer(container, scope, at, errors);
  });
  checkEphemeral(spec, scope, names, path, errors);
  if (flag(spec, 'hostNetwork')) checkHostNetworkPorts(containers, scope.isPod, path, errors);
}

function addName(
  container: JsonObject,
  names: Set<string>,
  at: string,
  errors: FieldError[],
): void {
  const name = text(container, 'name');
  if (name !== '' && names.has(name)) errors.push(duplicate(`${at}.name`, name));
  names.add(name);
}

function checkContainer(
  container: JsonObject,
  scope: PodScope,
  at: string,
  errors: FieldError[],
): void {
  const name = text(container, 'name');
  if (name === '') errors.push(required(`${at}.name`));
  else checkDnsLabel(name, `${at}.name`, errors);
  const image = text(container, 'image');
  if (image === '') errors.push(required(`${at}.image`));
  else if (scope.isPod && image.trim() !== image)
    errors.push(invalid(`${at}.image`, image, 'must not have leading or trailing whitespace'));
  checkPorts(container, `${at}.ports`, errors);
  checkEnvironment(container, at, errors);
  checkMounts(container, scope, at, errors);
  checkResources(child(container, 'resources'), scope, `${at}.resources`, errors);
  checkResizePolicy(container, scope.restartPolicy, `${at}.resizePolicy`, errors);
  checkContainerSecurity(container, scope.hostUsers, at, errors);
}

function checkPorts(container: JsonObject, path: string, errors: FieldError[]): void {
  const names = new Set<string>();
  children(container, 'ports').forEach((port, index) => {
    const at = `${path}[${index}]`;
    const name = text(port, 'name');
    if (name !== '') {
      const problems = isPortName(name);
      for (const problem of problems) errors.push(invalid(`${at}.name`, name, problem));
      if (problems.length === 0 && names.has(name)) errors.push(duplicate(`${at}.name`, name));
      names.add(name);
    }
    const number = integer(port, 'containerPort');
    if (number === 0) errors.push(required(`${at}.containerPort`));
    else checkPortNumber(number, `${at}.containerPort`, errors);
    const hostPort = integer(port, 'hostPort');
    if (hostPort !== 0) checkPortNumber(hostPort, `${at}.hostPort`, errors);
  });
}

function checkHostPorts(
  container: JsonObject,
  taken: Set<string>,
  path: string,
  errors: FieldError[],
): void {
  children(container, 'ports').forEach((port, index) => {
    const hostPort = integer(port, 'hostPort');
    if (hostPort === 0) return;
    const key = `${text(port, 'protocol')}/${text(port, 'hostIP')}/${hostPort}`;
    if (taken.has(key)) errors.push(duplicate(`${path}.ports[${index}].hostPort`, key));
    taken.add(key);
  });
}

/** On the host's network a container's ports are the host's; a template may leave that to the Pod. */
function checkHostNetworkPorts(
  containers: readonly JsonObject[],
  isPod: boolean,
  path: string,
  errors: FieldError[],
): void {
  containers.forEach((container, index) => {
    children(container, 'ports').forEach((port, position) => {
      const hostPort = integer(port, 'hostPort');
      if (hostPort === integer(port, 'containerPort') || (!isPod && hostPort === 0)) return;
      errors.push(
        invalid(
          `${path}.containers[${index}].ports[${position}].hostPort`,
          hostPort,
          'must match `containerPort` when `hostNetwork` is true',
        ),
      );
    });
  });
}

function checkResizePolicy(
  container: JsonObject,
  podRestartPolicy: string,
  path: string,
  errors: FieldError[],
): void {
  const seen = new Set<string>();
  children(container, 'resizePolicy').forEach((policy, index) => {
    const name = text(policy, 'resourceName');
    const restart = text(policy, 'restartPolicy');
    if (seen.has(name)) errors.push(duplicate(`${path}[${index}]`, name));
    seen.add(name);
    if (name === '' || restart === '') errors.push(required(path));
    else if (name !== 'cpu' && name !== 'memory')
      errors.push(notSupported(path, name, ['cpu', 'memory']));
    if (restart !== '' && restart !== 'NotRequired' && restart !== 'RestartContainer')
      errors.push(notSupported(path, restart, ['NotRequired', 'RestartContainer']));
    if (podRestartPolicy === 'Never' && restart !== 'NotRequired')
      errors.push(invalid(path, restart, "must be 'NotRequired' when `restartPolicy` is 'Never'"));
  });
}

const restartRulesMax = 20;
const exitCodesMax = 255;

/** A container's own restartPolicy and the exit codes that override it (KEP-5307). */
function checkRestart(container: JsonObject, at: string, errors: FieldError[]): void {
  const policy = text(container, 'restartPolicy');
  const policies = ['Always', 'Never', 'OnFailure'];
  if (isSet(container, 'restartPolicy') && !policies.includes(policy))
    errors.push(notSupported(`${at}.restartPolicy`, policy, policies));
  const rules = children(container, 'restartPolicyRules');
  if (rules.length === 0) return;
  const path = `${at}.restartPolicyRules`;
  if (policy === '')
    errors.push(
      required(`${at}.restartPolicy`, 'must specify restartPolicy when restart rules are used'),
    );
  if (rules.length > restartRulesMax) errors.push(tooMany(path, rules.length, restartRulesMax));
  rules.forEach((rule, index) => {
    const action = text(rule, 'action');
    if (action !== 'Restart')
      errors.push(notSupported(`${path}[${index}].action`, action, ['Restart']));
    const codes = child(rule, 'exitCodes');
    const field = `${path}[${index}].exitCodes`;
    if (codes === undefined) {
      errors.push(required(field, 'must be specified'));
      return;
    }
    const operator = text(codes, 'operator');
    if (operator !== 'In' && operator !== 'NotIn')
      errors.push(notSupported(`${field}.operator`, operator, ['In', 'NotIn']));
    const values = codes['values'];
    if (Array.isArray(values) && values.length > exitCodesMax)
      errors.push(tooMany(`${field}.values`, values.length, exitCodesMax));
  });
}

function checkInitContainer(
  container: JsonObject,
  scope: PodScope,
  at: string,
  errors: FieldError[],
): void {
  checkRestart(container, at, errors);
  if (text(container, 'restartPolicy') === 'Always') {
    checkLifecycle(container, scope.graceSeconds, at, errors);
    checkProbes(container, at, errors);
    return;
  }
  for (const key of ['lifecycle', ...probeKinds])
    if (isSet(container, key))
      errors.push(
        forbiddenField(
          `${at}.${key}`,
          'may not be set for init containers without restartPolicy=Always',
        ),
      );
}

const notForEphemeral = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
];

function checkEphemeral(
  spec: JsonObject,
  scope: PodScope,
  names: Set<string>,
  path: string,
  errors: FieldError[],
): void {
  const others = new Set(names);
  const why = 'cannot be set for an Ephemeral Container';
  children(spec, 'ephemeralContainers').forEach((container, index) => {
    const at = `${path}.ephemeralContainers[${index}]`;
    checkContainer(container, { ...scope, isPod: true }, at, errors);
    addName(container, names, at, errors);
    const target = text(container, 'targetContainerName');
    if (target !== '' && !others.has(target))
      errors.push(fieldNotFound(`${at}.targetContainerName`, target));
    for (const key of notForEphemeral)
      if (!isEmpty(container[key])) errors.push(forbiddenField(`${at}.${key}`, why));
    children(container, 'volumeMounts').forEach((mount, position) => {
      for (const key of ['subPath', 'subPathExpr'])
        if (text(mount, key) !== '')
          errors.push(forbiddenField(`${at}.volumeMounts[${position}].${key}`, why));
    });
  });
}
