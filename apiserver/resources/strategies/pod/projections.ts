// Projected volumes: several sources laid into one directory, so their paths must not collide.
import { type FieldError, forbiddenField, invalid, required } from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { checkLabelSelector, checkRequired, checkSubdomain } from '../checks.js';
import { child, children, integer, optionalText, text } from '../fields.js';
import { checkSignerName } from '../signer-name.js';
import { checkLocalPath } from './paths.js';
import { checkDownwardFile, checkKeyToPath, checkMode } from './volume-files.js';

/** Says once per collision that a path was taken. */
type AddPath = (path: string, shown: string) => void;

const sourceKinds = [
  'secret',
  'configMap',
  'downwardAPI',
  'serviceAccountToken',
  'clusterTrustBundle',
  'podCertificate',
] as const;

export function checkProjected(source: JsonObject, path: string, errors: FieldError[]): void {
  checkMode(source, 'defaultMode', path, errors);
  const seen = new Set<string>();
  const addPath: AddPath = (file, shown) => {
    if (file === '') return;
    if (seen.has(file)) errors.push(invalid(path, shown, 'conflicting duplicate paths'));
    seen.add(file);
  };
  children(source, 'sources').forEach((projection, index) => {
    const at = `${path}.sources[${index}]`;
    checkKeyed(projection, at, addPath, errors);
    checkToken(child(projection, 'serviceAccountToken'), path, at, errors);
    checkBundle(child(projection, 'clusterTrustBundle'), at, addPath, errors);
    checkCertificate(child(projection, 'podCertificate'), at, addPath, errors);
    const kinds = sourceKinds.filter((kind) => child(projection, kind) !== undefined);
    if (kinds.length > 1)
      errors.push(forbiddenField(at, 'may not specify more than 1 volume type per source'));
  });
}

function checkKeyed(
  projection: JsonObject,
  at: string,
  addPath: AddPath,
  errors: FieldError[],
): void {
  for (const kind of ['secret', 'configMap'] as const) {
    const source = child(projection, kind);
    if (source === undefined) continue;
    checkRequired(source, 'name', `${at}.${kind}`, errors);
    children(source, 'items').forEach((item, index) => {
      checkKeyToPath(item, `${at}.${kind}.items[${index}]`, errors);
      addPath(text(item, 'path'), text(source, 'name'));
    });
  }
  for (const file of children(child(projection, 'downwardAPI'), 'items')) {
    checkDownwardFile(file, `${at}.downwardAPI`, errors);
    addPath(text(file, 'path'), text(file, 'path'));
  }
}

const tokenSecondsMin = 600;
const tokenSecondsMax = 2 ** 32;

function checkToken(
  token: JsonObject | undefined,
  volumePath: string,
  at: string,
  errors: FieldError[],
): void {
  if (token === undefined) return;
  const seconds = integer(token, 'expirationSeconds');
  const field = `${at}.serviceAccountToken.expirationSeconds`;
  if (seconds < tokenSecondsMin)
    errors.push(invalid(field, seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds > tokenSecondsMax)
    errors.push(invalid(field, seconds, 'may not specify a duration larger than 2^32 seconds'));
  if (checkRequired(token, 'path', volumePath, errors))
    checkLocalPath(text(token, 'path'), `${volumePath}.path`, errors);
}

function checkBundle(
  bundle: JsonObject | undefined,
  source: string,
  addPath: AddPath,
  errors: FieldError[],
): void {
  if (bundle === undefined) return;
  const at = `${source}.clusterTrustBundle`;
  const name = optionalText(bundle, 'name');
  const signer = optionalText(bundle, 'signerName');
  if (name !== undefined && signer !== undefined)
    errors.push(invalid(at, bundle, 'only one of name and signerName may be used'));
  else if (name !== undefined) {
    if (name === '') errors.push(required(`${at}.name`, 'must be a valid object name'));
    else if (!name.includes(':')) checkSubdomain(name, `${at}.name`, errors);
    if (child(bundle, 'labelSelector') !== undefined)
      errors.push(
        invalid(
          `${at}.labelSelector`,
          bundle['labelSelector'],
          'labelSelector must be unset if name is specified',
        ),
      );
  } else if (signer !== undefined) {
    if (signer === '') errors.push(required(`${at}.signerName`, 'must be a valid signer name'));
    checkSignerName(signer, `${at}.signerName`, errors);
    checkLabelSelector(child(bundle, 'labelSelector'), `${at}.labelSelector`, errors);
  } else errors.push(required(at, 'either name or signerName must be specified'));
  checkRequired(bundle, 'path', at, errors);
  checkLocalPath(text(bundle, 'path'), `${at}.path`, errors);
  addPath(text(bundle, 'path'), text(bundle, 'path'));
}

function checkCertificate(
  certificate: JsonObject | undefined,
  source: string,
  addPath: AddPath,
  errors: FieldError[],
): void {
  if (certificate === undefined) return;
  const at = `${source}.podCertificate`;
  checkSignerName(text(certificate, 'signerName'), `${at}.signerName`, errors);
  const paths = ['credentialBundlePath', 'keyPath', 'certificateChainPath'];
  const given = paths.filter((key) => text(certificate, key) !== '');
  if (given.length === 0)
    errors.push(
      required(
        at,
        'specify at least one of `keyPath`, `certificateChainPath`, or `credentialBundlePath`',
      ),
    );
  for (const key of given) {
    checkLocalPath(text(certificate, key), `${at}.${key}`, errors);
    addPath(text(certificate, key), text(certificate, key));
  }
}
