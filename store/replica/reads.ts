// Reads: callers that wait until this member's state holds every write acknowledged before they asked (ReadIndex). Those of
// one turn share a question; a question without an answer is asked again under a new id each 500 ms. As in etcd, a new leader
// fails the reads that wait on the old one with 'leader-changed'; those not asked yet are asked of the new one.
import { StoreError, type StoreErrorCode } from '../errors.js';
import type { ReadState } from '../raft/message.js';

interface Waiter {
  readonly deadlineMs: number;
  readonly resolve: () => void;
  readonly reject: (error: StoreError) => void;
}

interface Question {
  readonly waiters: readonly Waiter[];
  /** When to ask again; a question the core dropped has to wait for it, too. */
  readonly againMs: number;
}

interface Confirmed {
  readonly index: number;
  readonly waiters: readonly Waiter[];
}

const againAfterMs = 500;
const waitersMax = 100_000;

export class Reads {
  readonly #timeoutMs: number;
  #nextId = 1n;
  #count = 0;
  #new: Waiter[] = [];
  readonly #asked = new Map<bigint, Question>();
  #confirmed: Confirmed[] = [];

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Errors: 'timeout', 'leader-changed', 'too-many-requests', 'stopped'. */
  add(nowMs: number): Promise<void> {
    if (this.#count >= waitersMax) return Promise.reject(new StoreError('too-many-requests'));
    this.#count++;
    return new Promise((resolve, reject) => {
      this.#new.push({ deadlineMs: nowMs + this.#timeoutMs, resolve, reject });
    });
  }

  /** Hands what is new to the core, as one question. */
  ask(nowMs: number, requestRead: (id: bigint) => void): void {
    if (this.#new.length === 0) return;
    const waiters = this.#new;
    this.#new = [];
    const id = this.#nextId++;
    this.#asked.set(id, { waiters, againMs: nowMs + againAfterMs });
    requestRead(id);
  }

  confirm({ id, index }: ReadState): void {
    const question = this.#asked.get(id);
    // Asked again under another id.
    if (!question) return;
    this.#asked.delete(id);
    this.#confirmed.push({ index, waiters: question.waiters });
  }

  leaderChanged(): void {
    for (const { waiters } of this.#asked.values()) this.#reject(waiters, 'leader-changed');
    this.#asked.clear();
  }

  release(appliedIndex: number): void {
    if (this.#confirmed.length === 0) return;
    const ready = this.#confirmed.filter(({ index }) => index <= appliedIndex);
    if (ready.length === 0) return;
    this.#confirmed = this.#confirmed.filter(({ index }) => index > appliedIndex);
    for (const { waiters } of ready) {
      this.#count -= waiters.length;
      for (const waiter of waiters) waiter.resolve();
    }
  }

  /** Time passed: deadlines, and questions to be asked again. */
  tick(nowMs: number): void {
    this.#new = this.#expire(this.#new, nowMs);
    for (const [id, question] of this.#asked) {
      if (question.againMs > nowMs) continue;
      this.#asked.delete(id);
      this.#new.push(...this.#expire(question.waiters, nowMs));
    }
    if (this.#confirmed.length === 0) return;
    this.#confirmed = this.#confirmed.map(({ index, waiters }) => ({
      index,
      waiters: this.#expire(waiters, nowMs),
    }));
  }

  close(): void {
    const waiting = [...this.#asked.values(), ...this.#confirmed, { waiters: this.#new }];
    this.#asked.clear();
    this.#confirmed = [];
    this.#new = [];
    for (const { waiters } of waiting) this.#reject(waiters, 'stopped');
  }

  #expire(waiters: readonly Waiter[], nowMs: number): Waiter[] {
    const late = waiters.filter(({ deadlineMs }) => deadlineMs <= nowMs);
    if (late.length === 0) return [...waiters];
    this.#reject(late, 'timeout');
    return waiters.filter(({ deadlineMs }) => deadlineMs > nowMs);
  }

  #reject(waiters: readonly Waiter[], code: StoreErrorCode): void {
    this.#count -= waiters.length;
    for (const waiter of waiters) waiter.reject(new StoreError(code));
  }
}
