// Manifests that several kubectl tests share, as users write them.

export const pod = (name = 'valid-pod', image = 'registry.example/serve:1'): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {name: ${name}}}
spec:
  containers:
  - name: serve
    image: ${image}
    resources: {limits: {cpu: "1", memory: 512Mi}}
`;

export interface Web {
  readonly replicas?: number;
  readonly image?: string;
  /** The environment of the container `web`. */
  readonly variables?: readonly string[];
  readonly hasSidecar?: boolean;
  readonly labels?: string;
}

/** A Deployment, written with the defaults left out. */
export const web = ({
  replicas = 2,
  image = 'nginx:1.25',
  variables = ['A', 'B'],
  hasSidecar = true,
  labels = 'app: web, tier: front',
}: Web = {}): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {${labels}}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: ${image}
        env: [${variables.map((name) => `{name: ${name}, value: of-${name}}`).join(', ')}]
        ports: [{name: http, containerPort: 80}]
${hasSidecar ? '      - {name: side, image: busybox}\n' : ''}`;

export const configMap = (name: string, data: string, labels = 'app: web'): string => `
apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}, labels: {${labels}}}
data: {${data}}
`;

export const service = (name: string, spec = 'ports: [{port: 80}]'): string => `
apiVersion: v1
kind: Service
metadata: {name: ${name}, labels: {app: web}}
spec: {selector: {app: web}, ${spec}}
`;

export const documents = (...manifests: readonly string[]): string => manifests.join('\n---\n');
