// Short runs with fixed seeds, for the test files that share them out over the cores.
import { expect } from '@jest/globals';
import { runSimulation, shortRun } from './run.js';

export const runsPerTest = 25;

/** The first seed of each test, from `first` on. */
export function firstSeeds(first: number, tests: number): readonly number[] {
  return Array.from({ length: tests }, (_, i) => first + i * runsPerTest);
}

/** Throws with the command that shows the failure again. */
export async function runFixedSeeds(first: number): Promise<void> {
  let answered = 0;
  for (let seed = first; seed < first + runsPerTest; seed++) {
    const result = await runSimulation(seed, shortRun);
    if (result.failure) {
      throw new Error(
        `seed ${seed}: ${result.failure.message}\n` +
          `again: node dist/test/simulation/soak.js --short --trace --seed ${seed}`,
      );
    }
    expect({ seed, search: result.searchOutcome }).toEqual({ seed, search: 'linearizable' });
    answered += result.answered;
  }
  // It was a cluster that worked, not one that was always down.
  expect(answered).toBeGreaterThan(runsPerTest * 20);
}
