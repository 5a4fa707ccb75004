// `kubectl create` with every generator, `kubectl run`, and what is said about objects that cannot be.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KubectlDesk } from './kubectl-desk.js';
import { configMap, documents, pod } from './kubectl-manifests.js';

let desk: KubectlDesk;
beforeAll(async () => {
  desk = await KubectlDesk.open();
});
afterAll(() => desk.close());

/** [what follows `create`, what it prints] for kinds in a namespace. */
const namespaced: readonly (readonly [string, string])[] = [
  ['configmap settings --from-literal=a=b', 'configmap/settings'],
  ['secret generic keys --from-literal=a=b', 'secret/keys'],
  ['secret docker-registry pull --docker-username=u --docker-password=p', 'secret/pull'],
  ['serviceaccount robot', 'serviceaccount/robot'],
  ['quota limits --hard=pods=5,cpu=2', 'resourcequota/limits'],
  ['deployment web --image=nginx --replicas=3', 'deployment.apps/web'],
  ['job once --image=busybox -- echo hi', 'job.batch/once'],
  ['cronjob often --image=busybox --schedule=@hourly -- echo hi', 'cronjob.batch/often'],
  ['job again --from=cronjob/often', 'job.batch/again'],
  ['role reader --verb=get,list --resource=pods,pods/log', 'role.rbac.authorization.k8s.io/reader'],
  ['rolebinding readers --role=reader --user=eve', 'rolebinding.rbac.authorization.k8s.io/readers'],
  [
    'ingress door --class=x --rule=foo.example/bar*=svc1:8080,tls=cert',
    'ingress.networking.k8s.io/door',
  ],
  ['pdb budget --selector=app=web --min-available=50%', 'poddisruptionbudget.policy/budget'],
  ['service clusterip internal --tcp=80:8080', 'service/internal'],
  ['service nodeport outside --tcp=80', 'service/outside'],
  ['service loadbalancer balanced --tcp=80', 'service/balanced'],
  ['service externalname elsewhere --external-name=example.com', 'service/elsewhere'],
];

const inCluster: readonly (readonly [string, string])[] = [
  [
    'clusterrole looker --verb=get --resource=nodes --non-resource-url=/logs',
    'clusterrole.rbac.authorization.k8s.io/looker',
  ],
  [
    'clusterrolebinding lookers --clusterrole=looker --group=staff',
    'clusterrolebinding.rbac.authorization.k8s.io/lookers',
  ],
  ['priorityclass urgent --value=1000', 'priorityclass.scheduling.k8s.io/urgent'],
  ['namespace made', 'namespace/made'],
];

