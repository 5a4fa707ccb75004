// What lies in a namespace, and why it is still there: counts a kind and a finalizer, for the namespace's
// conditions.
import type { Catalog } from '../resources/catalog.js';
import type { Resource } from '../resources/resource.js';
import type { RestDeps } from '../rest/rest-deps.js';
import { codecFor } from '../storage/cache/watch-cache.js';
import { guarded } from '../storage/store-failure.js';
import { decodeKey, encodeKey } from '../storage/store-keys.js';
import { prefixEnd } from '../../store/index.js';
import type { JsonObject } from '../object/kube-object.js';
import type { ObjectRef } from './system-call.js';

export interface Content extends ObjectRef {
  readonly uid: string | undefined;
  readonly isDeleting: boolean;
  readonly finalizers: readonly string[];
}

/** One row for each kind of namespaced object that can be deleted: several versions share their objects. */
export function namespacedKinds(catalog: Catalog, pathOf: (row: Resource) => string): Resource[] {
  const kinds = new Map<string, Resource>();
  for (const row of catalog.all()) {
    if (row.scope !== 'Namespaced' || row.virtual || !row.verbs.includes('delete')) continue;
    const path = pathOf(row);
    if (!kinds.has(path)) kinds.set(path, row);
  }
  return [...kinds.values()];
}

export async function contentOf(
  rest: RestDeps,
  resource: Resource,
  namespace: string,
): Promise<Content[]> {
  const prefix = rest.layout.prefix(resource, namespace);
  const key = encodeKey(prefix);
  const { kvs } = await guarded(rest.store.range({ key, end: prefixEnd(key) }));
  if (kvs.length === 0) return [];
  const codec = codecFor(resource);
  return kvs.map((kv) => {
    const { metadata } = codec.decode(kv.value, kv.modRevision);
    return {
      resource,
      namespace,
      name: decodeKey(kv.key).slice(prefix.length),
      uid: metadata.uid,
      isDeleting: metadata.deletionTimestamp !== undefined,
      finalizers: metadata.finalizers ?? [],
    };
  });
}

/** The five conditions of a namespace on its way out. */
export function deletionConditions(left: readonly Content[], now: string): JsonObject[] {
  const kinds = tally(left.map(({ resource }) => nameOf(resource)));
  const finalizers = tally(left.flatMap((content) => content.finalizers));
  const condition = (
    type: string,
    status: 'True' | 'False',
    reason: string,
    message: string,
  ): JsonObject => ({ type, status, lastTransitionTime: now, reason, message });
  return [
    condition(
      'NamespaceDeletionDiscoveryFailure',
      'False',
      'ResourcesDiscovered',
      'All resources successfully discovered',
    ),
    condition(
      'NamespaceDeletionGroupVersionParsingFailure',
      'False',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    condition(
      'NamespaceDeletionContentFailure',
      'False',
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ),
    kinds.length === 0
      ? condition(
          'NamespaceContentRemaining',
          'False',
          'ContentRemoved',
          'All content successfully removed',
        )
      : condition(
          'NamespaceContentRemaining',
          'True',
          'SomeResourcesRemain',
          `Some resources are remaining: ${kinds.map(([kind, count]) => `${kind} has ${count} resource instances`).join(', ')}`,
        ),
    finalizers.length === 0
      ? condition(
          'NamespaceFinalizersRemaining',
          'False',
          'ContentHasNoFinalizers',
          'All content-preserving finalizers finished',
        )
      : condition(
          'NamespaceFinalizersRemaining',
          'True',
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${finalizers.map(([name, count]) => `${name} in ${count} resource instances`).join(', ')}`,
        ),
  ];
}

const nameOf = ({ plural, group }: Resource): string => `${plural}.${group}`;

function tally(names: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}
