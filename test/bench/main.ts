// npm run bench: the figures of the README's promises, measured from outside the process. This process is the
// loader; the server is a child. Not a test: nothing here fails because a machine is slow.
import os from 'node:os';
import { creates, fanOut, gets, growth, lists, median, yardstick, type Figure } from './cases.js';
import { benchFolder, startBenchServer, startEcho, type BenchServer } from './server.js';

const note = ({ name, value, target }: Figure, load = ''): void => {
  const line = `${name.padEnd(60)} ${value.padEnd(50)} ${target.padEnd(12)} ${load}`;
  process.stdout.write(`${line.trimEnd()}\n`);
};

/**
 * Runs a case and notes its figures with the share of a core that each side used meanwhile: at a loader of about
 * 100% the figure is the loader's limit, not the server's.
 */
async function noteCase(server: BenchServer, run: () => Promise<Figure | Figure[]>): Promise<void> {
  const from = performance.now();
  const serverFrom = server.cpuSeconds();
  const ownFrom = process.cpuUsage();
  const found = await run();
  const ms = performance.now() - from;
  const own = process.cpuUsage(ownFrom);
  const serverMs = (server.cpuSeconds() - serverFrom) * 1000;
  const percent = (cpuMs: number): string => `${Math.round((cpuMs / ms) * 100)}%`;
  const load = `server ${percent(serverMs)}, loader ${percent((own.user + own.system) / 1000)}`;
  for (const figure of [found].flat()) note(figure, load);
}

const top = Number(process.env['BENCH_OBJECTS'] ?? 100_000);
process.stdout.write(
  `node ${process.version}, ${os.cpus().length} x ${os.cpus()[0]?.model ?? 'CPU'}\n\n`,
);

async function startTimes(mode: 'in-memory' | 'durable', target: string): Promise<void> {
  const folder = benchFolder();
  const times: number[] = [];
  const sizes: number[] = [];
  try {
    // The first start makes certificates and bootstrap objects; it is reported apart.
    for (let i = 0; i < 8; i++) {
      const server = await startBenchServer(folder, mode);
      times.push(server.readyMs);
      sizes.push(server.rssBytes());
      await server.stop();
    }
  } finally {
    folder.remove();
  }
  const [first = 0, ...rest] = times;
  const name = `process start to first answered request, ${mode}`;
  note({
    name,
    value: `${Math.round(median(rest))} ms (first ever ${Math.round(first)} ms)`,
    target,
  });
  note({
    name: `memory (RSS) after the first request, ${mode}`,
    value: `${Math.round(median(sizes) / 1e6)} MB`,
    target: '<= 100 MB',
  });
}

async function inMemory(): Promise<void> {
  const folder = benchFolder();
  const server = await startBenchServer(folder, 'in-memory');
  try {
    await noteCase(server, () => creates(server, 'in-memory'));
    note({
      name: 'memory (RSS) with 11,000 Pods of 2 KB, in-memory',
      value: `${Math.round(server.rssBytes() / 1e6)} MB`,
      target: '',
    });
    await noteCase(server, () => gets(server));
    await noteCase(server, () => lists(server));
    await noteCase(server, () => fanOut(server));
  } finally {
    await server.stop();
    folder.remove();
  }
}

async function durable(): Promise<void> {
  const folder = benchFolder();
  const server = await startBenchServer(folder, 'durable');
  try {
    const echo = await startEcho(folder);
    note(await yardstick(echo.loader));
    echo.stop();
    await noteCase(server, () => creates(server, 'durable'));
    note({
      name: 'memory (RSS) with 11,000 Pods of 2 KB, durable',
      value: `${Math.round(server.rssBytes() / 1e6)} MB`,
      target: '',
    });
    await noteCase(server, () => growth(server, top));
  } finally {
    await server.stop();
    folder.remove();
  }
}

note({ name: 'WHAT', value: 'MEASURED', target: 'TARGET' }, 'CPU (100% = one core)');
await startTimes('in-memory', '<= 300 ms');
await startTimes('durable', '<= 500 ms');
await inMemory();
await durable();
