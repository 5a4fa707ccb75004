// One Watch call: many watches over one stream. Each is followed in the store; what it has at hand is taken and written
// only while the receiver keeps up. A slow one costs the store's bounded queue per watch, then nothing: the watch goes
// back to reading history. Progress is told only when nothing is left to take, after everything that was (never ahead of
// an event). Events of a watch are in order and no event follows its cancellation.
import { StoreError } from '../../errors.js';
import { unbounded, type WatchBatch, type WatchEvent, type WatchQuery } from '../../kv.js';
import type { NodeWatch } from '../../node.js';
import type { Call, Incoming, Outgoing } from '../call.js';
import type { WatchCreateRequest, WatchRequest, WatchResponse } from '../messages.js';
import { headerOf } from './headers.js';
import { keyRangeOf } from './kv-requests.js';
import type { WatchContext } from './watch-service.js';

/** One watch of the stream. */
interface Followed {
  readonly id: bigint;
  readonly watch: NodeWatch;
  readonly stop: AbortController;
  readonly startRevision: number;
  readonly wantsProgress: boolean;
  readonly mayFragment: boolean;
  /** Since the last tick of the progress timer. */
  hasSent: boolean;
}

/** Revisions of one watch that wait together go out together, up to this much. */
const answerBytesMax = 2 ** 20;
const answerRevisionsMax = 1_000;
/** So many answers in one turn, then others have theirs. */
const answersPerTurn = 64;
const noId = -1n;
const filterNoPut = 0;
const filterNoDelete = 1;

export class WatchStream implements Incoming<WatchRequest> {
  readonly #context: WatchContext;
  readonly #call: Call;
  readonly #out: Outgoing<WatchResponse>;
  readonly #watches = new Map<bigint, Followed>();
  /** Those that may have something to take. */
  readonly #ready = new Set<Followed>();
  #nextId = 0n;
  #isBlocked = false;
  #isScheduled = false;
  #isOver = false;
  #stopTimer: () => void = () => undefined;

  constructor(context: WatchContext, call: Call, out: Outgoing<WatchResponse>) {
    this.#context = context;
    this.#call = call;
    this.#out = out;
    context.metrics.watchStreams++;
    this.#startTimer();
  }

  async message(request: WatchRequest): Promise<void> {
    if (request.create_request) await this.#create(request.create_request);
    else if (request.cancel_request) this.#cancel(request.cancel_request.watch_id);
    else if (request.progress_request) this.#tellProgress();
  }

  /** Events go on: etcd does not take the end of the requests for the end of the watches. */
  halfClosed(): void {
    return;
  }

  drained(): void {
    if (!this.#isBlocked) return;
    this.#isBlocked = false;
    this.#context.metrics.slowWatchStreams--;
    this.#pump();
  }

  closed(): void {
    this.#isOver = true;
    this.#stopTimer();
    for (const followed of this.#watches.values()) followed.stop.abort();
    const { metrics } = this.#context;
    metrics.watches -= this.#watches.size;
    metrics.watchStreams--;
    if (this.#isBlocked) metrics.slowWatchStreams--;
    this.#watches.clear();
    this.#ready.clear();
  }

  async #create(request: WatchCreateRequest): Promise<void> {
    const refusal = refusalOf(request, (id) => this.#watches.has(id));
    if (refusal !== undefined) {
      this.#refuse(refusal);
      return;
    }
    const stop = new AbortController();
    let watch: NodeWatch;
    try {
      const caller = await this.#call.caller();
      if (this.#isOver) return;
      watch = this.#context.node.storeFor(caller).watch(queryOf(request), stop.signal);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#refuse(`rpc error: code = ${codeName(error)} desc = ${error.message}`);
      return;
    }
    const id = request.watch_id === 0n ? this.#freeId() : request.watch_id;
    this.#follow({
      id,
      watch,
      stop,
      startRevision: request.start_revision,
      wantsProgress: request.progress_notify,
      mayFragment: request.fragment,
      hasSent: true,
    });
  }

  #follow(followed: Followed): void {
    this.#watches.set(followed.id, followed);
    this.#context.metrics.watches++;
    this.#send({ header: headerOf(this.#context.node), watch_id: followed.id, created: true });
    followed.watch.onReady(() => {
      this.#ready.add(followed);
      this.#schedule();
    });
    this.#ready.add(followed);
    this.#schedule();
  }

  #refuse(reason: string): void {
    const header = headerOf(this.#context.node);
    this.#send({ header, watch_id: noId, created: true, canceled: true, cancel_reason: reason });
  }

  #freeId(): bigint {
    while (this.#watches.has(this.#nextId)) this.#nextId++;
    return this.#nextId++;
  }

  #cancel(id: bigint): void {
    const followed = this.#watches.get(id);
    if (!followed) return;
    this.#forget(followed);
    this.#send({ header: headerOf(this.#context.node), watch_id: id, canceled: true });
  }

