// checkPodSpec: everything a pod's spec must satisfy, in a Pod and in a template.
import { duplicate, type FieldError, invalid, required } from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { isInRange } from '../../../object/names.js';
import { checkDnsLabel, checkLabels, checkSubdomain } from '../checks.js';
import { child, children, optionalFlag, optionalInteger, text, textMap } from '../fields.js';
import { checkContainers } from './containers.js';
import { checkDns, checkHostNames } from './naming.js';
import { checkPodLevelResources } from './pod-resources.js';
import { checkResources } from './resources.js';
import { checkAffinity, checkGates, checkSpread, checkTolerations } from './scheduling.js';
import type { NamedContainer, PodScope } from './scope.js';
import { checkOperatingSystem, checkPodSecurity } from './security.js';
import { checkVolumes, type PodIdentity } from './volumes.js';
import { checkHostProcess } from './windows.js';

const secondsMax = 2 ** 31 - 1;

export function checkPodSpec(
  spec: JsonObject,
  pod: PodIdentity,
  path: string,
  errors: FieldError[],
): void {
  const graceSeconds = optionalInteger(spec, 'terminationGracePeriodSeconds');
  if (graceSeconds === undefined) errors.push(required(`${path}.terminationGracePeriodSeconds`));
  const volumes = checkVolumes(spec, pod, `${path}.volumes`, errors);
  const scope: PodScope = {
    ...pod,
    volumes,
    claims: checkClaims(spec, `${path}.resourceClaims`, errors),
    graceSeconds,
    restartPolicy: text(spec, 'restartPolicy'),
    hostUsers: optionalFlag(spec, 'hostUsers') ?? true,
  };
  checkContainers(spec, scope, path, errors);
  checkPodLevelResources(spec, `${path}.resources`, errors);
  checkLabels(textMap(spec, 'nodeSelector'), `${path}.nodeSelector`, errors);
  checkPodSecurity(spec, path, errors);
  checkAffinity(spec, path, errors);
  checkDns(spec, path, errors);
  checkGates(spec, path, errors);
  checkSpread(spec, path, errors);
  const containers = namedContainers(spec, path);
  checkHostProcess(spec, containers, path, errors);
  for (const key of ['serviceAccountName', 'nodeName', 'priorityClassName', 'runtimeClassName'])
    if (text(spec, key) !== '') checkSubdomain(text(spec, key), `${path}.${key}`, errors);
  checkDeadline(spec, path, errors);
  checkHostNames(spec, path, errors);
  checkTolerations(children(spec, 'tolerations'), `${path}.tolerations`, errors);
  const overhead = child(spec, 'overhead');
  if (overhead !== undefined)
    checkResources({ limits: overhead }, scope, `${path}.overhead`, errors);
  checkOperatingSystem(spec, containers, path, errors);
}

const containerLists = ['containers', 'initContainers', 'ephemeralContainers'];

export function namedContainers(spec: JsonObject, path: string): NamedContainer[] {
  const named: NamedContainer[] = [];
  for (const list of containerLists) {
    children(spec, list).forEach((container, index) => {
      named.push({ container, path: `${path}.${list}[${index}]` });
    });
  }
  return named;
}

function checkDeadline(spec: JsonObject, path: string, errors: FieldError[]): void {
  const seconds = optionalInteger(spec, 'activeDeadlineSeconds');
  if (seconds === undefined) return;
  for (const message of isInRange(seconds, 1, secondsMax))
    errors.push(invalid(`${path}.activeDeadlineSeconds`, seconds, message));
}

function checkClaims(spec: JsonObject, path: string, errors: FieldError[]): ReadonlySet<string> {
  const names = new Set<string>();
  children(spec, 'resourceClaims').forEach((claim, index) => {
    const at = `${path}[${index}]`;
    const name = text(claim, 'name');
    if (name === '') errors.push(required(`${at}.name`));
    else if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    else checkDnsLabel(name, `${at}.name`, errors);
    if (name !== '') names.add(name);
    const sources = ['resourceClaimName', 'resourceClaimTemplateName'].filter(
      (key) => claim[key] !== undefined,
    );
    if (sources.length > 1)
      errors.push(
        invalid(
          at,
          claim,
          'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified',
        ),
      );
    if (sources.length === 0)
      errors.push(
        invalid(at, claim, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'),
      );
    for (const key of sources) checkSubdomain(text(claim, key), `${at}.${key}`, errors);
  });
  return names;
}
