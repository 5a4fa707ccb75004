// Security contexts of a pod and of its containers: ids, profiles, sysctls, and what excludes each other.
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  required,
} from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { isInRange } from '../../../object/names.js';
import {
  child,
  children,
  flag,
  isSet,
  optionalFlag,
  optionalInteger,
  optionalText,
  text,
  texts,
} from '../fields.js';
import { checkDescendingPath } from './paths.js';
import { checkWindowsOptions } from './windows.js';

const idMax = 2 ** 31 - 1;

function checkIds(
  context: JsonObject,
  keys: readonly string[],
  path: string,
  errors: FieldError[],
): void {
  for (const key of keys) {
    const id = optionalInteger(context, key);
    if (id === undefined) continue;
    for (const message of isInRange(id, 0, idMax))
      errors.push(invalid(`${path}.${key}`, id, message));
  }
}

export function checkPodSecurity(spec: JsonObject, path: string, errors: FieldError[]): void {
  const context = child(spec, 'securityContext');
  const at = `${path}.securityContext`;
  if (flag(spec, 'shareProcessNamespace') && flag(spec, 'hostPID'))
    errors.push(
      invalid(
        `${at}.shareProcessNamespace`,
        true,
        'ShareProcessNamespace and HostPID cannot both be enabled',
      ),
    );
  if (optionalFlag(spec, 'hostUsers') === false) checkUserNamespace(spec, path, errors);
  if (context === undefined) return;
  checkIds(context, ['fsGroup', 'runAsUser', 'runAsGroup'], at, errors);
  const groups = context['supplementalGroups'];
  if (Array.isArray(groups))
    groups.forEach((group, index) => {
      if (typeof group !== 'number') return;
      for (const message of isInRange(group, 0, idMax))
        errors.push(invalid(`${at}.supplementalGroups[${index}]`, group, message));
    });
  checkSysctls(spec, context, `${at}.sysctls`, errors);
  checkProfiles(context, at, errors);
}

function checkUserNamespace(spec: JsonObject, path: string, errors: FieldError[]): void {
  const rows = [
    ['hostNetwork', 'hostNetwork'],
    ['hostPID', 'HostPID'],
    ['hostIPC', 'HostIPC'],
  ] as const;
  for (const [key, shown] of rows)
    if (flag(spec, key))
      errors.push(forbiddenField(`${path}.${shown}`, 'when `pod.Spec.HostUsers` is false'));
}

const sysctlMax = 253;
const sysctlPattern = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';
const sysctlName = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;

function checkSysctls(
  spec: JsonObject,
  context: JsonObject,
  path: string,
  errors: FieldError[],
): void {
  const seen = new Set<string>();
  children(context, 'sysctls').forEach((sysctl, index) => {
    const field = `${path}[${index}].name`;
    const name = text(sysctl, 'name');
    if (name === '') errors.push(required(field));
    else if (name.length > sysctlMax || !sysctlName.test(name))
      errors.push(
        invalid(
          field,
          name,
          `must have at most ${sysctlMax} characters and match regex ${sysctlPattern}`,
        ),
      );
    else if (seen.has(name)) errors.push(duplicate(field, name));
    const namespace = sysctlNamespace(name);
    if (namespace === 'net' && flag(spec, 'hostNetwork'))
      errors.push(invalid(field, name, "may not be specified when 'hostNetwork' is true"));
    else if (namespace === 'ipc' && flag(spec, 'hostIPC'))
      errors.push(invalid(field, name, "may not be specified when 'hostIPC' is true"));
    seen.add(name);
  });
}

/** `net.ipv4.x` and `net/ipv4/x` are the same setting. */
function sysctlNamespace(name: string): 'net' | 'ipc' | undefined {
  const dotted = name.replaceAll('/', '.');
  if (dotted.startsWith('net.')) return 'net';
  if (dotted === 'kernel.sem') return 'ipc';
  return ['kernel.shm', 'kernel.msg', 'fs.mqueue.'].some((prefix) => dotted.startsWith(prefix))
    ? 'ipc'
    : undefined;
}

function checkProfiles(context: JsonObject, path: string, errors: FieldError[]): void {
  checkSeccomp(child(context, 'seccompProfile'), `${path}.seccompProfile`, errors);
  const windows = child(context, 'windowsOptions');
  if (windows !== undefined) checkWindowsOptions(windows, `${path}.windowsOptions`, errors);
  checkAppArmor(child(context, 'appArmorProfile'), `${path}.appArmorProfile`, errors);
}

