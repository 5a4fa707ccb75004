// Columns of volumes and claims, storage.k8s.io and resource.k8s.io (devices).
import type { JsonObject } from '../../object/kube-object.js';
import type { Column } from '../resource.js';
import {
  ageColumn,
  booleanAt,
  column,
  hasField,
  integer,
  nameColumn,
  objectAt,
  objectsAt,
  textAt,
  textOr,
  textsAt,
  wide,
} from './cells.js';

const modeNames: readonly (readonly [mode: string, short: string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
];

function accessModes(modes: readonly string[]): string {
  return modeNames
    .filter(([mode]) => modes.includes(mode))
    .map(([, short]) => short)
    .join(',');
}

const phaseOf = (item: JsonObject): string =>
  hasField(item, 'metadata', 'deletionTimestamp') ? 'Terminating' : textAt(item, 'status', 'phase');

const classOf = (item: JsonObject): string =>
  textOr(
    textAt(item, 'spec', 'storageClassName'),
    objectAt(item, 'metadata', 'annotations'),
    'volume.beta.kubernetes.io/storage-class',
  );

const specText =
  (field: string, absent = '') =>
  (item: JsonObject): string =>
    textOr(absent, item, 'spec', field);

const isBound = (claim: JsonObject): boolean => textAt(claim, 'spec', 'volumeName') !== '';

const yesNo = (name: string, description: string, cell: Column['cell']): Column =>
  column(name, description, cell, { type: 'boolean' });

const flag =
  (field: string, absent = false) =>
  (item: JsonObject): boolean =>
    hasField(item, 'spec', field) ? booleanAt(item, 'spec', field) : absent;

const claimName = (volume: JsonObject): string =>
  hasField(volume, 'spec', 'claimRef')
    ? `${textAt(volume, 'spec', 'claimRef', 'namespace')}/${textAt(volume, 'spec', 'claimRef', 'name')}`
    : '';

const withDefaultMark =
  (annotations: readonly string[]) =>
  (item: JsonObject): string => {
    const marks = objectAt(item, 'metadata', 'annotations');
    const isDefault = annotations.some((key) => textAt(marks, key) === 'true');
    return `${textAt(item, 'metadata', 'name')}${isDefault ? ' (default)' : ''}`;
  };

export const volumeColumns: Readonly<Record<string, readonly Column[]>> = {
  persistentvolumes: [
    nameColumn,
    column('Capacity', 'Size of the volume.', (item) =>
      textOr('0', item, 'spec', 'capacity', 'storage'),
    ),
    column('Access Modes', 'How the volume may be mounted.', (item) =>
      accessModes(textsAt(item, 'spec', 'accessModes')),
    ),
    column(
      'Reclaim Policy',
      'What happens when its claim goes.',
      specText('persistentVolumeReclaimPolicy'),
    ),
    column('Status', 'Phase of the volume.', phaseOf),
    column('Claim', 'Claim the volume is bound to.', claimName),
    column('StorageClass', 'Storage class of the volume.', classOf),
    column(
      'VolumeAttributesClass',
      'Attributes class of the volume.',
      specText('volumeAttributesClassName', '<unset>'),
    ),
    column('Reason', 'Why the volume failed.', (item) => textAt(item, 'status', 'reason')),
    ageColumn,
    wide('VolumeMode', 'Filesystem or Block.', specText('volumeMode', '<unset>')),
  ],
  persistentvolumeclaims: [
    nameColumn,
    column('Status', 'Phase of the claim.', phaseOf),
    column('Volume', 'Volume the claim is bound to.', specText('volumeName')),
    column('Capacity', 'Size of the bound volume.', (item) =>
      isBound(item) ? textOr('0', item, 'status', 'capacity', 'storage') : '',
    ),
    column('Access Modes', 'How the volume may be mounted.', (item) =>
      isBound(item) ? accessModes(textsAt(item, 'status', 'accessModes')) : '',
    ),
    column('StorageClass', 'Storage class that is asked for.', classOf),
    column(
      'VolumeAttributesClass',
      'Attributes class that is asked for.',
      specText('volumeAttributesClassName', '<unset>'),
    ),
    ageColumn,
    wide('VolumeMode', 'Filesystem or Block.', specText('volumeMode', '<unset>')),
  ],
};

export const storageColumns: Readonly<Record<string, readonly Column[]>> = {
  storageclasses: [
    {
      ...nameColumn,
      cell: withDefaultMark([
        'storageclass.kubernetes.io/is-default-class',
        'storageclass.beta.kubernetes.io/is-default-class',
      ]),
    },
    column('Provisioner', 'Who makes the volumes.', (item) => textAt(item, 'provisioner')),
    column('ReclaimPolicy', 'What happens when a claim goes.', (item) =>
      textOr('Delete', item, 'reclaimPolicy'),
    ),
    column('VolumeBindingMode', 'When a claim is bound.', (item) =>
      textOr('Immediate', item, 'volumeBindingMode'),
    ),
    column('AllowVolumeExpansion', 'Whether claims may grow.', (item) =>
      booleanAt(item, 'allowVolumeExpansion'),
    ),
    ageColumn,
  ],
  volumeattributesclasses: [
    {
      ...nameColumn,
      cell: withDefaultMark(['volumeattributesclass.alpha.kubernetes.io/is-default-class']),
    },
    column('DriverName', 'Driver the attributes are for.', (item) => textAt(item, 'driverName')),
    ageColumn,
  ],
  volumeattachments: [
    nameColumn,
    column('Attacher', 'Driver that attaches.', specText('attacher'), { format: 'name' }),
    column('PV', 'Volume to attach.', (item) =>
      textAt(item, 'spec', 'source', 'persistentVolumeName'),
    ),
    column('Node', 'Node to attach to.', specText('nodeName')),
    yesNo('Attached', 'Whether it is attached.', (item) => booleanAt(item, 'status', 'attached')),
    ageColumn,
  ],
  csinodes: [
    nameColumn,
    integer(
      'Drivers',
      'Number of drivers on the node.',
      (item) => objectsAt(item, 'spec', 'drivers').length,
    ),
    ageColumn,
  ],
  csidrivers: [
    nameColumn,
    yesNo('AttachRequired', 'Whether volumes are attached first.', flag('attachRequired', true)),
    yesNo('PodInfoOnMount', 'Whether mounts are told about the pod.', flag('podInfoOnMount')),
    yesNo('StorageCapacity', 'Whether capacity is reported.', flag('storageCapacity')),
    column('TokenRequests', 'Audiences of the tokens it gets.', (item) =>
      hasField(item, 'spec', 'tokenRequests')
        ? objectsAt(item, 'spec', 'tokenRequests')
            .map((request) => textAt(request, 'audience'))
            .join(',')
        : '<unset>',
    ),
    yesNo('RequiresRepublish', 'Whether mounts are renewed.', flag('requiresRepublish')),
    column('Modes', 'Life cycles its volumes support.', (item) => {
      const modes = textsAt(item, 'spec', 'volumeLifecycleModes');
      return modes.length === 0 ? '<none>' : modes.join(',');
    }),
    ageColumn,
  ],
  csistoragecapacities: [
    nameColumn,
    column('StorageClassName', 'Storage class it is about.', (item) =>
      textAt(item, 'storageClassName'),
    ),
    column('Capacity', 'Free capacity.', (item) => textOr('<unset>', item, 'capacity')),
  ],
};

function claimState(claim: JsonObject): string {
  const states: string[] = [];
  const isGoing = hasField(claim, 'metadata', 'deletionTimestamp');
  if (isGoing) states.push('deleted');
  if (hasField(claim, 'status', 'allocation')) {
    states.push('allocated');
    if (objectsAt(claim, 'status', 'reservedFor').length > 0) states.push('reserved');
  } else if (!isGoing) states.push('pending');
  return states.join(',');
}

export const deviceColumns: Readonly<Record<string, readonly Column[]>> = {
  deviceclasses: [nameColumn, ageColumn],
  resourceclaims: [
    nameColumn,
    column('State', 'Pending, allocated, reserved, deleted.', claimState),
    ageColumn,
  ],
  resourceclaimtemplates: [nameColumn, ageColumn],
  resourceslices: [
    nameColumn,
    column('Node', 'Node the devices are on.', specText('nodeName')),
    column('Driver', 'Driver of the devices.', specText('driver')),
    column('Pool', 'Pool the devices belong to.', (item) => textAt(item, 'spec', 'pool', 'name')),
    ageColumn,
  ],
};
