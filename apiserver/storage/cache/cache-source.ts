// What the cache of one kind is made from: the feed all caches share, the kind, and limits.
import type { EntryReader } from './entry.js';
import type { Freshness } from './freshness.js';
import type { Codec } from '../codec.js';
import type { Clock, KeyValueStore } from '../../../store/index.js';

/** What all caches share: the loop that feeds them. */
export interface CacheSource {
  readonly store: KeyValueStore;
  readonly clock: Clock;
  readonly freshness: Freshness;
  /** Every event up to this revision has been applied to every loaded cache. */
  readonly revision: number;
  reached(revision: number): Promise<void>;
}

export interface CachedKind {
  readonly prefix: string;
  readonly codec: Codec;
  readonly isNamespaced: boolean;
  readonly selectableFields: EntryReader['selectableFields'];
}

export interface CacheLimits {
  readonly historyCountMax: number;
  readonly historyBytesMax: number;
}
