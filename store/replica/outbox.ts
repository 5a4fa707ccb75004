// Outbox: what leaves this member. A snapshot message of the core becomes a stream of the tables' rows, as they are on disk
// now, which is at or after the point the core asked for.
import type { StateMachine } from '../mvcc/state-machine.js';
import { readApplied } from '../mvcc/state.js';
import type { MemberId, Message } from '../raft/message.js';
import type { Raft } from '../raft/raft.js';
import type { Clock } from '../clock.js';
import type { Applier } from './applier.js';
import type { LogKeeper } from './log-keeper.js';
import { snapshotChunks } from './snapshot-stream.js';
import type { ForwardOutcome, SnapshotMessage, Transport } from './transport.js';

export interface OutboxParts {
  readonly transport: Transport;
  readonly raft: Raft;
  readonly machine: StateMachine;
  readonly applier: Applier;
  readonly logKeeper: LogKeeper;
  readonly clock: Clock;
  readonly chunkBytes: number;
  /** The core has been told something. */
  readonly wake: () => void;
  readonly fatal: (error: unknown) => void;
}

/** After its snapshot a member gets the entries behind it; the log keeps them this long for it. */
const catchUpMs = 10_000;
/** A snapshot that failed is not tried again before. */
const againAfterMs = 500;

export class Outbox {
  readonly #parts: OutboxParts;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  send(messages: readonly Message[]): void {
    if (messages.length === 0) return;
    const { transport } = this.#parts;
    if (messages.every((message) => message.type !== 'snapshot')) {
      transport.send(messages);
      return;
    }
    transport.send(messages.filter((message) => message.type !== 'snapshot'));
    for (const message of messages) if (message.type === 'snapshot') this.#sendSnapshot(message);
  }

  forward(leader: MemberId, payload: Uint8Array): Promise<ForwardOutcome> {
    return this.#parts.transport.forward(leader, payload);
  }

  #sendSnapshot(message: SnapshotMessage): void {
    const { machine, applier, logKeeper, transport, chunkBytes, clock, fatal } = this.#parts;
    const view = machine.view();
    const { index, term } = readApplied(view);
    const snapshot = { index, term, membership: applier.membershipAt(index) };
    const release = logKeeper.hold(index);
    transport
      .sendSnapshot({ ...message, snapshot }, snapshotChunks(view, chunkBytes))
      .then(
        () => {
          clock.after(catchUpMs, release);
          this.#report(message.to, true);
        },
        () => {
          release();
          clock.after(againAfterMs, () => {
            this.#report(message.to, false);
          });
        },
      )
      .finally(() => {
        view.close();
      })
      .catch(fatal);
  }

  #report(to: MemberId, ok: boolean): void {
    this.#parts.raft.reportSnapshot(to, ok);
    this.#parts.wake();
  }
}
