// Watcher: one open watch of one client. It gets its initial events in chunks (at the sink's own pace), queues
// what happens meanwhile, then follows live. Nothing is sent twice: live changes at or below `floor` were part
// of the initial events.
import { frame, type Change } from './history.js';
import type { CacheEntry, Stop, WatchFrameEvent, WatchSink } from './watch-cache-types.js';
import type { Clock } from '../../../store/index.js';

export interface WatchFilter {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  /** On labels and fields; absent: everything in the namespace or under the name. */
  readonly selects?: ((entry: CacheEntry) => boolean) | undefined;
}

export interface WatchOptions extends WatchFilter {
  readonly bookmarks: boolean;
  /** The server ends the watch after this long: a last bookmark goes out shortly before. */
  readonly timeoutMs?: number | undefined;
}

/** What a watcher needs from the cache it watches. */
export interface Watched {
  readonly clock: Clock;
  /** Everything up to this revision has been offered to live watchers. */
  readonly revision: number;
  bookmark(revision: number, endsInitialEvents: boolean): WatchFrameEvent;
  detach(watcher: Watcher): void;
}

const chunkMax = 500;
/** Live events queued while the initial ones are still on their way to a slow client. */
const queuedMax = 20_000;
const bookmarkEveryMs = 60_000;
const lastBookmarkBeforeMs = 2_000;

export class Watcher {
  readonly options: WatchOptions;
  private readonly sink: WatchSink;
  private readonly cache: Watched;
  private readonly aborter = new AbortController();
  private floor = 0;
  private queue: WatchFrameEvent[] | undefined = [];
  private cancelTimers: Stop[] = [];

  constructor(cache: Watched, options: WatchOptions, sink: WatchSink) {
    this.cache = cache;
    this.options = options;
    this.sink = sink;
  }

  get signal(): AbortSignal {
    return this.aborter.signal;
  }

  get isStopped(): boolean {
    return this.aborter.signal.aborted;
  }

  /** `initial` is the state or the changes up to and including `floor`; call once, right after attaching. */
  begin(initial: readonly (() => WatchFrameEvent)[], floor: number): void {
    this.floor = floor;
    this.armBookmarks();
    if (initial.length <= chunkMax || this.sink.drained === undefined) {
      this.send(initial.map((make) => make()));
      this.goLive();
    } else {
      void this.feed(initial);
    }
  }

  offer(change: Change): void {
    if (change.revision <= this.floor) return;
    const event = change.frameFor(this.options.selects);
    if (event === undefined) return;
    if (this.queue === undefined) this.send([event]);
    else if (this.queue.length >= queuedMax) this.end();
    else this.queue.push(event);
  }

  /** Sends at once, whatever state the watcher is in. */
  send(events: readonly WatchFrameEvent[]): boolean {
    if (this.isStopped) return false;
    if (events.length === 0 || this.sink.send(events)) return true;
    this.end();
    return false;
  }

  async drained(): Promise<void> {
    await this.sink.drained?.();
  }

  /** Ended by the server: the client hears of it. */
  end(): void {
    if (this.isStopped) return;
    this.stop();
    this.sink.end();
  }

  /** Ended by the client. */
  stop(): void {
    if (this.isStopped) return;
    this.aborter.abort();
    for (const cancel of this.cancelTimers) cancel();
    this.cache.detach(this);
  }

  private async feed(initial: readonly (() => WatchFrameEvent)[]): Promise<void> {
    for (let from = 0; from < initial.length; from += chunkMax) {
      if (!this.send(initial.slice(from, from + chunkMax).map((make) => make()))) return;
      await this.drained();
      if (this.isStopped) return;
    }
    while (this.queue !== undefined && this.queue.length > chunkMax) {
      const queued = this.queue;
      this.queue = [];
      if (!this.send(queued)) return;
      await this.drained();
      if (this.isStopped) return;
    }
    this.goLive();
  }

  private goLive(): void {
    const queued = this.queue ?? [];
    this.queue = undefined;
    this.send(queued);
  }

  private armBookmarks(): void {
    if (!this.options.bookmarks || this.isStopped) return;
    const { clock } = this.cache;
    const repeat = (): void => {
      const cancel = clock.after(bookmarkEveryMs, () => {
        this.sendBookmark();
        if (!this.isStopped) repeat();
      });
      this.cancelTimers[0] = cancel;
    };
    repeat();
    const { timeoutMs } = this.options;
    if (timeoutMs !== undefined && timeoutMs > lastBookmarkBeforeMs) {
      this.cancelTimers[1] = clock.after(timeoutMs - lastBookmarkBeforeMs, () => {
        this.sendBookmark();
      });
    }
  }

  private sendBookmark(): void {
    // A bookmark promises that everything before it was sent: not while events are queued.
    if (this.queue !== undefined) return;
    this.send([this.cache.bookmark(this.cache.revision, false)]);
  }
}

export const errorFrame = (status: object): WatchFrameEvent =>
  frame('ERROR', { bytes: Buffer.from(JSON.stringify(status)) });

/** Which paths a filter is about, as WatcherIndex deals them out. */
export function watcherScope(
  isNamespaced: boolean,
  filter: WatchFilter,
): (path: string) => boolean {
  const { namespace, name } = filter;
  if (!isNamespaced) return name === undefined ? () => true : (path) => path === name;
  if (namespace === undefined) return () => true;
  if (name !== undefined) return (path) => path === `${namespace}/${name}`;
  return (path) => path.startsWith(`${namespace}/`);
}
