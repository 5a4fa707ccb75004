// Short runs of a whole cluster with fixed seeds. What a run is: run.ts; what is checked: checkers/. When one fails, the
// message says how to see it again; docs/simulation.md says what can be made of it.
import { describe, expect, it } from '@jest/globals';
import { runSimulation, shortRun } from './run.js';

const runsPerTest = 25;
const firstSeeds = Array.from({ length: 8 }, (_, i) => 1 + i * runsPerTest);

describe('a cluster under faults', () => {
  it.each(firstSeeds)('keeps every promise, seeds %d and on', async (first) => {
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
  });

  it('goes the same way again for the same seed, and another way for another', async () => {
    const hashes = new Set<number>();
    for (const seed of [11, 12, 13]) {
      const first = await runSimulation(seed, shortRun);
      const second = await runSimulation(seed, shortRun);
      expect({ hash: second.traceHash, events: second.events }).toEqual({
        hash: first.traceHash,
        events: first.events,
      });
      hashes.add(first.traceHash);
    }
    expect(hashes.size).toBe(3);
  });
});