  #forget(followed: Followed): void {
    this.#watches.delete(followed.id);
    this.#ready.delete(followed);
    this.#context.metrics.watches--;
    followed.stop.abort();
  }

  /** Not in the turn that publishes: a burst of revisions is written at once. */
  #schedule(): void {
    if (this.#isScheduled || this.#isBlocked) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#pump();
    });
  }

  /** Writes what is at hand while the receiver keeps up; rests after a while. */
  #pump(): void {
    let answers = 0;
    for (const followed of this.#ready) {
      while (!this.#isBlocked && !this.#isOver) {
        if (answers++ >= answersPerTurn) {
          // Behind the others, so that one long history does not keep them waiting.
          this.#ready.delete(followed);
          this.#ready.add(followed);
          this.#continueLater();
          return;
        }
        if (this.#sendNext(followed)) continue;
        this.#ready.delete(followed);
        break;
      }
      if (this.#isBlocked || this.#isOver) return;
    }
  }

  #continueLater(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#pump();
    });
  }

  /** False: it has nothing at hand, or is over. */
  #sendNext(followed: Followed): boolean {
    const events: WatchEvent[] = [];
    let revision = 0;
    let bytes = 0;
    try {
      for (let count = 0; count < answerRevisionsMax && bytes < answerBytesMax; count++) {
        const batch = followed.watch.take();
        if (!batch) break;
        revision = batch.revision;
        bytes += bytesOf(batch);
        events.push(...batch.events);
        if (followed.mayFragment) break;
      }
    } catch (error) {
      this.#sendEvents(followed, revision, events);
      this.#finish(followed, error);
      return false;
    }
    this.#sendEvents(followed, revision, events);
    return events.length > 0;
  }

  #sendEvents(followed: Followed, revision: number, events: readonly WatchEvent[]): void {
    if (events.length === 0) return;
    const { node, messages, metrics, requestBytesMax } = this.#context;
    const header = headerOf(node, revision);
    followed.hasSent = true;
    metrics.eventsSent += events.length;
    if (followed.mayFragment)
      for (const part of messages.fragments(header, followed.id, events, requestBytesMax))
        this.#send(part);
    else this.#send(messages.answer(header, followed.id, events));
  }

  /** The store ended the watch. */
  #finish(followed: Followed, error: unknown): void {
    this.#forget(followed);
    if (!(error instanceof StoreError) || error.code === 'stopped') {
      this.#out.end(error);
      return;
    }
    const header = headerOf(this.#context.node, 0);
    const { id: watch_id } = followed;
    if (error.code === 'compacted') {
      const compact_revision = error.compactRevision ?? 0;
      this.#send({ header, watch_id, canceled: true, compact_revision });
    } else this.#send({ header, watch_id, canceled: true, cancel_reason: error.message });
  }

  /** Says nothing unless all watches have been given everything: the client asks again. */
  #tellProgress(): void {
    this.#pump();
    if (this.#isBlocked || this.#isOver || this.#watches.size === 0) return;
    const header = headerOf(this.#context.node);
    for (const followed of this.#watches.values())
      if (!isCaughtUp(followed, header.revision)) return;
    this.#send({ header, watch_id: noId });
  }

  #startTimer(): void {
    const { clock, random, progressIntervalMs } = this.#context;
    // Streams opened at one time shall not speak at one time.
    const delayMs = progressIntervalMs * (1 + random() / 10);
    this.#stopTimer = clock.after(delayMs, () => {
      this.#notify();
      this.#startTimer();
    });
  }

  #notify(): void {
    for (const followed of this.#watches.values()) {
      if (!followed.wantsProgress || this.#isBlocked) continue;
      const header = headerOf(this.#context.node);
      if (!followed.hasSent && isCaughtUp(followed, header.revision))
        this.#send({ header, watch_id: followed.id });
      followed.hasSent = false;
    }
  }

  #send(message: Parameters<Outgoing<WatchResponse>['send']>[0]): void {
    if (this.#out.send(message) || this.#isBlocked || this.#isOver) return;
    this.#isBlocked = true;
    this.#context.metrics.slowWatchStreams++;
  }
}

/** Everything up to `revision` has been written. */
function isCaughtUp({ watch, startRevision }: Followed, revision: number): boolean {
  return startRevision <= revision && (watch.takenTo ?? -1) >= revision;
}

/** Why a request makes no watch. */
function refusalOf(
  { key, range_end, start_revision, watch_id }: WatchCreateRequest,
  isTaken: (id: bigint) => boolean,
): string | undefined {
  const isOpen = range_end.length === 1 && range_end[0] === 0;
  const first = key.length === 0 ? unbounded : key;
  if (range_end.length > 0 && !isOpen && Buffer.compare(first, range_end) >= 0)
    return 'mvcc: watcher range is empty';
  if (start_revision < 0) return new StoreError('compacted').message;
  if (watch_id !== 0n && isTaken(watch_id))
    return 'mvcc: duplicate watch ID provided on the WatchStream';
  return undefined;
}

function queryOf(request: WatchCreateRequest): WatchQuery {
  const { key, range_end, start_revision, filters, prev_kv } = request;
  return {
    // An empty key stands for the first one there can be.
    ...keyRangeOf(key.length === 0 ? unbounded : key, range_end),
    startRevision: start_revision,
    prevKv: prev_kv,
    noPut: filters.includes(filterNoPut),
    noDelete: filters.includes(filterNoDelete),
  };
}

function bytesOf({ events }: WatchBatch): number {
  let bytes = 0;
  for (const { kv, prevKv } of events) bytes += kv.value.length + (prevKv?.value.length ?? 0) + 100;
  return bytes;
}

const codeNames: Readonly<Record<number, string>> = {
  3: 'InvalidArgument',
  7: 'PermissionDenied',
  16: 'Unauthenticated',
};

function codeName({ grpcStatus }: StoreError): string {
  return codeNames[grpcStatus] ?? 'Unknown';
}
