import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { JsonObject, KubeObject } from '../../../apiserver/object/kube-object.js';
import { Desk } from './desk.js';

const services = { resource: 'services' };

let desk: Desk;
beforeEach(async () => {
  desk = await new Desk().open();
});
afterEach(() => desk.close());

const make = (name: string, spec: object = {}): Promise<KubeObject> =>
  desk.create({
    ...services,
    body: { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } },
  });

const ipOf = (service: KubeObject): string =>
  (service['spec'] as JsonObject)['clusterIP'] as string;

describe('addresses and ports', () => {
  it('are given out once each, however many ask at the same time', async () => {
    const made = await Promise.all(
      Array.from({ length: 100 }, (_, i) => make(`s${i}`, { type: 'NodePort' })),
    );
    expect(new Set(made.map(ipOf)).size).toBe(100);
    const ports = made.map((service) => JSON.stringify((service['spec'] as JsonObject)['ports']));
    expect(new Set(ports).size).toBe(100);
    expect(
      (await desk.list({ resource: 'ipaddresses', group: 'networking.k8s.io' })).names.sort(),
    ).toEqual(made.map(ipOf).sort());
  });

  it('that the caller names go to the first who asks', async () => {
    const spec = { clusterIP: '10.0.0.12' };
    const results = await Promise.allSettled([make('one', spec), make('two', spec)]);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    const error = await desk.refusal('create', {
      ...services,
      body: { metadata: { name: 'three' }, spec: { ports: [{ port: 80 }], ...spec } },
    });
    expect(error.code).toBe(422);
    expect(error.message).toContain('provided IP is already allocated');
  });

  it('come back when the service goes, or no longer needs them', async () => {
    await make('one', { clusterIP: '10.0.0.12' });
    await desk.ask('delete', { ...services, name: 'one' });
    const again = await make('two', { clusterIP: '10.0.0.12', type: 'NodePort' });
    expect(ipOf(again)).toBe('10.0.0.12');
    await desk.ask('patch', {
      ...services,
      name: 'two',
      body: {
        spec: {
          type: 'ExternalName',
          externalName: 'example.com',
          clusterIP: null,
          clusterIPs: null,
        },
      },
      contentType: 'application/merge-patch+json',
    });
    await make('three', { clusterIP: '10.0.0.12' });
    const { kvs } = await desk.store.range({
      key: Buffer.from('/registry/ranges/'),
      end: Buffer.from('/registry/ranges0'),
    });
    expect(kvs).toEqual([]);
  });

  it('are not taken by a dry run', async () => {
    await desk.create({
      ...services,
      query: 'dryRun=All',
      body: { metadata: { name: 'dry' }, spec: { ports: [{ port: 80 }], clusterIP: '10.0.0.12' } },
    });
    expect(ipOf(await make('real', { clusterIP: '10.0.0.12' }))).toBe('10.0.0.12');
  });

  it('run out with an error that says so', async () => {
    const all = await Promise.allSettled(Array.from({ length: 260 }, (_, i) => make(`s${i}`)));
    const refused = all.filter((result) => result.status === 'rejected');
    expect(refused.length).toBe(260 - 254);
    expect(String((refused[0] as PromiseRejectedResult).reason)).toContain('range is full');
  });
});
