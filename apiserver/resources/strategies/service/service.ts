// The Service strategy over the configured ranges.
import type { Strategy } from '../../resource.js';
import { allocateService, claimsOf, type ServiceRanges } from './allocation.js';
import { applyServiceDefaults, prepareServiceCreate, prepareServiceUpdate } from './defaults.js';
import { validateServiceStatus } from './load-balancer.js';
import { AddressRange, PortRange } from './ranges.js';
import { validateService, validateServiceUpdate } from './validation.js';

export interface ServiceConfig {
  /** One or two CIDRs, of different families; the first one's is the default. */
  readonly serviceIpRanges: readonly string[];
  readonly nodePortRange: readonly [first: number, last: number];
}

export function createServiceStrategy(config: ServiceConfig): Strategy {
  const addresses = config.serviceIpRanges.map((range) => new AddressRange(range));
  const ranges: ServiceRanges = {
    addresses,
    families: addresses.map((range) => range.family),
    ports: new PortRange(...config.nodePortRange),
  };
  return {
    name: 'dns1035-label',
    applyDefaults: applyServiceDefaults,
    prepareForCreate: prepareServiceCreate,
    prepareForUpdate: prepareServiceUpdate,
    allocate: (service, old, context) => allocateService(service, old, context, ranges),
    claims: claimsOf,
    validate: validateService,
    validateUpdate: validateServiceUpdate,
    validateStatusUpdate: validateServiceStatus,
  };
}
