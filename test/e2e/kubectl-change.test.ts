// The commands that change what is there: edit, patch, replace, label, annotate, scale, set, rollout, expose.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KubectlDesk } from './kubectl-desk.js';
import { configMap, documents, pod, service, web } from './kubectl-manifests.js';

let desk: KubectlDesk;
beforeAll(async () => {
  desk = await KubectlDesk.open();
});
afterAll(() => desk.close());

const images = 'jsonpath={.spec.template.spec.containers[*].image}';
const podImage = 'jsonpath={.spec.containers[*].image}';

describe('kubectl patch', () => {
  it('patches in all three languages and says when nothing changed', async () => {
    const { ok, feed } = await desk.namespace();
    await feed(pod()).ok`create -f -`;
    const strategic = '{"spec":{"containers":[{"name":"serve","image":"nginx"}]}}';
    expect(await ok`patch pod valid-pod -p ${strategic}`).toBe('pod/valid-pod patched\n');
    expect(await ok`patch pod valid-pod -p ${strategic}`).toBe(
      'pod/valid-pod patched (no change)\n',
    );
    const merge = '{"metadata":{"labels":{"new":"one","name":null}}}';
    await ok`patch pod valid-pod --type=merge -p ${merge}`;
    const json = '[{"op":"replace","path":"/spec/containers/0/image","value":"busybox"}]';
    await ok`patch pod valid-pod --type=json -p ${json}`;
    expect(await ok`get pod valid-pod -o ${podImage}`).toBe('busybox');
    expect(await ok`get pod valid-pod -o jsonpath={.metadata.labels}`).toBe('{"new":"one"}');
    await ok`patch pod valid-pod --dry-run=server -p ${strategic}`;
    expect(await ok`get pod valid-pod -o ${podImage}`).toBe('busybox');
    const file = '{"metadata":{"annotations":{"by":"file"}}}';
    expect(await feed(pod()).ok`patch -f - -p ${file} -o jsonpath={.metadata.annotations.by}`).toBe(
      'file',
    );
  });

  it('drops what $retainKeys leaves out', async () => {
    const { ok, feed } = await desk.namespace();
    await feed(web()).ok`create -f -`;
    const recreate = '{"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}}';
    await ok`patch deployment web -p ${recreate}`;
    expect(await ok`get deployment web -o jsonpath={.spec.strategy}`).toBe('{"type":"Recreate"}');
  });

  it('says what is wrong with a patch', async () => {
    const { fails, feed } = await desk.namespace();
    await feed(pod()).ok`create -f -`;
    expect(await fails`patch pod valid-pod -p ${'{"metadata":{"labels":"invalid"}}'}`).toBe(
      'The request is invalid: patch: Invalid value: "map[metadata:map[labels:invalid]]": cannot restore map from string\n',
    );
    const outside = '[{"op":"replace","path":"/spec/containers/5/image","value":"x"}]';
    expect(await fails`patch pod valid-pod --type=json -p ${outside}`).toBe(
      'The request is invalid: the server rejected our request due to an error in our request\n',
    );
    expect(await fails`patch pod valid-pod -p ${'{"spec":{"nodeName":"x"}}'}`).toContain(
      'The Pod "valid-pod" is invalid: spec: Forbidden: pod updates may not change fields other than',
    );
    expect(await fails`patch pod missing -p ${'{"metadata":{}}'}`).toBe(
      'Error from server (NotFound): pods "missing" not found\n',
    );
    const stale = '{"metadata":{"resourceVersion":"1","labels":{"a":"b"}}}';
    expect(await fails`patch pod valid-pod -p ${stale}`).toContain('the object has been modified');
  });

  it('patches the status and the scale without touching the rest', async () => {
    const { ok, feed } = await desk.namespace();
    await feed(documents(pod(), web())).ok`create -f -`;
    const running =
      '{"spec":{"nodeName":"ignored"},"status":{"phase":"Running","podIP":"10.1.2.3"}}';
    await ok`patch pod valid-pod --subresource=status -p ${running}`;
    const found =
      'jsonpath={.spec.nodeName}/{.status.phase}/{.status.podIPs}/{.metadata.generation}';
    expect(await ok`get pod valid-pod -o ${found}`).toBe('/Running/[{"ip":"10.1.2.3"}]/1');
    await ok`patch deployment web --subresource=scale --type=merge -p ${'{"spec":{"replicas":5}}'}`;
    expect(await ok`get deployment web -o jsonpath={.spec.replicas}`).toBe('5');
  });
});

