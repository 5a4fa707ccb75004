// What a read or a watch asks of the cache: how old the answer may be, and where a watch starts.

/** How old an answer may be. `fresh` reflects every write acknowledged before the call. */
export type ReadVersion =
  | { readonly type: 'fresh' }
  | { readonly type: 'any' }
  | { readonly type: 'at-least'; readonly revision: number };

export type WatchStart =
  | { readonly type: 'state'; readonly version: ReadVersion; readonly endBookmark: boolean }
  | { readonly type: 'now' }
  | { readonly type: 'after'; readonly revision: number };
