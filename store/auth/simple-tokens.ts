// Simple tokens: 16 letters, a dot and the log index of the login. Every member learns a token by applying that entry,
// each lets it expire by its own clock, and a restart forgets them all: nothing here is replicated state, and no
// result of applying may depend on it.
import type { Clock } from '../clock.js';

/** etcd --auth-token-ttl. */
export const simpleTokenTtlMsDefault = 300_000;
const tokenLettersLength = 16;
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** The one used least lately goes first; its owner logs in again. */
const tokensMax = 100_000;

interface Session {
  readonly user: string;
  expiresAtMs: number;
}

export class SimpleTokens {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  /** Least lately used first: a use moves a token to the end, and all live equally long. */
  readonly #sessions = new Map<string, Session>();

  constructor(clock: Clock, ttlMs: number) {
    this.#clock = clock;
    this.#ttlMs = ttlMs;
  }

  get size(): number {
    this.#dropExpired();
    return this.#sessions.size;
  }

  assign(user: string, tokenLetters: string, index: number): string {
    this.#dropExpired();
    const token = `${tokenLetters}.${index}`;
    this.#sessions.set(token, { user, expiresAtMs: this.#clock.monotonic() + this.#ttlMs });
    if (this.#sessions.size > tokensMax) {
      for (const oldest of this.#sessions.keys()) {
        this.#sessions.delete(oldest);
        break;
      }
    }
    return token;
  }

  /** The token's user; its time starts again. Undefined: unknown or over. */
  userOf(token: string): string | undefined {
    const session = this.#sessions.get(token);
    if (session === undefined) return undefined;
    const nowMs = this.#clock.monotonic();
    this.#sessions.delete(token);
    if (session.expiresAtMs <= nowMs) return undefined;
    session.expiresAtMs = nowMs + this.#ttlMs;
    this.#sessions.set(token, session);
    return session.user;
  }

  dropUser(user: string): void {
    for (const [token, session] of this.#sessions) {
      if (session.user === user) this.#sessions.delete(token);
    }
  }

  clear(): void {
    this.#sessions.clear();
  }

  #dropExpired(): void {
    const nowMs = this.#clock.monotonic();
    for (const [token, { expiresAtMs }] of this.#sessions) {
      if (expiresAtMs > nowMs) return;
      this.#sessions.delete(token);
    }
  }
}

/** `randomBelow` must be cryptographic: the letters are the secret. */
export function drawTokenLetters(randomBelow: (bound: number) => number): string {
  let text = '';
  for (let i = 0; i < tokenLettersLength; i++) text += letters.charAt(randomBelow(letters.length));
  return text;
}

/** The log index in a simple token; undefined: not the form of one. */
export function tokenIndex(token: string): number | undefined {
  const match = /^[^.]+\.(\d{1,15})$/.exec(token);
  return match ? Number(match[1]) : undefined;
}