describe('kubectl edit', () => {
  it('writes back what the editor left, or nothing', async () => {
    const { ok, editing } = await desk.namespace();
    await ok`create configmap conf --from-literal=a=one`;
    expect(await editing('s/a: one/a: two/').ok`edit configmap conf`).toBe(
      'configmap/conf edited\n',
    );
    expect(await ok`get configmap conf -o jsonpath={.data.a}`).toBe('two');
    expect((await editing('').run`edit configmap conf`).stderr).toContain('no changes made');
    const status = 's/ replicas: 2/ replicas: 7/';
    await ok`create deployment web --image=nginx --replicas=2`;
    await editing(status).ok`edit deployment web`;
    expect(await ok`get deployment web -o jsonpath={.spec.replicas}`).toBe('7');
  });
});

describe('kubectl replace', () => {
  it('replaces, re-creates with --force, and takes back what get printed', async () => {
    const { ok, feed } = await desk.namespace();
    await feed(pod()).ok`create -f -`;
    const uid = await ok`get pod valid-pod -o jsonpath={.metadata.uid}`;
    const printed = await ok`get pod valid-pod -o yaml`;
    expect(await feed(printed).ok`replace -f -`).toBe('pod/valid-pod replaced\n');
    const changed = printed.replace('serve:1', 'serve:2');
    await feed(changed).ok`replace -f -`;
    expect(await ok`get pod valid-pod -o ${podImage}`).toBe('registry.example/serve:2');
    expect(await feed(pod()).ok`replace --force -f -`).toContain('pod/valid-pod replaced\n');
    expect(await ok`get pod valid-pod -o jsonpath={.metadata.uid}`).not.toBe(uid);
  });

  it('refuses a version that is no longer the latest, and an object that is not there', async () => {
    const { ok, feed } = await desk.namespace();
    await ok`create configmap conf --from-literal=a=one`;
    const printed = await ok`get configmap conf -o yaml`;
    await ok`label configmap conf a=b`;
    expect(await feed(printed).fails`replace -f -`).toBe(
      'Error from server (Conflict): error when replacing "STDIN": Operation cannot be fulfilled on configmaps "conf": the object has been modified; please apply your changes to the latest version and try again\n',
    );
    expect(await feed(configMap('gone', '')).fails`replace -f -`).toContain(
      'configmaps "gone" not found',
    );
  });

  it('keeps integers exact and the generation honest', async () => {
    const { ok, feed } = await desk.namespace();
    const exact = pod().replace('containers:', 'activeDeadlineSeconds: 2147483647\n  containers:');
    await feed(exact).ok`create -f -`;
    const gauge = 'jsonpath={.spec.activeDeadlineSeconds}/{.metadata.generation}';
    await ok`label pod valid-pod a=b`;
    expect(await ok`get pod valid-pod -o ${gauge}`).toBe('2147483647/1');
    await ok`patch pod valid-pod -p ${'{"spec":{"activeDeadlineSeconds":2147483646}}'}`;
    expect(await ok`get pod valid-pod -o ${gauge}`).toBe('2147483646/2');
  });
});

describe('kubectl label and annotate', () => {
  it('add, overwrite and remove', async () => {
    const { ok, fails, feed } = await desk.namespace();
    await feed(documents(pod('one'), pod('two'))).ok`create -f -`;
    expect(await ok`label pod one color=red`).toBe('pod/one labeled\n');
    expect(await fails`label pod one color=blue`).toContain("'color' already has a value (red)");
    await ok`label pod one color=blue --overwrite`;
    expect(await ok`get pods -l color=blue -o name`).toBe('pod/one\n');
    expect(await ok`label pod one color-`).toBe('pod/one unlabeled\n');
    expect(await ok`get pods -l color -o name`).toBe('');
    expect(await ok`annotate pods --all note=hello`).toBe('pod/one annotated\npod/two annotated\n');
    await ok`annotate pods -l name=one note-`;
    const notes = 'jsonpath={.items[*].metadata.annotations.note}';
    expect(await ok`get pods -o ${notes}`).toBe('hello');
    expect(await ok`label pod two a=b --resource-version=1`.catch(String)).toContain(
      'the object has been modified',
    );
  });
});

