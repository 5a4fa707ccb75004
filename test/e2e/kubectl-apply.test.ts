// `kubectl apply` and `kubectl diff`: three-way merges, pruning, server-side apply and validation.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KubectlDesk } from './kubectl-desk.js';
import { configMap, documents, pod, service, web } from './kubectl-manifests.js';

let desk: KubectlDesk;
beforeAll(async () => {
  desk = await KubectlDesk.open();
});
afterAll(() => desk.close());

const image = 'jsonpath={.spec.template.spec.containers[*].image}';
const managers = 'jsonpath={.metadata.managedFields[*].manager}';

describe('kubectl apply', () => {
  it('creates what is not there, says so when nothing changed, and merges three ways when it has', async () => {
    const { ok, feed } = await desk.namespace();
    const first = documents(web(), configMap('conf', 'a: "1", b: "2"'), service('web'));
    expect(await feed(first).ok`apply -f -`).toBe(
      'deployment.apps/web created\nconfigmap/conf created\nservice/web created\n',
    );
    expect(await feed(first).ok`apply -f -`).toBe(
      'deployment.apps/web unchanged\nconfigmap/conf unchanged\nservice/web unchanged\n',
    );

    // Somebody else's changes stay as long as the manifest does not speak of them.
    await ok`label deployment web other=kept`;
    await ok`set env deployment/web -c web C=kept`;
    const second = documents(
      web({ replicas: 3, variables: ['A'], hasSidecar: false, labels: 'app: web' }),
      configMap('conf', 'a: "9"'),
      service('web'),
    );
    expect(await feed(second).ok`apply -f -`).toBe(
      'deployment.apps/web configured\nconfigmap/conf configured\nservice/web unchanged\n',
    );
    expect(await ok`get deployment web -o jsonpath={.spec.replicas}/{.metadata.labels}`).toBe(
      '3/{"app":"web","other":"kept"}',
    );
    const containers = '{range .spec.template.spec.containers[*]}{.name}:{.env[*].name}{end}';
    expect(await ok`get deployment web -o jsonpath=${containers}`).toBe('web:A C');
    expect(await ok`get configmap conf -o jsonpath={.data}`).toBe('{"a":"9"}');
  });

  it('takes --dry-run=server all the way to validation and stores nothing', async () => {
    const { ok, fails, feed } = await desk.namespace();
    const manifest = configMap('conf', 'a: "1"');
    expect(await feed(manifest).ok`apply -f - --dry-run=server`).toBe(
      'configmap/conf created (server dry run)\n',
    );
    expect(await fails`get configmap conf`).toContain('configmaps "conf" not found');
    await feed(manifest).ok`apply -f -`;
    const before = await ok`get configmap conf -o yaml`;
    expect(await feed(configMap('conf', 'a: "2"')).ok`apply -f - --dry-run=server`).toBe(
      'configmap/conf configured (server dry run)\n',
    );
    await feed(configMap('conf', 'a: "2"')).ok`apply --server-side -f - --dry-run=server
      --force-conflicts`;
    expect(await ok`get configmap conf -o yaml`).toBe(before);
    expect(await feed(pod('Bad')).fails`apply -f - --dry-run=server`).toContain('metadata.name');
  });

  it('prunes what was applied under the label and is no longer in the manifest', async () => {
    const { ok, feed } = await desk.namespace();
    await feed(documents(web(), configMap('conf', 'a: "1"'), service('web'))).ok`apply -f -`;
    await ok`create configmap by-hand`;
    await ok`label configmap by-hand app=web`;
    const lists = ['core/v1/ConfigMap', 'core/v1/Service', 'apps/v1/Deployment'];
    const allowed = lists.map((kind) => `--prune-allowlist=${kind}`);
    const pruned = await feed(configMap('conf', 'a: "1"')).ok`apply -f - --prune -l app=web
      ${allowed[0] ?? ''} ${allowed[1] ?? ''} ${allowed[2] ?? ''}`;
    expect(pruned).toContain('service/web pruned\n');
    expect(pruned).toContain('deployment.apps/web pruned\n');
    expect(await ok`get all,configmap -l app=web -o name`).toBe(
      'configmap/by-hand\nconfigmap/conf\n',
    );
  });

  it('applies all of a file that can be applied and names each object that cannot', async () => {
    const { ok, feed } = await desk.namespace();
    const manifest = documents(
      pod('POD-B'),
      configMap('sibling', 'a: "1"'),
      'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\n',
    );
    const errors = await feed(manifest).fails`apply -f -`;
    expect(errors).toContain('Pod "POD-B" is invalid: metadata.name: Invalid value: "POD-B"');
    expect(errors).toContain('no matches for kind "Widget" in version "example.com/v1"');
    expect(await ok`get configmap -o name`).toBe('configmap/sibling\n');
    expect(await feed(pod('POD-B')).fails`apply -f -`).toMatch(/^The Pod "POD-B" is invalid: /);
  });

  it('re-creates with --force what may not change', async () => {
    const { ok, feed } = await desk.namespace();
    await feed(service('web', 'clusterIP: 10.0.0.10, ports: [{port: 80}]')).ok`apply -f -`;
    const moved = service('web', 'clusterIP: 10.0.0.12, ports: [{port: 80}]');
    expect(await feed(moved).fails`apply -f -`).toContain('may not change once set');
    await feed(moved).ok`apply -f - --force`;
    expect(await ok`get service web -o jsonpath={.spec.clusterIP}`).toBe('10.0.0.12');
  });
});

