// `kubectl delete` and `kubectl wait`: finalizers, owners and their dependents, and whole namespaces.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KubectlDesk, type Shell } from './kubectl-desk.js';
import { configMap, documents, pod, service, web } from './kubectl-manifests.js';

let desk: KubectlDesk;
beforeAll(async () => {
  desk = await KubectlDesk.open();
});
afterAll(() => desk.close());

const removeFinalizers = '[{"op":"remove","path":"/metadata/finalizers"}]';
const held = configMap('held', '').replace('{name:', '{finalizers: [example.com/hold], name:');

describe('kubectl delete', () => {
  it('deletes by name, by file, by label and all', async () => {
    const { namespace, ok, fails, feed } = await desk.namespace();
    const manifest = documents(web(), configMap('conf', ''), service('web'));
    await feed(manifest).ok`create -f -`;
    expect(await ok`delete deployment/web configmap/conf`).toBe(
      `deployment.apps "web" deleted from ${namespace} namespace\nconfigmap "conf" deleted from ${namespace} namespace\n`,
    );
    const missing = await feed(manifest).run`delete -f -`;
    expect(missing.stdout).toBe(`service "web" deleted from ${namespace} namespace\n`);
    expect(missing.stderr).toContain('deployments.apps "web" not found');
    expect(missing.code).toBe(1);
    expect(await feed(manifest).ok`delete -f - --ignore-not-found`).toBe('');
    for (const name of ['one', 'two', 'three']) await feed(pod(name)).ok`create -f -`;
    await ok`label pod one two group=a`;
    await ok`delete pods -l group=a`;
    expect(await ok`get pods -o name`).toBe('pod/three\n');
    await ok`delete pods --all --dry-run=server`;
    expect(await ok`get pods -o name`).toBe('pod/three\n');
    await ok`delete pods --all`;
    expect(await ok`get pods -o name`).toBe('');
    await ok`create configmap by-field`;
    await ok`delete configmap --field-selector metadata.name=by-field`;
    expect(await fails`delete pod three`).toBe(
      'Error from server (NotFound): pods "three" not found\n',
    );
  });

  it('waits for finalizers, and can be told not to', async () => {
    const { ok, fails, feed, follow } = await desk.namespace();
    await feed(held).ok`create -f -`;
    await ok`delete configmap held --wait=false`;
    expect(await ok`get configmap held -o jsonpath={.metadata.deletionTimestamp}`).toMatch(/^20/);
    // Deleting again changes nothing; what is being deleted takes no new finalizers.
    await ok`delete configmap held --wait=false`;
    const more = '{"metadata":{"finalizers":["example.com/hold","example.com/more"]}}';
    const refused = await ok`patch configmap held --type=merge -p ${more}`.catch(String);
    expect(refused).toContain('no new finalizers can be added if the object is being deleted');
    const waiting = follow`delete configmap held --timeout=20s`;
    await waiting.until(/deleted/);
    await ok`patch configmap held --type=json -p ${removeFinalizers}`;
    expect(await waiting.end()).toBe(0);
    expect(await fails`get configmap held`).toContain('not found');
  });
});

