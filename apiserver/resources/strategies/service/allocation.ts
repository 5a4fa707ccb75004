// Cluster IPs and node ports of a Service: chosen here, owned through claims (one key each, written and deleted
// in the Service's own transaction, so no two Services ever share one and none leaks). An IP's claim is the
// IPAddress object a real cluster keeps.
import { createHash } from 'node:crypto';
import { formatIp, parseIp } from '../../../object/addresses.js';
import { internalError } from '../../../object/api-error.js';
import { type FieldError, invalid } from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import type { Claim, StrategyContext } from '../../resource.js';
import { children, integer, text, texts } from '../fields.js';
import { completeFamilies, type Families } from './families.js';
import type { AddressRange, PortRange } from './ranges.js';
import * as shape from './shape.js';

/** Below the root of the registry, as all claims' keys. */
export const addressPrefix = '/ipaddresses/';
export const portPrefix = '/ranges/servicenodeports/';

export interface ServiceRanges extends Families {
  readonly addresses: readonly AddressRange[];
  readonly ports: PortRange;
}

const alreadyTaken = 'provided IP is already allocated';
const portTaken = 'provided port is already allocated';

export async function allocateService(
  service: KubeObject,
  old: KubeObject | undefined,
  context: StrategyContext,
  ranges: ServiceRanges,
): Promise<FieldError[]> {
  const spec = shape.specOf(service);
  const oldSpec = old === undefined ? undefined : shape.specOf(old);
  if (!shape.isExternalName(spec)) {
    const errors = completeFamilies(spec, oldSpec, ranges);
    if (errors.length > 0) return errors;
    if (!shape.isHeadless(spec)) {
      const found = await allocateAddresses(spec, oldSpec, context, ranges);
      if (found.length > 0) return found;
    }
  }
  return allocatePorts(spec, oldSpec, context, ranges.ports);
}

async function allocateAddresses(
  spec: JsonObject,
  old: JsonObject | undefined,
  context: StrategyContext,
  ranges: ServiceRanges,
): Promise<FieldError[]> {
  const families = texts(spec, 'ipFamilies');
  const addresses = [...texts(spec, 'clusterIPs')];
  const owned = new Set(old === undefined ? [] : texts(old, 'clusterIPs').map(canonical));
  if (families.every((_family, index) => owned.has(canonical(addresses[index] ?? '')))) return [];
  const taken = await context.claimed(addressPrefix);
  for (const [index, family] of families.entries()) {
    const range = ranges.addresses.find((candidate) => candidate.family === family);
    if (range === undefined) continue;
    const wanted = addresses[index] ?? '';
    if (wanted === '') {
      const picked = range.pick(taken, context.random);
      if (picked === undefined)
        throw internalError('failed to allocate a serviceIP: range is full');
      addresses[index] = picked;
    } else if (!owned.has(canonical(wanted))) {
      const why = whyNot(wanted, range, taken);
      if (why !== undefined)
        return [invalid('spec.clusterIPs', addresses, `failed to allocate IP ${wanted}: ${why}`)];
    }
  }
  spec['clusterIPs'] = addresses;
  spec['clusterIP'] = addresses[0] ?? '';
  return [];
}

function whyNot(
  address: string,
  range: AddressRange,
  taken: ReadonlySet<string>,
): string | undefined {
  if (!range.includes(address))
    return `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${range.text}`;
  return taken.has(canonical(address)) ? alreadyTaken : undefined;
}

function canonical(address: string): string {
  const parsed = parseIp(address);
  return parsed === undefined ? address : formatIp(parsed);
}

async function allocatePorts(
  spec: JsonObject,
  old: JsonObject | undefined,
  context: StrategyContext,
  range: PortRange,
): Promise<FieldError[]> {
  const usesNodePorts = text(spec, 'type') === 'NodePort' || shape.isLoadBalancer(spec);
  const needsHealth = shape.hasHealthCheckPort(spec);
  if (!usesNodePorts && !needsHealth) return [];
  const owned = new Set(old === undefined ? [] : portsOf(old));
  const wantsNew =
    (shape.allocatesNodePorts(spec) &&
      children(spec, 'ports').some((port) => integer(port, 'nodePort') === 0)) ||
    (needsHealth && integer(spec, 'healthCheckNodePort') === 0);
  if (!wantsNew && portsOf(spec).every((port) => owned.has(port))) return [];
  const taken = new Set(await context.claimed(portPrefix));
  const pool = new PortPool(range, taken, owned, context.random);
  const errors = usesNodePorts ? allocateNodePorts(spec, pool) : [];
  if (errors.length === 0 && needsHealth) allocateHealthPort(spec, pool);
  return errors;
}

/** Ports given out so far in this request count as taken. */
class PortPool {
  readonly #range: PortRange;
  readonly #taken: Set<string>;
  readonly #owned: ReadonlySet<number>;
  readonly #random: () => number;

