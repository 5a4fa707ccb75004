// PersistentVolume: one source, a capacity, and a source that never changes.
import { type FieldError, forbiddenField, invalid, required } from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import type { Strategy } from '../../resource.js';
import { checkImmutable, checkRequired, checkSubdomain, unsupported } from '../checks.js';
import {
  child,
  ensure,
  fill,
  fillZero,
  isSet,
  optionalText,
  sameMeaning,
  text,
  texts,
} from '../fields.js';
import { checkNodeSelector } from '../pod/node-selector.js';
import { checkNoBacksteps } from '../pod/paths.js';
import { difference } from '../pod/update.js';
import { applyVolumeSourceDefaults } from '../pod/volume-defaults.js';
import * as sources from '../pod/volume-sources.js';
import { canonicalizeList } from '../quantities.js';
import { keepStatus } from '../status.js';
import { checkAccessModes, checkPositive } from './claim-spec.js';

const checkLocal: sources.SourceCheck = (source, path, errors) => {
  if (checkRequired(source, 'path', path, errors))
    checkNoBacksteps(text(source, 'path'), `${path}.path`, errors);
};

const checkCsi: sources.SourceCheck = (source, path, errors) => {
  sources.checkCsiDriver(text(source, 'driver'), `${path}.driver`, errors);
  checkRequired(source, 'volumeHandle', path, errors);
  for (const key of [
    'controllerPublishSecretRef',
    'controllerExpandSecretRef',
    'nodePublishSecretRef',
    'nodeExpandSecretRef',
    'nodeStageSecretRef',
  ]) {
    const secret = child(source, key);
    if (secret === undefined || key === 'nodeStageSecretRef') continue;
    checkRequired(secret, 'name', `${path}.${key}`, errors);
    checkRequired(secret, 'namespace', `${path}.${key}`, errors);
  }
};

const rows: readonly sources.SourceRow[] = [
  { key: 'hostPath', check: sources.checkHostPath },
  { key: 'gcePersistentDisk', check: sources.checkDisk('pdName'), checkedAs: 'persistentDisk' },
  { key: 'awsElasticBlockStore', check: sources.checkDisk('volumeID') },
  { key: 'glusterfs', check: sources.needs('endpoints', 'path') },
  { key: 'flocker', check: sources.checkFlocker },
  { key: 'nfs', check: sources.checkNfs },
  { key: 'rbd', check: sources.checkRbd },
  { key: 'quobyte', check: sources.checkQuobyte },
  { key: 'cephfs', check: sources.checkCephFs, refusedAs: 'cephFS' },
  { key: 'iscsi', check: sources.checkIscsi },
  { key: 'cinder', check: sources.checkCinder(true) },
  { key: 'fc', check: sources.checkFibreChannel },
  { key: 'flexVolume', check: sources.checkFlex },
  { key: 'azureFile', check: sources.needs('secretName', 'shareName') },
  { key: 'vsphereVolume', check: sources.needs('volumePath') },
  { key: 'photonPersistentDisk', check: sources.needs('pdID') },
  { key: 'portworxVolume', check: sources.needs('volumeID') },
  { key: 'azureDisk', check: sources.checkAzureDisk },
  { key: 'scaleIO', check: sources.needs('gateway', 'system', 'volumeName') },
  { key: 'local', check: checkLocal },
  { key: 'storageos', check: sources.checkStorageOs(true) },
  { key: 'csi', check: checkCsi },
];

function applyDefaults(volume: KubeObject): void {
  const spec = ensure(volume, 'spec');
  fillZero(spec, 'persistentVolumeReclaimPolicy', 'Retain');
  fill(spec, 'volumeMode', 'Filesystem');
  canonicalizeList(spec, 'capacity');
  applyVolumeSourceDefaults(spec);
  const claim = child(spec, 'claimRef');
  if (claim === undefined) return;
  fillZero(claim, 'kind', 'PersistentVolumeClaim');
  fillZero(claim, 'apiVersion', 'v1');
}

