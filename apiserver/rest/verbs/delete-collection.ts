// DELETE of a collection: every selected object by the rules of a single delete. What vanishes meanwhile is no
// failure; the first real one ends it. The reply is the list of what was there.
import { ApiError } from '../../object/api-error.js';
import { listPage } from '../../storage/cache/lists.js';
import type { CacheEntry } from '../../storage/cache/watch-cache-types.js';
import { deleteOptions } from '../delete-options.js';
import { removeObject } from './delete.js';
import { listParameters } from '../query-options.js';
import type { RestCall, RestReply } from '../rest-call.js';
import { cacheOf, type RestDeps } from '../rest-deps.js';
import { selectionOf } from '../selection.js';

/** At a time; more would only queue in the store. */
const parallelMax = 32;

export async function removeCollection(rest: RestDeps, call: RestCall): Promise<RestReply> {
  const { resource, namespace, query } = call;
  const parameters = listParameters(query, false);
  const options = deleteOptions(call);
  const selection = selectionOf(resource, namespace, parameters);
  const cache = cacheOf(rest, resource);
  const page = selection.isEmpty
    ? { revision: cache.revision, entries: [] }
    : await listPage(cache, {
        ...selection,
        version: { type: 'fresh' },
        limit: Math.max(parameters.limit, 0),
        continueToken: parameters.continueToken,
      });
  const entries = page.entries as readonly CacheEntry[]; // as: the pages of one cache are its entries
  const queue = entries.entries();
  const removed = new Array<{ bytes: Uint8Array } | undefined>(entries.length);
  const work = async (): Promise<void> => {
    for (const [index, entry] of queue) {
      call.signal.throwIfAborted();
      const path = entry.key.slice(cache.kind.prefix.length);
      const slash = resource.scope === 'Namespaced' ? path.indexOf('/') : -1;
      const target = {
        namespace: slash < 0 ? undefined : path.slice(0, slash),
        name: path.slice(slash + 1),
        options,
      };
      try {
        removed[index] = await removeObject(rest, call, target);
      } catch (error) {
        if (!(error instanceof ApiError && error.reason === 'NotFound')) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallelMax, entries.length) }, work));
  return {
    type: 'list',
    page: { ...page, entries: removed.filter((entry) => entry !== undefined) },
  };
}
