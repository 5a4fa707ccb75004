// The five safety properties of Raft (fig. 3) and linearizable reads, over seeded random runs (simulation.ts).
// A failure names its seed: SEED=n runs only that one.

import { describe, expect, it } from '@jest/globals';
import { Simulation } from './simulation.js';
import type { Scenario } from './simulation.js';

const only = process.env['SEED'];
const runs = Number(process.env['RUNS'] ?? 50);

const scenarios: readonly (readonly [string, Scenario])[] = [
  ['three members', { members: 3, joiners: 0, steps: 2500 }],
  ['five members', { members: 5, joiners: 0, steps: 2500 }],
  ['three members and two that come and go', { members: 3, joiners: 2, steps: 2500 }],
  ['one member that gets company', { members: 1, joiners: 3, steps: 2500 }],
];

function runSeeds(scenario: Scenario): number {
  let committed = 0;
  const seeds = only === undefined ? Array.from({ length: runs }, (_, i) => i + 1) : [Number(only)];
  for (const seed of seeds) {
    try {
      const simulation = new Simulation(seed, scenario);
      simulation.run();
      committed += simulation.recover();
    } catch (cause) {
      throw new Error(`seed ${String(seed)}: ${String(cause)}`, { cause });
    }
  }
  return committed;
}

describe('no run breaks a safety property, and every cluster recovers', () => {
  it.each(scenarios)('%s', (_name, scenario) => {
    expect(runSeeds(scenario)).toBeGreaterThan(0);
  });
});
