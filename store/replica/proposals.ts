// Proposals: commands on their way into the log. What arrives while the disk is busy shares the next
// entry (group commit); each caller waits for the result of the apply, never only for the commit.
// A command stays in the queue until a leader is known. Once its batch may be in somebody's log it is never sent again:
// it is applied, or its caller hears after the deadline that nobody knows.
import type { Clock } from '../clock.js';
import { StoreError, type StoreErrorCode } from '../errors.js';
import type { Command, CommandResult } from '../mvcc/state-machine.js';
import { decodeBatchId, decodeCommands, encodeBatch, encodeCommand } from './command.js';
import type { ForwardOutcome } from './transport.js';

export interface ProposalLimits {
  /** One request, encoded (etcd --max-request-bytes). */
  readonly requestBytesMax: number;
  readonly batchBytesMax: number;
  readonly batchCommandsMax: number;
  /** Requests waiting for their apply; the next one is refused with 'too-many-requests'. */
  readonly pendingMax: number;
  /** Batches on their way to the leader at once; the rest waits and so makes bigger ones. */
  readonly forwardsMax: number;
  readonly timeoutMs: number;
}

interface Waiter {
  readonly command: Command;
  readonly bytes: Uint8Array;
  readonly deadlineMs: number;
  /** To be proposed by this member as the leader of that term, or not at all. */
  readonly term: number | undefined;
  readonly resolve: (result: CommandResult) => void;
  readonly reject: (error: StoreError) => void;
}

interface Batch {
  readonly waiters: readonly Waiter[];
  readonly deadlineMs: number;
  /** Of #leaderships when it was handed over. */
  readonly leadership: number;
}

export class Proposals {
  readonly #limits: ProposalLimits;
  readonly #clock: Clock;
  readonly #nonce: number;
  #sequence = 0;
  #queue: Waiter[] = [];
  readonly #proposed = new Map<number, Batch>();
  #pending = 0;
  #forwards = 0;
  /** Counts the changes of leader this member has seen. */
  #leaderships = 0;
  #closed: StoreError | undefined;

  constructor(limits: ProposalLimits, clock: Clock, random: () => number) {
    this.#limits = limits;
    this.#clock = clock;
    this.#nonce = random();
  }

  get pending(): number {
    return this.#pending;
  }

