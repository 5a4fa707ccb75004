// One row a rule of a Pod: what is changed in a plain one, and the errors that come of it.
import { type Change, labelRule } from './support.js';

export const rows: [string, Change[], string[]][] = [
  ['a name', [['spec.containers.0.name', undefined]], ['spec.containers[0].name: Required value']],
  [
    'a well-formed name',
    [['spec.containers.0.name', 'Nginx']],
    [`spec.containers[0].name: Invalid value: "Nginx": ${labelRule}`],
  ],
  ['an image', [['spec.containers.0.image', '']], ['spec.containers[0].image: Required value']],
  [
    'a trimmed image',
    [['spec.containers.0.image', ' nginx']],
    [
      'spec.containers[0].image: Invalid value: " nginx": must not have leading or trailing whitespace',
    ],
  ],
  [
    'a port',
    [['spec.containers.0.ports.0.containerPort', undefined]],
    ['spec.containers[0].ports[0].containerPort: Required value'],
  ],
  [
    'a port in range',
    [['spec.containers.0.ports.0.containerPort', 70000]],
    [
      'spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
  ],
  ['containers', [['spec.containers', []]], ['spec.containers: Required value']],
  [
    'names once',
    [['spec.initContainers', [{ name: 'nginx', image: 'a' }]]],
    ['spec.initContainers[0].name: Duplicate value: "nginx"'],
  ],
  [
    'host ports once',
    [
      [
        'spec.containers.0.ports',
        [
          { containerPort: 80, hostPort: 80 },
          { containerPort: 81, hostPort: 80 },
        ],
      ],
    ],
    ['spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//80"'],
  ],
  [
    'mounts that exist',
    [['spec.containers.0.volumeMounts', [{ name: 'data', mountPath: '/data' }]]],
    ['spec.containers[0].volumeMounts[0].name: Not found: "data"'],
  ],
  [
    'mount paths once',
    [
      ['spec.volumes', [{ name: 'a' }]],
      [
        'spec.containers.0.volumeMounts',
        [
          { name: 'a', mountPath: '/d' },
          { name: 'a', mountPath: '/d' },
        ],
      ],
    ],
    ['spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/d": must be unique'],
  ],
  [
    'one source a volume',
    [['spec.volumes', [{ name: 'a', emptyDir: {}, hostPath: { path: '/x' } }]]],
    ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
  ],
  [
    'volume names once',
    [['spec.volumes', [{ name: 'a' }, { name: 'a' }]]],
    ['spec.volumes[1].name: Duplicate value: "a"'],
  ],
  [
    'host paths without steps back',
    [['spec.volumes', [{ name: 'a', hostPath: { path: '/a/../b' } }]]],
    [`spec.volumes[0].hostPath.path: Invalid value: "/a/../b": must not contain '..'`],
  ],
  [
    'requests within limits',
    [['spec.containers.0.resources', { requests: { cpu: '2' }, limits: { cpu: '1' } }]],
    [
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
  ],
  [
    'known resources',
    [['spec.containers.0.resources', { limits: { disk: '2' } }]],
    [
      'spec.containers[0].resources.limits[disk]: Invalid value: "disk": must be a standard resource type or fully qualified',
      'spec.containers[0].resources.limits[disk]: Invalid value: "disk": must be a standard resource for containers',
      'spec.containers[0].resources.requests[disk]: Invalid value: "disk": must be a standard resource type or fully qualified',
      'spec.containers[0].resources.requests[disk]: Invalid value: "disk": must be a standard resource for containers',
    ],
  ],
  [
    'whole extended resources',
    [['spec.containers.0.resources', { limits: { 'example.com/gpu': '500m' } }]],
    [
      'spec.containers[0].resources.limits[example.com/gpu]: Invalid value: "500m": must be an integer',
      'spec.containers[0].resources.requests[example.com/gpu]: Invalid value: "500m": must be an integer',
    ],
  ],
  [
    'huge pages beside memory',
    [['spec.containers.0.resources', { limits: { 'hugepages-2Mi': '4Mi' } }]],
    ['spec.containers[0].resources: Forbidden: HugePages require cpu or memory'],
  ],
  [
    'no negative amounts',
    [['spec.containers.0.resources', { requests: { memory: '-1' } }]],
    [
      'spec.containers[0].resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0',
    ],
  ],
  [
    'a probe handler',
    [['spec.containers.0.livenessProbe', {}]],
    ['spec.containers[0].livenessProbe: Required value: must specify a handler type'],
  ],
  [
    'one success for liveness',
    [['spec.containers.0.livenessProbe', { tcpSocket: { port: 80 }, successThreshold: 2 }]],
    ['spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1'],
  ],
  [
    'probes by known ports',
    [['spec.containers.0.readinessProbe', { httpGet: { port: 'HTTP', path: '/' } }]],
    [
      'spec.containers[0].readinessProbe.httpGet.port: Invalid value: "HTTP": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      'spec.containers[0].readinessProbe.httpGet.port: Invalid value: "HTTP": must contain at least one letter (a-z)',
    ],
  ],
  [
    'variables with one source',
    [
      [
        'spec.containers.0.env',
        [{ name: 'A', value: 'x', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
      ],
    ],
    [
      'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
    ],
  ],
  [
    'variables from fields that exist',
    [
      [
        'spec.containers.0.env',
        [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.foo' } } }],
      ],
    ],
    [
      'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.foo": error converting fieldPath: field label not supported: spec.foo',
    ],
  ],
  [
    'probes only where containers stay',
    [
      [
        'spec.initContainers',
        [{ name: 'i', image: 'i', livenessProbe: { exec: { command: ['a'] } } }],
      ],
    ],
    [
      'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ],
  ],
  [
    'no ephemeral containers at first',
    [['spec.ephemeralContainers', [{ name: 'debug', image: 'busybox' }]]],
    ['spec.ephemeralContainers: Forbidden: cannot be set on create'],
  ],
  [
    'sane sysctls',
    [['spec.securityContext', { sysctls: [{ name: 'foo-', value: '1' }] }]],
    [
      'spec.securityContext.sysctls[0].name: Invalid value: "foo-": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
    ],
  ],
  [
    'user ids',
    [['spec.containers.0.securityContext', { runAsUser: -1 }]],
    [
      'spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive',
    ],
  ],
  [
    'one kind of escalation',
    [['spec.containers.0.securityContext', { privileged: true, allowPrivilegeEscalation: false }]],
    [
      'spec.containers[0].securityContext: Invalid value: {"privileged":true,"allowPrivilegeEscalation":false}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    ],
  ],
  [
    'tolerations that mean something',
    [['spec.tolerations', [{ operator: 'Equal', value: 'a' }]]],
    [
      'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ],
  ],
  [
    'a topology key',
    [
      [
        'spec.affinity',
        {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { labelSelector: {}, topologyKey: '' },
            ],
          },
        },
      ],
    ],
    [
      'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value: can not be empty',
      'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: "": name part must be non-empty',
      `spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: "": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
  ],
  [
    'node selector terms',
    [
      [
        'spec.affinity',
        {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] },
          },
        },
      ],
    ],
    [
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
    ],
  ],
  [
    'a positive skew',
    [
      [
        'spec.topologySpreadConstraints',
        [{ maxSkew: 0, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
      ],
    ],
    ['spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero'],
  ],
  [
    'name servers of its own',
    [['spec.dnsPolicy', 'None']],
    ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
  ],
  ['a hostname', [['spec.hostname', 'a.b']], [`spec.hostname: Invalid value: "a.b": ${labelRule}`]],
  [
    'a deadline',
    [['spec.activeDeadlineSeconds', 0]],
    ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
  ],
  [
    'no gates once placed',
    [
      ['spec.nodeName', 'node-1'],
      ['spec.schedulingGates', [{ name: 'g' }]],
    ],
    ['spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared'],
  ],
  [
    'tokens only with an account',
    [
      [
        'spec.volumes',
        [{ name: 't', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }],
      ],
    ],
    [
      'spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set',
    ],
  ],
  [
    'paths laid side by side',
    [
      [
        'spec.volumes',
        [
          {
            name: 't',
            projected: {
              sources: [
                { secret: { name: 's', items: [{ key: 'a', path: 'x' }] } },
                { configMap: { name: 'c', items: [{ key: 'b', path: 'x' }] } },
              ],
            },
          },
        ],
      ],
    ],
    ['spec.volumes[0].projected: Invalid value: "c": conflicting duplicate paths'],
  ],
  [
    'a deletion cost',
    [['metadata.annotations', { 'controller.kubernetes.io/pod-deletion-cost': 'many' }]],
    [
      'metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "many": must be a 32bit integer',
    ],
  ],
];
