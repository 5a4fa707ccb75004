// The official JavaScript client: objects of several kinds through their lives, pages, and an informer that comes
// through a crash of the server without losing or inventing anything.
/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment, @typescript-eslint/no-misused-spread --
   the client names its model classes where it takes plain objects, which is how everybody uses it */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ApiException,
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
} from '@kubernetes/client-node';
import { ServerProcess } from '../support/server-process.js';

const namespace = 'default';

let server: ServerProcess;
let config: KubeConfig;
let core: CoreV1Api;
let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'frontdesk-'));
  server = await ServerProcess.start([], dataDir);
  config = new KubeConfig();
  config.loadFromFile(server.kubeconfigPath);
  core = config.makeApiClient(CoreV1Api);
});

afterAll(async () => {
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** As a crash and a restart at once: same port, same data. */
async function crashAndRestart(): Promise<void> {
  const { port } = new URL(server.url);
  await server.kill();
  server = await ServerProcess.start([`--secure-port=${port}`], dataDir);
}

async function codeOf(call: Promise<unknown>): Promise<number> {
  try {
    await call;
    return 200;
  } catch (error) {
    if (error instanceof ApiException) return error.code;
    throw error;
  }
}

describe('the JavaScript client', () => {
  it('takes a Pod through its life', async () => {
    const body = {
      metadata: { name: 'p', labels: { app: 'a' } },
      spec: { containers: [{ name: 'c', image: 'nginx' }] },
    };
    const made = await core.createNamespacedPod({ namespace, body });
    expect(made.status).toMatchObject({ phase: 'Pending', qosClass: 'BestEffort' });
    expect(made.metadata?.creationTimestamp).toBeInstanceOf(Date);
    expect(await core.readNamespacedPod({ namespace, name: 'p' })).toEqual(made);
    expect(await codeOf(core.createNamespacedPod({ namespace, body }))).toBe(409);
    const patched = await core.patchNamespacedPod(
      { namespace, name: 'p', body: { spec: { containers: [{ name: 'c', image: 'nginx:2' }] } } },
      setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
    );
    expect(patched.spec?.containers[0]?.image).toBe('nginx:2');
    const found = await core.listNamespacedPod({
      namespace,
      labelSelector: 'app in (a,b)',
      fieldSelector: 'status.phase=Pending',
    });
    expect(found.items.map(({ metadata }) => metadata?.name)).toEqual(['p']);
    await core.deleteNamespacedPod({ namespace, name: 'p', body: { gracePeriodSeconds: 0 } });
    expect(await codeOf(core.readNamespacedPod({ namespace, name: 'p' }))).toBe(404);
  });

  it('replaces a ConfigMap, once a version', async () => {
    const made = await core.createNamespacedConfigMap({
      namespace,
      body: { metadata: { name: 'replaced' }, data: { a: '1' } },
    });
    const body = { ...made, data: { a: '2' } };
    await core.replaceNamespacedConfigMap({ namespace, name: 'replaced', body });
    const again = core.replaceNamespacedConfigMap({ namespace, name: 'replaced', body });
    expect(await codeOf(again)).toBe(409);
    await core.deleteNamespacedConfigMap({ namespace, name: 'replaced' });
  });

  it('scales a Deployment and keeps its generation', async () => {
    const apps = config.makeApiClient(AppsV1Api);
    const labels = { app: 'd' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    const spec = { selector: { matchLabels: labels }, template };
    const made = await apps.createNamespacedDeployment({
      namespace,
      body: { metadata: { name: 'd' }, spec },
    });
    expect(made.spec?.replicas).toBe(1);
    const scale = await apps.readNamespacedDeploymentScale({ namespace, name: 'd' });
    await apps.replaceNamespacedDeploymentScale({
      namespace,
      name: 'd',
      body: { ...scale, spec: { replicas: 3 } },
    });
    const scaled = await apps.readNamespacedDeployment({ namespace, name: 'd' });
    expect([scaled.spec?.replicas, scaled.metadata?.generation]).toEqual([3, 2]);
    expect((await apps.deleteNamespacedDeployment({ namespace, name: 'd' })).status).toBe(
      'Success',
    );
  });

  it('gets an address for a Service', async () => {
    const body = { metadata: { name: 's' }, spec: { type: 'NodePort', ports: [{ port: 80 }] } };
    const { spec } = await core.createNamespacedService({ namespace, body });
    expect(spec?.clusterIP).toMatch(/^10\.0\.0\.\d+$/);
    expect(spec?.ports?.[0]).toMatchObject({ port: 80, protocol: 'TCP', targetPort: 80 });
    await core.deleteNamespacedService({ namespace, name: 's' });
  });

  it('lists in pages', async () => {
    const names = Array.from({ length: 7 }, (_, at) => `page-${String(at)}`);
    const metadata = (name: string): object => ({ name, labels: { set: 'pages' } });
    await Promise.all(
      names.map((name) =>
        core.createNamespacedConfigMap({ namespace, body: { metadata: metadata(name) } }),
      ),
    );
    const seen: unknown[] = [];
    let token: string | undefined;
    do {
      const list = await core.listNamespacedConfigMap({
        namespace,
        limit: 3,
        ...(token === undefined
          ? { labelSelector: 'set=pages' }
          : { labelSelector: 'set=pages', _continue: token }),
      });
      seen.push(...list.items.map((item) => item.metadata?.name));
      token = list.metadata?._continue;
    } while (token !== undefined && token !== '');
    expect(seen).toEqual(names);
    await core.deleteCollectionNamespacedConfigMap({ namespace, labelSelector: 'set=pages' });
  });
});

describe('an informer', () => {
  /** What its events say: name -> value. An event that does not fit what is known is noted. */
  const known = new Map<string, string>();
  const misfits: string[] = [];
  let wake = (): void => undefined;
  let isStopped = false;

  function follow(): ReturnType<typeof makeInformer<V1ConfigMap>> {
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const list = () => core.listNamespacedConfigMap({ namespace, labelSelector: 'set=informed' });
    const informer = makeInformer(config, path, list, 'set=informed');
    const nameOf = ({ metadata }: V1ConfigMap): string => metadata?.name ?? '';
    informer.on('add', (object) => {
      if (known.has(nameOf(object))) misfits.push(`added again: ${nameOf(object)}`);
      known.set(nameOf(object), object.data?.['v'] ?? '');
      wake();
    });
    informer.on('update', (object) => {
      if (!known.has(nameOf(object))) misfits.push(`updated unseen: ${nameOf(object)}`);
      known.set(nameOf(object), object.data?.['v'] ?? '');
      wake();
    });
    informer.on('delete', (object) => {
      if (!known.delete(nameOf(object))) misfits.push(`deleted unseen: ${nameOf(object)}`);
      wake();
    });
    // The connection broke, or the server is not up again yet: as documented, wait a moment and start over.
    informer.on('error', () => {
      void pause(20).then(() => (isStopped ? undefined : informer.start()));
    });
    return informer;
  }

  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  const put = (name: string, v: string): Promise<unknown> =>
    core.createNamespacedConfigMap({
      namespace,
      body: { metadata: { name, labels: { set: 'informed' } }, data: { v } },
    });
  const change = (name: string, v: string): Promise<unknown> =>
    core.patchNamespacedConfigMap(
      { namespace, name, body: { data: { v } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );

  it('comes through crashes of the server consistent', async () => {
    await put('before', '1');
    const informer = follow();
    await informer.start();
    await until(() => known.get('before') === '1');
    for (const round of ['1', '2']) {
      await put(`kept-${round}`, round);
      await put(`gone-${round}`, round);
      await until(() => known.has(`gone-${round}`));
      await crashAndRestart();
      // These may happen before the informer is back.
      await core.deleteNamespacedConfigMap({ namespace, name: `gone-${round}` });
      await change('before', `after ${round}`);
      await put(`new-${round}`, round);
      await until(() => known.get('before') === `after ${round}` && known.has(`new-${round}`));
      await until(() => !known.has(`gone-${round}`));
    }
    isStopped = true;
    await informer.stop();
    expect(misfits).toEqual([]);
    const list = await core.listNamespacedConfigMap({ namespace, labelSelector: 'set=informed' });
    const stored = list.items.map(({ metadata, data }) => [metadata?.name, data?.['v']]);
    expect([...known].sort()).toEqual(stored.sort());
    expect(
      informer
        .list()
        .map(({ metadata }) => metadata?.name)
        .sort(),
    ).toEqual(stored.map(([name]) => name));
  }, 60_000);
});
