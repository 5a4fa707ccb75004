// A container's volumeMounts and volumeDevices: they refer to the pod's volumes and share no path or name.
import {
  type FieldError,
  fieldNotFound,
  forbiddenField,
  invalid,
  required,
} from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { child, children, flag, text } from '../fields.js';
import { checkDescendingPath } from './paths.js';
import type { PodScope } from './scope.js';

export function checkMounts(
  container: JsonObject,
  scope: PodScope,
  path: string,
  errors: FieldError[],
): void {
  const mounts = children(container, 'volumeMounts');
  const devices = children(container, 'volumeDevices');
  if (mounts.length === 0 && devices.length === 0) return;
  const devicePaths = new Map(
    devices.map((device) => [text(device, 'name'), text(device, 'devicePath')]),
  );
  const seen = new Set<string>();
  mounts.forEach((mount, index) => {
    const at = `${path}.volumeMounts[${index}]`;
    checkMountTarget(mount, scope, at, errors);
    const mountPath = text(mount, 'mountPath');
    if (seen.has(mountPath)) errors.push(invalid(`${at}.mountPath`, mountPath, 'must be unique'));
    seen.add(mountPath);
    if (devicePaths.has(text(mount, 'name')))
      errors.push(
        invalid(`${at}.name`, text(mount, 'name'), 'must not already exist in volumeDevices'),
      );
    if ([...devicePaths.values()].includes(mountPath))
      errors.push(
        invalid(`${at}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices'),
      );
    checkMountOptions(mount, container, `${path}.volumeMounts`, errors);
  });
  checkDevices(devices, mounts, scope, `${path}.volumeDevices`, errors);
}

function checkMountTarget(
  mount: JsonObject,
  scope: PodScope,
  at: string,
  errors: FieldError[],
): void {
  const name = text(mount, 'name');
  const volume = scope.volumes.get(name);
  if (name === '') errors.push(required(`${at}.name`));
  if (volume === undefined) errors.push(fieldNotFound(`${at}.name`, name));
  if (text(mount, 'mountPath') === '') errors.push(required(`${at}.mountPath`));
  const subPath = text(mount, 'subPath');
  const expression = text(mount, 'subPathExpr');
  if (subPath !== '' && expression !== '')
    errors.push(
      invalid(`${at}.subPathExpr`, expression, 'subPathExpr and subPath are mutually exclusive'),
    );
}

/** These errors point at the list, not at the mount: so does the real server. */
function checkMountOptions(
  mount: JsonObject,
  container: JsonObject,
  path: string,
  errors: FieldError[],
): void {
  for (const key of ['subPath', 'subPathExpr'])
    if (text(mount, key) !== '') checkDescendingPath(text(mount, key), `${path}.${key}`, errors);
  const propagation = text(mount, 'mountPropagation');
  if (propagation === 'Bidirectional' && !flag(child(container, 'securityContext'), 'privileged'))
    errors.push(
      forbiddenField(
        `${path}.mountPropagation`,
        'Bidirectional mount propagation is available only to privileged containers',
      ),
    );
  const recursive = text(mount, 'recursiveReadOnly');
  if (recursive !== 'Enabled' && recursive !== 'IfPossible') return;
  const field = `${path}.recursiveReadOnly`;
  if (!flag(mount, 'readOnly'))
    errors.push(forbiddenField(field, 'may only be specified when readOnly is true'));
  if (propagation !== '' && propagation !== 'None')
    errors.push(
      forbiddenField(field, 'may only be specified when mountPropagation is None or not specified'),
    );
}

function checkDevices(
  devices: readonly JsonObject[],
  mounts: readonly JsonObject[],
  scope: PodScope,
  path: string,
  errors: FieldError[],
): void {
  const names = new Set<string>();
  const paths = new Set<string>();
  const mounted = new Map(mounts.map((mount) => [text(mount, 'name'), text(mount, 'mountPath')]));
  devices.forEach((device, index) => {
    const at = `${path}[${index}]`;
    const name = text(device, 'name');
    const devicePath = text(device, 'devicePath');
    const volume = scope.volumes.get(name);
    const refuse = (key: string, value: string, detail: string): void => {
      errors.push(invalid(`${at}.${key}`, value, detail));
    };
    if (name === '') errors.push(required(`${at}.name`));
    if (names.has(name)) refuse('name', name, 'must be unique');
    if (volume === undefined) errors.push(fieldNotFound(`${at}.name`, name));
    else if (volume['persistentVolumeClaim'] === undefined && volume['ephemeral'] === undefined)
      refuse(
        'name',
        name,
        'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
      );
    if (devicePath === '') errors.push(required(`${at}.devicePath`));
    if (paths.has(devicePath)) refuse('devicePath', devicePath, 'must be unique');
    if (devicePath.split('/').includes('..'))
      refuse('devicePath', devicePath, "can not contain backsteps ('..')");
    else paths.add(devicePath);
    if (mounted.has(name)) refuse('name', name, 'must not already exist in volumeMounts');
    if ([...mounted.values()].includes(devicePath))
      refuse('devicePath', devicePath, 'must not already exist as a path in volumeMounts');
    if (name !== '') names.add(name);
  });
}