describe('kubectl delete --cascade', () => {
  /** A deployment and a replica set that it owns. */
  async function family({ ok, feed }: Shell): Promise<void> {
    await ok`create deployment owner --image=nginx`;
    const uid = await ok`get deployment owner -o jsonpath={.metadata.uid}`;
    await feed(`
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: child
  ownerReferences:
  - {apiVersion: apps/v1, kind: Deployment, name: owner, uid: ${uid}, controller: true, blockOwnerDeletion: true}
spec:
  selector: {matchLabels: {app: child}}
  template: {metadata: {labels: {app: child}}, spec: {containers: [{name: c, image: nginx}]}}
`).ok`create -f -`;
  }

  it('background: dependents go after their owner', async () => {
    const shell = await desk.namespace();
    await family(shell);
    await shell.ok`delete deployment owner`;
    await shell.ok`wait --for=delete replicaset/child --timeout=10s`;
    expect(await shell.ok`get deployments,replicasets -o name`).toBe('');
  });

  it('foreground: the owner goes last', async () => {
    const shell = await desk.namespace();
    await family(shell);
    const hold = '{"metadata":{"finalizers":["example.com/hold"]}}';
    await shell.ok`patch replicaset child --type=merge -p ${hold}`;
    await shell.ok`delete deployment owner --cascade=foreground --wait=false`;
    await shell.ok`wait --for=jsonpath={.metadata.deletionTimestamp} replicaset/child --timeout=10s`;
    expect(await shell.ok`get deployment owner -o jsonpath={.metadata.finalizers}`).toBe(
      '["foregroundDeletion"]',
    );
    await shell.ok`patch replicaset child --type=json -p ${removeFinalizers}`;
    await shell.ok`wait --for=delete deployment/owner --timeout=10s`;
  });

  it('orphan: dependents stay, without an owner', async () => {
    const shell = await desk.namespace();
    await family(shell);
    await shell.ok`delete deployment owner --cascade=orphan`;
    expect(await shell.ok`get deployments,replicasets -o name`).toBe('replicaset.apps/child\n');
    expect(await shell.ok`get replicaset child -o jsonpath={.metadata.ownerReferences}`).toBe('');
  });
});

describe('kubectl delete namespace', () => {
  it('returns when the namespace and all that was in it are gone', async () => {
    const { namespace, ok, feed } = await desk.namespace();
    const all = [web(), configMap('conf', ''), service('web'), pod()];
    await feed(documents(...all)).ok`create -f -`;
    expect(await desk.cluster.ok`delete namespace ${namespace}`).toBe(
      `namespace "${namespace}" deleted\n`,
    );
    await desk.cluster.ok`create namespace ${namespace}`;
    expect(await ok`get all,configmaps -o name`).toBe('');
  });

  it('takes nothing new into one that is going, and says what it waits for', async () => {
    const { namespace, ok, fails, feed } = await desk.namespace();
    await feed(held).ok`create -f -`;
    await desk.cluster.ok`delete namespace ${namespace} --wait=false`;
    await ok`wait --for=condition=NamespaceFinalizersRemaining namespace/${namespace} --timeout=10s`;
    expect(await desk.cluster.ok`get namespace ${namespace}`).toMatch(/ Terminating /);
    const remaining =
      'jsonpath={.status.conditions[?(@.type=="NamespaceFinalizersRemaining")].message}';
    expect(await desk.cluster.ok`get namespace ${namespace} -o ${remaining}`).toBe(
      'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
    );
    expect(await fails`create configmap late`).toBe(
      `error: failed to create configmap: configmaps "late" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated\n`,
    );
    await ok`patch configmap held --type=json -p ${removeFinalizers}`;
    await ok`wait --for=delete namespace/${namespace} --timeout=10s`;
  });

  it('keeps the namespaces that a cluster cannot do without', async () => {
    expect(await desk.cluster.fails`delete namespace default`).toBe(
      'Error from server (Forbidden): namespaces "default" is forbidden: this namespace may not be deleted\n',
    );
  });
});

describe('kubectl wait', () => {
  it('waits for a condition, a path, and creation', async () => {
    const { ok, fails, feed, follow } = await desk.namespace();
    await feed(pod()).ok`create -f -`;
    expect(await ok`wait --for=jsonpath={.status.phase}=Pending pod/valid-pod`).toBe(
      'pod/valid-pod condition met\n',
    );
    expect(await fails`wait --for=condition=Ready pod/valid-pod --timeout=0`).toContain(
      'condition not met for pods/valid-pod',
    );
    const waiting = follow`wait --for=condition=Ready pod/valid-pod --timeout=20s`;
    const created = follow`wait --for=create configmap/later --timeout=20s`;
    const ready = '{"status":{"conditions":[{"type":"Ready","status":"True"}]}}';
    await ok`patch pod valid-pod --subresource=status -p ${ready}`;
    await ok`create configmap later`;
    expect(await waiting.until(/./)).toBe('pod/valid-pod condition met');
    expect(await created.until(/./)).toBe('configmap/later condition met');
    await waiting.stop();
    await created.stop();
  });
});
