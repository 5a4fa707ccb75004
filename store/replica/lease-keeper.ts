// LeaseKeeper: on the leader, turns lapsed leases into revoke commands and long ones into checkpoints. Expiry itself is a
// log command, so every member deletes the keys in the same revision; only the deadlines live on one clock.
// A leader that was paused may have been replaced meanwhile, and the leases renewed elsewhere: before a revoke it proves
// that it leads, and the revoke goes into the log as this term's leader or not at all (etcd-io/etcd#20418).
import type { Clock } from '../clock.js';
import type { StateMachine } from '../mvcc/state-machine.js';
import type { Driver } from './driver.js';

const expiryEveryMs = 500;
const checkpointEveryMs = 300_000;
/** Revokes on their way at once (etcd's limit), so a wave of expiries cannot starve other writes. */
const revokesInFlightMax = 16;

export interface LeaseKeeperParts {
  readonly machine: StateMachine;
  readonly clock: Clock;
  readonly driver: Pick<Driver, 'isLeading' | 'term' | 'confirmReadByQuorum' | 'propose'>;
  /** Added to every deadline when a new leader starts: clients could not renew during the election. */
  readonly electionMs: number;
}

export class LeaseKeeper {
  readonly #parts: LeaseKeeperParts;
  readonly #revoking = new Set<bigint>();
  #cancel: () => void = () => undefined;
  /** Of the leadership the deadlines are from; 0 = none. */
  #leadingTerm = 0;
  #isConfirming = false;
  #checkpointedMs = 0;

  constructor(parts: LeaseKeeperParts) {
    this.#parts = parts;
  }

  start(): void {
    const round = (): void => {
      this.#round();
      this.#cancel = this.#parts.clock.after(expiryEveryMs, round);
    };
    round();
  }

  stop(): void {
    this.#cancel();
  }

  /** Call when this member begins or ceases to lead, so that grants of the first moments get their deadlines. */
  noteLeadership(): void {
    const { machine, clock, driver, electionMs } = this.#parts;
    const term = driver.isLeading ? driver.term : 0;
    if (term === this.#leadingTerm) return;
    this.#leadingTerm = term;
    if (term > 0) machine.leases.promote(clock.monotonic(), electionMs);
    else machine.leases.demote();
  }

  #round(): void {
    this.noteLeadership();
    if (this.#leadingTerm === 0) return;
    this.#checkpoint();
    const { machine, clock } = this.#parts;
    if (machine.leases.expired(clock.monotonic()).length > 0) this.#confirmThenRevoke();
  }

  #confirmThenRevoke(): void {
    if (this.#isConfirming) return;
    this.#isConfirming = true;
    const term = this.#leadingTerm;
    this.#parts.driver
      .confirmReadByQuorum()
      .then(() => {
        if (this.#leadingTerm === term) this.#revokeExpired(term);
      })
      // Not the leader, or cut off: the next round sees.
      .catch(() => undefined)
      .finally(() => {
        this.#isConfirming = false;
      })
      .catch(() => undefined);
  }

  #revokeExpired(term: number): void {
    const { machine, clock, driver } = this.#parts;
    for (const id of machine.leases.expired(clock.monotonic())) {
      if (this.#revoking.size >= revokesInFlightMax) return;
      if (this.#revoking.has(id)) continue;
      this.#revoking.add(id);
      driver
        .propose({ type: 'lease-revoke', id }, term)
        // Refused or timed out: the lease is still expired, the next round tries again.
        .catch(() => undefined)
        .finally(() => this.#revoking.delete(id))
        .catch(() => undefined);
    }
  }

  #checkpoint(): void {
    const { machine, clock, driver } = this.#parts;
    if (clock.monotonic() - this.#checkpointedMs < checkpointEveryMs) return;
    this.#checkpointedMs = clock.monotonic();
    for (const { id, remainingSeconds } of machine.leases.checkpoints(clock.monotonic())) {
      driver
        .propose({ type: 'lease-checkpoint', id, remainingSeconds }, this.#leadingTerm)
        .catch(() => undefined);
    }
  }
}
