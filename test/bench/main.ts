// npm run bench: the figures of the README's promises, measured from outside the process. This process is the
// loader; the server is a child. Not a test: nothing here fails because a machine is slow.
import os from 'node:os';
import { creates, fanOut, gets, growth, lists, median, type Figure } from './cases.js';
import { benchFolder, startBenchServer } from './server.js';

const figures: Figure[] = [];
const note = (figure: Figure): void => {
  figures.push(figure);
  process.stdout.write(`${figure.name.padEnd(62)} ${figure.value.padEnd(44)} ${figure.target}\n`);
};

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
    note(await creates(server, 'in-memory'));
    note({
      name: 'memory (RSS) with 11,000 Pods of 2 KB, in-memory',
      value: `${Math.round(server.rssBytes() / 1e6)} MB`,
      target: '',
    });
    note(await gets(server));
    for (const figure of await lists(server)) note(figure);
    note(await fanOut(server));
  } finally {
    await server.stop();
    folder.remove();
  }
}

async function durable(): Promise<void> {
  const folder = benchFolder();
  const server = await startBenchServer(folder, 'durable');
  try {
    note(await creates(server, 'durable'));
    note({
      name: 'memory (RSS) with 11,000 Pods of 2 KB, durable',
      value: `${Math.round(server.rssBytes() / 1e6)} MB`,
      target: '',
    });
    note(await growth(server, top));
  } finally {
    await server.stop();
    folder.remove();
  }
}

await startTimes('in-memory', '<= 300 ms');
await startTimes('durable', '<= 500 ms');
await inMemory();
await durable();
