// Types that pass from the watch cache through rest/ to http/: entries are finished JSON, parsed once.

/** One object as it is served: immutable, shared by every reader. */
export interface CacheEntry {
  readonly key: string;
  /** mod revision = metadata.resourceVersion */
  readonly revision: number;
  /** Finished JSON of the object, with resourceVersion; never mutated. */
  readonly bytes: Uint8Array;
  readonly labels: Readonly<Record<string, string>>;
  /** Values of the resource's selectable fields. */
  readonly fields: Readonly<Record<string, string>>;
}

export interface ListPage {
  /** metadata.resourceVersion of the list. */
  readonly revision: number;
  readonly entries: readonly Pick<CacheEntry, 'bytes'>[];
  readonly continueToken?: string;
  readonly remainingItemCount?: number;
}

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

/**
 * One event, shared by all watchers that get it as this type. `frames` caches its finished bytes for each
 * form (json, table, ...) so that it is encoded once however many watch.
 */
export interface WatchFrameEvent {
  readonly type: WatchEventType;
  readonly object: Pick<CacheEntry, 'bytes'>;
  readonly frames: Map<string, Uint8Array>;
  /** BOOKMARK only: the one that ends the initial events of a WatchList. */
  readonly endsInitialEvents?: boolean;
}

export interface WatchSink {
  /** False: the client reads too slowly and its queue is full; the watcher is ended. */
  send(events: readonly WatchFrameEvent[]): boolean;
  /**
   * Resolves once the queue has room again. Awaited between the chunks of initial events, which may be far
   * more bytes than the queue holds; a sink without it gets them all at once.
   */
  drained?(): Promise<void>;
  /** The watch ended on the server's side (timeout is http's own). */
  end(): void;
}

export type Stop = () => void;
