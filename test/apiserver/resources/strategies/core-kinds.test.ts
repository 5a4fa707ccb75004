import { describe, expect, it } from '@jest/globals';
import { cloneJson } from '../../../../apiserver/object/json.js';
import {
  type Change,
  created,
  createErrors,
  expectErrors,
  lines,
  objectOf,
  set,
  strategyOf,
  updateErrors,
} from './support.js';

describe('a ConfigMap', () => {
  const maps = strategyOf('configmaps');
  const map = objectOf('ConfigMap', 'conf', { data: { key: 'value' } });
  const keyRule =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

  it.each<[string, Change[], string[]]>([
    ['no empty key', [['data', { '': 'x' }]], [`data[]: Invalid value: "": ${keyRule}`]],
    [
      'no climbing key',
      [['data', { '..a': 'x' }]],
      [`data[..a]: Invalid value: "..a": must not start with '..'`],
    ],
    [
      'a key once',
      [['binaryData', { key: 'AAAA' }]],
      ['data[key]: Invalid value: "key": duplicate of key present in binaryData'],
    ],
    [
      'at most 1 MiB',
      [['data', { a: 'x'.repeat(1_048_577) }]],
      [': Too long: may not be more than 1048576 bytes'],
    ],
  ])('has %s', (_what, changes, errors) => {
    expectErrors(maps, map, changes, errors);
  });

  it('counts bytes, decoded', () => {
    expect(
      createErrors(
        maps,
        objectOf('ConfigMap', 'a', {
          binaryData: { a: Buffer.alloc(1_048_576).toString('base64') },
        }),
      ),
    ).toEqual([]);
    expect(
      createErrors(maps, objectOf('ConfigMap', 'a', { data: { a: 'é'.repeat(524_289) } })),
    ).toHaveLength(1);
  });

  it('stays once it is immutable', () => {
    const fixed = { ...cloneJson(map), immutable: true };
    expect(
      updateErrors(maps, fixed, (next) => {
        set(next, 'metadata.labels', { a: 'b' });
      }),
    ).toEqual([]);
    expect(
      updateErrors(maps, fixed, (next) => {
        set(next, 'immutable', false);
        set(next, 'data.key', 'other');
      }),
    ).toEqual([
      'immutable: Forbidden: field is immutable when `immutable` is set',
      'data: Forbidden: field is immutable when `immutable` is set',
    ]);
  });
});

describe('a Secret', () => {
  const secrets = strategyOf('secrets');
  const secret = (type: string, data: Record<string, string>): ReturnType<typeof objectOf> =>
    objectOf('Secret', 's', { type, stringData: data });

  it('takes plain text over data and never keeps it', () => {
    const object = created(
      secrets,
      objectOf('Secret', 's', { data: { a: 'eA==', b: 'eQ==' }, stringData: { a: 'new' } }),
    );
    expect(object).toMatchObject({ type: 'Opaque', data: { a: 'bmV3', b: 'eQ==' } });
    expect(object).not.toHaveProperty('stringData');
  });

  it.each<[string, Record<string, string>, string[]]>([
    ['Opaque', {}, []],
    ['example.com/own', {}, []],
    ['kubernetes.io/tls', { 'tls.crt': 'x' }, ['data[tls.key]: Required value']],
    ['kubernetes.io/tls', { 'tls.crt': 'x', 'tls.key': '' }, []],
    ['kubernetes.io/dockerconfigjson', {}, ['data[.dockerconfigjson]: Required value']],
    ['kubernetes.io/dockerconfigjson', { '.dockerconfigjson': '{}' }, []],
    [
      'kubernetes.io/dockerconfigjson',
      { '.dockerconfigjson': 'x' },
      [
        `data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": invalid character 'x' looking for beginning of value`,
      ],
    ],
    [
      'kubernetes.io/basic-auth',
      {},
      ['data[username]: Required value', 'data[password]: Required value'],
    ],
    ['kubernetes.io/basic-auth', { username: 'a' }, []],
    ['kubernetes.io/ssh-auth', {}, ['data[ssh-privatekey]: Required value']],
    [
      'kubernetes.io/service-account-token',
      {},
      ['metadata.annotations[kubernetes.io/service-account.name]: Required value'],
    ],
  ])('of type %s with %j', (type, data, errors) => {
    expect(createErrors(secrets, secret(type, data))).toEqual(errors);
  });

  it('keeps its type', () => {
    const old = created(secrets, secret('Opaque', { a: 'b' }));
    expect(
      updateErrors(secrets, old, (next) => {
        set(next, 'type', 'other');
      }),
    ).toEqual(['type: Invalid value: "other": field is immutable']);
  });
});

