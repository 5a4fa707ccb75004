// Addresses that mean "this host" or "this link": no traffic may be sent there by an Endpoints, an EndpointSlice or
// an external IP.
import { cidrContains, parseCidr, parseIp } from '../../../object/addresses.js';
import { type FieldError, invalid } from '../../../object/field-error.js';

const special = [
  ['127.0.0.0/8', '::1/128', 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  ['169.254.0.0/16', 'fe80::/10', 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  [
    '224.0.0.0/24',
    'ff02::/16',
    'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
  ],
] as const;

/** For Endpoints, EndpointSlices and external IPs: addresses that mean "this host" or "this link". */
export function checkNotSpecial(address: string, field: string, errors: FieldError[]): void {
  const parsed = parseIp(address);
  if (parsed === undefined) return;
  if (parsed.value === 0n)
    errors.push(invalid(field, address, `may not be unspecified (${address})`));
  for (const [v4, v6, message] of special) {
    const range = parseCidr(parsed.family === 4 ? v4 : v6);
    if (range !== undefined && cidrContains(range, parsed))
      errors.push(invalid(field, address, message));
  }
}
