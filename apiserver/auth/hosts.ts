// The names a server's certificate must carry: those pods use for the `kubernetes` Service, the machine's
// own, and the address it listens on.
import { isIP } from 'node:net';
import { hostname } from 'node:os';

const serviceNames = [
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
];

export function servingHosts(
  bindAddress: string,
  serviceIpRanges: readonly string[],
  machine: string = hostname(),
): string[] {
  const bound = isUnspecified(bindAddress) ? [] : [bindAddress];
  const services = serviceIpRanges.map(firstAddress).filter((address) => address !== undefined);
  const names = /^[A-Za-z0-9.-]+$/.test(machine) ? [machine.toLowerCase()] : [];
  return [
    ...new Set([...serviceNames, 'localhost', ...names, '127.0.0.1', '::1', ...bound, ...services]),
  ];
}

/** 0.0.0.0 and :: mean every address; no certificate can name those. */
export const isUnspecified = (address: string): boolean =>
  address === '0.0.0.0' || address === '::' || address === '';

/** 10.0.0.0/24 -> 10.0.0.1, the address of the Service `kubernetes`. */
export function firstAddress(range: string): string | undefined {
  const [network = ''] = range.split('/');
  if (isIP(network) === 4) {
    const octets = network.split('.').map(Number);
    octets[3] = (octets[3] ?? 0) + 1;
    return octets.join('.');
  }
  if (isIP(network) === 6) return network.endsWith('::') ? `${network}1` : undefined;
  return undefined;
}
