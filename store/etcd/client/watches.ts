// Watches: all watches of a client and the streams they are carried by. A stream that breaks leaves its watches to the
// next one, at another endpoint if need be; a watch ends only when its consumer, the store's history or its rights end.
import type { Clock } from '../../clock.js';
import { StoreError } from '../../errors.js';
import type { Revision, WatchBatch, WatchQuery } from '../../kv.js';
import type { Caller } from './caller.js';
import type { Failure } from './failure.js';
import { RemoteWatch, type WatchOwner } from './remote-watch.js';
import { isTokenRefused, WatchStream, type StreamOwner } from './watch-stream.js';

const retryMs = { min: 50, max: 1_000 };
/** Events mostly come by themselves before anybody has to ask. */
const askAfterMs = 5;
const askAgainMs = 100;

export class Watches implements WatchOwner, StreamOwner {
  readonly #caller: Caller;
  readonly #clock: Clock;
  readonly #streams = new Set<WatchStream>();
  readonly #all = new Set<RemoteWatch>();
  /** Watches that begin "now" and that the server has not heard of yet. */
  readonly #beginning = new Map<RemoteWatch, () => void>();
  #begun: Promise<unknown> | undefined;
  #homeless = new Set<RemoteWatch>();
  #failures = 0;
  #cancelRetry: (() => void) | undefined;
  /** The store is known to be at least here. */
  #seen: Revision = 0;
  #cancelAsk: (() => void) | undefined;

  constructor(caller: Caller, clock: Clock) {
    this.#caller = caller;
    this.#clock = clock;
  }

  open(query: WatchQuery, signal: AbortSignal): AsyncIterable<WatchBatch> {
    const watch = new RemoteWatch(query, signal, this);
    if (this.#caller.closed.aborted) watch.fail(new StoreError('stopped'));
    // Some versions take it as the beginning of history.
    else if (watch.next < 0) watch.fail(new StoreError('compacted'));
    else if (!signal.aborted) {
      this.#all.add(watch);
      if (watch.next === 0) this.#begin(watch);
      this.#place(watch);
    }
    return watch.batches();
  }

  /** Resolves when every watch opened so far will see what is written from then on; undefined: they do. */
  get begun(): Promise<unknown> | undefined {
    return this.#begun;
  }

  /** An answer has shown this revision: watches that want progress should get there. */
  noteRevision(revision: Revision): void {
    if (revision <= this.#seen) return;
    this.#seen = revision;
    this.#askSoon(askAfterMs);
  }

  created(watch: RemoteWatch, revision: Revision): void {
    this.#failures = 0;
    this.#hasBegun(watch);
    this.#seen = Math.max(this.#seen, revision);
    if (watch.wantsProgress && watch.next <= this.#seen) this.#askSoon(askAfterMs);
  }

  release(watch: RemoteWatch): void {
    this.#homeless.delete(watch);
    if (watch.isOver) {
      this.#all.delete(watch);
      this.#hasBegun(watch);
    }
    for (const stream of this.#streams) {
      if (!stream.remove(watch)) continue;
      this.#dropIfSpare(stream);
      return;
    }
  }

  resume(watch: RemoteWatch, wasRefused: boolean): void {
    // Not at once: it may be refused again.
    if (wasRefused) this.#failures += 1;
    this.#hasBegun(watch);
    this.#homeless.add(watch);
    this.#retrySoon();
  }

  failed(stream: WatchStream, failure: Failure, watches: readonly RemoteWatch[]): void {
    this.#streams.delete(stream);
    const { code } = failure.error;
    if (isTokenRefused(code)) this.#caller.token?.forget();
    else if (!failure.isPassing && !passingCodes.includes(code)) {
      for (const watch of watches) watch.fail(failure.error);
      return;
    }
    this.#caller.endpoints.leave(stream.endpoint);
    this.#failures += 1;
    for (const watch of watches) {
      // Whoever waits for it to begin must not wait for an etcd that is away.
      this.#hasBegun(watch);
      this.#homeless.add(watch);
    }
    if (watches.length > 0) this.#retrySoon();
  }

  close(): void {
    this.#cancelRetry?.();
    this.#cancelAsk?.();
    for (const watch of [...this.#all]) watch.fail(new StoreError('stopped'));
    for (const stream of this.#streams) stream.close();
    this.#streams.clear();
  }

  #begin(watch: RemoteWatch): void {
    const begun = new Promise<void>((resolve) => {
      this.#beginning.set(watch, resolve);
    });
    const all = Promise.all([this.#begun, begun]);
    this.#begun = all;
    void all.then(() => {
      if (this.#begun === all) this.#begun = undefined;
    });
  }

  #hasBegun(watch: RemoteWatch): void {
    this.#beginning.get(watch)?.();
    this.#beginning.delete(watch);
  }

  #place(watch: RemoteWatch): void {
    const isProgress = watch.wantsProgress;
    for (const stream of this.#streams) {
      if (stream.isProgress !== isProgress || !stream.hasRoom) continue;
      stream.add(watch);
      return;
    }
    const { current } = this.#caller.endpoints;
    const stream = new WatchStream(this.#caller, current, isProgress, this);
    this.#streams.add(stream);
    stream.add(watch);
  }

  /** One empty stream of each sort is kept for the next watch. */
  #dropIfSpare(stream: WatchStream): void {
    if (!stream.isEmpty) return;
    const others = [...this.#streams].filter(
      (other) => other !== stream && other.isProgress === stream.isProgress && other.hasRoom,
    );
    if (others.length === 0 && stream.hasRoom) return;
    this.#streams.delete(stream);
    stream.close();
  }

  #retrySoon(): void {
    if (this.#cancelRetry || this.#caller.closed.aborted) return;
    const delayMs = Math.min(retryMs.max, retryMs.min * 2 ** this.#failures);
    this.#cancelRetry = this.#clock.after(this.#failures === 0 ? 0 : delayMs, () => {
      this.#cancelRetry = undefined;
      const homeless = [...this.#homeless];
      this.#homeless.clear();
      for (const watch of homeless) if (!watch.isOver) this.#place(watch);
    });
  }

  #askSoon(delayMs: number): void {
    if (this.#cancelAsk) return;
    this.#cancelAsk = this.#clock.after(delayMs, () => {
      this.#cancelAsk = undefined;
      let isUnsure = false;
      for (const stream of this.#streams) isUnsure = stream.askProgress(this.#seen) || isUnsure;
      if (isUnsure) this.#askSoon(askAgainMs);
    });
  }
}

/** Said of a stream, these are no verdict on its watches. */
const passingCodes: readonly string[] = ['watch-overflow', 'too-many-requests'];
