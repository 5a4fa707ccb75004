// Watch: from where, with what first. The refusals come before the stream starts; what goes wrong later is an
// ERROR event in it.
import type { WatchStart } from '../../storage/cache/read-version.js';
import { listParameters, parseResourceVersion, type ListParameters } from '../query-options.js';
import type { RestCall, RestReply } from '../rest-call.js';
import { cacheOf, type RestDeps } from '../rest-deps.js';
import { selectionOf } from '../selection.js';

/** The server's own choice is between this and twice this, so that clients do not all come back at once. */
const timeoutMinMs = 30 * 60_000;

export async function watch(rest: RestDeps, call: RestCall): Promise<RestReply> {
  const { resource, namespace, name, query } = call;
  const parameters = listParameters(query, true);
  // The old form /watch/<resource>/<name> names one object in the path.
  const asked =
    name === undefined
      ? parameters
      : { ...parameters, fieldSelector: withName(parameters.fieldSelector, name) };
  const selection = selectionOf(resource, namespace, asked);
  const { timeoutSeconds, allowWatchBookmarks } = parameters;
  const timeoutMs =
    timeoutSeconds === undefined || timeoutSeconds <= 0
      ? Math.round(timeoutMinMs * (1 + rest.random()))
      : timeoutSeconds * 1000;
  const { isEmpty, ...filter } = selection;
  const start = await cacheOf(rest, resource).prepareWatch(watchStart(parameters), {
    ...filter,
    ...(isEmpty ? { selects: () => false } : {}),
    bookmarks: allowWatchBookmarks,
    timeoutMs,
  });
  return { type: 'watch', timeoutMs, start };
}

const withName = (selector: string, name: string): string =>
  `${selector === '' ? '' : `${selector},`}metadata.name=${name.replace(/[\\,=]/g, '\\$&')}`;

/** Unset and "0" begin with the state; so does any revision with sendInitialEvents. */
function watchStart(parameters: ListParameters): WatchStart {
  const { resourceVersion, sendInitialEvents, allowWatchBookmarks } = parameters;
  const revision = parseResourceVersion(resourceVersion);
  const isStateWanted = sendInitialEvents ?? revision === 0;
  if (!isStateWanted) return revision === 0 ? { type: 'now' } : { type: 'after', revision };
  const version =
    resourceVersion === ''
      ? ({ type: 'fresh' } as const)
      : revision === 0
        ? ({ type: 'any' } as const)
        : ({ type: 'at-least', revision } as const);
  return { type: 'state', version, endBookmark: allowWatchBookmarks };
}
