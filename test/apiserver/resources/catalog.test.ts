import { describe, expect, it } from '@jest/globals';
import { builtInGroupOrder, builtInResources } from '../../../apiserver/resources/built-in.js';
import { Catalog, compareVersions } from '../../../apiserver/resources/catalog.js';
import type { Resource } from '../../../apiserver/resources/resource.js';

const builtIn = (): Catalog => new Catalog(builtInResources({}), builtInGroupOrder());

function custom(group: string, version: string, plural = 'widgets'): Resource {
  const [like] = builtInResources({});
  return { ...like!, group, version, plural, kind: 'Widget' };
}

describe('Catalog', () => {
  it('finds a resource by its URL parts and by its kind', () => {
    const catalog = builtIn();
    expect(catalog.find('apps', 'v1', 'deployments')?.kind).toBe('Deployment');
    expect(catalog.findKind('', 'v1', 'Pod')?.plural).toBe('pods');
    expect(catalog.find('apps', 'v2', 'deployments')).toBeUndefined();
    expect(catalog.find('', 'v1', 'deployments')).toBeUndefined();
  });

  it('lists groups in upstream order, custom ones after them by name', () => {
    const catalog = builtIn();
    catalog.put([custom('test.com', 'v1'), custom('bar.com', 'v1')]);
    const names = catalog.groups().map(({ name }) => name);
    expect(names.slice(0, 3)).toEqual(['apiregistration.k8s.io', '', 'apps']);
    expect(names.slice(-2)).toEqual(['bar.com', 'test.com']);
  });

  it('puts the preferred version first', () => {
    const catalog = builtIn();
    catalog.put([custom('x.io', 'v1beta1'), custom('x.io', 'v1'), custom('x.io', 'v2alpha1')]);
    const versionsOf = (group: string): readonly string[] | undefined =>
      catalog.groups().find(({ name }) => name === group)?.versions;
    expect(versionsOf('autoscaling')).toEqual(['v2', 'v1']);
    expect(versionsOf('x.io')).toEqual(['v1', 'v1beta1', 'v2alpha1']);
  });

  it('counts a generation for each change and none for a removal of nothing', () => {
    const catalog = builtIn();
    const before = catalog.generation;
    catalog.put([custom('x.io', 'v1'), custom('x.io', 'v2')]);
    expect(catalog.generation).toBe(before + 1);
    catalog.remove('x.io', 'widgets');
    expect(catalog.generation).toBe(before + 2);
    expect(catalog.find('x.io', 'v2', 'widgets')).toBeUndefined();
    expect(catalog.groups().some(({ name }) => name === 'x.io')).toBe(false);
    catalog.remove('x.io', 'widgets');
    expect(catalog.generation).toBe(before + 2);
  });

  it('replaces a row with the same group, version and plural', () => {
    const catalog = builtIn();
    catalog.put([custom('x.io', 'v1')]);
    catalog.put([{ ...custom('x.io', 'v1'), kind: 'Gadget' }]);
    expect(catalog.version('x.io', 'v1').map(({ kind }) => kind)).toEqual(['Gadget']);
  });

  it('ranks versions as kube-aggregator does', () => {
    const versions = ['foo1', 'v1alpha1', 'v10beta3', 'v3beta1', 'v1', 'v10', 'v11beta2', 'v2'];
    expect(versions.sort(compareVersions)).toEqual([
      'v10',
      'v2',
      'v1',
      'v11beta2',
      'v10beta3',
      'v3beta1',
      'v1alpha1',
      'foo1',
    ]);
  });
});
