// Three real processes, each a member of the store's cluster and an API server: one API, whichever is asked, also when the
// leader dies.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ApiClient, type Answer, type Json } from '../support/api-client.js';
import { describeWithEtcd } from '../support/describe-with-etcd.js';
import { etcdctl } from '../support/etcd-process.js';
import { freePorts } from '../support/free-ports.js';
import { ServerProcess } from '../support/server-process.js';

const names = ['m1', 'm2', 'm3'] as const;
type Name = (typeof names)[number];

interface Member {
  readonly flags: readonly string[];
  readonly dataDir: string;
  readonly etcdUrl: string;
  server: ServerProcess;
  /** With the kubeconfig of m1, whichever member it asks. */
  client: ApiClient;
}

const members = new Map<Name, Member>();
let folder = '';

const member = (name: Name): Member => members.get(name)!;
const at = (name: Name): ApiClient => member(name).client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frontdesk-cluster-'));
  const ports = await freePorts(6);
  const peerUrls = names.map((_name, index) => `http://127.0.0.1:${ports[index]!}`);
  const cluster = names.map((name, index) => `${name}=${peerUrls[index]!}`).join(',');
  const started = names.map(async (name, index) => {
    const etcdUrl = `http://127.0.0.1:${ports[index + 3]!}`;
    const flags = [
      `--name=${name}`,
      `--listen-peer-urls=${peerUrls[index]!}`,
      `--initial-cluster=${cluster}`,
      `--listen-client-urls=${etcdUrl}`,
      '--request-timeout=3s',
    ];
    const dataDir = join(folder, name);
    return { name, flags, dataDir, etcdUrl, server: await ServerProcess.start(flags, dataDir) };
  });
  for (const { name, ...rest } of await Promise.all(started)) {
    members.set(name, { ...rest, client: undefined as never }); // as: set below, once all are there
  }
  for (const name of names) await connectTo(name);
}, 60_000);

afterAll(async () => {
  for (const { client, server } of members.values()) {
    client.close();
    await server.kill();
  }
  await rm(folder, { recursive: true, force: true });
});

/** The kubeconfig of m1 comes to trust every member, and every member to trust it, as they hear of each other. */
async function connectTo(name: Name): Promise<void> {
  const { kubeconfigPath } = member('m1').server;
  await until(async () => {
    const client = await ApiClient.fromKubeconfig(member(name).server.url, kubeconfigPath);
    member(name).client = client;
    const code = await client.get('/api/v1/namespaces/default').then((answer) => answer.code);
    if (code !== 200) client.close();
    return code === 200;
  });
}

/** What another process does, and when, nobody tells this one: asked again and again until the test's own timeout. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds().catch(() => false))) await pause(50);
}

const path = '/api/v1/namespaces/default/configmaps';
const body = (name: string): Json => ({ metadata: { name }, data: { name } });
interface Stored {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
}
const metaOf = (json: Json): Stored['metadata'] => (json as unknown as Stored).metadata; // as: every answer here has it

const create = (through: Name, name: string): Promise<Answer> => at(through).post(path, body(name));
const listed = async (through: Name): Promise<string[]> => {
  const { items } = (await at(through).get(path)).json as { items: Json[] }; // as: a list
  return items.map((item) => metaOf(item).name);
};

async function isLeader(name: Name): Promise<boolean> {
  return /^etcd_server_is_leader 1$/m.test((await at(name).get('/metrics')).text);
}

async function leaderAmong(candidates: readonly Name[]): Promise<Name> {
  let leader: Name | undefined;
  await until(async () => {
    for (const name of candidates) if (await isLeader(name)) leader = name;
    return leader !== undefined;
  });
  return leader!;
}

/** Port of the server that the Service `kubernetes` leads to. */
async function announcedPort(through: Name): Promise<string> {
  const { json } = await at(through).get('/api/v1/namespaces/default/endpoints/kubernetes');
  const { subsets } = json as { subsets: { ports: { port: number }[] }[] }; // as: Endpoints
  return String(subsets[0]?.ports[0]?.port);
}

