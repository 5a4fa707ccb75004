import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bootstrap, publishAddress } from '../../../apiserver/controllers/bootstrap.js';
import { startControllers } from '../../../apiserver/controllers/controllers.js';
import type { KubeObject } from '../../../apiserver/object/kube-object.js';
import { Desk, type Ask } from '../rest/desk.js';

const maps = { resource: 'configmaps' };

let desk: Desk;
beforeEach(async () => {
  desk = new Desk();
  await desk.deps.caches.start(desk.signal);
  await bootstrap(desk.deps);
  await startControllers(desk.deps, desk.signal);
});
afterEach(() => desk.close());

/** Lets everything that is under way happen; no time passes. */
async function untilGone(ask: Ask): Promise<void> {
  await until(async () => !(await desk.list(ask)).names.includes(ask.name ?? ''));
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 500; turn++) {
    if (await condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('it did not come about');
}

async function quiet(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const ownedBy = (owner: KubeObject, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  ...more,
});

const make = (name: string, ...owners: object[]): Promise<KubeObject> =>
  desk.create({ ...maps, body: { metadata: { name, ownerReferences: owners } } });

describe('bootstrap', () => {
  it('makes the namespaces, priority classes and default roles', async () => {
    expect((await desk.list({ resource: 'namespaces' })).names).toEqual([
      'default',
      'kube-node-lease',
      'kube-public',
      'kube-system',
    ]);
    const classes = await desk.list({ resource: 'priorityclasses', group: 'scheduling.k8s.io' });
    expect(classes.names).toEqual(['system-cluster-critical', 'system-node-critical']);
    const rbac = { group: 'rbac.authorization.k8s.io' };
    const roles = await desk.list({ resource: 'clusterroles', ...rbac });
    expect(roles.names).toEqual(expect.arrayContaining(['admin', 'cluster-admin', 'edit', 'view']));
    const admin = roles.items.find((role) => role.metadata.name === 'admin')!;
    expect(JSON.stringify(admin['rules'])).toContain('poddisruptionbudgets');
  });

  it('changes nothing when it runs again', async () => {
    const { revision } = await desk.store.status();
    await bootstrap(desk.deps);
    expect((await desk.store.status()).revision).toBe(revision);
  });

  it('publishes where the server listens, anew at each start', async () => {
    const service = { resource: 'services', name: 'kubernetes' };
    const endpoints = { resource: 'endpoints', name: 'kubernetes' };
    await publishAddress(desk.deps, { serviceIp: '10.0.0.1', ip: '192.0.2.1', port: 6443 });
    expect((await desk.get(service))['spec']).toMatchObject({ clusterIP: '10.0.0.1' });
    await publishAddress(desk.deps, { serviceIp: '10.0.0.1', ip: '192.0.2.2', port: 6443 });
    expect(JSON.stringify(await desk.get(endpoints))).toContain('"192.0.2.2"');
  });
});

describe('a namespace that is deleted', () => {
  const deleteNamespace = (name: string): Promise<unknown> =>
    desk.ask('delete', { resource: 'namespaces', name });
  const createNamespace = (name: string): Promise<KubeObject> =>
    desk.create({
      resource: 'namespaces',
      body: { metadata: { name }, spec: { finalizers: ['kubernetes'] } },
    });

  it('goes with all its content', async () => {
    await createNamespace('work');
    for (const name of ['a', 'b']) {
      await desk.create({ ...maps, namespace: 'work', body: { metadata: { name } } });
    }
    await deleteNamespace('work');
    await untilGone({ resource: 'namespaces', name: 'work' });
    expect((await desk.list({ ...maps, namespace: 'work' })).names).toEqual([]);
  });

  it('takes nothing new while it goes, and waits for finalizers, pods first', async () => {
    await createNamespace('work');
    const held = { finalizers: ['example.com/hold'] };
    const inWork = { namespace: 'work' };
    await desk.create({
      resource: 'pods',
      ...inWork,
      body: {
        metadata: { name: 'p', ...held },
        spec: { containers: [{ name: 'c', image: 'i' }] },
      },
    });
    await desk.create({ ...maps, ...inWork, body: { metadata: { name: 'a' } } });
    await deleteNamespace('work');
    const status = async (): Promise<string> =>
      JSON.stringify((await desk.get({ resource: 'namespaces', name: 'work' }))['status']);
    await until(async () => (await status()).includes('SomeFinalizersRemain'));
    expect(await status()).toContain('pods. has 1 resource instances');
    expect((await desk.list({ ...maps, ...inWork })).items[0]!.metadata.deletionTimestamp).toBe(
      undefined,
    );
    const refused = await desk.refusal('create', {
      ...maps,
      ...inWork,
      body: { metadata: { name: 'b' } },
    });
    expect([refused.code, refused.details?.causes?.[0]?.reason]).toEqual([
      403,
      'NamespaceTerminating',
    ]);
    expect(refused.message).toContain('because it is being terminated');
    await desk.ask('patch', {
      resource: 'pods',
      ...inWork,
      name: 'p',
      body: { metadata: { finalizers: null } },
      contentType: 'application/merge-patch+json',
    });
    await untilGone({ resource: 'namespaces', name: 'work' });
  });

  it('may not be one of the three that everybody relies on', async () => {
    const error = await desk.refusal('delete', { resource: 'namespaces', name: 'default' });
    expect([error.code, error.message]).toEqual([
      403,
      'namespaces "default" is forbidden: this namespace may not be deleted',
    ]);
  });
});

describe('garbage', () => {
  it('is what has lost its only owner', async () => {
    const owner = await make('owner');
    const child = await make('child', ownedBy(owner));
    await make('grandchild', ownedBy(child));
    await desk.ask('delete', { ...maps, name: 'owner' });
    await untilGone({ ...maps, name: 'grandchild' });
    expect((await desk.list(maps)).names).toEqual([]);
  });

  it('is also what never had its owner', async () => {
    const owner = await make('owner');
    await make('child', { ...ownedBy(owner), uid: 'no-such-uid' });
    await untilGone({ ...maps, name: 'child' });
  });

  it('is not what another owner still holds: that only loses the reference', async () => {
    const [one, two] = [await make('one'), await make('two')];
    await make('child', ownedBy(one), ownedBy(two));
    await desk.ask('delete', { ...maps, name: 'one' });
    await until(
      async () =>
        (await desk.get({ ...maps, name: 'child' })).metadata.ownerReferences?.length === 1,
    );
  });

  it('is not what an orphaning delete leaves behind', async () => {
    const owner = await make('owner');
    await make('child', ownedBy(owner));
    await quiet();
    const body = { propagationPolicy: 'Orphan' };
    await desk.ask('delete', { ...maps, name: 'owner', body });
    await untilGone({ ...maps, name: 'owner' });
    await quiet();
    const child = await desk.get({ ...maps, name: 'child' });
    expect(child.metadata.ownerReferences).toBe(undefined);
  });

  it('goes before its owner in a foreground deletion', async () => {
    const owner = await make('owner');
    const reference = ownedBy(owner, { blockOwnerDeletion: true });
    await desk.create({
      ...maps,
      body: {
        metadata: {
          name: 'child',
          ownerReferences: [reference],
          finalizers: ['example.com/hold'],
        },
      },
    });
    await desk.ask('delete', { ...maps, name: 'owner', body: { propagationPolicy: 'Foreground' } });
    await until(
      async () =>
        (await desk.get({ ...maps, name: 'child' })).metadata.deletionTimestamp !== undefined,
    );
    await quiet();
    expect((await desk.list(maps)).names).toContain('owner');
    await desk.ask('patch', {
      ...maps,
      name: 'child',
      body: { metadata: { finalizers: null } },
      contentType: 'application/merge-patch+json',
    });
    await untilGone({ ...maps, name: 'owner' });
  });

  it('goes even when it runs in a circle', async () => {
    const [one, two, three] = [await make('one'), await make('two'), await make('three')];
    const owners: [string, KubeObject][] = [
      ['one', three],
      ['two', one],
      ['three', two],
    ];
    for (const [name, owner] of owners) {
      await desk.ask('patch', {
        ...maps,
        name,
        body: { metadata: { ownerReferences: [ownedBy(owner, { blockOwnerDeletion: true })] } },
        contentType: 'application/merge-patch+json',
      });
    }
    const body = { propagationPolicy: 'Foreground' };
    await desk.ask('delete', { ...maps, name: 'one', body });
    await until(async () => (await desk.list(maps)).names.length === 0);
  });
});

describe('a kind that comes at run time', () => {
  it('has its garbage collected, also after its row is replaced', async () => {
    const { catalog } = desk.deps;
    const base = catalog.find('', 'v1', 'configmaps')!;
    const row = {
      ...base,
      group: 'example.com',
      plural: 'widgets',
      kind: 'Widget',
      storage: {
        path: 'example.com/widgets',
        kubernetesPath: 'example.com/widgets',
        apiVersion: 'example.com/v1',
        kind: 'Widget',
      },
    };
    const widgets = { resource: 'widgets', group: 'example.com' };
    catalog.put([row]);
    for (const replaced of [false, true]) {
      if (replaced) catalog.put([{ ...row }]);
      const owner = await make('owner');
      const ownerReferences = [ownedBy(owner)];
      await desk.create({ ...widgets, body: { metadata: { name: 'w', ownerReferences } } });
      await quiet();
      await desk.ask('delete', { ...maps, name: 'owner' });
      await untilGone({ ...widgets, name: 'w' });
    }
  });
});