describe('kubectl apply --server-side', () => {
  it('keeps owners apart: conflicts are named, forced, or settled by agreeing', async () => {
    const { ok, feed } = await desk.namespace();
    expect(await feed(web()).ok`apply --server-side -f -`).toBe(
      'deployment.apps/web serverside-applied\n',
    );
    await feed(web()).ok`apply --server-side -f - --field-manager=other`;
    const changed = feed(web({ image: 'nginx:2' }));
    expect(await changed.fails`apply --server-side -f - --field-manager=other`).toMatch(
      /^error: Apply failed with 1 conflict: conflict with "kubectl": \.spec\.template\.spec\.containers\[name="web"\]\.image\n/,
    );
    await changed.ok`apply --server-side -f - --field-manager=other --force-conflicts`;
    expect(await ok`get deployment web -o ${image}`).toBe('nginx:2 busybox');
    expect(await ok`get deployment web --show-managed-fields -o ${managers}`).toBe('kubectl other');
  });

  it('removes a field when its last owner drops it', async () => {
    const { ok, feed } = await desk.namespace();
    await feed(configMap('conf', 'a: "1", b: "2"')).ok`apply --server-side -f -`;
    await feed(configMap('conf', 'b: "2"')).ok`apply --server-side -f - --field-manager=other`;
    await feed(configMap('conf', 'c: "3"')).ok`apply --server-side -f -`;
    expect(await ok`get configmap conf -o jsonpath={.data}`).toBe('{"b":"2","c":"3"}');
  });

  it('takes over from client-side apply, and gives back', async () => {
    const { ok, feed } = await desk.namespace();
    await feed(configMap('conf', 'a: "1", b: "2"')).ok`apply -f -`;
    await feed(configMap('conf', 'a: "5"')).ok`apply --server-side -f -`;
    expect(await ok`get configmap conf -o jsonpath={.data}`).toBe('{"a":"5"}');
    expect(await ok`get configmap conf --show-managed-fields -o ${managers}`).not.toContain(
      'client-side',
    );
    const lastApplied =
      'jsonpath={.metadata.annotations.kubectl\\.kubernetes\\.io/last-applied-configuration}';
    expect(await ok`get configmap conf -o ${lastApplied}`).toContain('"data":{"a":"5"}');
    await feed(configMap('conf', 'c: "7"')).ok`apply -f -`;
    expect(await ok`get configmap conf -o jsonpath={.data}`).toBe('{"c":"7"}');
  });

  it('refuses fields the schema does not know', async () => {
    const { feed } = await desk.namespace();
    const errors = await feed(pod().replace('spec:', 'spec:\n  foo: 1')).fails`apply
      --server-side -f -`;
    expect(errors).toContain('.spec.foo: field not declared in schema');
  });
});

describe('kubectl diff', () => {
  it('exits 0 without a difference, 1 with one, above 1 on trouble, and stores nothing', async () => {
    const { ok, run, feed } = await desk.namespace();
    await feed(web()).ok`apply -f -`;
    expect(await feed(web()).run`diff -f -`).toMatchObject({ code: 0, stdout: '' });
    const changed = await feed(web({ image: 'nginx:2' })).run`diff -f -`;
    expect(changed.code).toBe(1);
    expect(changed.stdout).toContain('-        image: nginx:1.25\n+        image: nginx:2\n');
    const serverSide = await feed(web({ image: 'nginx:3' })).run`diff --server-side
      --force-conflicts -f -`;
    expect(serverSide.code).toBe(1);
    expect((await feed(web({ image: '""' })).run`diff -f -`).code).toBeGreaterThan(1);
    expect((await feed(pod('new')).run`diff -f -`).code).toBe(1);
    expect((await run`get pod new`).code).toBe(1);
    expect(await ok`get deployment web -o ${image}`).toBe('nginx:1.25 busybox');
  });
});

describe('field validation', () => {
  const unknown = web().replace('replicas:', 'unknownField: 3\n  replicas:');

  it('is strict by default, warns when asked to, and lets pass when told to ignore', async () => {
    const { ok, feed } = await desk.namespace();
    expect(await feed(unknown).fails`create -f -`).toContain(
      'strict decoding error: unknown field "spec.unknownField"',
    );
    const warned = await feed(unknown).run`create -f - --validate=warn`;
    expect(warned.code).toBe(0);
    expect(warned.stderr).toBe('Warning: unknown field "spec.unknownField"\n');
    expect(await ok`get deployment web -o yaml`).not.toContain('unknownField');
    const ignored = await feed(unknown).run`replace -f - --validate=ignore`;
    expect(ignored).toMatchObject({ code: 0, stderr: '' });
  });

  it('names every fault of an object at once', async () => {
    const { feed } = await desk.namespace();
    const bad = web({ image: '""' })
      .replace('name: side', 'name: web')
      .replace('containerPort: 80', 'containerPort: 99999')
      .replace('{app: web}}\n  template', '{app: other}}\n  template');
    const errors = await feed(bad).fails`create -f -`;
    expect(errors).toMatch(/^The Deployment "web" is invalid: \n/);
    for (const line of [
      '* spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      '* spec.template.spec.containers[0].image: Required value',
      '* spec.template.spec.containers[0].ports[0].containerPort: Invalid value: 99999: must be between 1 and 65535, inclusive',
      '* spec.template.spec.containers[1].name: Duplicate value: "web"',
    ]) {
      expect(errors).toContain(`${line}\n`);
    }
  });
});