describe('a Namespace', () => {
  const namespaces = strategyOf('namespaces');
  it('carries its name as a label and waits for its content', () => {
    const namespace = created(namespaces, objectOf('Namespace', 'team'));
    expect(namespace).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': 'team' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
    expect(
      updateErrors(namespaces, namespace, (next) => {
        set(next, 'spec.finalizers', undefined);
      }),
    ).toEqual([]);
    set(namespace, 'status.phase', 'Terminating');
    expect(lines(namespaces.validateStatusUpdate?.(namespace, namespace) ?? [])).toEqual([
      `status.Phase: Invalid value: "Terminating": may only be 'Active' if \`deletionTimestamp\` is empty`,
    ]);
  });
});

describe('a Node', () => {
  const nodes = strategyOf('nodes');
  const node = objectOf('Node', 'n', {
    spec: { podCIDR: '10.0.0.0/24' },
    status: { capacity: { cpu: '4000m' } },
  });

  it('may come with its status', () => {
    expect(created(nodes, node)).toMatchObject({
      spec: { podCIDRs: ['10.0.0.0/24'] },
      status: { capacity: { cpu: '4' }, allocatable: { cpu: '4' } },
    });
  });

  it('keeps its pod CIDR and has each taint once', () => {
    expectErrors(
      nodes,
      node,
      [
        [
          'spec.taints',
          [
            { key: 'a', effect: 'NoSchedule' },
            { key: 'a', effect: 'NoSchedule' },
          ],
        ],
      ],
      [
        'metadata.taints[1]: Duplicate value: {"key":"a","effect":"NoSchedule"}: taints must be unique by key and effect pair',
      ],
    );
    expect(
      updateErrors(nodes, created(nodes, node), (next) => {
        set(next, 'spec.podCIDRs', ['10.0.1.0/24']);
      }),
    ).toEqual([
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
    ]);
    expect(
      updateErrors(nodes, created(nodes, node), (next) => {
        set(next, 'spec.unschedulable', true);
      }),
    ).toEqual([]);
  });
});

describe('volumes', () => {
  const claims = strategyOf('persistentvolumeclaims');
  const claim = objectOf('PersistentVolumeClaim', 'data', {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1024Mi' } } },
  });
  const volumes = strategyOf('persistentvolumes');
  const volume = objectOf('PersistentVolume', 'pv', {
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      hostPath: { path: '/data' },
    },
  });

  it('a claim gets defaults and grows when bound', () => {
    const old = created(claims, claim);
    expect(old).toMatchObject({
      spec: { volumeMode: 'Filesystem', resources: { requests: { storage: '1Gi' } } },
      status: { phase: 'Pending' },
    });
    const grow = (next: typeof old): void => {
      set(next, 'spec.resources.requests.storage', '2Gi');
    };
    expect(updateErrors(claims, old, grow)[0]).toMatch(
      /^spec: Forbidden: spec is immutable after creation except resources\.requests and volumeAttributesClassName for bound claims\n/,
    );
    set(old, 'status', { phase: 'Bound', capacity: { storage: '1Gi' } });
    expect(updateErrors(claims, old, grow)).toEqual([]);
    expect(
      updateErrors(claims, old, (next) => {
        set(next, 'spec.resources.requests.storage', '512Mi');
      }),
    ).toEqual([
      'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
    ]);
  });

  it.each<[string, Change[], string[]]>([
    [
      'modes',
      [['spec.accessModes', []]],
      ['spec.accessModes: Required value: at least 1 access mode is required'],
    ],
    ['a size', [['spec.resources', {}]], ['spec.resources[storage]: Required value']],
    [
      'some size',
      [['spec.resources.requests.storage', '0']],
      ['spec.resources[storage]: Invalid value: "0": must be greater than zero'],
    ],
    [
      'one pod or several',
      [['spec.accessModes', ['ReadWriteOncePod', 'ReadWriteMany']]],
      ['spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes'],
    ],
  ])('a claim needs %s', (_what, changes, errors) => {
    expectErrors(claims, claim, changes, errors);
  });

  it('a volume has one source, which stays', () => {
    expect(createErrors(volumes, volume)).toEqual([]);
    expectErrors(
      volumes,
      volume,
      [['spec.hostPath', undefined]],
      ['spec: Required value: must specify a volume type'],
    );
    expectErrors(
      volumes,
      volume,
      [['spec.nfs', { server: 's', path: '/' }]],
      ['spec.nfs: Forbidden: may not specify more than 1 volume type'],
    );
    expect(
      updateErrors(volumes, created(volumes, volume), (next) => {
        set(next, 'spec.hostPath.path', '/x');
      })[0],
    ).toMatch(
      /^spec\.persistentvolumesource: Forbidden: spec\.persistentvolumesource is immutable after creation\n/,
    );
  });
});

