// The other half of the fixed seeds, see simulation.test.ts.
import { describe, it } from '@jest/globals';
import { firstSeeds, runFixedSeeds } from './fixed-seeds.js';

describe('a cluster under faults', () => {
  it.each(firstSeeds(101, 4))('keeps every promise, seeds %d and on', runFixedSeeds, 60_000);
});