  /**
   * Errors: 'request-too-large', 'too-many-requests', 'stopped', 'timeout' and 'timeout-leader-lost' (it may still be
   * applied), 'not-leader' (only with `term`: see Waiter).
   */
  add(command: Command, term?: number): Promise<CommandResult> {
    if (this.#closed) return Promise.reject(this.#closed);
    const bytes = encodeCommand(command);
    if (bytes.length > this.#limits.requestBytesMax) {
      return Promise.reject(new StoreError('request-too-large'));
    }
    if (this.#pending >= this.#limits.pendingMax) {
      return Promise.reject(new StoreError('too-many-requests'));
    }
    this.#pending++;
    const deadlineMs = this.#clock.monotonic() + this.#limits.timeoutMs;
    return new Promise((resolve, reject) => {
      this.#queue.push({ command, bytes, deadlineMs, term, resolve, reject });
    });
  }

  /** This member leads: hands the queue to `propose`, in entries of bounded size. What is 'not-leader' stays. */
  drain(
    term: number,
    propose: (payload: Uint8Array) => 'accepted' | 'not-leader' | 'backlog-full',
  ): void {
    this.#rejectOtherTerms(term);
    this.#handOver(({ sequence, payload, waiters }) => {
      const outcome = propose(payload);
      if (outcome === 'accepted') this.#track(sequence, waiters);
      else if (outcome === 'backlog-full') this.#reject(waiters, 'too-many-requests');
      return outcome !== 'not-leader';
    });
  }

  /** Another member leads. `forward` may take its time; `wake` is called when there is reason to drain again. */
  drainTo(forward: (payload: Uint8Array) => Promise<ForwardOutcome>, wake: () => void): void {
    this.#rejectOtherTerms(undefined);
    this.#handOver(({ sequence, payload, waiters }) => {
      if (this.#forwards >= this.#limits.forwardsMax) return false;
      this.#forwards++;
      this.#track(sequence, waiters);
      forward(payload).then(
        (outcome) => {
          this.#forwards--;
          this.#forwarded(sequence, outcome);
          if (this.#queue.length > 0 && outcome === 'accepted') wake();
        },
        () => {
          this.#forwards--;
        },
      );
      return true;
    });
  }

  leaderChanged(): void {
    this.#leaderships++;
  }

  /** Time passed: rejects what waited too long. */
  tick(nowMs: number): void {
    if (this.#queue.some(({ deadlineMs }) => deadlineMs <= nowMs)) {
      const late = this.#queue.filter(({ deadlineMs }) => deadlineMs <= nowMs);
      this.#queue = this.#queue.filter(({ deadlineMs }) => deadlineMs > nowMs);
      this.#reject(late, 'timeout');
    }
    for (const [sequence, { waiters, deadlineMs, leadership }] of this.#proposed) {
      if (deadlineMs > nowMs) continue;
      this.#proposed.delete(sequence);
      this.#reject(waiters, leadership === this.#leaderships ? 'timeout' : 'timeout-leader-lost');
    }
  }

  /** The commands of an entry: our own objects when we proposed it, else decoded. */
  commandsOf(data: Uint8Array): readonly Command[] {
    const batch = this.#own(data);
    return batch ? batch.waiters.map((waiter) => waiter.command) : decodeCommands(data);
  }

  /** The entry was applied. */
  settle(data: Uint8Array, results: readonly CommandResult[]): void {
    const batch = this.#own(data);
    if (!batch) return;
    this.#proposed.delete(decodeBatchId(data).sequence);
    this.#pending -= batch.waiters.length;
    batch.waiters.forEach((waiter, at) => {
      const result = results[at];
      if (result === undefined) waiter.reject(new StoreError('stopped'));
      else if (result.type === 'error') waiter.reject(result.error);
      else waiter.resolve(result);
    });
  }

  close(): void {
    this.#closed = new StoreError('stopped');
    this.#reject(this.#queue, 'stopped');
    this.#queue = [];
    for (const { waiters } of this.#proposed.values()) this.#reject(waiters, 'stopped');
    this.#proposed.clear();
  }

  #own(data: Uint8Array): Batch | undefined {
    const id = decodeBatchId(data);
    return id.nonce === this.#nonce ? this.#proposed.get(id.sequence) : undefined;
  }

  /** Calls `take` with one batch after the other until it gives false; that batch stays in the queue. */
  #handOver(
    take: (batch: {
      readonly sequence: number;
      readonly payload: Uint8Array;
      readonly waiters: readonly Waiter[];
    }) => boolean,
  ): void {
    let from = 0;
    while (from < this.#queue.length) {
      const waiters = this.#cut(from);
      const sequence = this.#sequence++ >>> 0;
      const payload = encodeBatch(
        { nonce: this.#nonce, sequence },
        waiters.map((waiter) => waiter.bytes),
      );
      if (!take({ sequence, payload, waiters })) break;
      from += waiters.length;
    }
    if (from > 0) this.#queue = this.#queue.slice(from);
  }

  #cut(from: number): Waiter[] {
    const waiters: Waiter[] = [];
    let bytes = 0;
    for (let at = from; at < this.#queue.length; at++) {
      const waiter = this.#queue[at];
      if (!waiter || waiters.length >= this.#limits.batchCommandsMax) break;
      bytes += waiter.bytes.length;
      if (bytes > this.#limits.batchBytesMax && waiters.length > 0) break;
      waiters.push(waiter);
    }
    return waiters;
  }

  #track(sequence: number, waiters: readonly Waiter[]): void {
    const deadlineMs = Math.min(...waiters.map((waiter) => waiter.deadlineMs));
    this.#proposed.set(sequence, { waiters, deadlineMs, leadership: this.#leaderships });
  }

  /** 'accepted' waits for the apply, as does a batch of which nothing was heard. */
  #forwarded(sequence: number, outcome: ForwardOutcome): void {
    const batch = this.#proposed.get(sequence);
    if (!batch || outcome === 'accepted') return;
    this.#proposed.delete(sequence);
    if (outcome === 'backlog-full') this.#reject(batch.waiters, 'too-many-requests');
    // In nobody's log: first in line for the next leader.
    else this.#queue = [...batch.waiters, ...this.#queue];
  }

  #rejectOtherTerms(term: number | undefined): void {
    const isOutdated = (waiter: Waiter): boolean =>
      waiter.term !== undefined && waiter.term !== term;
    if (!this.#queue.some(isOutdated)) return;
    const outdated = this.#queue.filter(isOutdated);
    this.#queue = this.#queue.filter((waiter) => !isOutdated(waiter));
    this.#reject(outdated, 'not-leader');
  }

  #reject(waiters: readonly Waiter[], code: StoreErrorCode): void {
    this.#pending -= waiters.length;
    for (const waiter of waiters) waiter.reject(new StoreError(code));
  }
}
