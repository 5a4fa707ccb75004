import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cloneJson } from '../../../../apiserver/object/json.js';
import type { Json, KubeObject } from '../../../../apiserver/object/kube-object.js';
import { createStrategies } from '../../../../apiserver/resources/strategies/strategies.js';
import {
  AddressRange,
  PortRange,
} from '../../../../apiserver/resources/strategies/service/ranges.js';
import { rows } from './service-rules.js';
import {
  type Change,
  contextOf,
  created,
  createErrors,
  expectErrors,
  lines,
  objectOf,
  set,
  strategyOf,
  updated,
  updateErrors,
} from './support.js';

const services = strategyOf('services');
const web = objectOf('Service', 'web', {
  metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
});
const ips = '/ipaddresses/';
const ports = '/ranges/servicenodeports/';

async function allocated(
  service: KubeObject,
  taken: Readonly<Record<string, readonly string[]>> = {},
  strategy = services,
): Promise<{ service: KubeObject; errors: string[] }> {
  const next = created(strategy, service);
  const errors = (await strategy.allocate?.(next, undefined, contextOf(taken))) ?? [];
  return { service: next, errors: lines(errors) };
}

async function changed(
  old: KubeObject,
  changes: readonly Change[],
  taken: Readonly<Record<string, readonly string[]>> = {},
): Promise<{ service: KubeObject; errors: string[] }> {
  const next = updated(services, old, (service) => {
    for (const [path, value] of changes) set(service, path, value);
  });
  const errors = (await services.allocate?.(next, old, contextOf(taken))) ?? [];
  return {
    service: next,
    errors: lines([
      ...(services.validate?.(next) ?? []),
      ...(services.validateUpdate?.(next, old) ?? []),
      ...errors,
    ]),
  };
}

const withSpec = (changes: readonly Change[]): KubeObject => {
  const service = cloneJson(web);
  for (const [path, value] of changes) set(service, path, value);
  return service;
};

