// CSIDriver, CSINode, VolumeAttachment and CSIStorageCapacity.
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  required,
} from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import type { Strategy } from '../../resource.js';
import {
  checkImmutable,
  checkLabelSelector,
  checkQualifiedName,
  checkSubdomain,
} from '../checks.js';
import {
  child,
  children,
  ensure,
  fill,
  isSet,
  optionalInteger,
  optionalText,
  sameMeaning,
  text,
  texts,
} from '../fields.js';
import { checkCsiDriver } from '../pod/volume-sources.js';
import { canonicalizeField, checkQuantityNotNegative, quantityOf } from '../quantities.js';
import { keepStatus } from '../status.js';

const tokenSecondsMin = 600;

export const csiDriverStrategy: Strategy = {
  applyDefaults: (driver) => {
    const spec = ensure(driver, 'spec');
    fill(spec, 'attachRequired', true);
    fill(spec, 'podInfoOnMount', false);
    fill(spec, 'storageCapacity', false);
    fill(spec, 'fsGroupPolicy', 'ReadWriteOnceWithFSType');
    fill(spec, 'requiresRepublish', false);
    fill(spec, 'seLinuxMount', false);
    if (texts(spec, 'volumeLifecycleModes').length === 0)
      spec['volumeLifecycleModes'] = ['Persistent'];
  },
  validate: (driver) => {
    const errors: FieldError[] = [];
    const { name = '' } = driver.metadata;
    checkCsiDriver(name, 'metadata.name', errors);
    const audiences = new Set<string>();
    children(child(driver, 'spec'), 'tokenRequests').forEach((request, index) => {
      const at = `spec.tokenRequests[${index}]`;
      const audience = text(request, 'audience');
      if (audiences.has(audience)) errors.push(duplicate(`${at}.audience`, audience));
      audiences.add(audience);
      const seconds = optionalInteger(request, 'expirationSeconds');
      if (seconds !== undefined && seconds < tokenSecondsMin)
        errors.push(
          invalid(
            `${at}.expirationSeconds`,
            seconds,
            'may not specify a duration less than 10 minutes',
          ),
        );
    });
    return errors;
  },
  validateUpdate: (driver, old) => {
    const errors: FieldError[] = [];
    const spec = child(driver, 'spec');
    const oldSpec = child(old, 'spec');
    checkImmutable(
      spec?.['attachRequired'],
      oldSpec?.['attachRequired'],
      'spec.attachedRequired',
      errors,
    );
    checkImmutable(
      spec?.['volumeLifecycleModes'],
      oldSpec?.['volumeLifecycleModes'],
      'spec.volumeLifecycleModes',
      errors,
    );
    return errors;
  },
  allowUnconditionalUpdate: false,
};

const nodeIdMax = 256;

export const csiNodeStrategy: Strategy = {
  validate: (node) => {
    const errors: FieldError[] = [];
    const names = new Set<string>();
    children(child(node, 'spec'), 'drivers').forEach((driver, index) => {
      const at = `spec.drivers[${index}]`;
      const name = text(driver, 'name');
      checkCsiDriver(name, `${at}.name`, errors);
      if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
      names.add(name);
      const id = text(driver, 'nodeID');
      if (id === '') errors.push(required(`${at}.nodeID`));
      if (id.length > nodeIdMax)
        errors.push(invalid(`${at}.nodeID`, id, `must be ${nodeIdMax} characters or less`));
      const count = optionalInteger(child(driver, 'allocatable'), 'count');
      if (count !== undefined && count < 0)
        errors.push(
          invalid(`${at}.allocatable.count`, count, 'must be greater than or equal to 0'),
        );
      texts(driver, 'topologyKeys').forEach((key, position) => {
        checkQualifiedName(key, `${at}.topologyKeys[${position}]`, errors);
      });
    });
    return errors;
  },
  validateUpdate: (node, old) => {
    const errors: FieldError[] = [];
    const before = new Map(
      children(child(old, 'spec'), 'drivers').map((driver) => [text(driver, 'name'), driver]),
    );
    children(child(node, 'spec'), 'drivers').forEach((driver, index) => {
      const was = before.get(text(driver, 'name'));
      const withoutCount = (item: JsonObject): JsonObject => ({ ...item, allocatable: undefined });
      if (was !== undefined && !sameMeaning(withoutCount(driver), withoutCount(was)))
        errors.push(invalid(`spec.drivers[${index}]`, driver, 'field is immutable'));
    });
    return errors;
  },
  allowUnconditionalUpdate: false,
};

export const volumeAttachmentStrategy: Strategy = {
  prepareForCreate: (attachment) => {
    attachment['status'] = { attached: false };
  },
  prepareForUpdate: keepStatus,
  validate: (attachment) => {
    const errors: FieldError[] = [];
    const spec = child(attachment, 'spec');
    checkCsiDriver(text(spec, 'attacher'), 'spec.attacher', errors);
    const source = child(spec, 'source');
    const name = optionalText(source, 'persistentVolumeName');
    const inline = isSet(source, 'inlineVolumeSpec');
    if (name === undefined && !inline)
      errors.push(
        required(
          'spec.source',
          'must specify exactly one of inlineVolumeSpec and persistentVolumeName',
        ),
      );
    else if (name !== undefined && inline)
      errors.push(
        forbiddenField(
          'spec.source',
          'must specify exactly one of inlineVolumeSpec and persistentVolumeName',
        ),
      );
    else if (name === '')
      errors.push(
        required('spec.source.persistentVolumeName', 'must specify non empty persistentVolumeName'),
      );
    else if (name !== undefined) checkSubdomain(name, 'spec.source.persistentVolumeName', errors);
    if (text(spec, 'nodeName') !== '')
      checkSubdomain(text(spec, 'nodeName'), 'spec.nodeName', errors);
    return errors;
  },
  validateUpdate: (attachment, old) =>
    sameMeaning(attachment['spec'], old['spec'])
      ? []
      : [invalid('spec', attachment['spec'] ?? null, 'field is immutable')],
  allowUnconditionalUpdate: false,
};

export const csiStorageCapacityStrategy: Strategy = {
  applyDefaults: (capacity) => {
    canonicalizeField(capacity, 'capacity');
    canonicalizeField(capacity, 'maximumVolumeSize');
  },
  validate: (capacity: KubeObject) => {
    const errors: FieldError[] = [];
    checkSubdomain(text(capacity, 'storageClassName'), 'storageClassName', errors);
    checkLabelSelector(child(capacity, 'nodeTopology'), 'nodeTopology', errors);
    for (const key of ['capacity', 'maximumVolumeSize']) {
      const quantity = quantityOf(capacity[key]);
      if (quantity !== undefined) checkQuantityNotNegative(quantity, key, errors);
    }
    return errors;
  },
  validateUpdate: (capacity, old) => {
    const errors: FieldError[] = [];
    for (const key of ['nodeTopology', 'storageClassName'])
      checkImmutable(capacity[key], old[key], key, errors);
    return errors;
  },
  allowUnconditionalUpdate: false,
};
