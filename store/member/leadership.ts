// Leadership: brings a question to whoever leads, this member or another, and waits out elections. A question that was
// sent and not answered is not sent again, unless it may be asked twice.
import type { Clock } from '../clock.js';
import { StoreError, type StoreErrorCode } from '../errors.js';
import type { PeerReply, PeerRequest } from '../replica/peer-request.js';
import type { Replica } from '../replica/replica.js';
import type { Transport } from '../replica/transport.js';

export interface LeadershipParts {
  readonly replica: Replica;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Throws StoreError; 'not-leader' when this member does not lead (any more). */
  readonly answer: (request: PeerRequest) => Promise<PeerReply>;
}

/** Nobody has done anything yet: the next leader may be asked. */
const unanswered: readonly StoreErrorCode[] = ['not-leader', 'no-leader', 'leader-changed'];
const retryMs = 50;

export class Leadership {
  readonly #parts: LeadershipParts;

  constructor(parts: LeadershipParts) {
    this.#parts = parts;
  }

  /** Errors: those of the answer; 'timeout' when no leader answers; 'stopped'. */
  async ask(request: PeerRequest): Promise<PeerReply> {
    const { clock, timeoutMs } = this.#parts;
    const deadlineMs = clock.monotonic() + timeoutMs;
    for (;;) {
      const leftMs = deadlineMs - clock.monotonic();
      if (leftMs <= 0) throw new StoreError('timeout');
      try {
        return await this.#askOnce(request, leftMs);
      } catch (error) {
        if (!(error instanceof StoreError) || !unanswered.includes(error.code)) throw error;
      }
      await this.#pause();
    }
  }

  #askOnce(request: PeerRequest, timeoutMs: number): Promise<PeerReply> {
    const { replica, transport, answer } = this.#parts;
    if (replica.isLeader) return answer(request);
    if (!replica.hasLeader) throw new StoreError('no-leader');
    return transport.ask(replica.leader, request, timeoutMs);
  }

  /** Until something changes about who leads, but not for long. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        stopListening();
        cancel();
        resolve();
      };
      const stopListening = this.#parts.replica.onStateChange(end);
      const cancel = this.#parts.clock.after(retryMs, end);
    });
  }
}
