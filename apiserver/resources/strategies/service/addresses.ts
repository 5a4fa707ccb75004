// clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy of a Service agree with each other, and on an update
// keep what is set: only the second address may come and go.
import { isIp, parseIp } from '../../../object/addresses.js';
import { duplicate, type FieldError, invalid, required } from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { text, texts } from '../fields.js';
import * as shape from './shape.js';

export function checkAddressFields(spec: JsonObject, errors: FieldError[]): void {
  if (shape.isExternalName(spec)) return;
  const address = text(spec, 'clusterIP');
  const addresses = texts(spec, 'clusterIPs');
  const families = texts(spec, 'ipFamilies');
  const field = 'spec.clusterIPs';
  if (address !== '' && addresses.length === 0) errors.push(required(field));
  else if (address !== '' && addresses[0] !== address)
    errors.push(invalid(field, [...addresses], 'first value must match `clusterIP`'));
  else if (address === '' && addresses.length > 0)
    errors.push(invalid(field, [...addresses], 'must be empty when `clusterIP` is not specified'));
  families.forEach((family, index) => {
    if (families.indexOf(family) < index)
      errors.push(duplicate(`spec.ipFamilies[${index}]`, family));
  });
  if (!checkTexts(addresses, errors)) return;
  if (addresses.length > 2)
    errors.push(invalid(field, [...addresses], 'may only hold up to 2 values'));
  const used = new Set(addresses.map((item) => parseIp(item)?.family));
  if (addresses.length > 1 && used.size < 2)
    errors.push(
      invalid(field, [...addresses], 'may specify no more than one IP for each IP family'),
    );
  if (shape.isHeadless(spec)) return;
  addresses.forEach((item, index) => {
    const family = families[index];
    if ((family === 'IPv4' || family === 'IPv6') && shape.familyOf(item) !== family)
      errors.push(
        invalid(
          `${field}[${index}]`,
          item,
          `expected an ${family} value as indicated by \`ipFamilies[${index}]\``,
        ),
      );
  });
}

/** False: some are no addresses, so that comparing them would only confuse. */
function checkTexts(addresses: readonly string[], errors: FieldError[]): boolean {
  let areFine = true;
  addresses.forEach((address, index) => {
    if (index === 0 && address === 'None') {
      if (addresses.length === 1) return;
      areFine = false;
      errors.push(
        invalid('spec.clusterIPs', [...addresses], "'None' must be the first and only value"),
      );
      return;
    }
    for (const message of isIp(address)) {
      areFine = false;
      errors.push(invalid(`spec.clusterIPs[${index}]`, address, message));
    }
  });
  return areFine;
}

const once = 'may not change once set';

export function checkAddressesUpdate(
  spec: JsonObject,
  old: JsonObject,
  errors: FieldError[],
): void {
  if (shape.isExternalName(spec) || shape.isExternalName(old)) return;
  const isHeadless = shape.isHeadless(spec);
  const wasHeadless = shape.isHeadless(old);
  if (!(isHeadless && wasHeadless)) checkList(spec, old, 'clusterIPs', errors);
  if (!isHeadless && !wasHeadless) checkList(spec, old, 'ipFamilies', errors);
}

const wording = {
  clusterIPs: { one: 'primary clusterIP', second: 'secondary clusterIP' },
  ipFamilies: { one: 'primary ipFamily', second: 'secondary ipFamily' },
} as const;

function checkList(
  spec: JsonObject,
  old: JsonObject,
  key: keyof typeof wording,
  errors: FieldError[],
): void {
  const after = texts(spec, key);
  const before = texts(old, key);
  const shown = [...after];
  const changed = (index: number): void => {
    errors.push(invalid(`spec.${key}[${index}]`, shown, once));
  };
  if (before.length === after.length) {
    before.forEach((value, index) => {
      if (value !== after[index]) changed(key === 'clusterIPs' ? index : 0);
    });
    return;
  }
  if (before.length > after.length && after.length === 0) {
    errors.push(invalid(`spec.${key}[0]`, shown, `${wording[key].one} can not be unset`));
    return;
  }
  if (before.length > 0 && before[0] !== after[0]) changed(0);
  const policy = text(spec, 'ipFamilyPolicy');
  if (before.length > after.length && after.length === 1 && policy !== 'SingleStack')
    errors.push(
      invalid(
        'spec.ipFamilyPolicy',
        policy === '' ? null : policy,
        `must be set to 'SingleStack' when releasing the ${wording[key].second}`,
      ),
    );
}
