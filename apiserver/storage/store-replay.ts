// Replay: the changes of one kind since a revision that the in-memory history has forgotten, read from the
// store's own history. Throws StoreError 'compacted' when the store has forgotten it too.
import { StoredEntry, type EntryReader } from './cache/entry.js';
import { Change } from './cache/history.js';
import { decodeKey, encodeKey } from './store-keys.js';
import { prefixEnd, type KeyValueStore, type WatchEvent } from '../../store/index.js';

export interface ReplaySource {
  readonly store: KeyValueStore;
  readonly prefix: string;
  readonly reader: EntryReader;
}

/** Gets whole revisions; `reached`: everything up to it has been given. */
export type ReplayVisitor = (
  changes: readonly Change[],
  reached: number,
) => Promise<'go-on' | 'stop'>;

export async function followFromStore(
  source: ReplaySource,
  after: number,
  signal: AbortSignal,
  visit: ReplayVisitor,
): Promise<void> {
  const key = encodeKey(source.prefix);
  const query = {
    key,
    end: prefixEnd(key),
    startRevision: after + 1,
    prevKv: true,
    progress: true,
  };
  const own = new AbortController();
  const all = AbortSignal.any([signal, own.signal]);
  try {
    for await (const batch of source.store.watch(query, all)) {
      const changes = batch.events.map((event) => toChange(source, event));
      if ((await visit(changes, batch.revision)) === 'stop') return;
    }
  } finally {
    own.abort();
  }
}

function toChange({ prefix, reader }: ReplaySource, { type, kv, prevKv }: WatchEvent): Change {
  const key = decodeKey(kv.key);
  const before =
    prevKv === undefined
      ? undefined
      : new StoredEntry(reader, key, prevKv.modRevision, prevKv.value);
  const after = type === 'put' ? new StoredEntry(reader, key, kv.modRevision, kv.value) : undefined;
  const at = { revision: kv.modRevision, path: key.slice(prefix.length) };
  return new Change(reader.codec, at, before, after);
}
