// RequestInfo: what a URL and method ask for, found once per request (apimachinery's RequestInfoResolver).
// Forms: /api/V/R, /api/V/namespaces/N/R, each with /NAME and /NAME/SUBRESOURCE, the same below /apis/G,
// and the old /watch/ prefix. Whether the resource exists is not decided here. Read next: resource-routes.ts.
import { badRequest } from '../../object/api-error.js';

export interface ResourceInfo {
  readonly type: 'resource';
  /** get, list, watch, create, update, patch, delete, deletecollection, proxy, or '' for another method. */
  readonly verb: string;
  readonly path: string;
  readonly group: string;
  readonly version: string;
  /** '' = none. For a Namespace itself: its own name. */
  readonly namespace: string;
  readonly plural: string;
  readonly subresource: string;
  readonly name: string;
  /** Path segments after the subresource: `x/y` of .../pods/p/proxy/x/y. */
  readonly rest: readonly string[];
}

export interface PathInfo {
  readonly type: 'path';
  /** The method, lower case. */
  readonly verb: string;
  readonly path: string;
}

export type RequestInfo = ResourceInfo | PathInfo;

const verbOfMethod: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Subresources of a Namespace; anything else after /namespaces/N is a resource in it. */
const namespaceSubresources = new Set(['status', 'finalize']);

const noSegments: readonly string[] = [];

/** `search` is the query without '?'. Throws 400 for a path that is no URL path. */
export function parseRequestInfo(method: string, rawPath: string, search: string): RequestInfo {
  const path = decodePath(rawPath);
  const parts = path.split('/');
  parts.shift();
  if (parts.at(-1) === '') parts.pop();
  const inGroup = parts[0] === 'apis';
  const first = inGroup ? 3 : 2;
  if ((parts[0] !== 'api' && !inGroup) || parts.length <= first) {
    return { type: 'path', verb: method.toLowerCase(), path };
  }
  const group = inGroup ? (parts[1] ?? '') : '';
  const version = parts[first - 1] ?? '';
  let verb = verbOfMethod[method] ?? '';
  // Where the resource's own segments begin; every request passes here, so nothing is cut out on the way.
  let at = first;
  const start = parts[at];
  if ((start === 'watch' || start === 'proxy') && parts.length > at + 1) {
    verb = start;
    at += 1;
  }
  let namespace = '';
  if (parts[at] === 'namespaces' && parts.length > at + 1) {
    namespace = parts[at + 1] ?? '';
    if (parts.length > at + 2 && !namespaceSubresources.has(parts[at + 2] ?? '')) at += 2;
  }
  const plural = parts[at] ?? '';
  const name = parts[at + 1] ?? '';
  const subresource = parts[at + 2] ?? '';
  const rest = parts.length > at + 3 ? parts.slice(at + 3) : noSegments;
  if (name === '') verb = collectionVerb(verb, search);
  return {
    type: 'resource',
    verb,
    path,
    group,
    version,
    namespace,
    plural,
    subresource,
    name,
    rest,
  };
}

function collectionVerb(verb: string, search: string): string {
  if (verb === 'get') return asksForWatch(search) ? 'watch' : 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
}

/** As Kubernetes reads booleans of a query: any value but `false` and `0` is true. */
function asksForWatch(search: string): boolean {
  const match = /(?:^|&)watch(?:=([^&]*))?(?:&|$)/.exec(search);
  if (match === null) return false;
  const value = (match[1] ?? '').toLowerCase();
  return value !== 'false' && value !== '0';
}

function decodePath(rawPath: string): string {
  if (!rawPath.includes('%')) return rawPath;
  try {
    return decodeURIComponent(rawPath);
  } catch {
    throw badRequest(`invalid URL path ${JSON.stringify(rawPath)}: bad percent-encoding`);
  }
}

/** Requests that last as long as the client wants: no deadline, no place among the in-flight ones. */
export function isLongRunning(info: RequestInfo): boolean {
  if (info.type === 'path') return info.path.startsWith('/inspect/') && info.verb === 'get';
  if (info.verb === 'watch' || info.verb === 'proxy') return true;
  return longRunningSubresources.has(info.subresource);
}

const longRunningSubresources = new Set(['attach', 'exec', 'proxy', 'log', 'portforward']);
