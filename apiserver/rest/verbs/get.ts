// GET of one object: the cache's finished bytes, once the cache is fresh enough.
import { notFound } from '../../object/api-error.js';
import type { StoredEntry } from '../../storage/cache/entry.js';
import { listParameters, parseResourceVersion } from '../query-options.js';
import type { RestCall, RestReply } from '../rest-call.js';
import { cacheOf, pathOf, type RestDeps } from '../rest-deps.js';

export async function get(rest: RestDeps, call: RestCall): Promise<RestReply> {
  return { type: 'object', code: 200, entry: await findEntry(rest, call) };
}

/** 404 when it is not there. */
export async function findEntry(rest: RestDeps, call: RestCall): Promise<StoredEntry> {
  const { resource, namespace, name = '', query } = call;
  const path = pathOf(resource, namespace, name);
  const text = query.size === 0 ? '' : listParameters(query, false).resourceVersion;
  const cache = cacheOf(rest, resource);
  await cache.ready(
    text === ''
      ? { type: 'fresh' }
      : text === '0'
        ? { type: 'any' }
        : { type: 'at-least', revision: parseResourceVersion(text) },
  );
  const entry = cache.at(path);
  if (entry === undefined) throw notFound(resource, name);
  return entry;
}
