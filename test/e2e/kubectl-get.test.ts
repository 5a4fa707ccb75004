// `kubectl get` in all its output forms, selectors, pages and watches; `kubectl events`.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KubectlDesk, type Shell } from './kubectl-desk.js';
import { configMap, documents, pod, service, web } from './kubectl-manifests.js';

let desk: KubectlDesk;
let shell: Shell;
beforeAll(async () => {
  desk = await KubectlDesk.open();
  shell = await desk.namespace();
  const { ok, feed } = shell;
  await feed(documents(pod('first'), pod('second', 'nginx:2'), web(), service('web')))
    .ok`apply -f -`;
  await ok`label pod second color=red`;
});
afterAll(() => desk.close());

/** Columns are as wide as their content. */
const squeezed = (text: string): string => text.replace(/ {2,}/g, ' ').replace(/ +$/gm, '');

describe('kubectl get', () => {
  it('prints the columns of each kind', async () => {
    expect(squeezed(await shell.ok`get pods`)).toMatch(
      /^NAME READY STATUS RESTARTS AGE\nfirst 0\/1 Pending 0 \d+s\nsecond 0\/1 Pending 0 \d+s\n$/,
    );
    expect(squeezed(await shell.ok`get pod first -o wide --show-labels`)).toMatch(
      /^NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES LABELS\nfirst 0\/1 Pending 0 \d+s <none> <none> <none> <none> name=first\n$/,
    );
    expect(squeezed(await shell.ok`get deployment web -o wide`)).toMatch(
      /^NAME READY UP-TO-DATE AVAILABLE AGE CONTAINERS IMAGES SELECTOR\nweb 0\/2 0 0 \d+s web,side nginx:1.25,busybox app=web\n$/,
    );
    expect(squeezed(await shell.ok`get service web -o wide`)).toMatch(
      /^NAME TYPE CLUSTER-IP EXTERNAL-IP PORT\(S\) AGE SELECTOR\nweb ClusterIP 10\.0\.0\.\d+ <none> 80\/TCP \d+s app=web\n$/,
    );
    expect(squeezed(await shell.ok`get pods --no-headers -L color`)).toMatch(
      /^first 0\/1 Pending 0 \d+s\nsecond 0\/1 Pending 0 \d+s red\n$/,
    );
  });

  it('prints what is asked for of the objects', async () => {
    const { ok } = shell;
    expect(await ok`get pods -o name`).toBe('pod/first\npod/second\n');
    expect(await ok`get pod second -o jsonpath={.spec.containers[0].image}`).toBe('nginx:2');
    expect(squeezed(await ok`get pods -o custom-columns=N:.metadata.name,I:..image`)).toBe(
      'N I\nfirst registry.example/serve:1\nsecond nginx:2\n',
    );
    const template = 'go-template={{range .items}}{{.metadata.name}} {{.spec.nodeName}};{{end}}';
    expect(await ok`get pods -o ${template}`).toBe('first <no value>;second <no value>;');
    expect(JSON.parse(await ok`get pod first -o json`)).toMatchObject({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'first', namespace: shell.namespace, generation: 1 },
      spec: { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst' },
      status: { phase: 'Pending', qosClass: 'Guaranteed' },
    });
    expect(await ok`get pods -o yaml`).toMatch(/^apiVersion: v1\nitems:\n- apiVersion: v1\n/);
    expect(await ok`get pod first -o yaml`).not.toContain('managedFields');
    expect(await ok`get pod first -o yaml --show-managed-fields`).toContain(
      'manager: kubectl-client-side-apply',
    );
  });

  it('prints the whole of a namespace with `get all`', async () => {
    expect(await shell.ok`get all -o name`).toBe(
      'pod/first\npod/second\nservice/web\ndeployment.apps/web\n',
    );
    expect(await desk.cluster.ok`get all --namespace default -o name`).toBe('service/kubernetes\n');
    const everywhere = squeezed(await desk.cluster.ok`get all -A`);
    expect(everywhere).toMatch(/^NAMESPACE NAME READY /);
    expect(everywhere).toContain(`\n${shell.namespace} pod/first 0/1 Pending`);
    const empty = await (await desk.namespace()).run`get all`;
    expect(empty.stderr).toMatch(/^No resources found in test-\d+ namespace\.\n$/);
  });

  it('finds by label and by field', async () => {
    const { ok, fails } = shell;
    expect(await ok`get pods -l name=first -o name`).toBe('pod/first\n');
    expect(await ok`get pods -l ${'name in (second, third)'} -o name`).toBe('pod/second\n');
    expect(await ok`get pods -l ${'color,name!=first'} -o name`).toBe('pod/second\n');
    expect(await ok`get pods -l !color -o name`).toBe('pod/first\n');
    expect(await ok`get pods --field-selector metadata.name=second -o name`).toBe('pod/second\n');
    expect(await ok`get pods --field-selector status.phase=Running -o name`).toBe('');
    const fields = 'status.phase=Pending,spec.nodeName=,metadata.name!=first';
    expect(await ok`get pods --field-selector ${fields} -o name`).toBe('pod/second\n');
    expect(await desk.cluster.ok`get pods -A --field-selector ${fields} -o name`).toBe(
      'pod/second\n',
    );
    expect(await fails`get pods --field-selector foo=bar`).toContain(
      'field label not supported: foo',
    );
    expect(await fails`get pods -l ${'a in'}`).toContain('Error from server (BadRequest)');
  });

  it('sorts, and pages through a list', async () => {
    const { ok } = shell;
    expect(squeezed(await ok`get pods --sort-by=${'{.spec.containers[0].image}'}`)).toMatch(
      /^NAME .*\nsecond .*\nfirst .*\n$/,
    );
    expect(await ok`get pods --chunk-size=1 -o name`).toBe('pod/first\npod/second\n');
    const namespaces = await ok`get namespaces --chunk-size=1 -o name`;
    for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
      expect(namespaces).toContain(`namespace/${name}\n`);
    }
    const roles = await ok`get clusterroles --chunk-size=10 --no-headers -o name`;
    expect(roles.split('\n').length).toBeGreaterThan(10);
  });

  it('gets some of what it was asked for and says what is missing', async () => {
    const { run, fails } = shell;
    const some = await run`get deploy/web pod/zz`;
    expect(some).toMatchObject({
      code: 1,
      stderr: 'Error from server (NotFound): pods "zz" not found\n',
    });
    expect(some.stdout).toContain('web');
    expect(await run`get pod no-such-pod`).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Error from server (NotFound): pods "no-such-pod" not found\n',
    });
    expect(await fails`get deployments.apps no`).toBe(
      'Error from server (NotFound): deployments.apps "no" not found\n',
    );
    expect(await fails`get unicorns`).toBe(
      'error: the server doesn\'t have a resource type "unicorns"\n',
    );
    expect(await run`get pod zz --ignore-not-found`).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('knows a kind by all its names', async () => {
    for (const name of ['po', 'pod', 'Pod', 'pods.v1.']) {
      expect(await shell.ok`get ${name} first -o name`).toBe('pod/first\n');
    }
    for (const name of ['deploy', 'deployments.apps', 'deployment.v1.apps', 'Deployment.apps']) {
      expect(await shell.ok`get ${name} -o name`).toBe('deployment.apps/web\n');
    }
    expect(await shell.ok`get hpa.autoscal -o name`).toBe('');
  });

  it('reads a subresource', async () => {
    const { ok, fails } = shell;
    expect(squeezed(await ok`get pod first --subresource=status`)).toContain('first 0/1 Pending 0');
    expect(
      await ok`get deployment web --subresource=scale -o jsonpath={.kind}/{.spec.replicas}`,
    ).toBe('Scale/2');
    expect(await fails`get pod first --subresource=scale`).toContain(
      'the server could not find the requested resource',
    );
  });
});

