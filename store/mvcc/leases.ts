// Leases and the keys attached to them. Grants, revokes and checkpoints come through the log and are alike on every
// member; deadlines exist only on the primary (the leader), on the clock's monotonic scale, and never decide anything
// here: expired() tells the primary which revokes to propose. Re-check leadership before proposing them.
import type { Clock } from '../clock.js';
import { StoreError } from '../errors.js';
import type { Lease } from '../kv.js';
import type { LeaseAttachments } from './keyspace.js';
import { decodeLease, encodeLease, leaseRowKey } from './row-codec.js';
import { compareText } from '../tables/sorted-map.js';
import type { Tables } from '../tables/tables.js';
import type { WriteBuffer } from '../tables/write-buffer.js';

export const leaseTtlSecondsMax = 9_000_000_000;
/** Leases with more than this left are checkpointed, each time this much has passed. */
const checkpointEveryMs = 5 * 60_000;
const checkpointsMax = 1_000;
const expiredMax = 500;

interface LeaseState {
  readonly id: bigint;
  readonly ttlSeconds: number;
  /** From the last checkpoint; 0 = none. */
  remainingSeconds: number;
  /** Infinity unless primary. */
  deadlineMs: number;
  checkpointAtMs: number;
  readonly keys: Set<string>;
}

export interface LeaseCheckpoint {
  readonly id: bigint;
  readonly remainingSeconds: number;
}

export class Leases implements LeaseAttachments {
  readonly #clock: Clock;
  readonly #buffer: WriteBuffer;
  readonly #states = new Map<bigint, LeaseState>();
  #isPrimary = false;
  /** No deadline is earlier than this, so most looks at expired() cost nothing. */
  #earliestDeadlineMs = Infinity;

  constructor(tables: Tables, buffer: WriteBuffer, clock: Clock) {
    this.#clock = clock;
    this.#buffer = buffer;
    for (const { value } of tables.scan('lease')) {
      const { id, ttlSeconds, remainingSeconds } = decodeLease(value);
      this.#states.set(id, newState(id, ttlSeconds, remainingSeconds));
    }
  }

  get size(): number {
    return this.#states.size;
  }

  has(id: bigint): boolean {
    return this.#states.has(id);
  }

  /** A lease the tables no longer have is ignored: its revoke was cut off before the keys' rows were. */
  attach(lease: bigint, key: string): void {
    this.#states.get(lease)?.keys.add(key);
  }

  detach(lease: bigint, key: string): void {
    this.#states.get(lease)?.keys.delete(key);
  }

