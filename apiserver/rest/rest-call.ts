// RestCall and RestReply: the whole contract between http/ (sockets, media types) and rest/ (what a verb
// does). http parses and negotiates, rest decides; neither knows the other's side.
import type { Resource, Verb } from '../resources/resource.js';
import type { Status } from '../object/api-error.js';
import type { CacheEntry, ListPage, Stop, WatchSink } from '../storage/cache/watch-cache-types.js';
import type { UserInfo } from '../auth/user-info.js';

export interface RestCall {
  readonly verb: Verb;
  readonly resource: Resource;
  readonly subresource: string | undefined;
  /** Undefined: all namespaces, or a cluster-scoped resource. */
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly query: URLSearchParams;
  readonly user: UserInfo;
  /** First token of User-Agent up to '/': the default field manager. */
  readonly userAgent: string;
  /** Media type of the body without parameters, lower case; '' when there was none. */
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Aborts when the client is gone or the deadline passed. */
  readonly signal: AbortSignal;
  /** Becomes a `Warning: 299 - "..."` header. */
  readonly warn: (text: string) => void;
}

/**
 * The same call but for `changes`. A spread would not do: http's calls compute most of their fields when asked,
 * by accessors, which a spread leaves behind.
 */
export const callWith = (call: RestCall, changes: Partial<RestCall>): RestCall => ({
  verb: call.verb,
  resource: call.resource,
  subresource: call.subresource,
  namespace: call.namespace,
  name: call.name,
  query: call.query,
  user: call.user,
  userAgent: call.userAgent,
  contentType: call.contentType,
  body: call.body,
  signal: call.signal,
  warn: call.warn,
  ...changes,
});

export type RestReply =
  | { readonly type: 'object'; readonly code: 200 | 201 | 202; readonly entry: ReplyEntry }
  | { readonly type: 'list'; readonly page: ListPage }
  | { readonly type: 'status'; readonly code: number; readonly status: Status }
  | {
      readonly type: 'watch';
      /** Undefined: the server's own choice (30 to 60 minutes). */
      readonly timeoutMs: number | undefined;
      /** Begins to feed the sink; http has sent the headers by then. */
      readonly start: (sink: WatchSink) => Stop;
    };

/** What http needs to print one object: finished JSON bytes (apiVersion and kind as asked, with resourceVersion). */
export type ReplyEntry = Pick<CacheEntry, 'bytes'>;

export interface Rest {
  /** Throws ApiError. */
  handle(call: RestCall): Promise<RestReply>;
}
