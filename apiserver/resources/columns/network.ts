// Columns of services, endpoints and the groups networking.k8s.io and discovery.k8s.io.
import type { JsonObject } from '../../object/kube-object.js';
import type { Column } from '../resource.js';
import {
  ageColumn,
  column,
  formatLabels,
  formatSelector,
  hasField,
  nameColumn,
  numberAt,
  objectAt,
  objectsAt,
  someOf,
  textAt,
  textOr,
  textsAt,
  wide,
} from './cells.js';

/** Addresses of a load balancer, each once, sorted. */
function balancerAddresses(object: JsonObject): string[] {
  const addresses = objectsAt(object, 'status', 'loadBalancer', 'ingress').map((item) =>
    textOr(textAt(item, 'hostname'), item, 'ip'),
  );
  return [...new Set(addresses.filter((address) => address !== ''))].sort();
}

function externalAddress(service: JsonObject): string {
  const named = textsAt(service, 'spec', 'externalIPs');
  switch (textAt(service, 'spec', 'type')) {
    case 'ClusterIP':
    case 'NodePort':
      return named.length === 0 ? '<none>' : named.join(',');
    case 'LoadBalancer': {
      const all = [...balancerAddresses(service), ...named];
      return all.length === 0 ? '<pending>' : all.join(',');
    }
    case 'ExternalName':
      return textAt(service, 'spec', 'externalName');
    default:
      return '<unknown>';
  }
}

/** `80:30080/TCP,443/TCP` */
function servicePorts(service: JsonObject): string {
  const ports = objectsAt(service, 'spec', 'ports').map((port) => {
    const nodePort = numberAt(port, 'nodePort');
    const number = textAt(port, 'port');
    const protocol = textAt(port, 'protocol');
    return nodePort > 0 ? `${number}:${nodePort}/${protocol}` : `${number}/${protocol}`;
  });
  return ports.length === 0 ? '<none>' : ports.join(',');
}

const joinHostPort = (host: string, port: string): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

function endpointAddresses(endpoints: JsonObject): string {
  const all: string[] = [];
  for (const subset of objectsAt(endpoints, 'subsets')) {
    const hosts = objectsAt(subset, 'addresses').map((address) => textAt(address, 'ip'));
    const ports = objectsAt(subset, 'ports');
    if (ports.length === 0) all.push(...hosts);
    for (const port of ports)
      for (const host of hosts) all.push(joinHostPort(host, textAt(port, 'port')));
  }
  return objectsAt(endpoints, 'subsets').length === 0 ? '<none>' : someOf(all, 3, '');
}

const slicePort = (port: JsonObject): string =>
  textOr(hasField(port, 'name') ? textAt(port, 'name') : '*', port, 'port');

function ingressHosts(ingress: JsonObject): string {
  const rules = objectsAt(ingress, 'spec', 'rules');
  const hosts: string[] = [];
  let isCut = false;
  for (const rule of rules) {
    if (hosts.length === 3) isCut = true;
    const host = textAt(rule, 'host');
    if (!isCut && host !== '') hosts.push(host);
  }
  if (hosts.length === 0) return '*';
  return isCut ? `${hosts.join(',')} + ${rules.length - 3} more...` : hosts.join(',');
}

function classParameters(ingressClass: JsonObject): string {
  if (!hasField(ingressClass, 'spec', 'parameters')) return '<none>';
  const reference = objectAt(ingressClass, 'spec', 'parameters');
  const group = textAt(reference, 'apiGroup');
  const kind = textAt(reference, 'kind');
  return `${group === '' ? kind : `${kind}.${group}`}/${textAt(reference, 'name')}`;
}

function parentText(address: JsonObject): string {
  if (!hasField(address, 'spec', 'parentRef')) return '<none>';
  const parent = objectAt(address, 'spec', 'parentRef');
  const group = textAt(parent, 'group');
  const resource = textAt(parent, 'resource');
  const namespace = textAt(parent, 'namespace');
  return [
    (group === '' ? resource : `${resource}.${group}`).toLowerCase(),
    ...(namespace === '' ? [] : [namespace]),
    textAt(parent, 'name'),
  ].join('/');
}

export const serviceColumns: Readonly<Record<string, readonly Column[]>> = {
  services: [
    nameColumn,
    column('Type', 'How the service is exposed.', (item) => textAt(item, 'spec', 'type')),
    column('Cluster-IP', 'Address inside the cluster.', (item) =>
      textOr(
        textOr('<none>', item, 'spec', 'clusterIP'),
        { first: textsAt(item, 'spec', 'clusterIPs')[0] },
        'first',
      ),
    ),
    column('External-IP', 'Addresses reachable from outside.', externalAddress),
    column('Port(s)', 'Ports, with node ports after a colon.', servicePorts),
    ageColumn,
    wide('Selector', 'Which pods the service sends to.', (item) =>
      formatLabels(objectAt(item, 'spec', 'selector')),
    ),
  ],
  endpoints: [
    nameColumn,
    column('Endpoints', 'Addresses and ports behind the service.', endpointAddresses),
    ageColumn,
  ],
};

export const networkingColumns: Readonly<Record<string, readonly Column[]>> = {
  ingresses: [
    nameColumn,
    column('Class', 'Ingress class that handles it.', (item) =>
      textOr('<none>', item, 'spec', 'ingressClassName'),
    ),
    column('Hosts', 'Host names that are matched.', ingressHosts),
    column('Address', 'Addresses of the load balancer.', (item) =>
      balancerAddresses(item).join(','),
    ),
    column('Ports', 'Ports that are open.', (item) =>
      objectsAt(item, 'spec', 'tls').length === 0 ? '80' : '80, 443',
    ),
    ageColumn,
  ],
  ingressclasses: [
    nameColumn,
    column('Controller', 'Controller that handles the class.', (item) =>
      textAt(item, 'spec', 'controller'),
    ),
    column('Parameters', 'Object with further settings.', classParameters),
    ageColumn,
  ],
  networkpolicies: [
    nameColumn,
    column('Pod-Selector', 'Which pods the policy is for.', (item) =>
      formatSelector(objectAt(item, 'spec', 'podSelector')),
    ),
    ageColumn,
  ],
  servicecidrs: [
    nameColumn,
    column('CIDRs', 'Ranges that cluster IPs come from.', (item) =>
      textsAt(item, 'spec', 'cidrs').join(','),
    ),
    ageColumn,
  ],
  ipaddresses: [
    nameColumn,
    column('ParentRef', 'Object that uses the address.', parentText),
    ageColumn,
  ],
};

export const discoveryColumns: Readonly<Record<string, readonly Column[]>> = {
  endpointslices: [
    nameColumn,
    column('AddressType', 'Kind of addresses in the slice.', (item) => textAt(item, 'addressType')),
    column('Ports', 'Ports of every endpoint.', (item) =>
      someOf(objectsAt(item, 'ports').map(slicePort), 3, '<unset>'),
    ),
    column('Endpoints', 'Addresses of the endpoints.', (item) =>
      someOf(
        objectsAt(item, 'endpoints').flatMap((endpoint) => textsAt(endpoint, 'addresses')),
        3,
        '<unset>',
      ),
    ),
    ageColumn,
  ],
};
