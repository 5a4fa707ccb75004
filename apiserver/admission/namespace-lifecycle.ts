// NamespaceLifecycle: nothing is written into a namespace that does not exist, nothing new into one that is
// being deleted, and the three namespaces every client relies on stay.
import { forbidden, notFound } from '../object/api-error.js';
import type { Resource } from '../resources/resource.js';
import type { CacheEntry } from '../storage/cache/watch-cache-types.js';
import type { AdmissionPlugin, AdmissionRequest } from './chain.js';

/** The namespaces' watch cache. */
export interface NamespaceReader {
  at(name: string): CacheEntry | undefined;
  get(name: string, version: { readonly type: 'fresh' }): Promise<CacheEntry | undefined>;
}

const immortal = new Set(['default', 'kube-system', 'kube-public']);
const namespaces = { group: '', plural: 'namespaces' };

export function namespaceLifecycle(reader: () => NamespaceReader): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    mutate: (request) => {
      const { operation, resource, namespace, name } = request;
      if (isNamespaces(resource)) {
        if (operation === 'DELETE' && immortal.has(name)) {
          throw forbidden(namespaces, name, 'this namespace may not be deleted');
        }
        return undefined;
      }
      if (namespace === undefined || operation === 'DELETE' || resource.virtual) return undefined;
      const known = reader().at(namespace);
      if (known === undefined) return lookAgain(request, namespace, reader());
      refuseTerminating(request, namespace, known);
      return undefined;
    },
  };
}

/** The cache may be a moment behind (or not loaded yet): only a fresh look can say "not found". */
async function lookAgain(
  request: AdmissionRequest,
  namespace: string,
  reader: NamespaceReader,
): Promise<void> {
  const found = await reader.get(namespace, { type: 'fresh' });
  if (found === undefined) throw notFound(namespaces, namespace);
  refuseTerminating(request, namespace, found);
}

function refuseTerminating(
  { operation, resource, name }: AdmissionRequest,
  namespace: string,
  entry: CacheEntry,
): void {
  if (operation !== 'CREATE' || entry.fields['status.phase'] !== 'Terminating') return;
  throw forbidden(
    resource,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  );
}

const isNamespaces = (resource: Resource): boolean =>
  resource.group === '' && resource.plural === 'namespaces';
