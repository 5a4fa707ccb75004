// Nodes, and pods as far as the API server alone takes them: taints, draining, binding, ephemeral containers,
// and the doors behind which a kubelet would stand.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KubectlDesk } from './kubectl-desk.js';
import { documents, pod } from './kubectl-manifests.js';

let desk: KubectlDesk;
beforeAll(async () => {
  desk = await KubectlDesk.open();
});
afterAll(() => desk.close());

const node = (name: string): string => `
apiVersion: v1
kind: Node
metadata: {name: ${name}, labels: {kubernetes.io/hostname: ${name}}}
spec: {podCIDR: 10.1.0.0/24}
status:
  capacity: {cpu: "4", memory: 8Gi, pods: "110"}
  allocatable: {cpu: "4", memory: 8Gi, pods: "110"}
  conditions: [{type: Ready, status: "True", reason: KubeletReady, message: ready}]
  nodeInfo: {kubeletVersion: v1.36.0, containerRuntimeVersion: none, machineID: m, systemUUID: s, bootID: b,
    kernelVersion: k, osImage: o, kubeProxyVersion: "", operatingSystem: linux, architecture: amd64}
  addresses: [{type: InternalIP, address: 192.0.2.1}]
`;

const on = (name: string, nodeName: string): string =>
  pod(name).replace('spec:', `spec:\n  nodeName: ${nodeName}`);

describe('a node', () => {
  it('is created with its status, printed and described', async () => {
    const { ok, feed } = desk.cluster;
    await feed(node('described')).ok`create -f -`;
    const { namespace, feed: feedPod } = await desk.namespace();
    await feedPod(on('guest', 'described')).ok`create -f -`;
    expect(await ok`get node described`).toMatch(/described +Ready +<none> +\d+s +v1\.36\.0\n/);
    expect(await ok`get node described -o wide`).toContain('192.0.2.1');
    const described = await ok`describe node described`;
    expect(described).toMatch(/Ready +True .* KubeletReady +ready\n/);
    expect(described).toMatch(/PodCIDR: +10\.1\.0\.0\/24\n/);
    expect(described).toMatch(new RegExp(`${namespace} +guest +1 \\(25%\\) +1 \\(25%\\)`));
    expect(described).toContain('Non-terminated Pods:          (1 in total)');
  });

  it('is tainted, cordoned and let go again', async () => {
    const { ok, fails, feed } = desk.cluster;
    await feed(node('tainted')).ok`create -f -`;
    expect(await ok`taint node tainted dedicated=foo:PreferNoSchedule`).toBe(
      'node/tainted tainted\n',
    );
    expect(await fails`taint node tainted dedicated=bar:PreferNoSchedule`).toContain(
      'already has dedicated taint(s) with same effect(s) and --overwrite is false',
    );
    await ok`taint node tainted dedicated=bar:PreferNoSchedule --overwrite`;
    expect(await ok`get node tainted -o jsonpath={.spec.taints[*].value}`).toBe('bar');
    const managers = 'jsonpath={.metadata.managedFields[*].manager}';
    expect(await ok`get node tainted -o ${managers}`).toBe('kubectl-create kubectl-taint');
    await ok`taint node tainted dedicated-`;
    expect(await ok`get node tainted -o jsonpath={.spec.taints}`).toBe('');
    await ok`cordon tainted --dry-run=server`;
    expect(await ok`get node tainted -o jsonpath={.spec.unschedulable}`).toBe('');
    expect(await ok`cordon tainted`).toBe('node/tainted cordoned\n');
    expect(await ok`get node tainted`).toContain('Ready,SchedulingDisabled');
    await ok`uncordon tainted`;
    const gone = 'go-template={{.spec.unschedulable}}';
    expect(await ok`get node tainted -o ${gone}`).toBe('<no value>');
  });

  it('is drained: evictions are refused by a budget, else they end what runs', async () => {
    const { namespace, ok, fails, feed } = await desk.namespace();
    await desk.cluster.feed(node('drained')).ok`create -f -`;
    await feed(documents(on('guest', 'drained'), pod('elsewhere'))).ok`create -f -`;
    expect(await fails`drain drained`).toContain(
      'Pods that declare no controller (use --force to override)',
    );
    const dry = await ok`drain drained --force --dry-run=server`;
    expect(dry).toMatch(/evicting pod .*guest \(server dry run\)/);
    expect(await ok`get pod guest -o jsonpath={.metadata.deletionTimestamp}`).toBe('');

    await ok`create pdb all --selector=name=guest --min-available=1`;
    // A running pod that no budget can spare; a pending one could go.
    const ready = '{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}';
    await ok`patch pod guest --subresource=status -p ${ready}`;
    // What drain sends; it would try again each five seconds.
    const path = `/api/v1/namespaces/${namespace}/pods/guest/eviction`;
    const eviction = '{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"guest"}}';
    expect(await feed(eviction).fails`create --raw ${path} -f -`).toContain(
      "Cannot evict pod as it would violate the pod's disruption budget.",
    );
    await ok`delete pdb all`;

    // A kubelet's part: the pod ends.
    const drain = ok`drain drained --force --timeout=20s`;
    await ok`wait --for=jsonpath={.metadata.deletionTimestamp} pod/guest --timeout=10s`;
    await ok`delete pod guest --force`;
    expect(await drain).toContain('node/drained drained');
    expect(await ok`get pods -o name`).toBe('pod/elsewhere\n');
  });
});

