// Endless runs with ever new seeds: node dist/test/simulation/soak.js [--seconds=N] [--seed=N] [--runs=N] [--trace]
// Ends with exit code 1 at the first failure and says how to see it again.
import { parseArgs } from 'node:util';
import { longRun, runSimulation, shortRun, type RunResult } from './run.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    seed: { type: 'string' },
    runs: { type: 'string' },
    short: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
});

const reportEveryMs = 10_000;

async function main(): Promise<void> {
  const startedMs = performance.now();
  const untilMs = values.seconds ? startedMs + Number(values.seconds) * 1000 : Infinity;
  const runsMax = values.runs ? Number(values.runs) : values.seed ? 1 : Infinity;
  // Another place to start from each time: that is what an endless search is for.
  let seed = values.seed ? Number(values.seed) : Math.floor(performance.timeOrigin) % 2 ** 31;
  const total = { runs: 0, events: 0, answered: 0, virtualMs: 0, unknown: 0 };
  let reportedMs = startedMs;
  for (; total.runs < runsMax && performance.now() < untilMs; seed++) {
    const options = values.short ? shortRun : longRun;
    const print = values.trace ? console.log : undefined;
    const result = await runSimulation(seed, { ...options, ...(print && { print }) });
    if (result.failure) fail(result);
    total.runs++;
    total.events += result.events;
    total.answered += result.answered;
    total.virtualMs += result.virtualMs;
    if (result.searchOutcome === 'unknown') total.unknown++;
    if (performance.now() - reportedMs < reportEveryMs) continue;
    reportedMs = performance.now();
    report(total, reportedMs - startedMs, seed);
  }
  report(total, performance.now() - startedMs, seed - 1);
}

function report(
  total: { runs: number; events: number; answered: number; virtualMs: number; unknown: number },
  spentMs: number,
  seed: number,
): void {
  const { runs, events, answered, virtualMs, unknown } = total;
  console.log(
    `${runs} runs (last seed ${seed}), ${events} events, ${answered} answered requests, ` +
      `${(virtualMs / 3_600_000).toFixed(2)} h of cluster time in ${(spentMs / 1000).toFixed(0)} s; ` +
      `searches given up: ${unknown}`,
  );
}

function fail({ seed, failure, lastLines, virtualMs }: RunResult): never {
  console.error(lastLines.slice(-80).join('\n'));
  console.error(failure?.stack ?? '');
  console.error(`seed ${seed} fails after ${virtualMs.toFixed(0)} ms of cluster time`);
  const flags = values.short ? ' --short' : '';
  console.error(`again: node dist/test/simulation/soak.js --seed ${seed}${flags} [--trace]`);
  process.exit(1);
}

await main();
