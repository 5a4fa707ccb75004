// IP addresses and CIDRs: parsing into numbers, and apimachinery's messages for what is wrong.
// Addresses are compared as (family, bigint); `formatIp` gives the canonical text.

export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

export interface Cidr {
  readonly address: IpAddress;
  readonly bits: number;
}

/** Undefined when it is not an address. Leading zeros, zones and IPv4-mapped forms are not accepted. */
export function parseIp(text: string): IpAddress | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): IpAddress | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return { family: 4, value };
}

function parseIpv6(text: string): IpAddress | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? groups(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const all = [...head, ...new Array<bigint>(missing).fill(0n), ...tail];
  return { family: 6, value: all.reduce((sum, group) => (sum << 16n) | group, 0n) };
}

/** The 16-bit groups of a part of an IPv6 address; its last may be dotted IPv4 when `mayEndDotted`. */
function groups(text: string, mayEndDotted: boolean): bigint[] | undefined {
  if (text === '') return [];
  const result: bigint[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      result.push(BigInt(`0x${part}`));
      continue;
    }
    const dotted = mayEndDotted && index === parts.length - 1 ? parseIpv4(part) : undefined;
    if (dotted === undefined) return undefined;
    result.push(dotted.value >> 16n, dotted.value & 0xffffn);
  }
  return result;
}

/** The shortest usual form (RFC 5952 for IPv6). */
export function formatIp({ family, value }: IpAddress): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  const parts = Array.from({ length: 8 }, (_, index) =>
    ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16),
  );
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && parts[start + length] === '0') length++;
    if (length > best.length) best = { start, length };
  }
  if (best.start < 0) return parts.join(':');
  const head = parts.slice(0, best.start).join(':');
  const tail = parts.slice(best.start + best.length).join(':');
  return `${head}::${tail}`;
}

export function parseCidr(text: string): Cidr | undefined {
  const match = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const address = match?.[1] === undefined ? undefined : parseIp(match[1]);
  if (address === undefined) return undefined;
  const bits = Number(match?.[2]);
  return bits <= (address.family === 4 ? 32 : 128) ? { address, bits } : undefined;
}

/** First and last address of a CIDR. */
export function cidrRange({ address, bits }: Cidr): { first: bigint; last: bigint } {
  const hostBits = BigInt((address.family === 4 ? 32 : 128) - bits);
  const first = (address.value >> hostBits) << hostBits;
  return { first, last: first + (1n << hostBits) - 1n };
}

export function cidrContains(cidr: Cidr, address: IpAddress): boolean {
  if (cidr.address.family !== address.family) return false;
  const { first, last } = cidrRange(cidr);
  return address.value >= first && address.value <= last;
}

export const isIp = (text: string): string[] =>
  parseIp(text) === undefined
    ? ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']
    : [];
export const isIpv4 = (text: string): string[] =>
  parseIp(text)?.family === 4 ? [] : ['must be a valid IPv4 address'];
export const isIpv6 = (text: string): string[] =>
  parseIp(text)?.family === 6 ? [] : ['must be a valid IPv6 address'];
export const isCidr = (text: string): string[] =>
  parseCidr(text) === undefined
    ? ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']
    : [];
