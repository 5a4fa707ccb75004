// IP families of a Service: inferred from its policy, its addresses and what the cluster has ranges for.
// A Service never changes between one and two families unless its policy is changed too.
import { type FieldError, invalid } from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { copyField, isSet, text, textMap, texts } from '../fields.js';
import { checkAddressFields } from './addresses.js';
import * as shape from './shape.js';
import type { IpFamily } from './shape.js';

export interface Families {
  /** Those with a configured range, the default first. */
  readonly families: readonly IpFamily[];
}

const policyField = 'spec.ipFamilyPolicy';

export function completeFamilies(
  spec: JsonObject,
  old: JsonObject | undefined,
  { families: configured }: Families,
): FieldError[] {
  if (old !== undefined && isSettled(spec, old)) return [];
  choosePolicy(spec, old);
  const errors: FieldError[] = [];
  checkAddressFields(spec, errors);
  if (errors.length > 0) return errors;
  if (old !== undefined) followPolicy(spec, old, errors);
  checkPolicy(spec, errors);
  inferFromAddresses(spec, configured, errors);
  if (errors.length > 0) return errors;
  const isFree =
    text(spec, 'clusterIP') === 'None' && Object.keys(textMap(spec, 'selector')).length === 0;
  if (!isFree) {
    checkConfigured(spec, configured, errors);
    if (errors.length > 0) return errors;
  }
  const families = [...texts(spec, 'ipFamilies')];
  const [first = configured[0] ?? 'IPv4'] = families;
  const second = shape.otherFamily(first === 'IPv6' ? 'IPv6' : 'IPv4');
  if (families.length === 0) families.push(first);
  const wantsTwo = text(spec, 'ipFamilyPolicy') !== 'SingleStack';
  // A headless Service without selector gets its endpoints from elsewhere, so any family may be among them.
  if (families.length === 1 && wantsTwo && (isFree || configured.includes(second)))
    families.push(second);
  spec['ipFamilies'] = families;
  return [];
}

/** PreferDualStack is not widened or narrowed just because the cluster's ranges changed meanwhile. */
const isSettled = (spec: JsonObject, old: JsonObject): boolean =>
  text(spec, 'ipFamilyPolicy') === 'PreferDualStack' &&
  text(old, 'ipFamilyPolicy') === 'PreferDualStack' &&
  shape.sameTexts(spec, old, 'clusterIPs') &&
  shape.sameTexts(spec, old, 'ipFamilies') &&
  texts(spec, 'ipFamilies').length > 0;

function choosePolicy(spec: JsonObject, old: JsonObject | undefined): void {
  if (isSet(spec, 'ipFamilyPolicy')) return;
  if (isSet(old, 'ipFamilyPolicy')) copyField(spec, old, 'ipFamilyPolicy');
  else if (
    text(spec, 'clusterIP') === 'None' &&
    Object.keys(textMap(spec, 'selector')).length === 0
  )
    spec['ipFamilyPolicy'] = 'RequireDualStack';
  else spec['ipFamilyPolicy'] = 'SingleStack';
}

function followPolicy(spec: JsonObject, old: JsonObject, errors: FieldError[]): void {
  const policy = text(spec, 'ipFamilyPolicy');
  const rows = [
    ['clusterIPs', 'secondary cluster IP'],
    ['ipFamilies', 'secondary IP family'],
  ] as const;
  for (const [key, what] of rows) {
    const values = texts(spec, key);
    if (policy === 'SingleStack') {
      if (shape.sameTexts(spec, old, key) && values.length > 1) spec[key] = values.slice(0, 1);
    } else if (values.length > 0 && values.length < texts(old, key).length) {
      errors.push(invalid(policyField, policy, `must be 'SingleStack' to release the ${what}`));
    }
  }
}

function checkPolicy(spec: JsonObject, errors: FieldError[]): void {
  const policy = text(spec, 'ipFamilyPolicy');
  if (policy !== 'SingleStack') return;
  const needed = "must be 'RequireDualStack' or 'PreferDualStack' when multiple";
  if (texts(spec, 'clusterIPs').length === 2)
    errors.push(invalid(policyField, policy, `${needed} cluster IPs are specified`));
  if (texts(spec, 'ipFamilies').length === 2)
    errors.push(invalid(policyField, policy, `${needed} IP families are specified`));
}

function inferFromAddresses(
  spec: JsonObject,
  configured: readonly IpFamily[],
  errors: FieldError[],
): void {
  const families = [...texts(spec, 'ipFamilies')];
  const addresses = texts(spec, 'clusterIPs');
  for (const [index, address] of addresses.entries()) {
    if (address === 'None') return;
    if (index < families.length) continue;
    const family = shape.familyOf(address);
    if (configured.includes(family)) families.push(family);
    else
      errors.push(
        invalid(
          `spec.clusterIPs[${index}]`,
          [...addresses],
          `${family} is not configured on this cluster`,
        ),
      );
  }
  if (families.length > 0) spec['ipFamilies'] = families;
}

function checkConfigured(
  spec: JsonObject,
  configured: readonly IpFamily[],
  errors: FieldError[],
): void {
  const policy = text(spec, 'ipFamilyPolicy');
  if (policy === 'RequireDualStack' && configured.length < 2)
    errors.push(
      invalid(policyField, policy, 'this cluster is not configured for dual-stack services'),
    );
  texts(spec, 'ipFamilies').forEach((family, index) => {
    if (!(configured as readonly string[]).includes(family))
      // widened: any text is asked about
      errors.push(invalid(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster'));
  });
}