describe('limits', () => {
  it('a LimitRange fills its defaults and is in order', () => {
    const ranges = strategyOf('limitranges');
    const range = objectOf('LimitRange', 'l', {
      spec: {
        limits: [{ type: 'Container', max: { cpu: '2' }, min: { cpu: '100m', memory: '1Mi' } }],
      },
    });
    expect(created(ranges, range)).toHaveProperty('spec.limits.0', {
      type: 'Container',
      max: { cpu: '2' },
      min: { cpu: '100m', memory: '1Mi' },
      default: { cpu: '2' },
      defaultRequest: { cpu: '2', memory: '1Mi' },
    });
    expectErrors(
      ranges,
      range,
      [['spec.limits.0.min.cpu', '3']],
      [
        'spec.limits[0].min[cpu]: Invalid value: "3": min value 3 is greater than max value 2',
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": min value 3 is greater than default request value 2',
        'spec.limits[0].default[cpu]: Invalid value: "3": min value 3 is greater than default value 2',
      ],
    );
  });

  it('a ResourceQuota names resources and scopes that fit', () => {
    const quotas = strategyOf('resourcequotas');
    const quota = objectOf('ResourceQuota', 'q', {
      spec: { hard: { pods: '5', 'count/deployments.apps': '2', 'requests.cpu': '1000m' } },
    });
    expect(created(quotas, quota)).toHaveProperty(['spec', 'hard', 'requests.cpu'], '1');
    expect(createErrors(quotas, quota)).toEqual([]);
    expectErrors(
      quotas,
      quota,
      [['spec.hard', { disks: '1' }]],
      [
        'spec.hard[disks]: Invalid value: "disks": must be a standard resource type or fully qualified',
        'spec.hard[disks]: Invalid value: "disks": must be a standard resource for quota',
      ],
    );
    expectErrors(
      quotas,
      quota,
      [
        ['spec.hard', { pods: '1' }],
        ['spec.scopes', ['BestEffort', 'NotBestEffort']],
      ],
      ['spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes'],
    );
  });
});

describe('an Event', () => {
  const events = strategyOf('events');
  it('of an old client needs its namespace, of a new one who did what', () => {
    const old = objectOf('Event', 'e', { involvedObject: { namespace: 'default' } });
    expect(createErrors(events, old)).toEqual([]);
    expectErrors(
      events,
      old,
      [['involvedObject.namespace', 'other']],
      ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
    );
    const fresh = objectOf('Event', 'e', {
      apiVersion: 'events.k8s.io/v1',
      eventTime: '2026-01-01T00:00:00.000000Z',
      regarding: { namespace: 'default' },
      reportingController: 'example.com/c',
      reportingInstance: 'c-1',
      action: 'Do',
      reason: 'Because',
      type: 'Normal',
    });
    expect(createErrors(events, fresh)).toEqual([]);
    expectErrors(events, fresh, [['action', undefined]], ['action: Required value']);
    expectErrors(events, fresh, [['eventTime', undefined]], ['eventTime: Required value']);
  });
});

it('Endpoints refuse addresses nobody can reach', () => {
  const endpoints = objectOf('Endpoints', 'e', {
    subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }],
  });
  expect(created(strategyOf('endpoints'), endpoints)).toHaveProperty(
    'subsets.0.ports.0.protocol',
    'TCP',
  );
  expectErrors(
    strategyOf('endpoints'),
    endpoints,
    [['subsets.0.addresses.0.ip', '169.254.0.1']],
    [
      'subsets[0].addresses[0].ip: Invalid value: "169.254.0.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
    ],
  );
});
