// Token: what a user name and password are exchanged for. Got on first use, shared by all calls, got anew when an etcd
// no longer knows it (they expire, and a restart forgets them).
import { Metadata } from '@grpc/grpc-js';
import type { Clock } from '../../clock.js';
import { methodType } from '../codec.js';
import { ask } from './ask.js';
import type { Endpoints } from './endpoints.js';

export interface EtcdUser {
  readonly name: string;
  readonly password: string;
}

const authenticate = methodType('etcdserverpb.Auth/Authenticate');
const authenticateMaxMs = 5_000;

export class Token {
  readonly #endpoints: Endpoints;
  readonly #user: EtcdUser;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #value: Promise<string> | undefined;

  constructor(
    endpoints: Endpoints,
    user: EtcdUser,
    clock: Clock,
    signal: AbortSignal = new AbortController().signal,
  ) {
    this.#endpoints = endpoints;
    this.#user = user;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Throws StoreError: 'auth-failed', 'auth-not-enabled', 'stopped', … */
  value(): Promise<string> {
    if (this.#value === undefined) {
      const asked = this.#ask();
      this.#value = asked;
      asked.catch(() => {
        if (this.#value === asked) this.#value = undefined;
      });
    }
    return this.#value;
  }

  forget(): void {
    this.#value = undefined;
  }

  async #ask(): Promise<string> {
    const endpoint = this.#endpoints.current;
    const bytes = authenticate.request.encode(this.#user);
    const deadline = this.#clock.now() + authenticateMaxMs;
    const terms = { metadata: new Metadata(), deadline, signal: this.#signal };
    const answer = await ask(endpoint, authenticate, bytes, terms);
    if ('response' in answer) return answer.response.token;
    if (answer.failure.isPassing) this.#endpoints.leave(endpoint);
    throw answer.failure.error;
  }
}
