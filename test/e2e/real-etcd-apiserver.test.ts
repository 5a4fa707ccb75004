// API servers over a real etcd (--etcd-servers): what they do while it is away and when it is back, several of them over
// one etcd, its flags, and what etcdctl sees and does beside them.
import { afterEach, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { ApiClient, type Answer, type Json } from '../support/api-client.js';
import { describeWithEtcd } from '../support/describe-with-etcd.js';
import { EtcdProcess, etcdctl } from '../support/etcd-process.js';
import { makeEtcdTls } from '../support/etcd-tls.js';
import { runCommand, ServerProcess } from '../support/server-process.js';

const configmaps = '/api/v1/namespaces/default/configmaps';
const services = '/api/v1/namespaces/default/services';
const configmap = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

describeWithEtcd('API servers over a real etcd', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  const startEtcd = async (): Promise<EtcdProcess> => {
    const etcd = await EtcdProcess.start();
    closing.push(() => etcd.stop());
    return etcd;
  };
  const startServer = async (etcd: EtcdProcess, ...flags: string[]): Promise<Desk> => {
    const server = await ServerProcess.start([
      '--in-memory',
      `--etcd-servers=${etcd.endpoint}`,
      ...flags,
    ]);
    const api = await ApiClient.fromKubeconfig(server.url, server.kubeconfigPath);
    closing.push(async () => {
      api.close();
      await server.stop();
    });
    return { server, api };
  };

  it('lose nothing while etcd is killed, and say what is the matter meanwhile', async () => {
    const etcd = await startEtcd();
    const { api } = await startServer(etcd);
    const resourceVersion = String(metadataOf((await api.get(configmaps)).json)['resourceVersion']);
    const watch = await api.watch(`${configmaps}?watch=1&resourceVersion=${resourceVersion}`);
    expect((await api.post(configmaps, configmap('before'))).code).toBe(201);
    await etcd.kill();
    const [refused, read, live, ready, metrics] = await Promise.all([
      api.post(configmaps, configmap('meanwhile')),
      api.get(`${configmaps}/before`),
      api.get('/livez'),
      api.get('/readyz?verbose'),
      api.get('/metrics'),
    ]);
    expect(refused.json).toMatchObject({ kind: 'Status', reason: 'ServiceUnavailable' });
    const codes = [refused, read, live, ready, metrics].map(({ code }) => code);
    expect(codes).toEqual([503, 503, 200, 500, 200]);
    expect(ready.text).toContain('[-]etcd failed');
    await etcd.restart();
    const after = await untilAnswered(() => api.post(configmaps, configmap('after')));
    expect([201, 409]).toContain(after.code);
    expect((await api.get('/readyz')).code).toBe(200);
    const seen = await watch.until(({ object }) => metadataOf(object)['name'] === 'after');
    const names = seen.map(({ type, object }) => `${type} ${String(metadataOf(object)['name'])}`);
    expect(names.filter((name) => / (before|meanwhile|after)$/.test(name))).toEqual([
      'ADDED before',
      'ADDED after',
    ]);
    watch.close();
  }, 60_000);

  it('give out every cluster IP and node port once, whichever server is asked', async () => {
    const etcd = await startEtcd();
    const flags = [
      '--service-cluster-ip-range=10.0.0.0/24',
      '--service-node-port-range=30000-30099',
    ];
    // At once, as the servers of a new cluster start.
    const [one, two] = await Promise.all([
      startServer(etcd, ...flags),
      startServer(etcd, ...flags),
    ]);
    const service = (name: string) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { type: 'NodePort', ports: [{ port: 80 }] },
    });
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        (i % 2 ? one : two).api.post(services, service(`s${i}`)),
      ),
    );
    expect(answers.map(({ code }) => code)).toEqual(answers.map(() => 201));
    const specs = answers.map(({ json }) => json['spec'] as ServiceSpec); // as: they were created
    expect(new Set(specs.map(({ clusterIP }) => clusterIP)).size).toBe(60);
    expect(new Set(specs.map(({ ports }) => ports[0]?.nodePort)).size).toBe(60);
    const lists = await Promise.all([one, two].map(({ api }) => api.get(services)));
    // And `kubernetes`.
    for (const { json } of lists) expect(json['items']).toHaveLength(61);
  }, 60_000);

  it('see each other: objects, watches, custom resources and the end of namespaces', async () => {
    const etcd = await startEtcd();
    const [one, two] = [await startServer(etcd), await startServer(etcd)];
    const watch = await two.api.watch(`${configmaps}?watch=1`);
    await one.api.post(configmaps, configmap('shared', { by: 'one' }));
    await watch.until(({ object }) => metadataOf(object)['name'] === 'shared');
    watch.close();
    const read = await two.api.get(`${configmaps}/shared`);
    expect(read.json['data']).toEqual({ by: 'one' });
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object' } },
          },
        ],
      },
    };
    const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    expect((await one.api.post(crds, definition)).code).toBe(201);
    const widgets = '/apis/example.com/v1/namespaces/default/widgets';
    for (const { api } of [one, two]) while ((await api.get(widgets)).code !== 200);
    // Whichever leads empties the namespace.
    const namespaces = '/api/v1/namespaces';
    const metadata = { name: 'doomed' };
    await one.api.post(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata });
    await two.api.post(`${namespaces}/doomed/configmaps`, configmap('x'));
    await two.api.delete(`${namespaces}/doomed`);
    while ((await one.api.get(`${namespaces}/doomed`)).code !== 404);
  }, 60_000);

  it('hand the controllers over when the server that runs them stops', async () => {
    const etcd = await startEtcd();
    const [one, two] = [await startServer(etcd), await startServer(etcd)];
    const holder = async (): Promise<string> =>
      (
        await etcdctl(
          ['get', '--print-value-only', '/registry/.leaders/controllers'],
          [etcd.endpoint],
        )
      ).stdout;
    const first = await holder();
    expect(first).not.toBe('');
    one.api.close();
    await one.server.stop();
    while ([first, ''].includes(await holder()));
    const namespaces = '/api/v1/namespaces';
    const metadata = { name: 'doomed' };
    await two.api.post(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata });
    await two.api.delete(`${namespaces}/doomed`);
    while ((await two.api.get(`${namespaces}/doomed`)).code !== 404);
  }, 60_000);

  it('keep to --etcd-prefix and --storage-layout, and show what etcdctl writes', async () => {
    const etcd = await startEtcd();
    const flags = ['--etcd-prefix=/other', '--storage-layout=kubernetes'];
    const [plain, prefixed] = [await startServer(etcd), await startServer(etcd, ...flags)];
    await prefixed.api.post(configmaps, configmap('mine'));
    expect((await plain.api.get(`${configmaps}/mine`)).code).toBe(404);
    const key = '/other/configmaps/default/mine';
    const { stdout } = await etcdctl(['get', '--print-value-only', key], [etcd.endpoint]);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'mine' } });
    const specs = await etcdctl(
      ['get', '--prefix', '--keys-only', '/other/services/'],
      [etcd.endpoint],
    );
    expect(specs.stdout).toContain('/other/services/specs/default/kubernetes');
    const watch = await prefixed.api.watch(`${configmaps}?watch=1`);
    const copy = stdout.trim().replaceAll('mine', 'copy');
    await etcdctl(['put', '/other/configmaps/default/copy', copy], [etcd.endpoint]);
    await watch.until(({ object }) => metadataOf(object)['name'] === 'copy');
    watch.close();
    // A write outside the registry moves the revision: lists must not wait for an event that never comes.
    await etcdctl(['put', 'elsewhere', '1'], [etcd.endpoint]);
    expect((await prefixed.api.get(configmaps)).code).toBe(200);
  }, 60_000);

  it('stop in time although etcd does not answer', async () => {
    const etcd = await startEtcd();
    const { api, server } = await startServer(etcd);
    etcd.pause();
    const pending = api.post(configmaps, configmap('x')).catch(() => undefined);
    const exit = await server.stop();
    expect(exit).toEqual({ code: 0, signal: null });
    await pending;
    etcd.resume();
  });

  it('show an etcd that asks for it their certificate', async () => {
    const tls = await makeEtcdTls();
    closing.push(() => rm(tls.folder, { recursive: true, force: true }));
    const etcd = await EtcdProcess.start({ tls: tls.server });
    closing.push(() => etcd.stop());
    const { ca, cert, key } = tls.clientFiles;
    const flags = [`--etcd-cafile=${ca}`, `--etcd-certfile=${cert}`, `--etcd-keyfile=${key}`];
    const { api } = await startServer(etcd, ...flags);
    expect((await api.post(configmaps, configmap('x'))).code).toBe(201);
    expect((await api.get('/readyz')).code).toBe(200);
  });

  it('need --etcd-servers to be called apiserver, and a store or an etcd, not both', async () => {
    const alone = await runCommand(['apiserver', '--secure-port=0']);
    expect(alone).toMatchObject({ code: 2 });
    expect(alone.stderr).toContain('--etcd-servers');
    const both = await runCommand([
      'serve',
      '--etcd-servers=http://127.0.0.1:1',
      '--listen-client-urls=http://127.0.0.1:0',
    ]);
    expect(both).toMatchObject({ code: 2 });
    const bad = await runCommand(['apiserver', '--etcd-servers=127.0.0.1:2379']);
    expect(bad.stderr).toContain('expected URLs such as http://127.0.0.1:2379');
  });
});

interface ServiceSpec {
  readonly clusterIP: string;
  readonly ports: readonly { readonly nodePort: number }[];
}

const metadataOf = (object: Json): Json => object['metadata'] as Json; // as: objects have one

interface Desk {
  readonly server: ServerProcess;
  readonly api: ApiClient;
}

/** Asks until the server has its etcd back. */
async function untilAnswered(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    if (answer.code < 500) return answer;
  }
}
