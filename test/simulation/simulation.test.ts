// Short runs of a whole cluster with fixed seeds; more of them in more-seeds.test.ts. What a run is: run.ts; what is
// checked: checkers/. When one fails, the message says how to see it again; docs/simulation.md says what can be made of it.
import { describe, expect, it } from '@jest/globals';
import { firstSeeds, runFixedSeeds } from './fixed-seeds.js';
import { runSimulation, shortRun } from './run.js';

describe('a cluster under faults', () => {
  it.each(firstSeeds(1, 4))('keeps every promise, seeds %d and on', runFixedSeeds, 60_000);

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
