// Loading a kind: all its objects as of one revision, page by page, so that a large kind does not hold the
// store or this process up.
import { guarded } from '../store-failure.js';
import { decodeKey, encodeKey } from '../store-keys.js';
import { prefixEnd, type KeyValue, type KeyValueStore } from '../../../store/index.js';

const pageSize = 5_000;

/** Calls `visit` in key order with the key below the prefix; returns the revision all of it is from. */
export async function loadKind(
  store: KeyValueStore,
  prefix: string,
  visit: (path: string, kv: KeyValue) => void,
): Promise<number> {
  const end = prefixEnd(encodeKey(prefix));
  let key = encodeKey(prefix);
  let revision = 0;
  for (;;) {
    const at = revision === 0 ? {} : { revision };
    const page = await guarded(store.range({ key, end, limit: pageSize, ...at }));
    if (revision === 0) revision = page.revision;
    for (const kv of page.kvs) visit(decodeKey(kv.key).slice(prefix.length), kv);
    const last = page.kvs.at(-1);
    if (!page.more || last === undefined) return revision;
    key = Uint8Array.of(...last.key, 0);
  }
}
