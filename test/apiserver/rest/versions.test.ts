import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Desk } from './desk.js';

let desk: Desk;
beforeEach(async () => {
  desk = await new Desk().open();
});
afterEach(() => desk.close());

describe('a kind served at two versions', () => {
  const scalers = { resource: 'horizontalpodautoscalers', group: 'autoscaling' };
  const body = {
    metadata: { name: 'x' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' },
      maxReplicas: 3,
      targetCPUUtilizationPercentage: 70,
    },
  };

  it('is one object, read and watched at either', async () => {
    const v2 = await desk.watch({ ...scalers, version: 'v2' });
    await desk.create({ ...scalers, body });
    const read = await desk.get({ ...scalers, version: 'v2', name: 'x' });
    expect(read).toMatchObject({
      apiVersion: 'autoscaling/v2',
      spec: { metrics: [{ resource: { name: 'cpu', target: { averageUtilization: 70 } } }] },
    });
    expect(await desk.get({ ...scalers, name: 'x' })).toMatchObject({
      apiVersion: 'autoscaling/v1',
      spec: { targetCPUUtilizationPercentage: 70 },
    });
    await desk.settle();
    expect(v2.events.map(({ object }) => object)).toEqual([read]);
    await desk.ask('delete', { ...scalers, name: 'x' });
    await desk.settle();
    expect(v2.lines).toEqual(['ADDED x', 'DELETED x']);
    const [, gone] = v2.events;
    expect(Number(gone!.object.metadata.resourceVersion)).toBeGreaterThan(
      Number(read.metadata.resourceVersion),
    );
  });

  it('selects by the fields of the version asked', async () => {
    const event = (name: string, reason: string): object => ({
      metadata: { name },
      reason,
      message: 'm',
      type: 'Normal',
      involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
    });
    await desk.create({ resource: 'events', body: event('a', 'Started') });
    await desk.create({ resource: 'events', body: event('b', 'Killed') });
    const query = 'fieldSelector=reason%3DKilled';
    expect((await desk.list({ resource: 'events', query })).names).toEqual(['b']);
    const newer = { resource: 'events', group: 'events.k8s.io' };
    const { items } = await desk.list({ ...newer, query });
    expect(items).toMatchObject([{ apiVersion: 'events.k8s.io/v1', note: 'm' }]);
  });
});

describe('field selectors', () => {
  it('follow a pod from one node’s watch to none', async () => {
    const pods = { resource: 'pods' };
    const spec = { containers: [{ name: 'c', image: 'i' }] };
    const onNode = await desk.watch({ ...pods, query: 'fieldSelector=spec.nodeName%3Dn1' });
    const idle = await desk.watch({ ...pods, query: 'fieldSelector=spec.nodeName%3D' });
    await desk.create({ ...pods, body: { metadata: { name: 'p' }, spec } });
    await desk.ask('create', {
      ...pods,
      name: 'p',
      subresource: 'binding',
      body: { metadata: { name: 'p' }, target: { name: 'n1' } },
    });
    await desk.settle();
    expect(onNode.lines).toEqual(['ADDED p']);
    expect(idle.lines).toEqual(['ADDED p', 'DELETED p']);
    const bad = await desk.refusal('list', { ...pods, query: 'fieldSelector=spec.image%3Dx' });
    expect(bad.message).toBe('field label not supported: spec.image');
  });
});

describe('a certificate request', () => {
  it('carries the identity of who made it, whatever it says', async () => {
    const requests = { resource: 'certificatesigningrequests', group: 'certificates.k8s.io' };
    const pem = '-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n';
    const spec = {
      request: Buffer.from(pem).toString('base64'),
      signerName: 'example.com/signer',
      usages: ['client auth'],
      username: 'somebody-else',
      groups: ['system:masters', 'others'],
    };
    const body = { metadata: { name: 'r' }, spec };
    const outcome = await desk.ask('create', { ...requests, body, query: 'dryRun=All' });
    expect(outcome.object['spec']).toMatchObject({ username: 'admin', groups: ['system:masters'] });
  });
});
