// LeaseKeeper: on the leader, turns lapsed leases into revoke commands and long ones into checkpoints. Expiry itself is a
// log command, so every member deletes the keys in the same revision; only the deadlines live on one clock.
import type { Clock } from '../clock.js';
import type { Command, CommandResult } from '../mvcc/command.js';
import type { StateMachine } from '../mvcc/state-machine.js';

const expiryEveryMs = 500;
const checkpointEveryMs = 300_000;
/** Revokes on their way at once (etcd's limit), so a wave of expiries cannot starve other writes. */
const revokesInFlightMax = 16;

export interface LeaseKeeperParts {
  readonly machine: StateMachine;
  readonly clock: Clock;
  readonly isLeader: () => boolean;
  readonly propose: (command: Command) => Promise<CommandResult>;
  /** Added to every deadline when a new leader starts: clients could not renew during the election. */
  readonly electionMs: number;
}

export class LeaseKeeper {
  readonly #parts: LeaseKeeperParts;
  readonly #revoking = new Set<bigint>();
  #cancel: () => void = () => undefined;
  #leading = false;
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

  #round(): void {
    const { machine, clock, isLeader, electionMs } = this.#parts;
    const leads = isLeader();
    if (leads !== this.#leading) {
      this.#leading = leads;
      if (leads) machine.leases.promote(clock.monotonic(), electionMs);
      else machine.leases.demote();
    }
    if (!leads) return;
    this.#revokeExpired();
    this.#checkpoint();
  }

  #revokeExpired(): void {
    for (const id of this.#parts.machine.leases.expired(this.#parts.clock.monotonic())) {
      if (this.#revoking.size >= revokesInFlightMax) return;
      if (this.#revoking.has(id)) continue;
      this.#revoking.add(id);
      this.#parts
        .propose({ type: 'lease-revoke', id })
        // Refused or timed out: the lease is still expired, the next round tries again.
        .catch(() => undefined)
        .finally(() => this.#revoking.delete(id))
        .catch(() => undefined);
    }
  }

  #checkpoint(): void {
    const { machine, clock, propose } = this.#parts;
    if (clock.monotonic() - this.#checkpointedMs < checkpointEveryMs) return;
    this.#checkpointedMs = clock.monotonic();
    for (const { id, remainingSeconds } of machine.leases.checkpoints(clock.monotonic())) {
      propose({ type: 'lease-checkpoint', id, remainingSeconds }).catch(() => undefined);
    }
  }
}
