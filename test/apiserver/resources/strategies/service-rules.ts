// One row a rule of a Service: what is changed in a plain one, and the errors that come of it.
import type { Change } from './support.js';

export const rows: [string, Change[], string[]][] = [
  ['ports', [['spec.ports', []]], ['spec.ports: Required value']],
  [
    'a port in range',
    [['spec.ports.0.port', 0]],
    [
      'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      'spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
  ],
  [
    'names for several ports',
    [['spec.ports', [{ port: 80 }, { port: 81, name: 'b' }]]],
    ['spec.ports[0].name: Required value'],
  ],
  [
    'each port once',
    [
      [
        'spec.ports',
        [
          { port: 80, name: 'a' },
          { port: 80, name: 'a' },
        ],
      ],
    ],
    [
      'spec.ports[1].name: Duplicate value: "a"',
      'spec.ports[1]: Duplicate value: {"port":80,"protocol":"TCP"}',
    ],
  ],
  [
    'node ports only where they work',
    [['spec.ports.0.nodePort', 30000]],
    ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
  ],
  [
    'a target port',
    [['spec.ports.0.targetPort', 'A_B']],
    [
      'spec.ports[0].targetPort: Invalid value: "A_B": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      'spec.ports[0].targetPort: Invalid value: "A_B": must contain at least one letter (a-z)',
    ],
  ],
  [
    'an address to be one',
    [['spec.clusterIP', 'abc']],
    [
      'spec.clusterIPs[0]: Invalid value: "abc": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  ],
  [
    'the first of its addresses',
    [
      ['spec.clusterIP', '10.96.0.1'],
      ['spec.clusterIPs', ['10.96.0.2']],
    ],
    ['spec.clusterIPs: Invalid value: ["10.96.0.2"]: first value must match `clusterIP`'],
  ],
  [
    'None alone',
    [
      ['spec.clusterIP', 'None'],
      ['spec.clusterIPs', ['None', '10.96.0.2']],
    ],
    [
      `spec.clusterIPs: Invalid value: ["None","10.96.0.2"]: 'None' must be the first and only value`,
    ],
  ],
  [
    'an address for a NodePort',
    [
      ['spec.type', 'NodePort'],
      ['spec.clusterIP', 'None'],
    ],
    [`spec.clusterIPs[0]: Invalid value: "None": may not be set to 'None' for NodePort services`],
  ],
  [
    'no address when external',
    [
      ['spec.type', 'ExternalName'],
      ['spec.clusterIP', '10.96.0.3'],
    ],
    [
      'spec.clusterIPs: Forbidden: may not be set for ExternalName services',
      'spec.externalName: Required value',
    ],
  ],
  [
    'a sane affinity',
    [
      ['spec.sessionAffinity', 'ClientIP'],
      ['spec.sessionAffinityConfig', { clientIP: { timeoutSeconds: 100000 } }],
    ],
    [
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 100000: must be greater than 0 and less than 86400',
    ],
  ],
  [
    'external addresses of other hosts',
    [['spec.externalIPs', ['127.0.0.1']]],
    [
      'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
  ],
  [
    'source ranges only for balancers',
    [['spec.loadBalancerSourceRanges', ['10.0.0.0/8']]],
    ["spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'"],
  ],
  [
    'no balancer class elsewhere',
    [['spec.loadBalancerClass', 'a/b']],
    ["spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'"],
  ],
  [
    'no outside policy inside',
    [['spec.externalTrafficPolicy', 'Local']],
    [
      'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
    ],
  ],
  [
    'a known distribution',
    [['spec.trafficDistribution', 'Far']],
    [
      'spec.trafficDistribution: Unsupported value: "Far": supported values: "PreferClose", "PreferSameZone", "PreferSameNode"',
    ],
  ],
];
