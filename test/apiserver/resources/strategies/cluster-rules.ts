import { type Case, objectOf } from './support.js';

/** Scheduling, storage, discovery, admission, flow control and CRDs. */
export const clusterCases: Case[] = [
  {
    strategy: 'priorityclasses.scheduling.k8s.io',
    valid: objectOf('PriorityClass', 'high', { value: 1000 }),
    becomes: { preemptionPolicy: 'PreemptLowerPriority' },
    refused: [
      [
        [['value', 2_000_000_000]],
        ['value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
      ],
      [
        [['metadata.name', 'system-x']],
        [
          "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-x is not a known system priority class",
        ],
      ],
    ],
    fixed: [['value', 5, 'value: Forbidden: may not be changed in an update.']],
  },
  {
    strategy: 'storageclasses.storage.k8s.io',
    valid: objectOf('StorageClass', 's', { provisioner: 'example.com/p' }),
    becomes: { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' },
    refused: [[[['provisioner', '']], ['provisioner: Required value']]],
    fixed: [
      [
        'provisioner',
        'example.com/q',
        'provisioner: Forbidden: updates to provisioner are forbidden.',
      ],
      ['parameters', { a: 'b' }, 'parameters: Forbidden: updates to parameters are forbidden.'],
      [
        'volumeBindingMode',
        'WaitForFirstConsumer',
        'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable',
      ],
    ],
  },
  {
    strategy: 'csidrivers.storage.k8s.io',
    valid: objectOf('CSIDriver', 'csi.example.com', { spec: {} }),
    becomes: {
      spec: {
        attachRequired: true,
        fsGroupPolicy: 'ReadWriteOnceWithFSType',
        podInfoOnMount: false,
        requiresRepublish: false,
        seLinuxMount: false,
        storageCapacity: false,
        volumeLifecycleModes: ['Persistent'],
      },
    },
    refused: [],
    fixed: [
      [
        'spec.attachRequired',
        false,
        'spec.attachedRequired: Invalid value: false: field is immutable',
      ],
    ],
  },
  {
    strategy: 'volumeattachments.storage.k8s.io',
    valid: objectOf('VolumeAttachment', 'v', {
      spec: { attacher: 'csi.example.com', nodeName: 'n', source: { persistentVolumeName: 'pv' } },
    }),
    becomes: { status: { attached: false } },
    refused: [
      [
        [['spec.source', {}]],
        [
          'spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
        ],
      ],
    ],
  },
  {
    strategy: 'leases.coordination.k8s.io',
    valid: objectOf('Lease', 'l', { spec: { leaseDurationSeconds: 15 } }),
    refused: [
      [
        [['spec.leaseDurationSeconds', 0]],
        ['spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0'],
      ],
    ],
  },
  {
    strategy: 'endpointslices.discovery.k8s.io',
    valid: objectOf('EndpointSlice', 'e', {
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.1'] }],
      ports: [{ port: 80 }],
    }),
    becomes: { ports: [{ name: '', protocol: 'TCP' }] },
    refused: [
      [
        [['endpoints.0.addresses', []]],
        ['endpoints[0].addresses: Required value: must contain at least 1 address'],
      ],
      [
        [['endpoints.0.addresses', ['fd00::1']]],
        ['endpoints[0].addresses[0]: Invalid value: "fd00::1": must be a valid IPv4 address'],
      ],
      [[['ports', [{ port: 1 }, { port: 2 }]]], ['ports[1].name: Duplicate value: ""']],
    ],
    fixed: [['addressType', 'FQDN', 'addressType: Invalid value: "FQDN": field is immutable']],
  },
  {
    strategy: 'runtimeclasses.node.k8s.io',
    valid: objectOf('RuntimeClass', 'r', { handler: 'runc' }),
    refused: [],
    fixed: [['handler', 'kata', 'handler: Invalid value: "kata": field is immutable']],
  },
  {
    strategy: 'mutatingwebhookconfigurations.admissionregistration.k8s.io',
    valid: objectOf('MutatingWebhookConfiguration', 'm', {
      webhooks: [
        {
          name: 'a.example.com',
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          clientConfig: { service: { name: 's', namespace: 'n' } },
          rules: [
            { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] },
          ],
        },
      ],
    }),
    becomes: {
      webhooks: [
        {
          failurePolicy: 'Fail',
          matchPolicy: 'Equivalent',
          namespaceSelector: {},
          objectSelector: {},
          reinvocationPolicy: 'Never',
          timeoutSeconds: 10,
          clientConfig: { service: { port: 443 } },
          rules: [{ scope: '*' }],
        },
      ],
    },
    refused: [
      [
        [['webhooks.0.name', 'a.b']],
        [
          'webhooks[0].name: Invalid value: "a.b": should be a domain with at least three segments separated by dots',
        ],
      ],
      [
        [['webhooks.0.clientConfig', {}]],
        ['webhooks[0].clientConfig: Required value: exactly one of url or service is required'],
      ],
      [
        [['webhooks.0.sideEffects', undefined]],
        ['webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun'],
      ],
      [
        [['webhooks.0.clientConfig', { url: 'http://h/' }]],
        [
          `webhooks[0].clientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
        ],
      ],
      [
        [['webhooks.0.rules.0.resources', ['*', 'pods']]],
        [
          `webhooks[0].rules[0].resources: Invalid value: ["*","pods"]: if '*' is present, must not specify other resources without subresources`,
        ],
      ],
    ],
  },
  {
    strategy: 'flowschemas.flowcontrol.apiserver.k8s.io',
    valid: objectOf('FlowSchema', 'f', {
      spec: { priorityLevelConfiguration: { name: 'global-default' } },
    }),
    becomes: { spec: { matchingPrecedence: 1000 } },
    refused: [
      [
        [['spec.matchingPrecedence', 20_000]],
        ['spec.matchingPrecedence: Invalid value: 20000: must not be greater than 10000'],
      ],
      [
        [['spec.rules', [{ subjects: [] }]]],
        [
          'spec.rules[0].subjects: Required value: subjects must contain at least one value',
          'spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty',
        ],
      ],
    ],
  },
  {
    strategy: 'customresourcedefinitions.apiextensions.k8s.io',
    valid: objectOf('CustomResourceDefinition', 'widgets.example.com', {
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'widgets', kind: 'Widget' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object' } },
          },
        ],
      },
    }),
    becomes: {
      spec: {
        names: { singular: 'widget', listKind: 'WidgetList' },
        conversion: { strategy: 'None' },
      },
      status: { storedVersions: ['v1'] },
    },
    refused: [
      [
        [['metadata.name', 'x']],
        ['metadata.name: Invalid value: "x": must be spec.names.plural+"."+spec.group'],
      ],
    ],
  },
];
