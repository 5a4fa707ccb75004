// The kubectl that happens to be installed (often an older one): a day's work in one walk.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KubectlDesk } from './kubectl-desk.js';
import { configMap, documents, pod, service, web } from './kubectl-manifests.js';

let desk: KubectlDesk;
beforeAll(async () => {
  desk = await KubectlDesk.open('installed');
});
afterAll(() => desk.close());

describe('the installed kubectl', () => {
  it('applies, looks, changes, watches and deletes', async () => {
    const { namespace, ok, fails, feed, editing, follow } = await desk.namespace();
    const manifest = documents(web(), configMap('conf', 'a: "1"'), service('web'), pod());
    expect(await feed(manifest).ok`apply -f -`).toContain('deployment.apps/web created\n');
    expect(await feed(manifest).ok`apply -f -`).toContain('deployment.apps/web unchanged\n');
    await feed(manifest).ok`diff -f -`;
    await feed(web({ image: 'nginx:2' })).ok`apply -f -`;
    await feed(configMap('other', 'a: "1"')).ok`apply --server-side -f -`;
    expect(await ok`get all`).toMatch(/^deployment\.apps\/web +0\/2 +0 +0 /m);
    expect(await ok`explain deployment.spec.replicas`).toContain('FIELD: replicas <integer>');
    expect(await ok`describe deployment web`).toMatch(/Image: +nginx:2\n/);

    const rows = follow`get configmaps -o name --watch-only`;
    try {
      await ok`scale deployment web --replicas=5`;
      await ok`set image deployment/web web=nginx:3`;
      await ok`label pod valid-pod a=b`;
      await editing('s/replicas: 5/replicas: 6/').ok`edit deployment web`;
      const found = 'jsonpath={.spec.replicas}/{.spec.template.spec.containers[0].image}';
      expect(await ok`get deployment web -o ${found}`).toBe('6/nginx:3');
      await ok`delete configmap conf`;
      await ok`create configmap seen`;
      await rows.until(/seen/);
    } finally {
      await rows.stop();
    }
    expect(await fails`create -f /dev/null`).toContain('no objects passed to create');
    expect(await fails`get pod no-such-pod`).toBe(
      'Error from server (NotFound): pods "no-such-pod" not found\n',
    );
    await feed(manifest).ok`delete -f - --ignore-not-found`;
    expect(await ok`get all -o name`).toBe('');
    await desk.cluster.ok`delete namespace ${namespace}`;
  });
});