describe('kubectl scale and autoscale', () => {
  it('scale through the scale subresource', async () => {
    const { ok, fails, feed } = await desk.namespace();
    await feed(web()).ok`create -f -`;
    expect(await ok`scale deployment web --replicas=4`).toBe('deployment.apps/web scaled\n');
    expect(await fails`scale deployment web --replicas=1 --current-replicas=9`).toBe(
      'error: Expected replicas to be 9, was 4\n',
    );
    await ok`scale deployment web --replicas=1 --dry-run=server`;
    expect(await ok`get deployment web -o jsonpath={.spec.replicas}`).toBe('4');
    await ok`scale deployment web --replicas=0 --current-replicas=4`;
    expect(await ok`get deployment web -o jsonpath={.spec.replicas}`).toBe('0');
    await ok`autoscale deployment web --min=2 --max=5 --cpu=50%`;
    const target = 'jsonpath={.spec.minReplicas}-{.spec.maxReplicas}';
    expect(await ok`get hpa web -o ${target}`).toBe('2-5');
    const old = 'jsonpath={.spec.targetCPUUtilizationPercentage}';
    expect(await ok`get horizontalpodautoscalers.v1.autoscaling web -o ${old}`).toBe('50');
  });
});

describe('kubectl set', () => {
  it('changes images, variables, resources, selectors and accounts', async () => {
    const { ok, fails, feed } = await desk.namespace();
    await feed(documents(web(), service('web'))).ok`create -f -`;
    expect(await ok`set image deployment/web web=nginx:2`).toBe(
      'deployment.apps/web image updated\n',
    );
    expect(await ok`get deployment web -o ${images}`).toBe('nginx:2 busybox');
    expect(await fails`set image deployment/web nope=nginx`).toContain('unable to find container');
    await ok`set env deployment/web -c side X=y`;
    await ok`set resources deployment/web -c web --limits=cpu=200m --requests=cpu=100m`;
    await ok`set serviceaccount deployment/web robot`;
    const template = 'jsonpath={.spec.template.spec.serviceAccountName} {.metadata.generation}';
    expect(await ok`get deployment web -o ${template}`).toBe('robot 5');
    expect(await fails`set resources deployment/web -c web --requests=cpu=1`).toContain(
      'must be less than or equal to cpu limit of 200m',
    );
    await ok`set selector service web app=other`;
    expect(await ok`get service web -o jsonpath={.spec.selector}`).toBe('{"app":"other"}');
  });
});

describe('kubectl rollout', () => {
  it('says of a deployment that nobody rolls out what a cluster without controllers would', async () => {
    const { ok, fails, feed } = await desk.namespace();
    await feed(web()).ok`create -f -`;
    expect(await ok`rollout history deployment/web`).toContain('No rollout history found.');
    expect(await ok`rollout status deployment/web --watch=false`).toBe(
      'Waiting for deployment spec update to be observed...\n',
    );
    expect(await ok`rollout restart deployment/web`).toBe('deployment.apps/web restarted\n');
    expect(await ok`get deployment web -o yaml`).toContain('kubectl.kubernetes.io/restartedAt');
    await ok`rollout pause deployment/web`;
    expect(await fails`rollout restart deployment/web`).toContain(
      "can't restart paused deployment",
    );
    await ok`rollout resume deployment/web`;
    expect(await fails`rollout undo deployment/web`).toContain('no rollout history found');
  });

  it('sees a rollout end when a controller reports it', async () => {
    const { ok, feed } = await desk.namespace();
    await feed(web()).ok`create -f -`;
    const done =
      '{"status":{"observedGeneration":1,"replicas":2,"updatedReplicas":2,"readyReplicas":2,"availableReplicas":2}}';
    await ok`patch deployment web --subresource=status -p ${done}`;
    expect(await ok`rollout status deployment/web --timeout=10s`).toBe(
      'deployment "web" successfully rolled out\n',
    );
    expect(await ok`get deployment web`).toMatch(/web +2\/2 +2 +2 /);
  });
});

describe('kubectl expose', () => {
  it('makes a service for a deployment, a pod and a service', async () => {
    const { ok, fails, feed } = await desk.namespace();
    await feed(documents(web(), pod())).ok`create -f -`;
    expect(await ok`expose deployment web --port=80 --target-port=8080 --type=NodePort`).toBe(
      'service/web exposed\n',
    );
    const ports = 'jsonpath={.spec.ports[0].port}>{.spec.ports[0].targetPort} {.spec.selector}';
    expect(await ok`get service web -o ${ports}`).toBe('80>8080 {"app":"web"}');
    expect(Number(await ok`get service web -o jsonpath={.spec.ports[0].nodePort}`)).toBeGreaterThan(
      29_999,
    );
    await ok`expose pod valid-pod --port=444 --name=of-pod`;
    await ok`expose service web --port=81 --name=again`;
    expect(await ok`get services -o name`).toBe('service/again\nservice/of-pod\nservice/web\n');
    const long = 'a'.repeat(64);
    expect(await fails`expose pod valid-pod --port=1 --name=${long}`).toMatch(
      /metadata\.name: Invalid value: .* no more than 63 characters/,
    );
  });
});
