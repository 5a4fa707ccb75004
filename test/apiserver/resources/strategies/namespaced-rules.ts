import { type Case, objectOf } from './support.js';

const rbac = 'rbac.authorization.k8s.io';
/** Networking, autoscaling, policy and RBAC. */
export const namespacedCases: Case[] = [
  {
    strategy: 'ingresses.networking.k8s.io',
    valid: objectOf('Ingress', 'i', {
      spec: {
        rules: [
          {
            host: 'example.com',
            http: {
              paths: [
                {
                  path: '/',
                  pathType: 'Prefix',
                  backend: { service: { name: 'web', port: { number: 80 } } },
                },
              ],
            },
          },
        ],
      },
    }),
    becomes: { status: { loadBalancer: {} } },
    refused: [
      [
        [['spec.rules', undefined]],
        ['spec: Invalid value: []: either `defaultBackend` or `rules` must be specified'],
      ],
      [
        [['spec.rules.0.http.paths.0.pathType', undefined]],
        ['spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified'],
      ],
      [
        [['spec.rules.0.http.paths.0.path', 'x']],
        ['spec.rules[0].http.paths[0].path: Invalid value: "x": must be an absolute path'],
      ],
      [
        [['spec.rules.0.host', '10.0.0.1']],
        ['spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address'],
      ],
      [
        [['spec.rules.0.http.paths.0.backend', {}]],
        [
          'spec.rules[0].http.paths[0].backend: Invalid value: "": resource or service backend is required',
        ],
      ],
      [
        [['spec.rules.0.http.paths.0.backend.service.port', {}]],
        ['spec.rules[0].http.paths[0].backend: Required value: port name or number is required'],
      ],
    ],
  },
  {
    strategy: 'ingressclasses.networking.k8s.io',
    valid: objectOf('IngressClass', 'c', { spec: { controller: 'example.com/c' } }),
    refused: [
      [
        [['spec.controller', 'c']],
        [
          'spec.controller: Invalid value: "c": must be a domain-prefixed path (such as "acme.io/foo")',
        ],
      ],
    ],
    fixed: [
      [
        'spec.controller',
        'example.com/d',
        'spec.controller: Invalid value: "example.com/d": field is immutable',
      ],
    ],
  },
  {
    strategy: 'networkpolicies.networking.k8s.io',
    valid: objectOf('NetworkPolicy', 'n', {
      spec: { egress: [{ ports: [{ port: 53 }], to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }] },
    }),
    becomes: {
      spec: {
        podSelector: {},
        policyTypes: ['Ingress', 'Egress'],
        egress: [{ ports: [{ protocol: 'TCP' }] }],
      },
    },
    refused: [
      [[['spec.egress.0.to', [{}]]], ['spec.egress[0].to[0]: Required value: must specify a peer']],
      [
        [['spec.egress.0.to.0.ipBlock.except', ['11.0.0.0/16']]],
        [
          'spec.egress[0].to[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
        ],
      ],
      [
        [['spec.egress.0.ports.0.endPort', 52]],
        [
          'spec.egress[0].ports[0].endPort: Invalid value: 52: must be greater than or equal to `port`',
        ],
      ],
    ],
  },
  {
    strategy: 'horizontalpodautoscalers.autoscaling',
    valid: objectOf('HorizontalPodAutoscaler', 'h', {
      apiVersion: 'autoscaling/v2',
      spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'web' }, behavior: {} },
    }),
    becomes: {
      spec: {
        minReplicas: 1,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
          },
        ],
        behavior: {
          scaleUp: { selectPolicy: 'Max', stabilizationWindowSeconds: 0 },
          scaleDown: { selectPolicy: 'Max' },
        },
      },
    },
    refused: [
      [
        [['spec.maxReplicas', 0]],
        [
          'spec.maxReplicas: Invalid value: 0: must be greater than 0',
          'spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`',
        ],
      ],
      [[['spec.scaleTargetRef.name', '']], ['spec.scaleTargetRef.name: Required value']],
      [
        [['spec.metrics', [{ type: 'Pods' }]]],
        [
          'spec.metrics[0].pods: Required value: must populate information for the given metric source',
        ],
      ],
    ],
  },
  {
    strategy: 'poddisruptionbudgets.policy',
    valid: objectOf('PodDisruptionBudget', 'p', {
      spec: { minAvailable: '50%', selector: { matchLabels: { a: 'b' } } },
    }),
    becomes: {
      status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
    },
    refused: [
      [
        [['spec.maxUnavailable', 1]],
        [
          'spec: Invalid value: {"minAvailable":"50%","selector":{"matchLabels":{"a":"b"}},"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set',
        ],
      ],
      [
        [['spec.minAvailable', -1]],
        ['spec.minAvailable: Invalid value: -1: must be greater than or equal to 0'],
      ],
    ],
  },
  {
    strategy: `roles.${rbac}`,
    valid: objectOf('Role', 'r', {
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
    }),
    refused: [
      [
        [['rules.0.verbs', []]],
        ['rules[0].verbs: Required value: verbs must contain at least one value'],
      ],
      [
        [['rules.0', { nonResourceURLs: ['/x'], verbs: ['get'] }]],
        [
          'rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
        ],
      ],
      [
        [['rules.0.apiGroups', []]],
        ['rules[0].apiGroups: Required value: resource rules must supply at least one api group'],
      ],
    ],
  },
  {
    strategy: `rolebindings.${rbac}`,
    valid: objectOf('RoleBinding', 'b', {
      roleRef: { kind: 'Role', name: 'r' },
      subjects: [{ kind: 'User', name: 'u' }],
    }),
    becomes: { roleRef: { apiGroup: rbac }, subjects: [{ apiGroup: rbac }] },
    refused: [
      [
        [['roleRef.kind', 'Pod']],
        ['roleRef.kind: Unsupported value: "Pod": supported values: "Role", "ClusterRole"'],
      ],
      [
        [['subjects.0', { kind: 'Robot', name: 'u' }]],
        [
          'subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
        ],
      ],
    ],
    fixed: [
      [
        'roleRef.name',
        'other',
        `roleRef: Invalid value: {"kind":"Role","name":"other","apiGroup":"${rbac}"}: cannot change roleRef`,
      ],
    ],
  },
];
