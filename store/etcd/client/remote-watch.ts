// RemoteWatch: one watch of the consumer's, whatever becomes of the streams that carry it. It knows the next revision it
// wants, so it can go on anywhere without a gap or a repeat. Nobody is told of progress that its own stream has not shown.
import { setMaxListeners } from 'node:events';
import { StoreError } from '../../errors.js';
import type { Revision, WatchBatch, WatchEvent, WatchQuery } from '../../kv.js';
import { filterType, type Event, type WatchCreateRequest } from '../messages.js';
import { watchEvent } from './answers.js';
import { BatchQueue } from './batch-queue.js';
import { codeOfText } from './failure.js';
import { rangeEndOf } from './requests.js';
import { RevisionSplitter } from './revision-splitter.js';

export interface WatchOwner {
  /** Its server-side half is not needed (any more, or for now). */
  release(watch: RemoteWatch): void;
  /** It wants to go on from `next`; `wasRefused`: the server has just ended it, for no lasting reason. */
  resume(watch: RemoteWatch, wasRefused: boolean): void;
  /** Its place is known; `revision`: the store's then. */
  created(watch: RemoteWatch, revision: Revision): void;
}

/** Beyond these the server-side half is given up until the consumer has caught up. */
const queueBytesMax = 8 * 2 ** 20;
const queueCountMax = 1_000;
const everything = Uint8Array.of(0);

export class RemoteWatch {
  readonly query: WatchQuery;
  readonly #owner: WatchOwner;
  readonly #queue = new BatchQueue();
  readonly #splitter = new RevisionSplitter();
  readonly #signal: AbortSignal;
  /** The first revision not delivered; 0: whatever comes after the server has heard of the watch. */
  #next: Revision;
  #clusterId: bigint | undefined;
  #isOver = false;
  #isParked = false;
  /** Its server-side half sees more than was asked for. */
  #isCovering = false;

  constructor(query: WatchQuery, signal: AbortSignal, owner: WatchOwner) {
    this.query = query;
    this.#signal = signal;
    this.#owner = owner;
    this.#next = query.startRevision ?? 0;
    setMaxListeners(0, signal); // many watches may share one signal
    signal.addEventListener('abort', this.#abort);
  }

  get next(): Revision {
    return this.#next;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get wantsProgress(): boolean {
    return this.query.progress === true;
  }

  /**
   * How the server is asked. Where its answers about progress cannot be trusted, a watch that wants progress sees every
   * key: each revision then has an event, and one watch's events come in order.
   */
  request(answersProgress: boolean): WatchCreateRequest {
    const { query } = this;
    const end = rangeEndOf(query);
    this.#isCovering = this.wantsProgress && !answersProgress;
    const filters: number[] = [];
    if (query.noPut === true) filters.push(filterType.NOPUT);
    if (query.noDelete === true) filters.push(filterType.NODELETE);
    return {
      key: this.#isCovering ? everything : query.key,
      // An etcd refuses a range that ends before it begins; ours just has no events, but it has progress.
      range_end: this.#isCovering ? everything : isInverted(query) ? new Uint8Array(0) : end,
      start_revision: this.#next,
      progress_notify: true,
      filters: this.#isCovering ? [] : filters,
      prev_kv: query.prevKv ?? false,
      watch_id: 0n,
      fragment: true,
    };
  }

  created(clusterId: bigint, revision: Revision): void {
    this.#clusterId ??= clusterId;
    if (this.#clusterId !== clusterId) {
      this.fail(new StoreError('cluster-id-mismatch'));
      return;
    }
    if (this.#next === 0) this.#next = revision + 1;
    this.#owner.created(this, revision);
  }

  received(events: readonly Event[], goesOn: boolean): void {
    const known = events.map(watchEvent).filter((event) => event !== undefined);
    let passed = 0;
    for (const batch of this.#splitter.add(known, goesOn)) {
      if (batch.revision < this.#next) continue;
      this.#next = batch.revision + 1;
      const wanted = this.#wanted(batch);
      if (wanted.events.length > 0) this.#queue.push(wanted);
      else passed = batch.revision;
    }
    if (passed + 1 === this.#next) this.#tell(passed);
    if (this.#queue.count <= queueCountMax && this.#queue.sizeBytes <= queueBytesMax) return;
    this.#isParked = true;
    this.#owner.release(this);
  }

  /** The server says that every event up to `revision` has been sent. */
  mark(revision: Revision): void {
    if (this.#next === 0 || revision < this.#next) return;
    this.#next = revision + 1;
    this.#tell(revision);
  }

  /** The server ended it; `compactRevision` > 0: since what comes next is forgotten. */
  canceled(compactRevision: Revision, reason: string): void {
    const code = codeOfText(reason);
    if (compactRevision > 0) this.fail(new StoreError('compacted', { compactRevision }));
    else if (code === 'compacted' || code === 'permission-denied' || code === 'user-empty') {
      this.fail(new StoreError(code, { cause: new Error(reason) }));
    } else this.#owner.resume(this, true);
  }

  /** The stream that carried it is gone, or it left it. */
  detached(): void {
    this.#splitter.reset();
  }

  fail(error: StoreError): void {
    this.#finish(error);
  }

  async *batches(): AsyncIterable<WatchBatch> {
    try {
      for (;;) {
        if (this.#signal.aborted) return;
        const batch = await this.#queue.take();
        if (batch === undefined) return;
        this.#goOn();
        yield batch;
      }
    } finally {
      this.#finish();
    }
  }

  /** The consumer has caught up. */
  #goOn(): void {
    if (!this.#isParked || this.#queue.count > 0 || this.#isOver) return;
    this.#isParked = false;
    this.#owner.resume(this, false);
  }

  readonly #abort = (): void => {
    this.#finish();
  };

  #finish(error?: StoreError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#signal.removeEventListener('abort', this.#abort);
    this.#queue.end(error);
    this.#owner.release(this);
  }

  #tell(revision: Revision): void {
    if (this.wantsProgress && revision > 0) this.#queue.push({ revision, events: [] });
  }

  #wanted(batch: WatchBatch): WatchBatch {
    const { query } = this;
    if (!this.#isCovering && !isInverted(query)) return batch;
    return { ...batch, events: batch.events.filter((event) => matches(query, event)) };
  }
}

const isInverted = ({ key, end }: WatchQuery): boolean =>
  end !== undefined && end.length > 0 && !isUnbounded(end) && Buffer.compare(end, key) <= 0;

const isUnbounded = (end: Uint8Array): boolean => end.length === 1 && end[0] === 0;

function matches({ key, end, noPut, noDelete }: WatchQuery, { type, kv }: WatchEvent): boolean {
  if (type === 'put' ? noPut : noDelete) return false;
  const fromStart = Buffer.compare(kv.key, key);
  if (end === undefined || end.length === 0) return fromStart === 0;
  return fromStart >= 0 && (isUnbounded(end) || Buffer.compare(kv.key, end) < 0);
}
