// Defaults of a pod's volumes: an empty source is an emptyDir, file modes are 0644.
import type { JsonObject } from '../../../object/kube-object.js';
import { child, children, ensure, fill, fillZero, text } from '../fields.js';
import { canonicalizeField, canonicalizeList } from '../quantities.js';
import { applyFieldRefDefaults } from './downward-api.js';
import { defaultPullPolicy } from './image.js';

/** 0644 */
const fileMode = 420;

export function applyVolumeDefaults(volume: JsonObject): void {
  if (Object.keys(volume).every((key) => key === 'name')) volume['emptyDir'] = {};
  canonicalizeField(child(volume, 'emptyDir'), 'sizeLimit');
  for (const key of ['secret', 'configMap', 'downwardAPI', 'projected']) {
    const source = child(volume, key);
    if (source !== undefined) fill(source, 'defaultMode', fileMode);
  }
  for (const file of children(child(volume, 'downwardAPI'), 'items')) applyFieldRefDefaults(file);
  for (const source of children(child(volume, 'projected'), 'sources'))
    applyProjectionDefaults(source);
  const image = child(volume, 'image');
  if (image !== undefined && text(image, 'pullPolicy') === '')
    image['pullPolicy'] = defaultPullPolicy(text(image, 'reference'));
  applyVolumeSourceDefaults(volume);
  const claim = child(child(volume, 'ephemeral'), 'volumeClaimTemplate');
  if (claim !== undefined) applyClaimSpecDefaults(ensure(claim, 'spec'));
}

function applyProjectionDefaults(source: JsonObject): void {
  const token = child(source, 'serviceAccountToken');
  if (token !== undefined) fill(token, 'expirationSeconds', 3600);
  for (const file of children(child(source, 'downwardAPI'), 'items')) applyFieldRefDefaults(file);
  const certificate = child(source, 'podCertificate');
  if (certificate !== undefined) fill(certificate, 'maxExpirationSeconds', 86_400);
}

/** Sources that pods and persistent volumes share. */
export function applyVolumeSourceDefaults(volume: JsonObject): void {
  const host = child(volume, 'hostPath');
  if (host !== undefined) fill(host, 'type', '');
  const iscsi = child(volume, 'iscsi');
  if (iscsi !== undefined) fillZero(iscsi, 'iscsiInterface', 'default');
  const rbd = child(volume, 'rbd');
  if (rbd !== undefined) {
    fillZero(rbd, 'pool', 'rbd');
    fillZero(rbd, 'user', 'admin');
    fillZero(rbd, 'keyring', '/etc/ceph/keyring');
  }
  const azure = child(volume, 'azureDisk');
  if (azure !== undefined) {
    fill(azure, 'cachingMode', 'ReadWrite');
    fill(azure, 'kind', 'Shared');
    fill(azure, 'fsType', 'ext4');
    fill(azure, 'readOnly', false);
  }
  const scaleIO = child(volume, 'scaleIO');
  if (scaleIO !== undefined) {
    fillZero(scaleIO, 'storageMode', 'ThinProvisioned');
    fillZero(scaleIO, 'fsType', 'xfs');
  }
}

/** Of a PersistentVolumeClaimSpec, wherever it stands. */
export function applyClaimSpecDefaults(spec: JsonObject): void {
  fill(spec, 'volumeMode', 'Filesystem');
  const resources = child(spec, 'resources');
  canonicalizeList(resources, 'requests');
  canonicalizeList(resources, 'limits');
  mirrorDataSource(spec);
}

/** `dataSource` and `dataSourceRef` are filled from each other while the reference stays in the namespace. */
function mirrorDataSource(spec: JsonObject): void {
  const source = child(spec, 'dataSource');
  const reference = child(spec, 'dataSourceRef');
  if (source !== undefined && reference === undefined) spec['dataSourceRef'] = { ...source };
  if (source !== undefined || reference === undefined || text(reference, 'namespace') !== '')
    return;
  if (text(reference, 'name') === '' || text(reference, 'kind') === '') return;
  spec['dataSource'] = { ...reference };
}
