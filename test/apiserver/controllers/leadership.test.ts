import { describe, expect, it } from '@jest/globals';
import { whileLeading, type Leadership } from '../../../apiserver/controllers/leadership.js';
import { SteppedClock } from '../../support/stepped-clock.js';

class Office implements Leadership {
  isLeader = false;
  readonly #listeners = new Set<() => void>();

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(isLeader: boolean): void {
    this.isLeader = isLeader;
    for (const listener of this.#listeners) listener();
  }
}

function duty(fails: readonly string[] = []) {
  const office = new Office();
  const clock = new SteppedClock(0);
  const lifetime = new AbortController();
  const terms: AbortSignal[] = [];
  const failures: unknown[] = [];
  const left = [...fails];
  const start = (term: AbortSignal): Promise<void> => {
    terms.push(term);
    const why = left.shift();
    return why === undefined ? Promise.resolve() : Promise.reject(new Error(why));
  };
  const run = (): Promise<void> =>
    whileLeading({
      leadership: office,
      clock,
      signal: lifetime.signal,
      start,
      failed: (error) => failures.push(String(error)),
    });
  return { office, clock, lifetime, terms, failures, run };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a duty of the leader', () => {
  it('begins with each term, ends with it, and never runs twice at a time', async () => {
    const { office, terms, run } = duty();
    await run();
    expect(terms).toHaveLength(0);
    office.set(true);
    office.set(true);
    expect(terms.map((term) => term.aborted)).toEqual([false]);
    office.set(false);
    office.set(true);
    expect(terms.map((term) => term.aborted)).toEqual([true, false]);
  });

  it('is tried again when it cannot begin, unless the term is over', async () => {
    const { office, clock, terms, failures, run } = duty(['no quorum', 'no quorum']);
    office.set(true);
    await run();
    expect([terms.map((term) => term.aborted), failures]).toEqual([[true], ['Error: no quorum']]);
    clock.advance(1000);
    await turn();
    clock.advance(1000);
    await turn();
    expect(terms.map((term) => term.aborted)).toEqual([true, true, false]);
    office.set(false);
    clock.advance(5000);
    expect(terms).toHaveLength(3);
  });

  it('ends with the server', async () => {
    const { office, lifetime, terms, run } = duty();
    office.set(true);
    await run();
    lifetime.abort();
    office.set(false);
    office.set(true);
    expect(terms.map((term) => term.aborted)).toEqual([true]);
  });
});