function checkSeccomp(profile: JsonObject | undefined, path: string, errors: FieldError[]): void {
  if (profile === undefined) return;
  const type = text(profile, 'type');
  if (type === '')
    errors.push(required(`${path}.type`, 'type is required when seccompProfile is set'));
  const local = optionalText(profile, 'localhostProfile');
  const field = `${path}.localhostProfile`;
  if (type === 'Localhost') {
    if (local === undefined)
      errors.push(required(field, 'must be set when seccomp type is Localhost'));
    else checkDescendingPath(local, field, errors);
  } else if (local !== undefined) {
    errors.push(invalid(field, profile, 'can only be set when seccomp type is Localhost'));
  }
}

const localProfileMax = 4095;

function checkAppArmor(profile: JsonObject | undefined, path: string, errors: FieldError[]): void {
  if (profile === undefined) return;
  const type = text(profile, 'type');
  const local = optionalText(profile, 'localhostProfile');
  const field = `${path}.localhostProfile`;
  if (type === '')
    errors.push(required(`${path}.type`, 'type is required when appArmorProfile is set'));
  else if (type === 'Localhost') {
    const missing = 'must be set when AppArmor type is Localhost';
    if (local === undefined) errors.push(required(field, missing));
    else if (local.trim() !== local)
      errors.push(invalid(field, local, 'must not be padded with whitespace'));
    else if (local === '') errors.push(required(field, missing));
    if (local !== undefined && local.length > localProfileMax)
      errors.push({
        reason: 'FieldValueTooLong',
        field,
        message: `Too long: may not be more than ${localProfileMax} bytes`,
      });
  } else if (local !== undefined) {
    errors.push(invalid(field, local, 'can only be set when AppArmor type is Localhost'));
  }
}

export function checkContainerSecurity(
  container: JsonObject,
  hostUsers: boolean,
  path: string,
  errors: FieldError[],
): void {
  const context = child(container, 'securityContext');
  if (context === undefined) return;
  const at = `${path}.securityContext`;
  checkIds(context, ['runAsUser', 'runAsGroup'], at, errors);
  if (hostUsers && text(context, 'procMount') === 'Unmasked')
    errors.push(
      invalid(`${at}.procMount`, 'Unmasked', '`hostUsers` must be false to use `Unmasked`'),
    );
  checkProfiles(context, at, errors);
  if (optionalFlag(context, 'allowPrivilegeEscalation') !== false) return;
  const conflict = 'cannot set `allowPrivilegeEscalation` to false and';
  if (flag(context, 'privileged'))
    errors.push(invalid(at, context, `${conflict} \`privileged\` to true`));
  if (texts(child(context, 'capabilities'), 'add').includes('CAP_SYS_ADMIN'))
    errors.push(invalid(at, context, `${conflict} \`capabilities.Add\` CAP_SYS_ADMIN`));
}

const notOnWindows = 'cannot be set for a windows pod';
const linuxPodFields = ['hostUsers', 'hostPID', 'hostIPC', 'shareProcessNamespace'];
const linuxPodContext = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'fsGroup',
  'fsGroupChangePolicy',
  'sysctls',
  'runAsUser',
  'runAsGroup',
  'supplementalGroups',
  'supplementalGroupsPolicy',
  'seLinuxChangePolicy',
];
const linuxContainerContext = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
];

/** What only makes sense on the other operating system. */
export function checkOperatingSystem(
  spec: JsonObject,
  containers: readonly { container: JsonObject; path: string }[],
  path: string,
  errors: FieldError[],
): void {
  const os = child(spec, 'os');
  if (os === undefined) return;
  const name = text(os, 'name');
  if (name === '') errors.push(required(`${path}.os.name`, 'cannot be empty'));
  const refuse = (
    context: JsonObject | undefined,
    keys: readonly string[],
    at: string,
    why: string,
  ): void => {
    for (const key of keys)
      if (isSet(context, key)) errors.push(forbiddenField(`${at}.${key}`, why));
  };
  const onWindows = name === 'windows';
  if (!onWindows && name !== 'linux') return;
  const why = onWindows ? notOnWindows : 'windows options cannot be set for a linux pod';
  if (onWindows) refuse(spec, linuxPodFields, path, why);
  refuse(
    child(spec, 'securityContext'),
    onWindows ? linuxPodContext : ['windowsOptions'],
    `${path}.securityContext`,
    why,
  );
  for (const { container, path: at } of containers)
    refuse(
      child(container, 'securityContext'),
      onWindows ? linuxContainerContext : ['windowsOptions'],
      `${at}.securityContext`,
      why,
    );
}