describe('a pod', () => {
  it('on a node ends gracefully: it stays, marked, until somebody says that it has ended', async () => {
    const { ok, fails, feed } = await desk.namespace();
    await feed(on('guest', 'nowhere')).ok`create -f -`;
    await ok`delete pod guest --wait=false --grace-period=60`;
    const marks = 'jsonpath={.metadata.deletionGracePeriodSeconds}/{.metadata.generation}';
    expect(await ok`get pod guest -o ${marks}`).toBe('60/2');
    expect(await ok`get pod guest`).toMatch(/guest +0\/1 +Terminating /);
    await ok`delete pod guest --wait=false --grace-period=5`;
    expect(await ok`get pod guest -o ${marks}`).toMatch(/^5\//);
    await ok`delete pod guest --grace-period=0 --force`;
    expect(await fails`get pod guest`).toContain('not found');
  });

  it('keeps its spec and its quality of service when its status is replaced', async () => {
    const { ok, feed } = await desk.namespace();
    await feed(pod()).ok`create -f -`;
    const reported = pod('valid-pod', 'ignored').concat(
      'status: {phase: Running, observedGeneration: 1, podIP: 10.9.8.7}\n',
    );
    await feed(reported).ok`replace --subresource=status -f -`;
    await feed(reported.replace('observedGeneration: 1, ', ''))
      .ok`replace --subresource=status -f -`;
    const found = 'jsonpath={.status}';
    expect(JSON.parse(await ok`get pod valid-pod -o ${found}`)).toEqual({
      phase: 'Running',
      qosClass: 'Guaranteed',
      observedGeneration: 1,
      podIP: '10.9.8.7',
      podIPs: [{ ip: '10.9.8.7' }],
    });
    expect(await ok`get pod valid-pod -o jsonpath={.spec.containers[0].image}`).toMatch(/serve:1$/);
  });

  it('is bound to a node once', async () => {
    const { namespace, ok, feed } = await desk.namespace();
    await feed(pod('free')).ok`create -f -`;
    const path = `/api/v1/namespaces/${namespace}/pods/free/binding`;
    const binding =
      '{"apiVersion":"v1","kind":"Binding","metadata":{"name":"free"},"target":{"kind":"Node","name":"n-1"}}';
    await feed(binding).ok`create --raw ${path} -f -`;
    expect(await ok`get pod free -o wide`).toMatch(/ n-1 /);
    expect(await ok`get pods --field-selector spec.nodeName=n-1 -o name`).toBe('pod/free\n');
    expect(await feed(binding).fails`create --raw ${path} -f -`).toContain(
      'pod free is already assigned to node "n-1"',
    );
  });

  it('takes an ephemeral container through `kubectl debug` only', async () => {
    const { ok, feed } = await desk.namespace();
    await feed(pod()).ok`create -f -`;
    await ok`debug valid-pod --image=busybox --profile=general --attach=false -c spy`;
    const found = 'jsonpath={.spec.ephemeralContainers[*].name}';
    expect(await ok`get pod valid-pod -o ${found}`).toBe('spy');
    const printed = await ok`get pod valid-pod -o yaml`;
    const refused = await feed(printed.replace('name: spy', 'name: fly')).run`replace -f -`;
    expect(refused.stderr).toContain('pod updates may not change fields other than');
  });

  it('without a node has nobody to talk to', async () => {
    const { fails, feed } = await desk.namespace();
    await feed(pod()).ok`create -f -`;
    for (const command of ['logs', 'attach']) {
      expect(await fails`${command} valid-pod`).toContain(
        'pod valid-pod does not have a host assigned',
      );
    }
    expect(await fails`exec valid-pod -- date`).toContain('does not have a host assigned');
    expect(await fails`exec abc -- date`).toBe(
      'Error from server (NotFound): pods "abc" not found\n',
    );
  });

  it('is described with everything one put into it', async () => {
    const { ok, feed } = await desk.namespace();
    const rich = pod()
      .replace('containers:', 'volumes: [{name: v, configMap: {name: conf}}]\n  containers:')
      .replace(
        '- name: serve',
        `- name: serve
    volumeMounts: [{name: v, mountPath: /v}]
    envFrom: [{configMapRef: {name: conf}}]
    env: [{name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]
    livenessProbe: {httpGet: {path: /, port: 80}}`,
      );
    await feed(rich).ok`create -f -`;
    const described = await ok`describe pod valid-pod`;
    for (const line of [
      /^Name: +valid-pod$/m,
      /^Node: +<none>$/m,
      /^Status: +Pending$/m,
      / Image: +registry\.example\/serve:1$/m,
      / Liveness: +http-get http:\/\/:80\/ delay=0s timeout=1s period=10s #success=1 #failure=3$/m,
      / conf +ConfigMap +Optional: false$/m,
      / IP: +\(v1:status\.podIP\)$/m,
      / \/v from v \(rw\)$/m,
      /^QoS Class: +Guaranteed$/m,
    ]) {
      expect(described).toMatch(line);
    }
  });
});
