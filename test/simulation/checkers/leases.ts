// Lease safety: a lease that was granted or renewed with success is not ended by the store before its time is over, on
// whatever clock a leader may have. And its liveness: once somebody leads in peace, leases nobody renews are gone.
import assert from 'node:assert/strict';
import type { ModelState } from './kv-model.js';

interface KnownLease {
  /** In the world's time: not before this may the store end it. */
  aliveUntilMs: number;
  isRevokedByClient: boolean;
}

export class LeaseSafety {
  /** The fastest clock among the members. */
  readonly #rateMax: number;
  readonly #leases = new Map<bigint, KnownLease>();

  constructor(rateMax: number) {
    this.#rateMax = rateMax;
  }

  /** A grant or a renewal, called at `calledMs`, was acknowledged. */
  acknowledged(id: bigint, calledMs: number, ttlSeconds: number): void {
    const lease = this.#lease(id);
    const untilMs = calledMs + (ttlSeconds * 1000) / this.#rateMax;
    lease.aliveUntilMs = Math.max(lease.aliveUntilMs, untilMs);
  }

  /** A client is about to ask for its end. */
  revokeCalled(id: bigint): void {
    this.#lease(id).isRevokedByClient = true;
  }

  /** The log has ended it. */
  revoked(id: bigint, nowMs: number): void {
    const { aliveUntilMs, isRevokedByClient } = this.#lease(id);
    if (isRevokedByClient || nowMs >= aliveUntilMs) return;
    assert.fail(
      `lease safety: ${String(id)} ended at ${nowMs.toFixed(0)} ms, alive until ${aliveUntilMs.toFixed(0)} ms`,
    );
  }

  /** Long after the last renewal, with a stable leader. */
  checkAllGone({ leases, keys }: ModelState): void {
    assert.deepEqual([...leases], [], 'leases that nobody renews are ended');
    const held = [...keys].filter(([, { lease }]) => lease !== 0n).map(([key]) => key);
    assert.deepEqual(held, [], 'keys go with their lease');
  }

  #lease(id: bigint): KnownLease {
    let lease = this.#leases.get(id);
    if (!lease) this.#leases.set(id, (lease = { aliveUntilMs: 0, isRevokedByClient: false }));
    return lease;
  }
}
