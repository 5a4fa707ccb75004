// Volume sources that pods and persistent volumes share: what each must say. The odd spellings in some
// field paths are the real server's.
import { type FieldError, forbiddenField, invalid, required } from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { isDns1123Subdomain } from '../../../object/names.js';
import { checkDnsLabel, checkRequired, unsupported } from '../checks.js';
import {
  child,
  flag,
  integer,
  isSet,
  optionalInteger,
  optionalText,
  text,
  texts,
  textMap,
} from '../fields.js';
import { checkNoBacksteps } from './paths.js';

export type SourceCheck = (source: JsonObject, path: string, errors: FieldError[]) => void;

export interface SourceRow {
  readonly key: string;
  readonly check: SourceCheck;
  /** Where the check's own errors point, when it is not `key`. */
  readonly checkedAs?: string;
  /** Where "more than 1 volume type" points, when it is not `key`. */
  readonly refusedAs?: string;
}

/** Checks the first source found and refuses the others; returns how many there are. */
export function checkOneSource(
  volume: JsonObject,
  rows: readonly SourceRow[],
  path: string,
  errors: FieldError[],
): void {
  let found = false;
  for (const row of rows) {
    const source = child(volume, row.key);
    if (source === undefined) continue;
    if (found)
      errors.push(
        forbiddenField(
          `${path}.${row.refusedAs ?? row.key}`,
          'may not specify more than 1 volume type',
        ),
      );
    else row.check(source, `${path}.${row.checkedAs ?? row.key}`, errors);
    found = true;
  }
  if (!found) errors.push(required(path, 'must specify a volume type'));
}

/** A source whose only rule is that these fields are there. */
export const needs =
  (...keys: readonly string[]): SourceCheck =>
  (source, path, errors) => {
    for (const key of keys) checkRequired(source, key, path, errors);
  };

export const checkHostPath: SourceCheck = (source, path, errors) => {
  if (checkRequired(source, 'path', path, errors))
    checkNoBacksteps(text(source, 'path'), `${path}.path`, errors);
};

/** GCE and AWS disks. */
export const checkDisk =
  (idKey: string): SourceCheck =>
  (source, path, errors) => {
    checkRequired(source, idKey, path, errors);
    const partition = integer(source, 'partition');
    if (partition < 0 || partition > 255)
      errors.push(invalid(`${path}.partition`, partition, 'must be between 1 and 255, inclusive'));
  };

export const checkNfs: SourceCheck = (source, path, errors) => {
  checkRequired(source, 'server', path, errors);
  checkRequired(source, 'path', path, errors);
  if (!text(source, 'path').startsWith('/'))
    errors.push(invalid(`${path}.path`, text(source, 'path'), 'must be an absolute path'));
};

const iqn = /iqn\.\d{4}-\d{2}\.([0-9A-Za-z\-.]+)(:[^,;*&$|\s]+)$/;
const eui = /^eui.[0-9A-Za-z]{16}$/;
const naa = /^naa.[0-9A-Za-z]{32}$/;

function checkInitiator(
  value: string,
  field: string,
  badPrefix: string,
  errors: FieldError[],
): void {
  const shape = { iqn, eui, naa }[value.slice(0, 3)];
  if (shape === undefined) errors.push(invalid(field, value, badPrefix));
  else if (!shape.test(value)) errors.push(invalid(field, value, 'must be valid format'));
}

export const checkIscsi: SourceCheck = (source, path, errors) => {
  checkRequired(source, 'targetPortal', path, errors);
  const badPrefix = 'must be valid format starting with iqn, eui, or naa';
  if (checkRequired(source, 'iqn', path, errors))
    checkInitiator(text(source, 'iqn'), `${path}.iqn`, badPrefix, errors);
  checkLun(integer(source, 'lun'), path, errors);
  const secret = child(source, 'secretRef');
  if (
    (flag(source, 'chapAuthDiscovery') || flag(source, 'chapAuthSession')) &&
    secret === undefined
  )
    errors.push(required(`${path}.secretRef`));
  const initiator = optionalText(source, 'initiatorName');
  if (initiator !== undefined)
    checkInitiator(initiator, `${path}.initiatorname`, badPrefix, errors);
};

function checkLun(lun: number, path: string, errors: FieldError[]): void {
  if (lun < 0 || lun > 255)
    errors.push(invalid(`${path}.lun`, lun, 'must be between 0 and 255, inclusive'));
}

