// Lists: one page of a kind's objects. The first page of a recent list comes from the cache; a page at an exact
// or a token's revision comes from the store's history, so that all pages of one chain are one snapshot.
import { ApiError, gone } from '../../object/api-error.js';
import { StoreError, prefixEnd, type RangeResult } from '../../../store/index.js';
import { decodeContinue, encodeContinue } from './continue-token.js';
import type { StoredEntry } from './entry.js';
import type { WatchCache } from './kind-cache.js';
import type { ReadVersion } from './read-version.js';
import { toApiError } from '../store-failure.js';
import { decodeKey, encodeKey } from '../store-keys.js';
import type { CacheEntry, ListPage } from './watch-cache-types.js';
import type { WatchFilter } from './watcher.js';

export type ListVersion = ReadVersion | { readonly type: 'exact'; readonly revision: number };

export interface ListQuery extends WatchFilter {
  readonly version: ListVersion;
  /** 0: no limit. */
  readonly limit: number;
  /** '' when there is none. */
  readonly continueToken: string;
}

const inconsistentContinue =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list ' +
  'without the continue parameter, or use the continue token in this response to retrieve the remainder of the ' +
  'results. Continuing with the provided token results in an inconsistent list - objects that were created, ' +
  'modified, or deleted between the time the first chunk was returned and now may show up in the list.';
const listExpired = 'The resourceVersion for the provided list is too old.';

const storePageMin = 500;
const storePageMax = 10_000;

export async function listPage(cache: WatchCache, query: ListQuery): Promise<ListPage> {
  const prefix = prefixOf(cache, query);
  if (query.continueToken !== '') {
    const { startKey, revision } = decodeContinue(prefix, query.continueToken);
    const at = revision < 0 ? 0 : revision;
    return fromStore(cache, query, { prefix, startKey, revision: at, isContinued: true });
  }
  if (query.version.type === 'exact') {
    const { revision } = query.version;
    return fromStore(cache, query, { prefix, startKey: prefix, revision, isContinued: false });
  }
  await cache.ready(query.version);
  return fromCache(cache, query, prefix);
}

const prefixOf = (cache: WatchCache, { namespace }: WatchFilter): string =>
  namespace === undefined || !cache.kind.isNamespaced
    ? cache.kind.prefix
    : `${cache.kind.prefix}${namespace}/`;

function fromCache(cache: WatchCache, query: ListQuery, prefix: string): ListPage {
  const entries = cache.select(query);
  const { revision } = cache;
  if (query.limit === 0 || entries.length <= query.limit) return { revision, entries };
  const page = entries.slice(0, query.limit);
  return cutPage(query, {
    prefix,
    revision,
    page,
    lastKey: page.at(-1)?.key ?? prefix,
    remaining: entries.length - page.length,
  });
}

interface Cut {
  readonly prefix: string;
  readonly revision: number;
  readonly page: readonly CacheEntry[];
  readonly lastKey: string;
  readonly remaining: number;
}

function cutPage(query: ListQuery, { prefix, revision, page, lastKey, remaining }: Cut): ListPage {
  return {
    revision,
    entries: page,
    continueToken: encodeContinue(prefix, `${lastKey}\0`, revision),
    // With a selector the store cannot tell how many of the rest would match.
    ...(query.selects === undefined ? { remainingItemCount: remaining } : {}),
  };
}

interface Position {
  readonly prefix: string;
  readonly startKey: string;
  /** 0: now. */
  readonly revision: number;
  readonly isContinued: boolean;
}

async function fromStore(
  cache: WatchCache,
  query: ListQuery,
  { prefix, startKey, revision, isContinued }: Position,
): Promise<ListPage> {
  const page: StoredEntry[] = [];
  const matches = matcher(query);
  const wanted = query.limit === 0 ? Infinity : query.limit;
  let at = revision;
  let from = encodeKey(startKey);
  let size = matches === undefined && query.limit > 0 ? query.limit : storePageMin;
  for (;;) {
    const result = await readPage(cache, { prefix, from, limit: size, revision: at, isContinued });
    if (at === 0) at = result.revision;
    let lastKey = prefix;
    let taken = 0;
    for (const kv of result.kvs) {
      if (page.length >= wanted) break;
      lastKey = decodeKey(kv.key);
      taken += 1;
      const entry = cache.entry(lastKey, kv.modRevision, kv.value);
      if (matches === undefined || matches(entry)) page.push(entry);
    }
    const remaining = result.count - taken;
    if (page.length >= wanted && remaining > 0) {
      return cutPage(query, { prefix, revision: at, page, lastKey, remaining });
    }
    if (!result.more && remaining <= 0) return { revision: at, entries: page };
    from = encodeKey(`${lastKey}\0`);
    size = Math.min(size * 2, storePageMax);
  }
}

function matcher({ name, selects }: ListQuery): ((entry: StoredEntry) => boolean) | undefined {
  if (name === undefined) return selects;
  return (entry) => entry.name === name && (selects === undefined || selects(entry));
}

interface StorePage {
  readonly prefix: string;
  readonly from: Uint8Array;
  readonly limit: number;
  readonly revision: number;
  readonly isContinued: boolean;
}

async function readPage(cache: WatchCache, page: StorePage): Promise<RangeResult> {
  const { prefix, from, limit, revision, isContinued } = page;
  try {
    return await cache.store.range({
      key: from,
      end: prefixEnd(encodeKey(prefix)),
      limit,
      ...(revision === 0 ? {} : { revision }),
    });
  } catch (error) {
    if (error instanceof StoreError && error.code === 'compacted') {
      if (!isContinued) throw gone(listExpired);
      throw expiredToken(encodeContinue(prefix, decodeKey(from), -1));
    }
    if (error instanceof StoreError && error.code === 'future-revision') {
      throw cache.tooLarge(revision);
    }
    throw toApiError(error);
  }
}

/** 410 with the token that goes on at the newest revision. */
function expiredToken(token: string): ApiError {
  return new ApiError(410, 'Expired', inconsistentContinue, { metadata: { continue: token } });
}
