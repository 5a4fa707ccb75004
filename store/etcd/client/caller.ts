// Caller: one question, one answer, over whichever endpoint gives it. What only reads is asked again, elsewhere, while
// there is time; what writes is repeated only when it surely was not carried out, and else ends as 'timeout': nobody knows.
import { setMaxListeners } from 'node:events';
import { Metadata } from '@grpc/grpc-js';
import type { Clock } from '../../clock.js';
import { StoreError } from '../../errors.js';
import type { MethodType, Partially } from '../codec.js';
import { ask, type Answer } from './ask.js';
import type { Endpoint } from './endpoint.js';
import type { Endpoints } from './endpoints.js';
import type { Failure } from './failure.js';
import type { Token } from './token.js';

export interface CallLimits {
  /** The longest a call takes, tries and all. */
  readonly requestMaxMs: number;
  /** How long a call looks for an endpoint that can be reached. */
  readonly unreachableMaxMs: number;
}

/** Between rounds over the endpoints. */
const pauseMs = 50;
/** Too little time for another try. */
const spareMs = 20;

export type Effect = 'reads' | 'writes';

export class Caller {
  readonly endpoints: Endpoints;
  readonly token: Token | undefined;
  readonly #clock: Clock;
  readonly #limits: CallLimits;
  readonly #closed: AbortController;
  readonly #noMetadata = new Metadata();

  /** `closed`: aborted by `close`. */
  constructor(
    endpoints: Endpoints,
    token: Token | undefined,
    clock: Clock,
    limits: CallLimits,
    closed: AbortController,
  ) {
    this.endpoints = endpoints;
    this.token = token;
    this.#clock = clock;
    this.#limits = limits;
    this.#closed = closed;
    setMaxListeners(0, this.closed); // every call that waits listens; that is no leak
  }

  /** Aborted once `close` was called. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  async call<Request, Response>(
    method: MethodType<Request, Response>,
    request: Partially<Request>,
    effect: Effect,
  ): Promise<Response> {
    const bytes = method.request.encode(request);
    const start = this.#clock.monotonic();
    let reachedAt = start;
    let told: StoreError | undefined;
    for (let attempt = 1; ; attempt++) {
      const endpoint = this.endpoints.current;
      const left = this.#limits.requestMaxMs - (this.#clock.monotonic() - start);
      // A read that is not answered leaves time to ask somebody else.
      const deadlineMs = effect === 'reads' && attempt === 1 ? left / 2 : left;
      const answer = await this.#attempt(endpoint, method, bytes, deadlineMs);
      if ('response' in answer) return answer.response;
      const { failure } = answer;
      if (this.closed.aborted) throw new StoreError('stopped', { cause: failure.error });
      if (await this.#tokenIsRenewed(failure, attempt)) continue;
      if (failure.isPassing) this.endpoints.leave(endpoint);
      if (!failure.isPassing || (failure.mayHaveRun && effect === 'writes')) {
        throw finalError(failure, effect);
      }
      const now = this.#clock.monotonic();
      if (failure.mayHaveRun) {
        told = failure.error;
        reachedAt = now;
      }
      // What a server said, or that it said nothing, says more than that the others are away.
      const isOver = now - start >= this.#limits.requestMaxMs - spareMs;
      if (isOver || now - reachedAt >= this.#limits.unreachableMaxMs) throw told ?? failure.error;
      if (attempt % this.endpoints.all.length === 0) await this.pause(pauseMs);
    }
  }

  /** One try at one endpoint. */
  callAt<Request, Response>(
    endpoint: Endpoint,
    method: MethodType<Request, Response>,
    request: Partially<Request>,
    deadlineMs: number,
  ): Promise<Answer<Response>> {
    return this.#attempt(endpoint, method, method.request.encode(request), deadlineMs);
  }

  /** What goes with a request; the token's, when there is one. */
  async metadata(): Promise<Metadata> {
    if (this.token === undefined) return this.#noMetadata;
    const metadata = new Metadata();
    metadata.set('token', await this.token.value());
    return metadata;
  }

  /** Ends early when the caller is closed. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        this.closed.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.#clock.after(ms, done);
      this.closed.addEventListener('abort', done);
      if (this.closed.aborted) done();
    });
  }

  close(): void {
    this.#closed.abort();
    this.endpoints.close();
  }

  async #attempt<Request, Response>(
    endpoint: Endpoint,
    method: MethodType<Request, Response>,
    bytes: Buffer,
    deadlineMs: number,
  ): Promise<Answer<Response>> {
    if (this.closed.aborted || !(await endpoint.settled())) {
      const cause = new Error(`no connection to ${endpoint.url} in time`);
      const error = new StoreError('stopped', { cause });
      return { failure: { error, mayHaveRun: false, isPassing: true } };
    }
    let metadata: Metadata;
    try {
      metadata = await this.metadata();
    } catch (error) {
      // as: Token throws nothing else
      return { failure: { error: error as StoreError, mayHaveRun: false, isPassing: false } };
    }
    const deadline = this.#clock.now() + Math.max(1, deadlineMs);
    return ask(endpoint, method, bytes, { metadata, deadline, signal: this.closed });
  }

  async #tokenIsRenewed({ error }: Failure, attempt: number): Promise<boolean> {
    if (this.token === undefined || attempt > 2) return false;
    if (error.code !== 'invalid-auth-token' && error.code !== 'auth-old-revision') return false;
    this.token.forget();
    await this.pause(0);
    return true;
  }
}

/** A write whose fate nobody knows is always a 'timeout' (kv.ts). */
function finalError({ error, mayHaveRun }: Failure, effect: Effect): StoreError {
  if (effect === 'reads' || !mayHaveRun || error.code === 'timeout') return error;
  return new StoreError('timeout', { cause: error });
}