export const checkFibreChannel: SourceCheck = (source, path, errors) => {
  const targets = texts(source, 'targetWWNs');
  const ids = texts(source, 'wwids');
  if (targets.length === 0 && ids.length === 0)
    errors.push(
      required(`${path}.targetWWNs`, 'must specify either targetWWNs or wwids, but not both'),
    );
  if (targets.length > 0 && ids.length > 0)
    errors.push(
      invalid(
        `${path}.targetWWNs`,
        [...targets],
        'targetWWNs and wwids can not be specified simultaneously',
      ),
    );
  if (targets.length === 0) return;
  const lun = optionalInteger(source, 'lun');
  if (lun === undefined)
    errors.push(required(`${path}.lun`, 'lun is required if targetWWNs is specified'));
  else checkLun(lun, path, errors);
};

export const checkFlocker: SourceCheck = (source, path, errors) => {
  const name = text(source, 'datasetName');
  const uuid = text(source, 'datasetUUID');
  if (name === '' && uuid === '')
    errors.push(required(path, 'one of datasetName and datasetUUID is required'));
  if (name !== '' && uuid !== '')
    errors.push(
      invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously'),
    );
  if (name.includes('/')) errors.push(invalid(`${path}.datasetName`, name, "must not contain '/'"));
};

const monitors: SourceCheck = (source, path, errors) => {
  if (texts(source, 'monitors').length === 0) errors.push(required(`${path}.monitors`));
};

export const checkCephFs = monitors;

export const checkRbd: SourceCheck = (source, path, errors) => {
  monitors(source, path, errors);
  checkRequired(source, 'image', path, errors);
};

/** `volumeID`, and a secret that is named; a persistent volume's secret has a namespace too. */
export const checkCinder =
  (hasNamespace: boolean): SourceCheck =>
  (source, path, errors) => {
    checkRequired(source, 'volumeID', path, errors);
    checkSecretRef(source, hasNamespace, path, errors);
  };

export function checkSecretRef(
  source: JsonObject,
  hasNamespace: boolean,
  path: string,
  errors: FieldError[],
): void {
  const secret = child(source, 'secretRef');
  if (secret === undefined) return;
  checkRequired(secret, 'name', `${path}.secretRef`, errors);
  if (hasNamespace) checkRequired(secret, 'namespace', `${path}.secretRef`, errors);
}

export const checkQuobyte: SourceCheck = (source, path, errors) => {
  const pairs = 'must be a host:port pair or multiple pairs separated by commas';
  const registry = text(source, 'registry');
  if (registry === '') errors.push(required(`${path}.registry`, pairs));
  else if (text(source, 'tenant').length >= 65)
    errors.push(
      required(`${path}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'),
    );
  else
    for (const pair of registry.split(','))
      if (!/^(?:[^:[\]]*|\[[^\]]*\]):[^:]*$/.test(pair))
        errors.push(invalid(`${path}.registry`, registry, pairs));
  checkRequired(source, 'volume', path, errors);
};

export const checkFlex: SourceCheck = (source, path, errors) => {
  checkRequired(source, 'driver', path, errors);
  for (const key of Object.keys(textMap(source, 'options'))) {
    const namespace = `.${(key.split('/', 1)[0] ?? '').toLowerCase()}`;
    if (namespace.endsWith('.kubernetes.io') || namespace.endsWith('.k8s.io'))
      errors.push(
        invalid(`${path}.options[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved'),
      );
  }
};

const managedDisk =
  '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
const blobDisk = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';

export const checkAzureDisk: SourceCheck = (source, path, errors) => {
  checkRequired(source, 'diskName', path, errors);
  checkRequired(source, 'diskURI', path, errors);
  if (!isSet(source, 'kind')) return;
  const uri = text(source, 'diskURI');
  const isManaged = text(source, 'kind') === 'Managed';
  if (isManaged && !uri.startsWith('/subscriptions/'))
    errors.push(unsupported(`${path}.diskURI`, uri, [managedDisk]));
  if (!isManaged && !uri.startsWith('https://'))
    errors.push(unsupported(`${path}.diskURI`, uri, [blobDisk]));
};

export const checkStorageOs =
  (hasNamespace: boolean): SourceCheck =>
  (source, path, errors) => {
    if (checkRequired(source, 'volumeName', path, errors))
      checkDnsLabel(text(source, 'volumeName'), `${path}.volumeName`, errors);
    if (text(source, 'volumeNamespace') !== '')
      checkDnsLabel(text(source, 'volumeNamespace'), `${path}.volumeNamespace`, errors);
    checkSecretRef(source, hasNamespace, path, errors);
  };

const driverNameMax = 63;

export function checkCsiDriver(driver: string, field: string, errors: FieldError[]): void {
  if (driver === '') errors.push(required(field));
  if (driver.length > driverNameMax)
    errors.push({
      reason: 'FieldValueTooLong',
      field,
      message: `Too long: may not be more than ${driverNameMax} bytes`,
    });
  for (const message of isDns1123Subdomain(driver.toLowerCase()))
    errors.push(invalid(field, driver, message));
}
