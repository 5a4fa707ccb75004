// Annotations that mean something for a pod: mirror pods, deletion cost, and the old seccomp and AppArmor ones,
// which must agree with the fields that replaced them.
import { type FieldError, forbiddenField, invalid } from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { child, text, textMap } from '../fields.js';
import { checkDescendingPath } from './paths.js';
import { namedContainers } from './spec.js';

export const mirrorAnnotation = 'kubernetes.io/config.mirror';
const deletionCost = 'controller.kubernetes.io/pod-deletion-cost';
const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod';
const seccompContainer = 'container.seccomp.security.alpha.kubernetes.io/';
export const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/';

export function checkPodAnnotations(
  annotations: Readonly<Record<string, string>>,
  spec: JsonObject,
  path: string,
  errors: FieldError[],
): void {
  for (const [key, value] of Object.entries(annotations)) {
    if (key === mirrorAnnotation && text(spec, 'nodeName') === '')
      errors.push(
        invalid(`${path}[${key}]`, value, 'must set spec.nodeName if mirror pod annotation is set'),
      );
    else if (key === deletionCost && !isInt32(value))
      errors.push(invalid(`${path}[${key}]`, value, 'must be a 32bit integer'));
    else if (key === seccompPod || key.startsWith(seccompContainer))
      checkSeccomp(value, `${path}.${key}`, errors);
    else if (key.startsWith(appArmorPrefix)) checkAppArmor(key, value, spec, path, errors);
  }
}

function isInt32(value: string): boolean {
  // "+1", "01" are refused as well: the server wants the shortest form.
  if (!/^(?:0|-?[1-9]\d{0,9})$/.test(value)) return false;
  const number = Number(value);
  return number >= -(2 ** 31) && number < 2 ** 31;
}

function checkSeccomp(profile: string, field: string, errors: FieldError[]): void {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(profile)) return;
  if (profile.startsWith('localhost/'))
    checkDescendingPath(profile.slice('localhost/'.length), field, errors);
  else errors.push(invalid(field, profile, 'must be a valid seccomp profile'));
}

function checkAppArmor(
  key: string,
  profile: string,
  spec: JsonObject,
  path: string,
  errors: FieldError[],
): void {
  const container = key.slice(appArmorPrefix.length);
  if (!namedContainers(spec, '').some((named) => text(named.container, 'name') === container))
    errors.push(invalid(`${path}[${key}]`, container, 'container not found'));
  if (['', 'runtime/default', 'unconfined'].includes(profile)) return;
  if (!profile.startsWith('localhost/'))
    errors.push(
      invalid(
        `${path}[${key}]`,
        profile,
        `invalid AppArmor profile name: ${JSON.stringify(profile)}`,
      ),
    );
}

/** Where both an annotation and its field are set, they say the same; checked on creation only. */
export function checkAnnotationsMatchFields(
  meta: JsonObject | undefined,
  spec: JsonObject,
  path: string,
  errors: FieldError[],
): void {
  const annotations = textMap(meta, 'annotations');
  if (Object.keys(annotations).length === 0) return;
  const context = child(spec, 'securityContext');
  compare(
    'seccomp',
    annotations[seccompPod],
    child(context, 'seccompProfile'),
    `${path}.securityContext.seccompProfile`,
    errors,
  );
  for (const { container, path: at } of namedContainers(spec, path)) {
    const name = text(container, 'name');
    const own = child(container, 'securityContext');
    compare(
      'seccomp',
      annotations[seccompContainer + name],
      child(own, 'seccompProfile'),
      `${at}.securityContext.seccompProfile`,
      errors,
    );
    const armor = child(own, 'appArmorProfile') ?? child(context, 'appArmorProfile');
    compare(
      'apparmor',
      annotations[appArmorPrefix + name],
      armor,
      `${at}.securityContext.appArmorProfile`,
      errors,
    );
  }
}

function compare(
  what: 'seccomp' | 'apparmor',
  annotation: string | undefined,
  profile: JsonObject | undefined,
  path: string,
  errors: FieldError[],
): void {
  if (annotation === undefined || profile === undefined) return;
  const mismatch = forbiddenField(
    `${path}.type`,
    `${what} type in annotation and field must match`,
  );
  switch (text(profile, 'type')) {
    case 'Unconfined':
      if (annotation !== 'unconfined') errors.push(mismatch);
      return;
    case 'RuntimeDefault':
      if (annotation !== 'runtime/default' && annotation !== 'docker/default')
        errors.push(mismatch);
      return;
    case 'Localhost':
      if (!annotation.startsWith('localhost/')) errors.push(mismatch);
      else if (annotation.slice('localhost/'.length) !== text(profile, 'localhostProfile'))
        errors.push(
          forbiddenField(
            `${path}.localhostProfile`,
            `${what} profile in annotation and field must match`,
          ),
        );
  }
}
