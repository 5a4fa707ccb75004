// Volumes of a pod: unique names and exactly one well-formed source each.
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  required,
} from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { isDns1123Subdomain } from '../../../object/names.js';
import { checkDnsLabel, checkRequired, checkSubdomain } from '../checks.js';
import { checkClaimTemplate } from '../core/claim-spec.js';
import { child, children, text } from '../fields.js';
import { isNegative, quantityOf } from '../quantities.js';
import { checkDescendingPath } from './paths.js';
import { checkProjected } from './projections.js';
import { checkDownwardFile, checkKeyToPath, checkMode } from './volume-files.js';
import * as sources from './volume-sources.js';

const checkEmptyDir: sources.SourceCheck = (source, path, errors) => {
  const limit = quantityOf(source['sizeLimit']);
  if (limit !== undefined && isNegative(limit))
    errors.push(
      forbiddenField(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity'),
    );
};

const checkGitRepo: sources.SourceCheck = (source, path, errors) => {
  checkRequired(source, 'repository', path, errors);
  checkDescendingPath(text(source, 'directory'), `${path}.directory`, errors);
};

/** Secret and ConfigMap volumes. */
const checkKeyedFiles =
  (nameKey: string): sources.SourceCheck =>
  (source, path, errors) => {
    checkRequired(source, nameKey, path, errors);
    checkMode(source, 'defaultMode', path, errors);
    children(source, 'items').forEach((item, index) => {
      checkKeyToPath(item, `${path}.items[${index}]`, errors);
    });
  };

const checkDownwardApi: sources.SourceCheck = (source, path, errors) => {
  checkMode(source, 'defaultMode', path, errors);
  for (const file of children(source, 'items')) checkDownwardFile(file, path, errors);
};

const checkCsi: sources.SourceCheck = (source, path, errors) => {
  sources.checkCsiDriver(text(source, 'driver'), `${path}.driver`, errors);
  const secret = child(source, 'nodePublishSecretRef');
  if (secret === undefined) return;
  if (checkRequired(secret, 'name', `${path}.nodePublishSecretRef`, errors))
    checkSubdomain(text(secret, 'name'), `${path}.name`, errors);
};

const checkEphemeral: sources.SourceCheck = (source, path, errors) => {
  const template = child(source, 'volumeClaimTemplate');
  if (template === undefined) errors.push(required(`${path}.volumeClaimTemplate`));
  else checkClaimTemplate(template, `${path}.volumeClaimTemplate`, errors);
};

/** In the order in which the server looks for a source. */
const rows: readonly sources.SourceRow[] = [
  { key: 'emptyDir', check: checkEmptyDir },
  { key: 'hostPath', check: sources.checkHostPath },
  { key: 'gitRepo', check: checkGitRepo },
  { key: 'gcePersistentDisk', check: sources.checkDisk('pdName'), checkedAs: 'persistentDisk' },
  { key: 'awsElasticBlockStore', check: sources.checkDisk('volumeID') },
  { key: 'secret', check: checkKeyedFiles('secretName') },
  { key: 'nfs', check: sources.checkNfs },
  { key: 'iscsi', check: sources.checkIscsi },
  { key: 'glusterfs', check: sources.needs('endpoints', 'path') },
  { key: 'flocker', check: sources.checkFlocker },
  { key: 'persistentVolumeClaim', check: sources.needs('claimName') },
  { key: 'rbd', check: sources.checkRbd },
  { key: 'cinder', check: sources.checkCinder(false) },
  { key: 'cephfs', check: sources.checkCephFs, refusedAs: 'cephFS' },
  { key: 'quobyte', check: sources.checkQuobyte },
  { key: 'downwardAPI', check: checkDownwardApi, refusedAs: 'downwarAPI' },
  { key: 'fc', check: sources.checkFibreChannel },
  { key: 'flexVolume', check: sources.checkFlex },
  { key: 'configMap', check: checkKeyedFiles('name') },
  { key: 'azureFile', check: sources.needs('secretName', 'shareName') },
  { key: 'vsphereVolume', check: sources.needs('volumePath') },
  { key: 'photonPersistentDisk', check: sources.needs('pdID') },
  { key: 'portworxVolume', check: sources.needs('volumeID') },
  { key: 'azureDisk', check: sources.checkAzureDisk },
  { key: 'storageos', check: sources.checkStorageOs(false) },
  { key: 'projected', check: checkProjected },
  { key: 'scaleIO', check: sources.needs('gateway', 'system', 'volumeName') },
  { key: 'csi', check: checkCsi },
  { key: 'ephemeral', check: checkEphemeral },
  { key: 'image', check: () => undefined },
];

export interface PodIdentity {
  readonly isPod: boolean;
  readonly name: string;
}

/** Returns the volumes that mounts may refer to: the well-formed ones. */
export function checkVolumes(
  spec: JsonObject,
  pod: PodIdentity,
  path: string,
  errors: FieldError[],
): Map<string, JsonObject> {
  const usable = new Map<string, JsonObject>();
  const volumes = children(spec, 'volumes');
  const createdClaims = new Set<string>();
  if (pod.name !== '')
    for (const volume of volumes)
      if (child(volume, 'ephemeral') !== undefined)
        createdClaims.add(`${pod.name}-${text(volume, 'name')}`);
  volumes.forEach((volume, index) => {
    const at = `${path}[${index}]`;
    const name = text(volume, 'name');
    const before = errors.length;
    checkOne(volume, pod, at, errors);
    if (name === '') errors.push(required(`${at}.name`));
    else checkDnsLabel(name, `${at}.name`, errors);
    if (usable.has(name)) errors.push(duplicate(`${at}.name`, name));
    if (errors.length === before) usable.set(name, volume);
    const claim = text(child(volume, 'persistentVolumeClaim'), 'claimName');
    if (createdClaims.has(claim))
      errors.push(
        invalid(
          `${at}.persistentVolumeClaim.claimName`,
          claim,
          'must not reference a PVC that gets created for an ephemeral volume',
        ),
      );
  });
  return usable;
}

const iscsiTextMax = 64;

function checkOne(volume: JsonObject, pod: PodIdentity, path: string, errors: FieldError[]): void {
  const name = text(volume, 'name');
  sources.checkOneSource(volume, rows, path, errors);
  const iscsi = child(volume, 'iscsi');
  if (
    iscsi?.['initiatorName'] !== undefined &&
    `${name}:${text(iscsi, 'targetPortal')}`.length > iscsiTextMax
  )
    errors.push(
      invalid(
        `${path}.name`,
        name,
        'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.',
      ),
    );
  if (child(volume, 'ephemeral') !== undefined && pod.name !== '' && name !== '') {
    const claim = `${pod.name}-${name}`;
    for (const message of isDns1123Subdomain(claim))
      errors.push(invalid(`${path}.name`, name, `PVC name ${JSON.stringify(claim)}: ${message}`));
  }
  const image = child(volume, 'image');
  if (image !== undefined && pod.isPod) checkRequired(image, 'reference', `${path}.image`, errors);
}