function validate(volume: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(volume, 'spec') ?? {};
  if (texts(spec, 'accessModes').length === 0) errors.push(required('spec.accessModes'));
  checkAccessModes(spec, 'spec', errors);
  checkCapacity(spec, errors);
  const affinity = child(spec, 'nodeAffinity');
  if (affinity !== undefined) {
    const needed = child(affinity, 'required');
    if (needed === undefined)
      errors.push(required('spec.nodeAffinity.required', 'must specify required node constraints'));
    else checkNodeSelector(needed, 'spec.nodeAffinity.required', errors);
  }
  sources.checkOneSource(spec, rows, 'spec', errors);
  if (child(spec, 'local') !== undefined && affinity === undefined)
    errors.push(required('spec.nodeAffinity', 'Local volume requires node affinity'));
  const host = child(spec, 'hostPath');
  const isRoot = host !== undefined && /^\/(?:\.?\/)*\.?$/.test(text(host, 'path'));
  if (isRoot && text(spec, 'persistentVolumeReclaimPolicy') === 'Recycle')
    errors.push(
      forbiddenField(
        'spec.persistentVolumeReclaimPolicy',
        "may not be 'recycle' for a hostPath mount of '/'",
      ),
    );
  if (text(spec, 'storageClassName') !== '')
    checkSubdomain(text(spec, 'storageClassName'), 'spec.storageClassName', errors);
  checkAttributesClass(spec, errors);
  return errors;
}

function checkCapacity(spec: JsonObject, errors: FieldError[]): void {
  const capacity = child(spec, 'capacity') ?? {};
  const names = Object.keys(capacity);
  if (names.length === 0) errors.push(required('spec.capacity'));
  if (names.length !== 1 || names[0] !== 'storage')
    errors.push(
      unsupported('spec.capacity', names.length === 0 ? '' : JSON.stringify(capacity), ['storage']),
    );
  for (const name of names) checkPositive(capacity[name], `spec.capacity[${name}]`, errors);
}

function checkAttributesClass(spec: JsonObject, errors: FieldError[]): void {
  const name = optionalText(spec, 'volumeAttributesClassName');
  if (name === undefined) return;
  const field = 'spec.volumeAttributesClassName';
  if (name === '') errors.push(required(field, 'an empty string is disallowed'));
  else checkSubdomain(name, field, errors);
  if (!isSet(spec, 'csi'))
    errors.push(required('spec.csi', 'has to be specified when using volumeAttributesClassName'));
}

const sourceOf = (spec: JsonObject | undefined): JsonObject =>
  Object.fromEntries(rows.map(({ key }) => [key, spec?.[key]]));

function validateUpdate(volume: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(volume, 'spec');
  const oldSpec = child(old, 'spec');
  const before = sourceOf(oldSpec);
  const after = sourceOf(spec);
  const csi = child(after, 'csi');
  const secret = 'controllerExpandSecretRef';
  if (csi !== undefined && !isSet(child(before, 'csi'), secret)) {
    const rest = { ...csi };
    Reflect.deleteProperty(rest, secret);
    after['csi'] = rest;
  }
  if (!sameMeaning(after, before))
    errors.push(
      forbiddenField(
        'spec.persistentvolumesource',
        `spec.persistentvolumesource is immutable after creation\n${difference(before, after)}`,
      ),
    );
  checkImmutable(spec?.['volumeMode'], oldSpec?.['volumeMode'], 'volumeMode', errors);
  if (
    isSet(oldSpec, 'nodeAffinity') &&
    !sameMeaning(spec?.['nodeAffinity'], oldSpec?.['nodeAffinity'])
  )
    errors.push(
      invalid(
        'nodeAffinity',
        spec?.['nodeAffinity'] ?? null,
        'field is immutable, except for updating from beta label to GA',
      ),
    );
  return errors;
}

export const persistentVolumeStrategy: Strategy = {
  applyDefaults,
  prepareForCreate: (volume) => {
    volume['status'] = { phase: 'Pending' };
  },
  prepareForUpdate: keepStatus,
  validate,
  validateUpdate,
};
