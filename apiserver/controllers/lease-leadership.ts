// LeaseLeadership: who of several API servers over one store runs the controllers. The leader holds a key bound to a lease
// and renews it; it counts itself out well before the lease can expire, so that its successor never meets it.
import {
  createKey,
  StoreError,
  type Clock,
  type KeyValueStore,
  type Revision,
} from '../../store/index.js';
import type { Leadership } from './leadership.js';

export interface LeaseOptions {
  readonly store: KeyValueStore;
  readonly clock: Clock;
  /** One key for all the servers. */
  readonly key: string;
  /** Who holds it, for people. */
  readonly identity: string;
  /** Aborted: no more campaigns; call `resign` then. */
  readonly signal: AbortSignal;
}

export interface LeaseLeadership extends Leadership {
  /** Resolves when the first campaign is won, or somebody else leads, or the store does not answer. */
  readonly settled: Promise<void>;
  /** Gives the key back, so that another server need not wait for the lease to expire. */
  resign(): Promise<void>;
}

const ttlSeconds = 15;
/** A leader that has not renewed for this long is none any more. */
const trustedMs = 10_000;
const renewEveryMs = 3_000;
const retryMs = 1_000;
/** A follower looks by itself too, should the watch not tell. */
const lookEveryMs = 10_000;

/** Campaigns at once and for ever. */
export function leadByLease(options: LeaseOptions): LeaseLeadership {
  const campaigner = new Campaigner(options);
  void campaigner.run();
  return campaigner;
}

class Campaigner implements LeaseLeadership {
  readonly settled: Promise<void>;
  #settle: () => void = () => undefined;
  readonly #options: LeaseOptions;
  readonly #key: Uint8Array;
  readonly #listeners = new Set<() => void>();
  #lease: bigint | undefined;
  #isLeader = false;
  /** By the monotonic clock. */
  #trustedUntilMs = 0;
  #cancelDistrust = (): void => undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#key = new TextEncoder().encode(options.key);
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Also looked at by the clock: a process that was stopped for a while finds out before its timers run. */
  get isLeader(): boolean {
    return this.#isLeader && this.#options.clock.monotonic() < this.#trustedUntilMs;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#campaign();
      } catch (error) {
        // The store is away: nobody can lead without it. The next try tells.
        if (!(error instanceof StoreError)) throw error;
        await this.resign();
      }
      this.#set(false);
      this.#settle();
      await this.#pause(retryMs, signal);
    }
  }

  async resign(): Promise<void> {
    this.#set(false);
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease === undefined) return;
    try {
      await this.#options.store.revokeLease(lease);
    } catch {
      // Then it expires.
    }
  }

  /** Returns when it is lost, or when the one who had the key has gone. */
  async #campaign(): Promise<void> {
    const { store, identity, clock, signal } = this.#options;
    const { kvs, revision } = await store.range({ key: this.#key });
    if (kvs.length > 0) {
      this.#settle();
      await this.#untilGone(revision);
      return;
    }
    const grantedAt = clock.monotonic();
    const { id } = await store.grantLease(ttlSeconds);
    this.#lease = id;
    const value = new TextEncoder().encode(identity);
    const won = await createKey(store, this.#key, value, id);
    if (!won.done || signal.aborted) {
      await this.resign();
      return;
    }
    this.#trustUntil(grantedAt + trustedMs);
    this.#set(true);
    this.#settle();
    await this.#lead(id, won.revision);
  }

  async #lead(lease: bigint, since: Revision): Promise<void> {
    const { store, clock, signal } = this.#options;
    const over = new AbortController();
    const ended = AbortSignal.any([signal, over.signal]);
    const taken = this.#untilDeleted(since, ended).then(() => {
      over.abort();
    });
    const goesOn = (): boolean => !ended.aborted && this.isLeader;
    while (goesOn()) {
      await this.#pause(renewEveryMs, ended);
      if (!goesOn()) break;
      const askedAt = clock.monotonic();
      try {
        await store.keepLeaseAlive(lease);
        if (goesOn()) this.#trustUntil(askedAt + trustedMs);
      } catch (error) {
        if (error instanceof StoreError && error.code === 'lease-not-found') break;
        // Another try is due before the trust ends.
      }
    }
    over.abort();
    await taken;
    if (!signal.aborted) await this.resign();
  }

  async #untilGone(revision: Revision): Promise<void> {
    const { clock, signal } = this.#options;
    const late = new AbortController();
    const cancel = clock.after(lookEveryMs, () => {
      late.abort();
    });
    await this.#untilDeleted(revision, AbortSignal.any([signal, late.signal]));
    cancel();
  }

  async #untilDeleted(after: Revision, signal: AbortSignal): Promise<void> {
    const query = { key: this.#key, startRevision: after + 1, noPut: true };
    try {
      for await (const batch of this.#options.store.watch(query, signal)) {
        if (batch.events.length > 0) return;
      }
    } catch (error) {
      // What happened to the key since is forgotten: whoever waits looks again.
      if (!(error instanceof StoreError)) throw error;
    }
  }

  #trustUntil(untilMs: number): void {
    const { clock } = this.#options;
    this.#trustedUntilMs = untilMs;
    this.#cancelDistrust();
    this.#cancelDistrust = clock.after(Math.max(0, untilMs - clock.monotonic()), () => {
      this.#set(false);
    });
  }

  #set(isLeader: boolean): void {
    if (!isLeader) this.#cancelDistrust();
    if (this.#isLeader === isLeader) return;
    this.#isLeader = isLeader;
    for (const listener of [...this.#listeners]) listener();
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.#options.clock.after(ms, done);
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    });
  }
}
