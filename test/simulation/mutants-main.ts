// Runs every broken variant until a checker catches it: node dist/test/simulation/mutants-main.js [--runs=N] [--only=text]
// Ends with exit code 1 when one survives.
import { parseArgs } from 'node:util';
import { mutants } from './mutants.js';
import type { Mutant } from './mutants/patch.js';
import { runSimulation, shortRun } from './run.js';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '600' },
    only: { type: 'string', default: '' },
  },
});

interface Catch {
  readonly runs: number;
  readonly by: string;
}

async function hunt(mutant: Mutant, runsMax: number): Promise<Catch | undefined> {
  const mend = mutant.install();
  try {
    for (let seed = 1; seed <= runsMax; seed++) {
      const { focus } = mutant;
      const { failure } = await runSimulation(seed, { ...shortRun, ...(focus && { focus }) });
      if (failure) return { runs: seed, by: failure.message.split('\n')[0] ?? '' };
    }
    return undefined;
  } finally {
    mend();
  }
}

async function main(): Promise<void> {
  const survivors: string[] = [];
  for (const mutant of mutants.filter(({ name }) => name.includes(values.only))) {
    const caught = await hunt(mutant, Number(values.runs));
    if (!caught) survivors.push(mutant.name);
    const outcome = caught
      ? `caught in run ${caught.runs}: ${caught.by.slice(0, 120)}`
      : `SURVIVED ${values.runs} runs`;
    console.log(`${mutant.name} | ${outcome}`);
  }
  if (survivors.length === 0) return;
  console.error(`not caught: ${survivors.join('; ')}`);
  process.exit(1);
}

await main();
