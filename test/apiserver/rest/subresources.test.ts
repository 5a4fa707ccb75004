import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../apiserver/object/kube-object.js';
import { Desk } from './desk.js';

const pods = { resource: 'pods' };
const merge = 'application/merge-patch+json';

let desk: Desk;
beforeEach(async () => {
  desk = await new Desk().open();
});
afterEach(() => desk.close());

const pod = (name: string, spec: object = {}): Promise<KubeObject> =>
  desk.create({
    ...pods,
    body: {
      metadata: { name, labels: { app: 'web' } },
      spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
    },
  });

describe('/status', () => {
  it('changes status and annotations, never spec; the main endpoint never changes status', async () => {
    const made = await pod('p');
    const asked = {
      metadata: { annotations: { seen: 'yes' } },
      spec: { nodeName: 'n' },
      status: { phase: 'Running' },
    };
    const { object } = await desk.ask('patch', {
      ...pods,
      name: 'p',
      subresource: 'status',
      body: asked,
      contentType: merge,
    });
    expect(object['status']).toMatchObject({ phase: 'Running' });
    expect(object['spec']).toEqual(made['spec']);
    expect(object.metadata.annotations).toEqual({ seen: 'yes' });
    expect(object.metadata.generation).toBe(1);
    const put = await desk.ask('update', { ...pods, name: 'p', body: { ...object, status: {} } });
    expect(put.object).toEqual(object);
    const owners = object.metadata.managedFields ?? [];
    expect(owners.map((entry) => entry.subresource)).toContain('status');
  });

  it('of a kind without one is not found', async () => {
    const error = await desk.refusal('get', {
      resource: 'configmaps',
      name: 'a',
      subresource: 'status',
    });
    expect([error.code, error.message]).toEqual([
      404,
      'the server could not find the requested resource',
    ]);
  });
});

describe('/scale', () => {
  const deployments = { resource: 'deployments', group: 'apps' };
  const scale = { ...deployments, name: 'web', subresource: 'scale' };
  beforeEach(async () => {
    await desk.create({
      ...deployments,
      body: {
        metadata: { name: 'web' },
        spec: {
          replicas: 2,
          selector: { matchLabels: { app: 'web', tier: 'a' } },
          template: {
            metadata: { labels: { app: 'web', tier: 'a' } },
            spec: { containers: [{ name: 'c', image: 'i' }] },
          },
        },
      },
    });
  });

  it('reads as a Scale with its selector as text', async () => {
    const object = await desk.get(scale);
    expect(object).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name: 'web', namespace: 'default' },
      spec: { replicas: 2 },
      status: { replicas: 0, selector: 'app=web,tier=a' },
    });
  });

  it('writes the parent’s replicas, by PUT and by patch', async () => {
    const current = await desk.get(scale);
    const put = await desk.ask('update', { ...scale, body: { ...current, spec: { replicas: 5 } } });
    expect(put.object['spec']).toEqual({ replicas: 5 });
    const body = { spec: { replicas: 7 } };
    await desk.ask('patch', { ...scale, body, contentType: merge });
    const parent = await desk.get({ ...deployments, name: 'web' });
    expect([parent['spec'], parent.metadata.generation]).toMatchObject([{ replicas: 7 }, 3]);
    const stale = await desk.refusal('update', { ...scale, body: current });
    expect(stale.code).toBe(409);
    const negative = await desk.refusal('patch', {
      ...scale,
      body: { spec: { replicas: -1 } },
      contentType: merge,
    });
    expect(negative.message).toBe(
      'Scale.autoscaling "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    );
  });
});

describe('a pod', () => {
  it('is bound once', async () => {
    await pod('p');
    const body = { metadata: { name: 'p' }, target: { kind: 'Node', name: 'n1' } };
    const binding = { ...pods, name: 'p', subresource: 'binding', body };
    expect((await desk.ask('create', binding)).code).toBe(201);
    const bound = await desk.get({ ...pods, name: 'p' });
    expect(bound['spec']).toMatchObject({ nodeName: 'n1' });
    expect(JSON.stringify(bound['status'])).toContain('"PodScheduled"');
    const again = await desk.refusal('create', binding);
    expect(again.message).toContain('pod p is already assigned to node "n1"');
  });

  it('that nobody runs goes at once; a scheduled one waits for its kubelet', async () => {
    await pod('free');
    await desk.ask('delete', { ...pods, name: 'free' });
    await pod('bound', { nodeName: 'n1' });
    const { object } = await desk.ask('delete', { ...pods, name: 'bound' });
    expect(object.metadata).toMatchObject({
      deletionGracePeriodSeconds: 30,
      deletionTimestamp: '2026-01-01T00:00:30Z',
      generation: 2,
    });
    const query = 'gracePeriodSeconds=5';
    const shorter = await desk.ask('delete', { ...pods, name: 'bound', query });
    expect(shorter.object.metadata.deletionTimestamp).toBe('2026-01-01T00:00:05Z');
    const longer = await desk.ask('delete', {
      ...pods,
      name: 'bound',
      query: 'gracePeriodSeconds=60',
    });
    expect(longer.object).toEqual(shorter.object);
    await desk.ask('delete', { ...pods, name: 'bound', query: 'gracePeriodSeconds=0' });
    expect((await desk.list(pods)).names).toEqual([]);
  });

  it('takes ephemeral containers, and keeps them', async () => {
    await pod('p');
    const at = { ...pods, name: 'p', subresource: 'ephemeralcontainers', contentType: merge };
    const one = { name: 'debug', image: 'busybox' };
    await desk.ask('patch', { ...at, body: { spec: { ephemeralContainers: [one] } } });
    const error = await desk.refusal('patch', {
      ...at,
      body: { spec: { ephemeralContainers: [] } },
    });
    expect(error.message).toContain('existing ephemeral containers "debug" may not be removed');
  });

  it('has no logs and takes no commands without a kubelet', async () => {
    await pod('p');
    const error = await desk.refusal('create', { ...pods, name: 'p', subresource: 'exec' });
    expect([error.code, error.message]).toEqual([400, 'pod p does not have a host assigned']);
    const missing = await desk.refusal('get', { ...pods, name: 'q', subresource: 'log' });
    expect(missing.message).toBe('pods "q" not found');
  });
});

