// How a broken variant is made: methods are replaced for the time of its runs, in this process only.
import type { NetworkFaults } from '../network.js';
import type { Focus } from '../run.js';

export interface Mutant {
  readonly name: string;
  /** Which rule it breaks. */
  readonly how: string;
  /** The returned function mends it. */
  readonly install: () => () => void;
  /** The faults under which it shows soonest. */
  readonly focus?: Focus;
}

export const rough: NetworkFaults = { lossRate: 0.2, doubleRate: 0, splitRate: 0.9, usualMs: 10 };

/** Wraps a method; `wrap` gets the original. */
export function patch<T extends object, K extends keyof T>(
  prototype: T,
  name: K,
  wrap: (original: T[K]) => T[K],
): () => void {
  const original = prototype[name];
  prototype[name] = wrap(original);
  return () => {
    prototype[name] = original;
  };
}
