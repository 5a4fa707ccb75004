// A client that watches: through one member until that dies or ends the watch, then on from the next revision through
// another. Each stretch is recorded for the checker.
import { setMaxListeners } from 'node:events';
import type { WatchBatch, WatchQuery } from '../../store/kv.js';
import { checkWatch, type WatchRecord } from './checkers/watches.js';
import type { Reference } from './checkers/reference.js';
import { codeOf } from './client.js';
import type { Random } from './random.js';
import { allKeys, keyNames } from './workload.js';
import type { World } from './world.js';

/** A member as a watcher sees it. */
export interface Watched {
  readonly revision: number;
  watch(query: WatchQuery, signal: AbortSignal): AsyncIterable<WatchBatch>;
  /** Aborts when the process is no more. */
  readonly died: AbortSignal;
}

export interface WatchAccess {
  pick(random: Random): bigint | undefined;
  /** Runs `use` in the member's process, if it is up then. */
  enter(member: bigint, use: (member: Watched) => void): void;
}

interface OpenRecord extends WatchRecord {
  readonly member: bigint;
  batches: WatchBatch[];
  compactedAt?: number;
}

export class WatchClient {
  readonly #name: string;
  readonly #world: World;
  readonly #access: WatchAccess;
  readonly #random: Random;
  readonly #records: OpenRecord[] = [];
  #current: OpenRecord | undefined;
  #abort = new AbortController();
  #isStopped = false;
  #isHurried = false;

  constructor(name: string, world: World, access: WatchAccess) {
    this.#name = name;
    this.#world = world;
    this.#access = access;
    this.#random = world.random.fork();
    this.#startLater(this.#newQuery());
  }

  /** @param upTo what an open watch must have got by now, if it is open on one of the `members` */
  check(reference: Reference, upTo: number, members: readonly bigint[]): void {
    for (const record of this.#records) {
      const isOwed = record === this.#current && members.includes(record.member);
      checkWatch(record, reference, isOwed ? upTo : 0);
    }
  }

  get batches(): number {
    return this.#records.reduce((sum, { batches }) => sum + batches.length, 0);
  }

  stop(): void {
    this.#isStopped = true;
    this.#abort.abort();
  }

  /** From now on it reads what is there. */
  hurry(): void {
    this.#isHurried = true;
  }

  #newQuery(): WatchQuery {
    const random = this.#random;
    const key = Buffer.from(random.pick(keyNames) ?? 'a');
    return {
      ...(random.chance(0.7) ? allKeys : { key }),
      prevKv: random.chance(0.5),
      noPut: random.chance(0.1),
      noDelete: random.chance(0.1),
      progress: random.chance(0.5),
      ...(random.chance(0.5) && { startRevision: 1 }),
    };
  }

  #startLater(query: WatchQuery): void {
    this.#current = undefined;
    this.#world.schedule(this.#random.between(1, 100), () => {
      if (this.#isStopped) return;
      const member = this.#access.pick(this.#random);
      if (member === undefined) this.#startLater(query);
      else this.#start(member, query);
    });
  }

  #start(member: bigint, query: WatchQuery): void {
    let isStarted = false;
    this.#access.enter(member, (watched) => {
      if (isStarted) return;
      isStarted = true;
      const startRevision = query.startRevision ?? watched.revision + 1;
      const name = `${this.#name}.${this.#records.length} at ${String(member)}`;
      const record: OpenRecord = { name, member, query, startRevision, batches: [] };
      this.#records.push(record);
      this.#current = record;
      this.#world.trace(`${name} from ${startRevision}`);
      const abort = new AbortController();
      setMaxListeners(0, watched.died);
      this.#abort = abort;
      this.#consume(record, watched, abort).catch((error: unknown) => {
        this.#world.fail(error);
      });
    });
    // The member may be gone by then.
    this.#world.schedule(2_000, () => {
      if (isStarted) return;
      isStarted = true;
      this.#startLater(query);
    });
  }

  async #consume(record: OpenRecord, watched: Watched, abort: AbortController): Promise<void> {
    const { query } = record;
    const isSlow = this.#random.chance(0.3);
    const end = new AbortController();
    const goOn = (): void => {
      if (end.signal.aborted) return;
      end.abort();
      this.#resume(record);
    };
    watched.died.addEventListener('abort', goOn, { once: true });
    abort.signal.addEventListener('abort', goOn, { once: true });
    try {
      for await (const batch of watched.watch(query, abort.signal)) {
        if (end.signal.aborted) return;
        record.batches.push(batch);
        this.#world.trace(`${record.name} sees ${batch.revision} (${batch.events.length})`);
        if (isSlow && !this.#isHurried) await this.#pause();
      }
    } catch (error) {
      if (end.signal.aborted) return;
      end.abort();
      this.#ended(record, error);
    }
  }

  #ended(record: OpenRecord, error: unknown): void {
    const code = codeOf(error);
    this.#world.trace(`${record.name} ends: ${code}`);
    if (code === 'compacted') {
      record.compactedAt = compactRevisionOf(error);
      this.#startLater({ ...record.query, startRevision: record.compactedAt });
    } else if (code === 'stopped') this.#resume(record);
    else this.#world.fail(error);
  }

  /** Whatever was seen last, be it a mark: the next one is owed from there on. */
  #resume(record: OpenRecord): void {
    const last = record.batches.at(-1)?.revision ?? record.startRevision - 1;
    const isFresh = this.#random.chance(0.15);
    this.#startLater(isFresh ? this.#newQuery() : { ...record.query, startRevision: last + 1 });
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#world.schedule(this.#random.between(1, 300), resolve);
    });
  }
}

function compactRevisionOf(error: unknown): number {
  const isKnown = typeof error === 'object' && error !== null && 'compactRevision' in error;
  return isKnown ? Number(error.compactRevision) : 0;
}