describe('eviction', () => {
  const budgets = { resource: 'poddisruptionbudgets', group: 'policy' };
  const eviction = { ...pods, name: 'p', subresource: 'eviction' };
  const running = (name: string): Promise<unknown> =>
    desk.ask('patch', {
      ...pods,
      name,
      subresource: 'status',
      body: { status: { phase: 'Running' } },
      contentType: merge,
    });

  it('deletes a pod that no budget covers', async () => {
    await pod('p');
    expect((await desk.ask('create', { ...eviction, body: {} })).code).toBe(201);
    expect((await desk.list(pods)).names).toEqual([]);
  });

  it('is refused while the budget is spent, and spends one when there is room', async () => {
    await pod('p');
    await running('p');
    const spec = { minAvailable: 1, selector: { matchLabels: { app: 'web' } } };
    await desk.create({ ...budgets, body: { metadata: { name: 'b' }, spec } });
    const error = await desk.refusal('create', { ...eviction, body: {} });
    expect([error.code, error.message, error.details?.causes?.[0]?.reason]).toEqual([
      429,
      "Cannot evict pod as it would violate the pod's disruption budget.",
      'DisruptionBudget',
    ]);
    const status = {
      disruptionsAllowed: 1,
      currentHealthy: 2,
      desiredHealthy: 1,
      expectedPods: 2,
      observedGeneration: 1,
    };
    await desk.ask('patch', {
      ...budgets,
      name: 'b',
      subresource: 'status',
      body: { status },
      contentType: merge,
    });
    await desk.ask('create', { ...eviction, body: {} });
    const budget = await desk.get({ ...budgets, name: 'b' });
    expect(budget['status']).toMatchObject({
      disruptionsAllowed: 0,
      disruptedPods: { p: '2026-01-01T00:00:00Z' },
    });
  });
});

describe('reviews', () => {
  it('say who asks, and whether they may', async () => {
    const self = await desk.create({
      resource: 'selfsubjectreviews',
      group: 'authentication.k8s.io',
      body: {},
    });
    expect(self['status']).toEqual({
      userInfo: { username: 'admin', groups: ['system:masters'] },
    });
    const access = await desk.create({
      resource: 'selfsubjectaccessreviews',
      group: 'authorization.k8s.io',
      body: { spec: { resourceAttributes: { verb: 'list', resource: 'pods' } } },
    });
    expect(access['status']).toMatchObject({ allowed: true });
    const tokens = { resource: 'tokenreviews', group: 'authentication.k8s.io' };
    const good = await desk.create({ ...tokens, body: { spec: { token: 'good' } } });
    expect(good['status']).toMatchObject({ authenticated: true, user: { username: 'admin' } });
    const bad = await desk.create({ ...tokens, body: { spec: { token: 'bad' } } });
    expect(bad['status']).not.toHaveProperty('authenticated');
    const empty = await desk.refusal('create', {
      resource: 'selfsubjectaccessreviews',
      group: 'authorization.k8s.io',
      body: { spec: {} },
    });
    expect(empty.code).toBe(422);
  });

  it('cannot be listed', async () => {
    const error = await desk.refusal('list', {
      resource: 'tokenreviews',
      group: 'authentication.k8s.io',
    });
    expect(error.code).toBe(405);
  });
});

describe('namespaces/finalize', () => {
  it('is the way to change spec.finalizers, and the last one frees the namespace', async () => {
    const namespaces = { resource: 'namespaces', name: 'work' };
    const made = await desk.create({
      ...namespaces,
      body: { metadata: { name: 'work' }, spec: { finalizers: ['kubernetes'] } },
    });
    const finalize = { ...namespaces, subresource: 'finalize' };
    const extra = { ...made, spec: { finalizers: ['kubernetes', 'example.com/x'] } };
    const put = await desk.ask('update', { ...finalize, body: extra });
    expect(put.object['spec']).toEqual(extra.spec);
    const { object } = await desk.ask('delete', namespaces);
    expect(object['status']).toMatchObject({ phase: 'Terminating' });
    await desk.ask('update', { ...finalize, body: { ...object, spec: {} } });
    expect((await desk.list({ resource: 'namespaces' })).names).toEqual(['default']);
  });
});