describe('a new Service', () => {
  it('gets the defaults of the real server and an address', async () => {
    const { service, errors } = await allocated(web);
    expect(errors).toEqual([]);
    expect(service).toMatchObject({
      spec: {
        clusterIP: '10.96.1.1',
        clusterIPs: ['10.96.1.1'],
        internalTrafficPolicy: 'Cluster',
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
        ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
        selector: { app: 'web' },
        sessionAffinity: 'None',
        type: 'ClusterIP',
      },
      status: { loadBalancer: {} },
    });
    expect(service['spec']).not.toHaveProperty('externalTrafficPolicy');
  });

  it('owns its address through an IPAddress object', async () => {
    const { service } = await allocated(web);
    expect(services.claims?.(service)).toEqual([
      {
        key: `${ips}10.96.1.1`,
        value: {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'IPAddress',
          metadata: {
            name: '10.96.1.1',
            uid: expect.stringMatching(
              /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
            ),
            creationTimestamp: '2026-01-01T00:00:00Z',
            labels: {
              'ipaddress.kubernetes.io/ip-family': 'IPv4',
              'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
            },
          },
          spec: {
            parentRef: { group: '', resource: 'services', namespace: 'default', name: 'web' },
          },
        },
        taken: expect.objectContaining({ field: 'spec.clusterIPs' }),
      },
    ]);
  });

  it('keeps an address it names, in its canonical range', async () => {
    const named = withSpec([['spec.clusterIP', '10.96.0.12']]);
    expect((await allocated(named)).service).toHaveProperty('spec.clusterIPs', ['10.96.0.12']);
    expect((await allocated(named, { [ips]: ['10.96.0.12'] })).errors).toEqual([
      'spec.clusterIPs: Invalid value: ["10.96.0.12"]: failed to allocate IP 10.96.0.12: provided IP is already allocated',
    ]);
    expect((await allocated(withSpec([['spec.clusterIP', '10.0.0.1']]))).errors).toEqual([
      'spec.clusterIPs: Invalid value: ["10.0.0.1"]: failed to allocate IP 10.0.0.1: the provided IP (10.0.0.1) is not in the valid range. The range of valid IPs is 10.96.0.0/16',
    ]);
  });

  it('of type NodePort gets ports, shared by protocols of one port number', async () => {
    const node = withSpec([
      ['spec.type', 'NodePort'],
      [
        'spec.ports',
        [
          { name: 'dns', port: 53, protocol: 'UDP' },
          { name: 'dns-tcp', port: 53 },
          { name: 'http', port: 80, nodePort: 30080 },
        ],
      ],
    ]);
    const { service } = await allocated(node, { [ports]: ['30086'] });
    expect(service).toHaveProperty('spec.ports.0.nodePort', 30087);
    expect(service).toHaveProperty('spec.ports.1.nodePort', 30087);
    expect(service).toHaveProperty('spec.ports.2.nodePort', 30080);
    expect(service).toHaveProperty('spec.externalTrafficPolicy', 'Cluster');
    const keys = services.claims?.(service).map((claim) => claim.key);
    expect(keys).toEqual([`${ips}10.96.1.1`, `${ports}30087`, `${ports}30080`]);
  });

  it('cannot have a node port that is taken or out of range', async () => {
    const node = (port: number): KubeObject =>
      withSpec([
        ['spec.type', 'NodePort'],
        ['spec.ports.0.nodePort', port],
      ]);
    expect((await allocated(node(30001), { [ports]: ['30001'] })).errors).toEqual([
      'spec.ports[0].nodePort: Invalid value: 30001: provided port is already allocated',
    ]);
    expect((await allocated(node(80))).errors).toEqual([
      'spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
    ]);
  });

  it('of type LoadBalancer with local traffic gets a health check port', async () => {
    const { service } = await allocated(
      withSpec([
        ['spec.type', 'LoadBalancer'],
        ['spec.externalTrafficPolicy', 'Local'],
      ]),
    );
    expect(service['spec']).toMatchObject({
      allocateLoadBalancerNodePorts: true,
      healthCheckNodePort: 30087,
      ports: [{ nodePort: 30086 }],
    });
  });

  it('without ports to give ends in an internal error, not in a collision', async () => {
    const tiny = createStrategies({
      serviceIpRanges: ['10.0.0.0/30'],
      nodePortRange: [30000, 30000],
    })['services'];
    await expect(allocated(web, { [ips]: ['10.0.0.1', '10.0.0.2'] }, tiny)).rejects.toThrow(
      'failed to allocate a serviceIP: range is full',
    );
    await expect(
      allocated(withSpec([['spec.type', 'NodePort']]), { [ports]: ['30000'] }, tiny),
    ).rejects.toThrow('failed to allocate a nodePort: range is full');
  });

  it('that is headless or external has no address', async () => {
    const headless = (await allocated(withSpec([['spec.clusterIP', 'None']]))).service;
    expect(headless).toHaveProperty('spec.clusterIPs', ['None']);
    expect(services.claims?.(headless)).toEqual([]);
    const free = (
      await allocated(
        withSpec([
          ['spec.clusterIP', 'None'],
          ['spec.selector', undefined],
        ]),
      )
    ).service;
    expect(free).toHaveProperty('spec.ipFamilies', ['IPv4', 'IPv6']);
    expect(free).toHaveProperty('spec.ipFamilyPolicy', 'RequireDualStack');
    const external = objectOf('Service', 'ext', {
      spec: { type: 'ExternalName', externalName: 'example.com.' },
    });
    expect(createErrors(services, external)).toEqual([]);
    expect((await allocated(external)).service['spec']).toEqual({
      type: 'ExternalName',
      externalName: 'example.com.',
      sessionAffinity: 'None',
    });
  });

  it('has two addresses where the cluster has two families', async () => {
    const dual = createStrategies({
      serviceIpRanges: ['10.96.0.0/16', 'fd00:10:96::/112'],
      nodePortRange: [30000, 32767],
    })['services'];
    const { service } = await allocated(
      withSpec([['spec.ipFamilyPolicy', 'PreferDualStack']]),
      {},
      dual,
    );
    expect(service['spec']).toMatchObject({
      clusterIP: '10.96.1.1',
      clusterIPs: ['10.96.1.1', 'fd00:10:96::101'],
      ipFamilies: ['IPv4', 'IPv6'],
    });
    expect(
      (await allocated(withSpec([['spec.ipFamilyPolicy', 'PreferDualStack']]))).service,
    ).toHaveProperty('spec.ipFamilies', ['IPv4']);
    expect(
      (await allocated(withSpec([['spec.ipFamilyPolicy', 'RequireDualStack']]))).errors,
    ).toEqual([
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    ]);
    expect((await allocated(withSpec([['spec.ipFamilies', ['IPv6']]]))).errors).toEqual([
      'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
    ]);
  });
});

describe('a Service needs', () => {
  it.each(rows)('%s', (_what, changes, errors) => {
    expectErrors(services, web, changes, errors);
  });

  it('its affinity config only with affinity, which has a default time', () => {
    const sticky = created(services, withSpec([['spec.sessionAffinity', 'ClientIP']]));
    expect(sticky).toHaveProperty('spec.sessionAffinityConfig.clientIP.timeoutSeconds', 10800);
    expect(
      updateErrors(services, sticky, (service) => {
        set(service, 'spec.sessionAffinity', 'None');
      }),
    ).toEqual([]);
  });
});