  constructor(
    range: PortRange,
    taken: Set<string>,
    owned: ReadonlySet<number>,
    random: () => number,
  ) {
    this.#range = range;
    this.#taken = taken;
    this.#owned = owned;
    this.#random = random;
  }

  /** Why the port cannot be had; undefined: it is this Service's now. */
  reserve(port: number): string | undefined {
    if (this.#owned.has(port)) return undefined;
    if (!this.#range.includes(port))
      return `provided port is not in the valid range. The range of valid ports is ${this.#range.text}`;
    if (this.#taken.has(String(port))) return portTaken;
    this.#taken.add(String(port));
    return undefined;
  }

  next(): number | undefined {
    const port = this.#range.pick(this.#taken, this.#random);
    if (port !== undefined) this.#taken.add(String(port));
    return port;
  }
}

function allocateNodePorts(spec: JsonObject, pool: PortPool): FieldError[] {
  const ports = children(spec, 'ports');
  const allocates = shape.allocatesNodePorts(spec);
  /** The same port number over TCP and UDP shares a node port. */
  const byNumber = new Map<number, number>();
  const reserved = new Set<number>();
  for (const [index, port] of ports.entries()) {
    const wanted = integer(port, 'nodePort');
    if (wanted === 0 || reserved.has(wanted)) continue;
    const why = pool.reserve(wanted);
    if (why !== undefined) return [invalid(`spec.ports[${index}].nodePort`, wanted, why)];
    reserved.add(wanted);
    byNumber.set(integer(port, 'port'), wanted);
  }
  if (!allocates) return [];
  const protocols = new Set(
    ports
      .filter((port) => integer(port, 'nodePort') !== 0)
      .map((port) => `${text(port, 'protocol')}/${integer(port, 'nodePort')}`),
  );
  for (const port of ports) {
    if (integer(port, 'nodePort') !== 0) continue;
    const shared = byNumber.get(integer(port, 'port'));
    const isFree = shared !== undefined && !protocols.has(`${text(port, 'protocol')}/${shared}`);
    const picked = isFree ? shared : pool.next();
    if (picked === undefined) throw internalError('failed to allocate a nodePort: range is full');
    port['nodePort'] = picked;
    protocols.add(`${text(port, 'protocol')}/${picked}`);
    byNumber.set(integer(port, 'port'), picked);
  }
  return [];
}

function allocateHealthPort(spec: JsonObject, pool: PortPool): void {
  const wanted = integer(spec, 'healthCheckNodePort');
  if (wanted !== 0) {
    const why = pool.reserve(wanted);
    if (why !== undefined)
      throw internalError(`failed to allocate requested HealthCheck NodePort ${wanted}: ${why}`);
    return;
  }
  const picked = pool.next();
  if (picked === undefined)
    throw internalError('failed to allocate a HealthCheck NodePort 0: range is full');
  spec['healthCheckNodePort'] = picked;
}

function portsOf(spec: JsonObject): number[] {
  const health = integer(spec, 'healthCheckNodePort');
  const ports = new Set(shape.nodePortsOf(spec));
  if (health !== 0) ports.add(health);
  return [...ports];
}

export function claimsOf(service: KubeObject): Claim[] {
  const spec = shape.specOf(service);
  const addresses =
    shape.isExternalName(spec) || shape.isHeadless(spec) ? [] : texts(spec, 'clusterIPs');
  return [
    ...addresses
      .filter((address) => parseIp(address) !== undefined)
      .map((address) => addressClaim(service, address, [...addresses])),
    ...portsOf(spec).map((port) => portClaim(service, port)),
  ];
}

function addressClaim(service: KubeObject, address: string, all: string[]): Claim {
  const name = canonical(address);
  const { namespace = '', name: serviceName = '', uid = '', creationTimestamp } = service.metadata;
  return {
    key: addressPrefix + name,
    value: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IPAddress',
      metadata: {
        name,
        uid: derivedUid(`${uid}/${name}`),
        ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
        labels: {
          'ipaddress.kubernetes.io/ip-family': shape.familyOf(name),
          'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
        },
      },
      spec: { parentRef: { group: '', resource: 'services', namespace, name: serviceName } },
    },
    taken: invalid('spec.clusterIPs', all, `failed to allocate IP ${address}: ${alreadyTaken}`),
  };
}

function portClaim(service: KubeObject, port: number): Claim {
  const { namespace = '', name = '', uid = '' } = service.metadata;
  const ports = children(shape.specOf(service), 'ports');
  const index = ports.findIndex((item) => integer(item, 'nodePort') === port);
  const field = index < 0 ? 'spec.healthCheckNodePort' : `spec.ports[${index}].nodePort`;
  return {
    key: portPrefix + String(port),
    value: { service: { namespace, name, uid } },
    taken: invalid(field, port, portTaken),
  };
}

/** A UUID that follows from the Service's, since claims are computed anew for each write. */
function derivedUid(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
