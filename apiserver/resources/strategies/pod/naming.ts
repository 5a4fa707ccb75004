// Names a pod goes by and looks up: hostname, subdomain, host aliases, DNS configuration.
import { isIp } from '../../../object/addresses.js';
import { type FieldError, forbiddenField, invalid, required } from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { isDns1123SubdomainWithUnderscore } from '../../../object/names.js';
import { checkDnsLabel, checkFormat, checkIp, checkSubdomain } from '../checks.js';
import { child, children, flag, isSet, optionalText, text, texts } from '../fields.js';

export function checkHostNames(spec: JsonObject, path: string, errors: FieldError[]): void {
  for (const key of ['hostname', 'subdomain'])
    if (text(spec, key) !== '') checkDnsLabel(text(spec, key), `${path}.${key}`, errors);
  checkHostnameOverride(spec, path, errors);
  children(spec, 'hostAliases').forEach((alias, index) => {
    const at = `${path}.hostAliases[${index}]`;
    checkFormat(isIp, text(alias, 'ip'), `${at}.ip`, errors);
    texts(alias, 'hostnames').forEach((name, position) => {
      checkSubdomain(name, `${at}.hostnames[${position}]`, errors);
    });
  });
}

const hostnameOverrideMax = 64;

function checkHostnameOverride(spec: JsonObject, path: string, errors: FieldError[]): void {
  const override = optionalText(spec, 'hostnameOverride');
  if (override === undefined) return;
  const field = `${path}.hostnameOverride`;
  checkSubdomain(override, field, errors);
  if (override.length > hostnameOverrideMax)
    errors.push({
      reason: 'FieldValueTooLong',
      field,
      message: `Too long: may not be more than ${hostnameOverrideMax} bytes`,
    });
  if (flag(spec, 'setHostnameAsFQDN'))
    errors.push(forbiddenField(field, 'may not be specified when `setHostnameAsFQDN` is true'));
  if (flag(spec, 'hostNetwork'))
    errors.push(forbiddenField(field, 'may not be specified when `hostNetwork` is true'));
}

const nameserversMax = 3;
const searchesMax = 32;
const searchTextMax = 2048;

export function checkDns(spec: JsonObject, path: string, errors: FieldError[]): void {
  const config = child(spec, 'dnsConfig');
  const at = `${path}.dnsConfig`;
  const servers = texts(config, 'nameservers');
  if (text(spec, 'dnsPolicy') === 'None') {
    if (config === undefined) {
      errors.push(required(at, 'must provide `dnsConfig` when `dnsPolicy` is None'));
      return;
    }
    if (servers.length === 0) {
      errors.push(
        required(
          `${at}.nameservers`,
          'must provide at least one DNS nameserver when `dnsPolicy` is None',
        ),
      );
      return;
    }
  }
  if (config === undefined) return;
  if (servers.length > nameserversMax)
    errors.push(
      invalid(
        `${at}.nameservers`,
        [...servers],
        `must not have more than ${nameserversMax} nameservers`,
      ),
    );
  servers.forEach((server, index) => {
    checkIp(server, `${at}.nameservers[${index}]`, errors);
  });
  checkSearches(texts(config, 'searches'), `${at}.searches`, errors);
  children(config, 'options').forEach((option, index) => {
    if (!isSet(option, 'name') || text(option, 'name') === '')
      errors.push(required(`${at}.options[${index}]`, 'must not be empty'));
  });
}

function checkSearches(searches: readonly string[], field: string, errors: FieldError[]): void {
  if (searches.length > searchesMax)
    errors.push(
      invalid(field, [...searches], `must not have more than ${searchesMax} search paths`),
    );
  if (searches.join(' ').length > searchTextMax)
    errors.push(
      invalid(
        field,
        [...searches],
        `must not have more than ${searchTextMax} characters (including spaces) in the search list`,
      ),
    );
  searches.forEach((search, index) => {
    if (search === '.') return;
    const name = search.endsWith('.') ? search.slice(0, -1) : search;
    checkFormat(isDns1123SubdomainWithUnderscore, name, `${field}[${index}]`, errors);
  });
}