describe('kubectl get --watch', () => {
  it('prints what is there, then every change', async () => {
    const { ok, feed, follow } = await desk.namespace();
    await feed(configMap('one', 'a: "1"')).ok`apply -f -`;
    const rows = follow`get configmaps --watch`;
    try {
      expect(squeezed(await rows.until(/./))).toBe('NAME DATA AGE');
      expect(squeezed(await rows.until(/./))).toMatch(/^one 1 \d+s$/);
      await ok`create configmap two --from-literal=a=1 --from-literal=b=2`;
      expect(squeezed(await rows.until(/^two/))).toMatch(/^two 2 \d+s$/);
      await ok`delete configmap one`;
      expect(squeezed(await rows.until(/^one/))).toMatch(/^one 1 \d+s$/);
    } finally {
      await rows.stop();
    }
  });

  it('follows only what the selector matches, with the kind of event', async () => {
    const { ok, feed, follow } = await desk.namespace();
    await feed(configMap('one', 'a: "1"')).ok`apply -f -`;
    const events = follow`get configmaps -l app=web --watch --output-watch-events`;
    try {
      expect(await events.until(/one/)).toMatch(/^ADDED +one /);
      await ok`create configmap unseen`;
      await ok`annotate configmap one k=v`;
      expect(await events.until(/./)).toMatch(/^MODIFIED +one /);
      await ok`label configmap one app-`;
      expect(await events.until(/./)).toMatch(/^DELETED +one /);
      await ok`label configmap one app=web`;
      expect(await events.until(/./)).toMatch(/^ADDED +one /);
    } finally {
      await events.stop();
    }
  });

  it('pages through a list before it watches', async () => {
    const { ok, feed, follow } = await desk.namespace();
    const three = ['a', 'b', 'c'].map((name) => configMap(name, ''));
    await feed(documents(...three)).ok`apply -f -`;
    const rows = follow`get configmaps --chunk-size=1 --watch -o name`;
    try {
      await rows.until(/a$/);
      await rows.until(/b$/);
      await rows.until(/c$/);
      await ok`create configmap d`;
      expect(await rows.until(/./)).toBe('configmap/d');
    } finally {
      await rows.stop();
    }
  });
});

