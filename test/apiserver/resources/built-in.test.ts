import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { qualifiedName } from '../../../apiserver/object/api-error.js';
import { builtInResources } from '../../../apiserver/resources/built-in.js';
import type { Resource } from '../../../apiserver/resources/resource.js';

const rows = builtInResources({});
const row = (name: string, version = 'v1'): Resource => {
  const found = rows.find((item) => qualifiedName(item) === name && item.version === version);
  if (found === undefined) throw new Error(`no row ${name}`);
  return found;
};
const schemaFile = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../../schemas/${name}`, import.meta.url), 'utf8'));

describe('built-in resources', () => {
  it('serves every GA resource and nothing else', () => {
    const served = schemaFile('resources.json') as {
      version: string;
      group?: string;
      plural: string;
    }[];
    const wanted = new Set(
      served
        .filter(({ version }) => !/alpha|beta/.test(version))
        .map(({ group, version, plural }) => `${group ?? ''}/${version}/${plural}`),
    );
    expect(new Set(rows.map((it) => `${it.group}/${it.version}/${it.plural}`))).toEqual(wanted);
  });

  it('names a schema that exists for every kind and subresource', () => {
    const { definitions } = schemaFile('kubernetes-types.json') as { definitions: object };
    const names = rows.flatMap((it) => [
      it.schema,
      ...Object.values(it.subresources).flatMap(({ schema }) => schema ?? []),
    ]);
    expect(names.filter((name) => !(name in definitions))).toEqual([]);
  });

  it('uses every entry of resource-names.json', () => {
    const file = schemaFile('resource-names.json') as {
      resources: object;
      groupOrder: string[];
    };
    const names = new Set(rows.map((it) => qualifiedName(it)));
    expect(Object.keys(file.resources).filter((name) => !names.has(name))).toEqual([]);
    expect(new Set(file.groupOrder)).toEqual(new Set(rows.map(({ group }) => group)));
  });

  it('carries names, scope and verbs', () => {
    expect(row('pods')).toMatchObject({
      singular: 'pod',
      listKind: 'PodList',
      shortNames: ['po'],
      categories: ['all'],
      scope: 'Namespaced',
      hasGeneration: true,
    });
    expect(row('namespaces').verbs).toEqual([
      'create',
      'delete',
      'get',
      'list',
      'patch',
      'update',
      'watch',
    ]);
    expect(row('componentstatuses')).toMatchObject({ verbs: ['get', 'list'], virtual: true });
    expect(row('tokenreviews.authentication.k8s.io')).toMatchObject({
      verbs: ['create'],
      virtual: true,
    });
  });

  it('keeps objects of two kinds apart but events of both groups together', () => {
    const paths = rows.filter((it) => !it.virtual).map((it) => it.storage);
    const shared = new Map<string, Set<string>>();
    for (const { path, kind, apiVersion } of paths)
      shared.set(path, (shared.get(path) ?? new Set()).add(`${apiVersion} ${kind}`));
    expect([...shared].filter(([, kinds]) => kinds.size > 1)).toEqual([]);
    expect(row('events.events.k8s.io').storage).toMatchObject({ path: 'events', apiVersion: 'v1' });
    expect(row('horizontalpodautoscalers.autoscaling').storage.apiVersion).toBe('autoscaling/v2');
  });

  it('knows where a real cluster keeps things', () => {
    expect(row('services').storage).toMatchObject({
      path: 'services',
      kubernetesPath: 'services/specs',
    });
    expect(row('nodes').storage.kubernetesPath).toBe('minions');
    expect(row('customresourcedefinitions.apiextensions.k8s.io').storage.kubernetesPath).toBe(
      'apiextensions.k8s.io/customresourcedefinitions',
    );
    expect(row('leases.coordination.k8s.io').storage.kubernetesPath).toBe('leases');
  });

  it('gives subresources their own kinds', () => {
    expect(row('deployments.apps').subresources['scale']).toMatchObject({
      kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      schema: 'io.k8s.api.autoscaling.v1.Scale',
      verbs: ['get', 'patch', 'update'],
    });
    expect(row('pods').subresources['exec']).toMatchObject({
      verbs: ['connect'],
      schema: undefined,
    });
    expect(row('pods').subresources['eviction']?.kind.group).toBe('policy');
  });

  it('warns of what is deprecated', () => {
    expect(row('endpoints').deprecationWarning).toBe(
      'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
    );
    expect(row('services').deprecationWarning).toBeUndefined();
  });

  it('takes the strategy with the same name', () => {
    const strategy = { graceSeconds: () => 30 };
    const pods = builtInResources({ pods: strategy }).find(({ plural }) => plural === 'pods');
    expect(pods?.strategy).toBe(strategy);
  });

  it('reads absent selectable fields as zero values', () => {
    const read = (name: string, path: string, object = {}): string | undefined =>
      row(name).selectableFields[path]?.(object);
    expect(read('pods', 'spec.nodeName')).toBe('');
    expect(read('pods', 'spec.hostNetwork')).toBe('false');
    expect(read('nodes', 'spec.unschedulable')).toBe('false');
    expect(read('jobs.batch', 'status.successful')).toBe('0');
    expect(read('jobs.batch', 'status.successful', { status: { succeeded: 3 } })).toBe('3');
    expect(read('events', 'source', { reportingComponent: 'kubelet' })).toBe('kubelet');
    expect(
      read('events.events.k8s.io', 'regarding.name', { involvedObject: { name: 'web' } }),
    ).toBe('web');
  });
});
