// Proposals: commands on their way into the log. What arrives while the disk is busy shares the next
// entry (group commit); each caller waits for the result of the apply, never only for the commit.
import type { Clock } from '../clock.js';
import { StoreError } from '../errors.js';
import type { Command, CommandResult } from '../mvcc/state-machine.js';
import { decodeBatchId, decodeCommands, encodeBatch, encodeCommand } from './command.js';

export interface ProposalLimits {
  /** One request, encoded (etcd --max-request-bytes). */
  readonly requestBytesMax: number;
  readonly batchBytesMax: number;
  readonly batchCommandsMax: number;
  /** Requests waiting for their apply; the next one is refused with 'too-many-requests'. */
  readonly pendingMax: number;
  readonly timeoutMs: number;
}

interface Waiter {
  readonly command: Command;
  readonly bytes: Uint8Array;
  readonly resolve: (result: CommandResult) => void;
  readonly reject: (error: StoreError) => void;
}

interface Batch {
  readonly waiters: readonly Waiter[];
  readonly cancelTimer: () => void;
}

export class Proposals {
  readonly #limits: ProposalLimits;
  readonly #clock: Clock;
  readonly #nonce: number;
  #sequence = 0;
  #queue: Waiter[] = [];
  readonly #proposed = new Map<number, Batch>();
  #pending = 0;
  #closed: StoreError | undefined;

  constructor(limits: ProposalLimits, clock: Clock, random: () => number) {
    this.#limits = limits;
    this.#clock = clock;
    this.#nonce = random();
  }

  get pending(): number {
    return this.#pending;
  }

  /** Errors: 'request-too-large', 'too-many-requests', 'timeout' (it may still be applied), 'stopped'. */
  add(command: Command): Promise<CommandResult> {
    if (this.#closed) return Promise.reject(this.#closed);
    const bytes = encodeCommand(command);
    if (bytes.length > this.#limits.requestBytesMax) {
      return Promise.reject(new StoreError('request-too-large'));
    }
    if (this.#pending >= this.#limits.pendingMax) {
      return Promise.reject(new StoreError('too-many-requests'));
    }
    this.#pending++;
    return new Promise((resolve, reject) => {
      this.#queue.push({ command, bytes, resolve, reject });
    });
  }

  /** Hands every waiting command to `propose`, in entries of bounded size; what it refuses is answered at once. */
  drain(propose: (payload: Uint8Array) => 'accepted' | 'not-leader' | 'backlog-full'): void {
    let from = 0;
    while (from < this.#queue.length) {
      const waiters = this.#cut(from);
      from += waiters.length;
      const sequence = this.#sequence++ >>> 0;
      const payload = encodeBatch(
        { nonce: this.#nonce, sequence },
        waiters.map((waiter) => waiter.bytes),
      );
      const outcome = propose(payload);
      if (outcome === 'accepted') this.#track(sequence, waiters);
      else {
        const code = outcome === 'not-leader' ? 'no-leader' : 'too-many-requests';
        this.#reject(waiters, new StoreError(code));
      }
    }
    this.#queue = [];
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
    batch.cancelTimer();
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
    this.#reject(this.#queue, this.#closed);
    this.#queue = [];
    for (const batch of this.#proposed.values()) {
      batch.cancelTimer();
      this.#reject(batch.waiters, this.#closed);
    }
    this.#proposed.clear();
  }

  #own(data: Uint8Array): Batch | undefined {
    const id = decodeBatchId(data);
    return id.nonce === this.#nonce ? this.#proposed.get(id.sequence) : undefined;
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
    const cancelTimer = this.#clock.after(this.#limits.timeoutMs, () => {
      this.#proposed.delete(sequence);
      this.#reject(waiters, new StoreError('timeout'));
    });
    this.#proposed.set(sequence, { waiters, cancelTimer });
  }

  #reject(waiters: readonly Waiter[], error: StoreError): void {
    this.#pending -= waiters.length;
    for (const waiter of waiters) waiter.reject(error);
  }
}
