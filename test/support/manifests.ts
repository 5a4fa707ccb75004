// Valid manifests of several kinds, with enough in each that a change anywhere has something to break.
const labels = { app: 'web', tier: 'front' };

const template = {
  metadata: { labels },
  spec: {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    securityContext: { runAsUser: 1000, fsGroup: 2000, seccompProfile: { type: 'RuntimeDefault' } },
    initContainers: [{ name: 'init', image: 'busybox', command: ['true'] }],
    containers: [
      {
        name: 'web',
        image: 'nginx:1.27',
        args: ['-g', 'daemon off;'],
        ports: [{ name: 'http', containerPort: 80, protocol: 'TCP' }],
        env: [
          { name: 'A', value: '1' },
          { name: 'B', valueFrom: { configMapKeyRef: { name: 'c', key: 'k', optional: true } } },
        ],
        resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
        readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 5 },
        lifecycle: { preStop: { exec: { command: ['sleep', '1'] } } },
        volumeMounts: [{ name: 'data', mountPath: '/data', readOnly: true }],
      },
    ],
    volumes: [
      { name: 'data', configMap: { name: 'c', items: [{ key: 'k', path: 'p', mode: 420 }] } },
      { name: 'scratch', emptyDir: { sizeLimit: '1Gi' } },
    ],
    tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }],
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'zone',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: labels },
      },
    ],
  },
};

export interface Manifest {
  readonly collection: string;
  readonly object: { readonly metadata: { readonly name: string } };
}

/** `name` is the object's own; the namespace is the URL's. */
export function manifests(namespace: string, name: string): [Manifest, ...Manifest[]] {
  const of = (base: string, plural: string, kind: string, rest: object): Manifest => ({
    collection: `${base}/namespaces/${namespace}/${plural}`,
    object: {
      apiVersion: base.replace(/^\/apis?\//, ''),
      kind,
      metadata: { name, labels, annotations: { note: 'ünï' }, finalizers: [] },
      ...rest,
    } as Manifest['object'], // as: metadata is there
  });
  const selector = { matchLabels: labels };
  return [
    of('/api/v1', 'pods', 'Pod', { spec: template.spec }),
    of('/api/v1', 'configmaps', 'ConfigMap', { data: { a: '1' }, binaryData: { b: 'AAEC' } }),
    of('/api/v1', 'secrets', 'Secret', {
      type: 'Opaque',
      stringData: { a: '1' },
      immutable: false,
    }),
    of('/api/v1', 'services', 'Service', {
      spec: {
        type: 'NodePort',
        selector: labels,
        ports: [
          { name: 'http', port: 80, targetPort: 'http' },
          { name: 'dns', port: 53, protocol: 'UDP' },
        ],
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 100 } },
      },
    }),
    of('/apis/apps/v1', 'deployments', 'Deployment', {
      spec: {
        replicas: 2,
        selector,
        template,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } },
      },
    }),
    of('/apis/apps/v1', 'statefulsets', 'StatefulSet', {
      spec: {
        serviceName: 'web',
        selector,
        template,
        volumeClaimTemplates: [
          {
            metadata: { name: 'claim' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    }),
    of('/apis/batch/v1', 'cronjobs', 'CronJob', {
      spec: {
        schedule: '*/5 * * * *',
        timeZone: 'Etc/UTC',
        jobTemplate: {
          spec: {
            completions: 2,
            template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } },
          },
        },
      },
    }),
    of('/apis/networking.k8s.io/v1', 'ingresses', 'Ingress', {
      spec: {
        tls: [{ hosts: ['a.example.com'], secretName: 's' }],
        rules: [
          {
            host: 'a.example.com',
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
    of('/apis/rbac.authorization.k8s.io/v1', 'roles', 'Role', {
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }],
    }),
    of('/apis/autoscaling/v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', {
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 1,
        maxReplicas: 5,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
          },
        ],
      },
    }),
  ];
}