describe('an update of a Service', () => {
  it('keeps the address of a client that leaves it out', async () => {
    const { service } = await allocated(web);
    const { service: next, errors } = await changed(service, [
      ['spec.clusterIP', undefined],
      ['spec.clusterIPs', undefined],
      ['spec.ports.0.port', 81],
    ]);
    expect(errors).toEqual([]);
    expect(next).toHaveProperty('spec.clusterIP', '10.96.1.1');
  });

  it('keeps the families of a client that leaves all of that out, as a manifest does', async () => {
    const { service } = await allocated(web);
    const { service: next, errors } = await changed(service, [
      ['spec.clusterIP', undefined],
      ['spec.clusterIPs', undefined],
      ['spec.ipFamilies', undefined],
      ['spec.ipFamilyPolicy', undefined],
    ]);
    expect(errors).toEqual([]);
    expect(next).toHaveProperty('spec.ipFamilies', ['IPv4']);
    expect(next).toHaveProperty('spec.ipFamilyPolicy', 'SingleStack');
  });

  it('may not change it', async () => {
    const { service } = await allocated(web);
    expect((await changed(service, [['spec.clusterIP', '10.96.9.9']])).errors).toContain(
      'spec.clusterIPs[0]: Invalid value: ["10.96.9.9"]: may not change once set',
    );
  });

  it('to NodePort and back takes and gives its ports', async () => {
    const { service } = await allocated(web);
    const { service: node } = await changed(service, [['spec.type', 'NodePort']]);
    expect(node).toHaveProperty('spec.ports.0.nodePort', 30086);
    const kept = await changed(node, [['spec.ports.0.nodePort', undefined]], {
      [ports]: ['30086'],
    });
    expect(kept.service).toHaveProperty('spec.ports.0.nodePort', 30086);
    const { service: back, errors } = await changed(node, [['spec.type', 'ClusterIP']]);
    expect(errors).toEqual([]);
    expect(back).not.toHaveProperty('spec.ports.0.nodePort');
    expect(back).not.toHaveProperty('spec.externalTrafficPolicy');
    expect(services.claims?.(back).map((claim) => claim.key)).toEqual([`${ips}10.96.1.1`]);
  });

  it('to ExternalName gives its address back', async () => {
    const { service } = await allocated(web);
    const { service: external, errors } = await changed(service, [
      ['spec.type', 'ExternalName'],
      ['spec.externalName', 'example.com'],
    ]);
    expect(errors).toEqual([]);
    expect(external).not.toHaveProperty('spec.clusterIP');
    expect(services.claims?.(external)).toEqual([]);
  });

  it('of status needs a balancer and addresses', () => {
    const status = (type: string, ingress: Json): string[] => {
      const service = created(services, withSpec([['spec.type', type]]));
      set(service, 'status.loadBalancer', { ingress });
      return lines(services.validateStatusUpdate?.(service, service) ?? []);
    };
    expect(status('LoadBalancer', [{ ip: '10.0.0.1' }])).toEqual([]);
    expect(status('LoadBalancer', [{ ip: 'x' }])).toHaveLength(1);
    expect(status('ClusterIP', [{ ip: '10.0.0.1' }])).toEqual([
      "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
    ]);
  });
});

describe('ranges', () => {
  const sizes = new Map([
    ['10.0.0.0/28', 14],
    ['10.0.0.0/26', 62],
    ['fd00::/122', 63],
  ]);

  it('give every address once, and none that is not theirs', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...sizes.keys()),
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 70, maxLength: 70 }),
        (cidr, numbers) => {
          const range = new AddressRange(cidr);
          const taken = new Set<string>();
          for (;;) {
            const picked = range.pick(taken, () => numbers[taken.size] ?? 0);
            if (picked === undefined) break;
            expect(taken.has(picked)).toBe(false);
            expect(range.includes(picked)).toBe(true);
            taken.add(picked);
          }
          expect(taken.size).toBe(sizes.get(cidr));
        },
      ),
      { numRuns: 20 },
    );
  });

  it('leave the lower part to those who choose by hand', () => {
    expect(new AddressRange('10.96.0.0/12').pick(new Set(), () => 0)).toBe('10.96.1.1');
    expect(new PortRange(30000, 32767).pick(new Set(), () => 0)).toBe(30086);
    expect(new PortRange(30000, 30010).pick(new Set(), () => 0)).toBe(30000);
  });
});
