// Parsers of flag values: each turns text into a value or throws an Error that says what is wrong.
import { isIP } from 'node:net';
import { goDuration } from '../object/duration.js';

export function nonEmpty(value: string): string {
  if (value === '') throw new Error('must not be empty');
  return value;
}

/** strconv.ParseBool */
export function boolean(value: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false;
  throw new Error('expected true or false');
}

export const integerIn =
  (min: number, max: number) =>
  (value: string): number => {
    const number = Number(value);
    if (!/^-?\d+$/.test(value) || !Number.isSafeInteger(number)) {
      throw new Error('expected a whole number');
    }
    if (number < min || number > max) throw new Error(`must be between ${min} and ${max}`);
    return number;
  };

export const oneOf =
  <const Value extends string>(...values: readonly Value[]) =>
  (value: string): Value => {
    const found = values.find((candidate) => candidate === value);
    if (found === undefined) throw new Error(`expected one of ${values.join(', ')}`);
    return found;
  };

export const list = (value: string): readonly string[] =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** As in kube-apiserver, with their scheme. */
export function etcdServers(value: string): readonly string[] {
  const urls = list(value);
  const wrong = urls.find((url) => !/^(https?|unixs?):\/\/./.test(url) || !URL.canParse(url));
  if (urls.length === 0 || wrong !== undefined) {
    throw new Error('expected URLs such as http://127.0.0.1:2379');
  }
  return urls;
}

/** With a slash in front and none behind. */
export function keyPrefix(value: string): string {
  const prefix = `/${value.split('/').filter(Boolean).join('/')}`;
  if (prefix === '/') throw new Error('must not be empty');
  return prefix;
}

export function ipAddress(value: string): string {
  if (isIP(value) === 0) throw new Error('expected an IP address');
  return value;
}

/** As upstream: the first is the kubernetes Service's, and a few more are needed for anything else to work. */
const addressBitsMin = 3;

/** One range, or an IPv4 and an IPv6 one. */
export function ipRanges(value: string): readonly string[] {
  const ranges = list(value);
  for (const range of ranges) {
    const [network = '', bits = ''] = range.split('/');
    const family = isIP(network);
    const max = family === 4 ? 32 : 128;
    if (family === 0 || !/^\d+$/.test(bits) || Number(bits) > max) {
      throw new Error('expected a range such as 10.0.0.0/24');
    }
    if (Number(bits) > max - addressBitsMin) {
      throw new Error(`the range must have at least ${2 ** addressBitsMin} addresses`);
    }
  }
  const families = new Set(ranges.map((range) => isIP(range.split('/')[0] ?? '')));
  if (ranges.length === 0 || ranges.length > 2 || families.size !== ranges.length) {
    throw new Error('expected one range, or one of each IP family');
  }
  return ranges;
}

/** `30000-32767` (inclusive) or `30000+100`. */
export function portRange(value: string): readonly [number, number] {
  const match = /^(\d+)([-+])(\d+)$/.exec(value);
  if (match === null) throw new Error('expected a range such as 30000-32767');
  const first = Number(match[1]);
  const last = match[2] === '-' ? Number(match[3]) : first + Number(match[3]);
  if (first < 1 || last > 65535 || last < first) throw new Error('not a range of ports');
  return [first, last];
}

export const durationIn =
  (minMs: number, maxMs: number) =>
  (value: string): number => {
    const ms = goDuration(value);
    if (ms === undefined) throw new Error('expected a duration such as 1m30s');
    if (ms < minMs || ms > maxMs) {
      throw new Error(`must be between ${minMs / 1000}s and ${maxMs / 1000}s`);
    }
    return ms;
  };

/** kube-apiserver's names; 1.36. */
const knownPlugins = new Set(
  `AlwaysAdmit AlwaysDeny AlwaysPullImages CertificateApproval CertificateSigning CertificateSubjectRestriction
  ClusterTrustBundleAttest DefaultIngressClass DefaultStorageClass DefaultTolerationSeconds DenyServiceExternalIPs
  EventRateLimit ExtendedResourceToleration ImagePolicyWebhook LimitPodHardAntiAffinityTopology LimitRanger
  MutatingAdmissionPolicy MutatingAdmissionWebhook NamespaceAutoProvision NamespaceExists NamespaceLifecycle
  NodeDeclaredFeatureValidator NodeRestriction OwnerReferencesPermissionEnforcement PersistentVolumeClaimResize
  PodNodeSelector PodSecurity PodTolerationRestriction PodTopologyLabels Priority ResourceQuota RuntimeClass
  ServiceAccount StorageObjectInUseProtection TaintNodesByCondition ValidatingAdmissionPolicy
  ValidatingAdmissionWebhook`.split(/\s+/),
);

/** Names that kube-apiserver knows, whether or not this server has the plugin. */
export function admissionPlugins(value: string): readonly string[] {
  const names = list(value);
  const unknown = names.find((name) => !knownPlugins.has(name));
  if (unknown !== undefined) throw new Error(`there is no plugin ${JSON.stringify(unknown)}`);
  return names;
}

const modesToCome = ['RBAC', 'Node', 'ABAC', 'Webhook', 'AlwaysDeny'];

/** A mode that would protect something must not be taken and then not kept. */
export function authorizationMode(value: string): 'AlwaysAllow' {
  if (value === 'AlwaysAllow') return value;
  const modes = list(value);
  const known =
    modes.length > 0 && modes.every((mode) => [...modesToCome, 'AlwaysAllow'].includes(mode));
  throw new Error(known ? 'only AlwaysAllow is implemented so far' : 'expected AlwaysAllow');
}
