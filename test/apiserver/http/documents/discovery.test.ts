import { describe, expect, it } from '@jest/globals';
import { Discovery } from '../../../../apiserver/http/documents/discovery.js';
import { builtInGroupOrder, builtInResources } from '../../../../apiserver/resources/built-in.js';
import { Catalog } from '../../../../apiserver/resources/catalog.js';

interface Entry {
  name: string;
  verbs: string[];
  group?: string;
  categories?: string[];
  storageVersionHash?: string;
}

interface Aggregated {
  items: {
    metadata: { name?: string };
    versions: { version: string; resources: { resource: string; subresources?: object[] }[] }[];
  }[];
}

const catalog = (): Catalog => new Catalog(builtInResources({}), builtInGroupOrder());
const aggregatedAccept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

function page(path: string, discovery = new Discovery(catalog(), '127.0.0.1:6443')): string {
  const reply = discovery.answer(path, {});
  if (reply === undefined) throw new Error(`no page ${path}`);
  return Buffer.from(reply.body).toString();
}

const json = (path: string): unknown => JSON.parse(page(path));
const entry = (path: string, name: string): Entry | undefined =>
  (json(path) as { resources: Entry[] }).resources.find((item) => item.name === name);

describe('discovery', () => {
  it('writes /api/v1 compactly, fields and verbs in the order clients compare', () => {
    expect(page('/api/v1')).toContain(
      '{"name":"configmaps","singularName":"configmap","namespaced":true,"kind":"ConfigMap","verbs":["create","delete","deletecollection","get","list","patch","update","watch"],"shortNames":["cm"],"storageVersionHash":',
    );
    expect(page('/api/v1')).toMatch(
      /^\{"kind":"APIResourceList","groupVersion":"v1","resources":\[/,
    );
  });

  it('computes the storage version hashes of a real server', () => {
    expect(entry('/api/v1', 'pods')?.storageVersionHash).toBe('xPOwRZ+Yhw8=');
    expect(entry('/apis/autoscaling/v1', 'horizontalpodautoscalers')?.storageVersionHash).toBe(
      'qwQve8ut294=',
    );
    expect(entry('/api/v1', 'pods')?.categories).toEqual(['all']);
  });

  it('lists subresources with their own kinds and the verbs they really take', () => {
    expect(entry('/api/v1', 'pods/eviction')).toEqual({
      name: 'pods/eviction',
      singularName: '',
      namespaced: true,
      group: 'policy',
      version: 'v1',
      kind: 'Eviction',
      verbs: ['create'],
    });
    expect(entry('/api/v1', 'pods/exec')?.verbs).toEqual(['create', 'get']);
    expect(entry('/api/v1', 'nodes/proxy')?.verbs).toHaveLength(5);
    expect(entry('/apis/apps/v1', 'deployments/scale')?.group).toBe('autoscaling');
  });

  it('gives every group a preferred version that is one of its versions', () => {
    const { groups } = json('/apis') as {
      groups: {
        name: string;
        versions: { groupVersion: string }[];
        preferredVersion: { groupVersion: string };
      }[];
    };
    expect(groups.length).toBeGreaterThan(15);
    for (const { versions, preferredVersion } of groups)
      expect(versions).toContainEqual(preferredVersion);
    expect(groups.find(({ name }) => name === 'autoscaling')?.preferredVersion.groupVersion).toBe(
      'autoscaling/v2',
    );
  });

  it('answers with or without a slash at the end, and not at all for what is not there', () => {
    expect(page('/apis/apps/')).toBe(page('/apis/apps'));
    expect(json('/apis/apps')).toMatchObject({ kind: 'APIGroup', apiVersion: 'v1', name: 'apps' });
    const discovery = new Discovery(catalog(), 'x');
    for (const path of ['/apis/nope', '/apis/apps/v2', '/api/v2', '/apis/apps/v1/x', '/apis//v1'])
      expect(discovery.answer(path, {})).toBeUndefined();
  });

  it('lists the address of the server in /api', () => {
    expect(json('/api')).toEqual({
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '127.0.0.1:6443' }],
    });
  });

  it('aggregates all groups when the client prefers that, and says so in the content type', () => {
    const discovery = new Discovery(catalog(), 'x');
    const reply = discovery.answer('/apis', {
      accept: `${aggregatedAccept};profile=nopeer,${aggregatedAccept},application/json`,
    });
    expect(reply?.contentType).toBe(aggregatedAccept);
    const document = JSON.parse(Buffer.from(reply!.body).toString()) as Aggregated;
    const apps = document.items.find(({ metadata }) => metadata.name === 'apps');
    const deployments = apps?.versions[0]?.resources.find((it) => it.resource === 'deployments');
    expect(deployments).toMatchObject({
      responseKind: { group: 'apps', version: 'v1', kind: 'Deployment' },
      scope: 'Namespaced',
      singularResource: 'deployment',
      shortNames: ['deploy'],
      categories: ['all'],
    });
    expect(deployments?.subresources).toMatchObject([
      { subresource: 'scale', responseKind: { group: 'autoscaling', kind: 'Scale' } },
      { subresource: 'status' },
    ]);
  });

  it('falls back to v2beta1 or plain JSON, whichever the client names first', () => {
    const discovery = new Discovery(catalog(), 'x');
    const beta = aggregatedAccept.replace('v=v2', 'v=v2beta1');
    expect(discovery.answer('/api', { accept: beta })?.contentType).toBe(beta);
    const plain = discovery.answer('/api', { accept: `application/json,${aggregatedAccept}` });
    expect(plain?.contentType).toBe('application/json');
  });

  it('answers 304 to a client that has the aggregated document', () => {
    const discovery = new Discovery(catalog(), 'x');
    const first = discovery.answer('/apis', { accept: aggregatedAccept });
    const tag = first?.headers?.['ETag'];
    expect(tag).toMatch(/^"[0-9A-F]{128}"$/);
    const again = discovery.answer('/apis', { accept: aggregatedAccept, ifNoneMatch: tag });
    expect(again).toMatchObject({ code: 304 });
    expect(again?.body).toHaveLength(0);
  });

  it('shows a resource that comes and hides it when it goes', () => {
    const rows = catalog();
    const discovery = new Discovery(rows, 'x');
    const like = rows.find('apps', 'v1', 'deployments')!;
    expect(discovery.answer('/apis/example.com/v1', {})).toBeUndefined();
    rows.put([{ ...like, group: 'example.com', plural: 'widgets', kind: 'Widget' }]);
    expect(page('/apis/example.com/v1', discovery)).toContain('"name":"widgets"');
    expect(page('/apis', discovery)).toContain('example.com');
    rows.remove('example.com', 'widgets');
    expect(discovery.answer('/apis/example.com/v1', {})).toBeUndefined();
  });
});