describe('kubectl create', () => {
  it('makes every kind that it has a generator for', async () => {
    const { namespace, ok } = await desk.namespace();
    for (const [command, made] of [...namespaced, ...inCluster]) {
      // One word a value: the template splits nothing that stands in ${}.
      const output = await desk.kubectl.run([
        'create',
        `--namespace=${namespace}`,
        ...command.split(' '),
      ]);
      expect(output).toEqual({ code: 0, stdout: `${made} created\n`, stderr: '' });
    }
    const names = namespaced.map(([, made]) => made);
    const printed = await ok`get ${[...new Set(names.map((name) => name.split('/')[0]))].join(',')}
      -o name`;
    expect(printed.trim().split('\n').sort()).toEqual([...names].sort());
    expect(await ok`get cronjob often -o jsonpath={.spec.concurrencyPolicy}`).toBe('Allow');
    expect(await ok`get pdb budget -o jsonpath={.spec.minAvailable}`).toBe('50%');
    expect(await ok`get job again -o jsonpath={.metadata.ownerReferences[*].kind}`).toBe('CronJob');
  });

  it('makes nothing with --dry-run, on either side', async () => {
    const { run, ok } = await desk.namespace();
    for (const where of ['client', 'server']) {
      const output = await run`create deployment web --image=nginx --dry-run=${where} -o name`;
      expect(output).toMatchObject({ code: 0, stdout: 'deployment.apps/web\n' });
    }
    expect(await ok`get deployments -o name`).toBe('');
    const dry = await ok`create deployment web --image=nginx --dry-run=server -o yaml`;
    expect(dry).toContain('progressDeadlineSeconds: 600');
  });

  it('makes up the rest of a generateName', async () => {
    const { ok, feed } = await desk.namespace();
    const nameless = configMap('x', '').replace('{name: x', '{generateName: made-');
    const made = [await feed(nameless).ok`create -f -`, await feed(nameless).ok`create -f -`];
    for (const line of made) expect(line).toMatch(/^configmap\/made-[a-z0-9]{5} created\n$/);
    expect(new Set(made).size).toBe(2);
    expect((await ok`get configmaps -o name`).trim().split('\n')).toHaveLength(2);
  });

  it('creates through raw paths, and prints what the server made of it', async () => {
    const { namespace, ok, feed } = await desk.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const body = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"raw"}}';
    expect(JSON.parse(await feed(body).ok`create --raw ${path} -f -`)).toMatchObject({
      metadata: { name: 'raw', namespace, uid: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
    expect(await feed(body).ok`replace --raw ${`${path}/raw`} -f -`).toContain('"uid"');
    await ok`delete --raw ${`${path}/raw`}`;
    expect(await ok`get configmaps -o name`).toBe('');
  });

  it('runs a pod, with defaults a kubelet would look for', async () => {
    const { ok, run } = await desk.namespace();
    expect(await ok`run web --image=nginx:1 --port=80 --env=A=b --labels=app=web`).toBe(
      'pod/web created\n',
    );
    const found = JSON.parse(await ok`get pod web -o json`) as unknown; // as: compared below
    expect(found).toMatchObject({
      metadata: { labels: { app: 'web' }, generation: 1 },
      spec: {
        containers: [
          {
            name: 'web',
            image: 'nginx:1',
            imagePullPolicy: 'IfNotPresent',
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
            ports: [{ containerPort: 80, protocol: 'TCP' }],
            env: [{ name: 'A', value: 'b' }],
          },
        ],
        restartPolicy: 'Always',
        dnsPolicy: 'ClusterFirst',
        schedulerName: 'default-scheduler',
        terminationGracePeriodSeconds: 30,
      },
      status: { phase: 'Pending', qosClass: 'BestEffort' },
    });
    expect(await run`run web --image=nginx`).toMatchObject({
      code: 1,
      stderr: 'Error from server (AlreadyExists): pods "web" already exists\n',
    });
  });
});

describe('what cannot be created', () => {
  it('is said in the words of the real server', async () => {
    const { namespace, ok, fails, feed } = await desk.namespace();
    await feed(pod()).ok`create -f -`;
    expect(await feed(pod()).fails`create -f -`).toBe(
      'Error from server (AlreadyExists): error when creating "STDIN": pods "valid-pod" already exists\n',
    );
    expect(await fails`create configmap Bad_Name`).toContain(
      `ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must consist of`,
    );
    expect(await desk.cluster.fails`create configmap x --namespace=missing`).toBe(
      'error: failed to create configmap: namespaces "missing" not found\n',
    );
    expect(await feed(configMap('x', '"": "1"')).fails`create -f -`).toContain(
      'data[]: Invalid value: ""',
    );
    const path = `/api/v1/namespaces`;
    const body = '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"}}';
    expect(await feed(body).fails`create --raw ${path} -f -`).toContain(
      'Pod in version "v1" cannot be handled as a Namespace',
    );
    expect(await feed(pod()).fails`create --raw ${path} -f -`).toContain(
      'the object provided is unrecognized (must be of type Namespace)',
    );
    const elsewhere = pod('other').replace('{name: other', '{namespace: default, name: other');
    expect(await feed(elsewhere).fails`create -f -`).toContain(
      `the namespace from the provided object "default" does not match the namespace "${namespace}"`,
    );
    expect(await ok`get pods -o name`).toBe('pod/valid-pod\n');
  });

  it('names each bad field of a pod', async () => {
    const { fails, feed } = await desk.namespace();
    const bad = pod()
      .replace('cpu: "1"', 'cpu: "1", example: "5"')
      .replace('containers:', 'restartPolicy: Sometimes\n  containers:')
      .replace('- name: serve', '- name: serve\n    volumeMounts: [{name: none, mountPath: /x}]');
    const errors = await feed(bad).fails`create -f -`;
    expect(errors).toMatch(/spec\.restartPolicy: Unsupported value: "Sometimes": supported values/);
    expect(errors).toContain('spec.containers[0].volumeMounts[0].name: Not found: "none"');
    expect(errors).toContain('spec.containers[0].resources.limits[example]');
    expect(
      await fails`run p --image=nginx --overrides=${'{"spec":{"hostNetwork":"yes"}}'}`,
    ).toMatch(
      /cannot unmarshal string into Go struct field PodSpec\.spec\.hostNetwork of type bool/,
    );
  });

  it('keeps immutable what says it is', async () => {
    const { ok, fails, feed } = await desk.namespace();
    const frozen = (data: string, flag = 'true'): string =>
      configMap('frozen', data).concat(`immutable: ${flag}\n`);
    await feed(frozen('a: "1"')).ok`create -f -`;
    expect(await feed(frozen('a: "2"')).fails`replace -f -`).toContain(
      'data: Forbidden: field is immutable when `immutable` is set',
    );
    expect(await feed(frozen('a: "1"', 'false')).fails`replace -f -`).toContain(
      'immutable: Forbidden: field is immutable when `immutable` is set',
    );
    await ok`label configmap frozen a=b`;
    await ok`create secret generic keys --from-literal=a=b`;
    const patch = (text: string): string => text;
    await ok`patch secret keys -p ${patch('{"immutable":true}')}`;
    expect(await fails`patch secret keys -p ${patch('{"stringData":{"a":"c"}}')}`).toContain(
      'data: Forbidden: field is immutable when `immutable` is set',
    );
    expect(await fails`patch secret keys -p ${patch('{"type":"other"}')}`).toContain(
      'type: Invalid value: "other": field is immutable',
    );
    await ok`delete configmap/frozen secret/keys`;
  });

  it('checks secrets by their type and folds stringData into data', async () => {
    const { ok, feed } = await desk.namespace();
    const secret = (name: string, type: string, rest: string): string =>
      `apiVersion: v1\nkind: Secret\nmetadata: {name: ${name}}\ntype: ${type}\n${rest}\n`;
    const tls = secret('tls', 'kubernetes.io/tls', 'stringData: {tls.crt: x}');
    expect(await feed(tls).fails`create -f -`).toContain('data[tls.key]: Required value');
    const merged = 'data: {a: b2xk, b: Yg==}\nstringData: {a: new}';
    await feed(documents(secret('s', 'my/type', merged))).ok`create -f -`;
    expect(await ok`get secret s -o jsonpath={.data}{.stringData}`).toBe('{"a":"bmV3","b":"Yg=="}');
  });
});