describeWithEtcd('three API servers with one store', () => {
  it('take writes at any of them, and the others list them at once', async () => {
    for (const [index, name] of names.entries()) {
      expect((await create(name, `from-${name}`)).code).toBe(201);
      const next = names[(index + 1) % names.length]!;
      expect(await listed(next)).toContain(`from-${name}`);
    }
  });

  it('tell watches of the same changes in the same order', async () => {
    const { resourceVersion } = metaOf((await at('m1').get(path)).json);
    const watches = await Promise.all(
      names.map((name) => at(name).watch(`${path}?watch=1&resourceVersion=${resourceVersion}`)),
    );
    await Promise.all(
      Array.from({ length: 12 }, (_, i) => create(names[i % names.length]!, `together-${i}`)),
    );
    const last = await create('m2', 'last');
    expect(last.code).toBe(201);
    const seen = await Promise.all(
      watches.map((watch) => watch.until(({ object }) => metaOf(object).name === 'last')),
    );
    const versions = seen.map((events) =>
      events.map(({ object }) => Number(metaOf(object).resourceVersion)),
    );
    expect(versions[0]).toHaveLength(13);
    expect(versions[0]).toEqual([...versions[0]!].sort((a, b) => a - b));
    expect(versions[1]).toEqual(versions[0]);
    expect(versions[2]).toEqual(versions[0]);
    for (const watch of watches) watch.close();
  });

  it('show etcdctl the cluster as a real one does, and watches what etcdctl writes', async () => {
    const { etcdUrl } = member('m2');
    const keys = await etcdctl(['get', '/registry', '--prefix', '--keys-only'], [etcdUrl]);
    expect(keys.stdout.split('\n')).toEqual(
      expect.arrayContaining(['/registry/namespaces/default', '/registry/configmaps/default/last']),
    );
    const watch = await at('m3').watch(`${path}?watch=1`);
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'by-hand', namespace: 'default', uid: 'x', creationTimestamp: null },
    };
    const key = '/registry/configmaps/default/by-hand';
    expect((await etcdctl(['put', key, JSON.stringify(object)], [etcdUrl])).code).toBe(0);
    const [event] = (await watch.until((one) => metaOf(one.object).name === 'by-hand')).slice(-1);
    expect(event?.type).toBe('ADDED');
    expect(await listed('m1')).toContain('by-hand');
    watch.close();
  });

  it('serve custom resources at all of them', async () => {
    const group = '/apis/example.com/v1/namespaces/default/widgets';
    const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    const made = await at('m3').post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
        versions: [
          { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } },
        ],
      },
    });
    expect(made.code).toBe(201);
    for (const name of names) await until(async () => (await at(name).get(group)).code === 200);
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' } };
    expect((await at('m1').post(group, widget)).code).toBe(201);
    expect((await at('m2').get(`${group}/w`)).code).toBe(200);
  });

  it('go on when the leader is killed, with the controllers at the next; it may come back', async () => {
    const leader = await leaderAmong(names);
    expect(await Promise.all(names.map(isLeader))).toEqual(names.map((name) => name === leader));
    expect(await announcedPort(leader)).toBe(at(leader).url.port);
    const others = names.filter((name) => name !== leader);
    const [one, other] = others as [Name, Name];
    await at(one).post('/api/v1/namespaces', { metadata: { name: 'work' } });
    await member(leader).server.kill();
    await until(async () => (await create(one, 'without-leader')).code === 201);
    expect(await listed(other)).toContain('without-leader');
    const next = await leaderAmong(others);
    await until(async () => (await announcedPort(other)) === at(next).url.port);
    // Emptying a namespace is a controller's work.
    await at(other).delete('/api/v1/namespaces/work');
    await until(async () => (await at(one).get('/api/v1/namespaces/work')).code === 404);

    at(leader).close();
    const { flags, dataDir } = member(leader);
    member(leader).server = await ServerProcess.start(flags, dataDir);
    await connectTo(leader);
    expect(await listed(leader)).toEqual(await listed(one));
  });

  it('stop when they are removed from the cluster', async () => {
    const leader = await leaderAmong(names);
    const out = names.find((name) => name !== leader)!;
    const { etcdUrl } = member(leader);
    const list = (await etcdctl(['member', 'list'], [etcdUrl])).stdout.split('\n');
    const [id = ''] = list.find((line) => line.includes(` ${out},`))?.split(',') ?? [];
    const { child } = member(out).server;
    const ended = once(child, 'exit');
    // Refused for five seconds after a member came back: the cluster must be known to be healthy.
    await until(async () => (await etcdctl(['member', 'remove', id], [etcdUrl])).code === 0);
    expect(await ended).toEqual([0, null]);
    members.get(out)!.client.close();
    members.delete(out);
  });

  it('answer in time without a quorum, and are not ready then', async () => {
    const leader = await leaderAmong([...members.keys()]);
    const left = [...members.keys()].find((name) => name !== leader);
    await member(leader).server.kill();
    await until(async () => (await at(left!).get('/readyz')).code === 500);
    for (const answer of [await at(left!).get(path), await create(left!, 'lost')]) {
      expect([answer.code, answer.json['kind']]).toEqual([expect.any(Number), 'Status']);
      expect([503, 504]).toContain(answer.code);
    }
  });
});