  grant(id: bigint, ttlSeconds: number): Lease {
    if (id === 0n) throw new StoreError('lease-not-found');
    if (ttlSeconds > leaseTtlSecondsMax) throw new StoreError('lease-ttl-too-large');
    if (this.#states.has(id)) throw new StoreError('lease-exists');
    const state = newState(id, ttlSeconds, 0);
    this.#states.set(id, state);
    if (this.#isPrimary) this.#setDeadline(state, this.#clock.monotonic() + ttlSeconds * 1000);
    this.#buffer.put('lease', leaseRowKey(id), encodeLease(state));
    return { id, ttlSeconds, grantedTtlSeconds: ttlSeconds };
  }

  /** Removes the lease and returns its keys, sorted; the caller deletes them in the same entry. */
  revoke(id: bigint): readonly string[] {
    const state = this.#states.get(id);
    if (!state) throw new StoreError('lease-not-found');
    this.#states.delete(id);
    this.#buffer.remove('lease', leaseRowKey(id));
    return [...state.keys].sort(compareText);
  }

  checkpoint(id: bigint, remainingSeconds: number): void {
    const state = this.#states.get(id);
    if (!state) throw new StoreError('lease-not-found');
    state.remainingSeconds = remainingSeconds;
    this.#buffer.put('lease', leaseRowKey(id), encodeLease(state));
  }

  /** This member leads from `nowMs` on: every lease gets its time anew, plus `extendMs` (an election timeout). */
  promote(nowMs: number = this.#clock.monotonic(), extendMs = 0): void {
    this.#isPrimary = true;
    this.#earliestDeadlineMs = Infinity;
    for (const state of this.#states.values()) {
      const seconds = state.remainingSeconds || state.ttlSeconds;
      this.#setDeadline(state, nowMs + seconds * 1000 + extendMs);
    }
  }

  demote(): void {
    this.#isPrimary = false;
    this.#earliestDeadlineMs = Infinity;
    for (const state of this.#states.values()) state.deadlineMs = Infinity;
  }

  /** Primary only: starts the lease's time again. Error: 'lease-not-found', also once it has expired. */
  renew(id: bigint): Lease {
    if (!this.#isPrimary) throw new StoreError('not-leader');
    const state = this.#states.get(id);
    const nowMs = this.#clock.monotonic();
    if (!state || state.deadlineMs <= nowMs) throw new StoreError('lease-not-found');
    this.#setDeadline(state, nowMs + state.ttlSeconds * 1000);
    // A checkpoint is out of date now: the next checkpoints() clears it where nobody did before (hasCheckpoint).
    if (state.remainingSeconds > 0) state.checkpointAtMs = nowMs;
    return { id, ttlSeconds: state.ttlSeconds, grantedTtlSeconds: state.ttlSeconds };
  }

  /** Primary only: alive, with less time noted for the next primary than a renewal gives. */
  hasCheckpoint(id: bigint): boolean {
    const state = this.#states.get(id);
    return (
      this.#isPrimary &&
      state !== undefined &&
      state.remainingSeconds > 0 &&
      state.deadlineMs > this.#clock.monotonic()
    );
  }

  remaining(id: bigint): Lease | undefined {
    const state = this.#states.get(id);
    return state && this.#view(state);
  }

  /** The lease's keys as bytes-in-latin1, sorted. */
  keysOf(id: bigint): readonly string[] {
    return [...(this.#states.get(id)?.keys ?? [])].sort(compareText);
  }

  /** All leases, the one with the least time left first (then by id). */
  list(): readonly Lease[] {
    return [...this.#states.values()]
      .map((state) => this.#view(state))
      .sort((a, b) => a.ttlSeconds - b.ttlSeconds || (a.id < b.id ? -1 : 1));
  }

  /** Primary only (else empty): up to 500 leases whose time is over, the longest expired first. */
  expired(nowMs: number = this.#clock.monotonic()): readonly bigint[] {
    if (!this.#isPrimary || nowMs < this.#earliestDeadlineMs) return [];
    const found: LeaseState[] = [];
    let earliest = Infinity;
    for (const state of this.#states.values()) {
      if (state.deadlineMs <= nowMs) found.push(state);
      earliest = Math.min(earliest, state.deadlineMs);
    }
    this.#earliestDeadlineMs = earliest;
    found.sort((a, b) => a.deadlineMs - b.deadlineMs);
    return found.slice(0, expiredMax).map(({ id }) => id);
  }

  /** Primary only (else empty): checkpoints to propose now; each is reported once. */
  checkpoints(nowMs: number = this.#clock.monotonic()): readonly LeaseCheckpoint[] {
    if (!this.#isPrimary) return [];
    const due: LeaseCheckpoint[] = [];
    for (const state of this.#states.values()) {
      if (due.length === checkpointsMax) break;
      if (state.checkpointAtMs > nowMs) continue;
      const leftMs = state.deadlineMs - nowMs;
      const isWhole = leftMs >= state.ttlSeconds * 1000 - checkpointEveryMs / 2;
      due.push({ id: state.id, remainingSeconds: isWhole ? 0 : Math.ceil(leftMs / 1000) });
      state.checkpointAtMs = nextCheckpoint(nowMs, leftMs);
    }
    return due;
  }

  #setDeadline(state: LeaseState, deadlineMs: number): void {
    state.deadlineMs = deadlineMs;
    const nowMs = this.#clock.monotonic();
    state.checkpointAtMs = nextCheckpoint(nowMs, deadlineMs - nowMs);
    this.#earliestDeadlineMs = Math.min(this.#earliestDeadlineMs, deadlineMs);
  }

  #view({ id, ttlSeconds, remainingSeconds, deadlineMs }: LeaseState): Lease {
    const left =
      deadlineMs === Infinity
        ? remainingSeconds || ttlSeconds
        : Math.max(0, Math.floor((deadlineMs - this.#clock.monotonic()) / 1000));
    return { id, ttlSeconds: left, grantedTtlSeconds: ttlSeconds };
  }
}

function nextCheckpoint(nowMs: number, leftMs: number): number {
  return leftMs > checkpointEveryMs ? nowMs + checkpointEveryMs : Infinity;
}

function newState(id: bigint, ttlSeconds: number, remainingSeconds: number): LeaseState {
  return {
    id,
    ttlSeconds,
    remainingSeconds,
    deadlineMs: Infinity,
    checkpointAtMs: Infinity,
    keys: new Set(),
  };
}
