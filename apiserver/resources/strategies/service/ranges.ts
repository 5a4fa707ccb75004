// Ranges that cluster IPs and node ports come from, and how a free one is picked: at random, from the upper part
// first, so that addresses people choose by hand (the lower part, KEP-3070) stay free for them.
import {
  cidrContains,
  cidrRange,
  formatIp,
  parseCidr,
  parseIp,
  type Cidr,
} from '../../../object/addresses.js';
import type { IpFamily } from './shape.js';

export class AddressRange {
  readonly family: IpFamily;
  readonly text: string;
  readonly #cidr: Cidr;
  readonly #first: bigint;
  readonly #last: bigint;

  constructor(text: string) {
    const cidr = parseCidr(text);
    if (cidr === undefined) throw new RangeError(`${text} is not a CIDR`);
    this.#cidr = cidr;
    this.text = text;
    this.family = cidr.address.family === 4 ? 'IPv4' : 'IPv6';
    const { first, last } = cidrRange(cidr);
    // The network's own address, and IPv4's broadcast address, are nobody's.
    this.#first = first + 1n;
    this.#last = this.family === 'IPv4' ? last - 1n : last;
  }

  /** In the network, whether or not it may be given out. */
  covers(address: string): boolean {
    const parsed = parseIp(address);
    return parsed !== undefined && cidrContains(this.#cidr, parsed);
  }

  includes(address: string): boolean {
    const value = parseIp(address)?.value;
    return (
      this.covers(address) && value !== undefined && value >= this.#first && value <= this.#last
    );
  }

  /** Undefined: all are taken. */
  pick(taken: ReadonlySet<string>, random: () => number): string | undefined {
    const size = this.#last - this.#first + 1n;
    const reserved = BigInt(reservedSize(clamp(size), 16, 256));
    const format = (value: bigint): string =>
      formatIp({ family: this.family === 'IPv4' ? 4 : 6, value });
    const upper = scan(
      this.#first + reserved,
      this.#last,
      random,
      (value) => !taken.has(format(value)),
    );
    const found =
      upper ??
      scan(this.#first, this.#first + reserved - 1n, random, (value) => !taken.has(format(value)));
    return found === undefined ? undefined : format(found);
  }
}

export class PortRange {
  readonly first: number;
  readonly last: number;

  constructor(first: number, last: number) {
    this.first = first;
    this.last = last;
  }

  get text(): string {
    return `${this.first}-${this.last}`;
  }

  includes(port: number): boolean {
    return port >= this.first && port <= this.last;
  }

  pick(taken: ReadonlySet<string>, random: () => number): number | undefined {
    const reserved = reservedSize(this.last - this.first + 1, 16, 128, 32);
    const isFree = (value: bigint): boolean => !taken.has(value.toString());
    const border = BigInt(this.first + reserved);
    const found =
      scan(border, BigInt(this.last), random, isFree) ??
      scan(BigInt(this.first), border - 1n, random, isFree);
    return found === undefined ? undefined : Number(found);
  }
}

const clamp = (size: bigint): number => Number(size > 2n ** 52n ? 2n ** 52n : size);

/** Small ranges have no reserved part. */
function reservedSize(size: number, min: number, max: number, fraction = 16): number {
  if (size <= min) return 0;
  return Math.min(Math.max(min, Math.floor(size / fraction)), max);
}

/** Steps enough to find a free one among any number of taken ones that fit in memory. */
const stepsMax = 2 ** 24;

function scan(
  first: bigint,
  last: bigint,
  random: () => number,
  isFree: (value: bigint) => boolean,
): bigint | undefined {
  const size = last - first + 1n;
  if (size <= 0n) return undefined;
  const start = BigInt(Math.floor(random() * clamp(size)));
  for (let step = 0n; step < size && step < BigInt(stepsMax); step++) {
    const value = first + ((start + step) % size);
    if (isFree(value)) return value;
  }
  return undefined;
}
