// Selection: label and field selectors of a list, watch or deletecollection as one predicate over cache entries.
// `metadata.name=x` and `metadata.namespace=x` narrow the scope instead: they are index look-ups.
import { badRequest } from '../object/api-error.js';
import { parseFieldSelector, parseLabelSelector } from '../object/selectors.js';
import type { Resource } from '../resources/resource.js';
import type { CacheEntry } from '../storage/cache/watch-cache-types.js';
import type { WatchFilter } from '../storage/cache/watcher.js';

export interface Selection extends WatchFilter {
  /** Two selectors that exclude each other (another namespace than the URL's): nothing matches. */
  readonly isEmpty: boolean;
}

export function selectionOf(
  resource: Resource,
  namespace: string | undefined,
  selectors: { readonly labelSelector: string; readonly fieldSelector: string },
): Selection {
  if (selectors.labelSelector === '' && selectors.fieldSelector === '') {
    return { namespace, isEmpty: false };
  }
  const labels = parseLabelSelector(selectors.labelSelector);
  const fields = parseFieldSelector(selectors.fieldSelector);
  for (const { path } of fields.requirements) checkField(resource, path);
  const exact = (path: string): readonly string[] =>
    fields.requirements
      .filter((requirement) => requirement.path === path && requirement.operator === '=')
      .map((requirement) => requirement.value);
  const names = exact('metadata.name');
  const namespaces = [
    ...(resource.scope === 'Namespaced' ? exact('metadata.namespace') : []),
    ...(namespace === undefined ? [] : [namespace]),
  ];
  const isEmpty = new Set(names).size > 1 || new Set(namespaces).size > 1;
  const isIndexed = fields.requirements.every(
    ({ path, operator }) =>
      operator === '=' && (path === 'metadata.name' || path === 'metadata.namespace'),
  );
  // A name without its namespace is no key: every object is looked at.
  const isKey = resource.scope === 'Cluster' || namespaces.length > 0;
  const needsFields = !fields.empty && !(isIndexed && isKey);
  const selects = (entry: CacheEntry): boolean =>
    (labels.empty || labels.matches(entry.labels)) &&
    (!needsFields || fields.matches(entry.fields));
  return {
    namespace: namespaces[0],
    name: isKey ? names[0] : undefined,
    ...(labels.empty && !needsFields ? {} : { selects }),
    isEmpty,
  };
}

function checkField(resource: Resource, path: string): void {
  if (path === 'metadata.name' || path === 'metadata.namespace') return;
  const own = Object.keys(resource.selectableFields);
  if (own.includes(path)) return;
  if (own.length > 0 || resource.isCustom === true)
    throw badRequest(`field label not supported: ${path}`);
  throw badRequest(
    `"${path}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}