describe('kubectl events', () => {
  it('lists, filters and shows the events of an object', async () => {
    const { ok, feed } = await desk.namespace();
    const { namespace } = shell;
    const uid = await shell.ok`get pod first -o jsonpath={.metadata.uid}`;
    const event = (name: string, type: string, reason: string): string => `
apiVersion: v1
kind: Event
metadata: {name: ${name}, namespace: ${namespace}}
involvedObject: {apiVersion: v1, kind: Pod, name: first, namespace: ${namespace}, uid: ${uid}}
type: ${type}
reason: ${reason}
message: about ${reason}
source: {component: kubelet}
count: 2
firstTimestamp: "2026-01-01T00:00:00Z"
lastTimestamp: "2026-01-01T00:00:00Z"
`;
    await shell.feed(
      documents(event('first.1', 'Normal', 'Pulled'), event('first.2', 'Warning', 'BackOff')),
    ).ok`create -f -`;
    expect(await ok`events`).toBe('');
    expect(squeezed(await shell.ok`events --types=Warning --no-headers`)).toMatch(
      / Warning BackOff Pod\/first about BackOff\n$/,
    );
    const names = 'jsonpath={.items[*].metadata.name}';
    expect(await shell.ok`events --for pod/first -o ${names}`).toBe('first.1 first.2');
    const fields = 'involvedObject.name=first,reason=Pulled';
    expect(await shell.ok`get events --field-selector ${fields} -o name`).toBe('event/first.1\n');
    expect(await shell.ok`get events.events.k8s.io first.1 -o jsonpath={.note}`).toBe(
      'about Pulled',
    );
    expect(await shell.ok`describe pod first`).toMatch(/Warning +BackOff .* about BackOff\n/);
    expect(await feed('').run`events --for pod/first`).toMatchObject({ stdout: '' });
  });
});
