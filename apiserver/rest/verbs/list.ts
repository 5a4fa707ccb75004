// GET of a collection: which revision is meant, which objects, which page. storage/cache/lists.ts does the rest.
import { badRequest } from '../../object/api-error.js';
import { decodeContinue } from '../../storage/cache/continue-token.js';
import { listPage, type ListVersion } from '../../storage/cache/lists.js';
import { listParameters, parseResourceVersion, type ListParameters } from '../query-options.js';
import type { RestCall, RestReply } from '../rest-call.js';
import { cacheOf, type RestDeps } from '../rest-deps.js';
import { selectionOf } from '../selection.js';

export async function list(rest: RestDeps, call: RestCall): Promise<RestReply> {
  const { resource, namespace, query } = call;
  const parameters = listParameters(query, false);
  const selection = selectionOf(resource, namespace, parameters);
  const cache = cacheOf(rest, resource);
  const version = listVersion(parameters);
  if (selection.isEmpty) {
    await cache.ready(version.type === 'exact' ? { type: 'fresh' } : version);
    return { type: 'list', page: { revision: cache.revision, entries: [] } };
  }
  const { limit, continueToken } = parameters;
  const page = await listPage(cache, {
    ...selection,
    namespace: selection.namespace,
    version,
    limit: Math.max(limit, 0),
    continueToken,
  });
  return { type: 'list', page };
}

function listVersion(parameters: ListParameters): ListVersion {
  const { resourceVersion, resourceVersionMatch, limit, continueToken } = parameters;
  if (continueToken !== '') {
    if (resourceVersion !== '' && resourceVersion !== '0') {
      decodeContinue('', continueToken); // a bad token is the first thing to say
      throw badRequest('specifying resource version is not allowed when using continue');
    }
    return { type: 'fresh' };
  }
  if (resourceVersion === '') return { type: 'fresh' };
  const revision = parseResourceVersion(resourceVersion);
  if (revision === 0) return { type: 'any' };
  if (resourceVersionMatch === 'Exact') return { type: 'exact', revision };
  // Without a match, a limit makes it exact: the rule from before resourceVersionMatch.
  if (resourceVersionMatch === '' && limit > 0) return { type: 'exact', revision };
  return { type: 'at-least', revision };
}
