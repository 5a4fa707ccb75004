// The server under test: the built program as its own process, on a free port, with a data folder of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Loader } from './loader.js';

const program = fileURLToPath(new URL('../../bundle/frontdesk/main.js', import.meta.url));

export interface BenchServer {
  readonly loader: Loader;
  /** From spawn to the first answered request. */
  readonly readyMs: number;
  rssBytes(): number;
  /** CPU seconds the process has used so far. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

export interface BenchFolder {
  readonly path: string;
  remove(): void;
}

export function benchFolder(): BenchFolder {
  const path = fs.mkdtempSync(join(tmpdir(), 'frontdesk-bench-'));
  return {
    path,
    remove: () => {
      fs.rmSync(path, { recursive: true, force: true });
    },
  };
}

export async function startBenchServer(
  folder: BenchFolder,
  mode: 'in-memory' | 'durable',
): Promise<BenchServer> {
  const kubeconfig = join(folder.path, `kubeconfig-${mode}`);
  const flags = [`--data-dir=${join(folder.path, 'data')}`, `--kubeconfig=${kubeconfig}`];
  if (mode === 'in-memory') flags.push('--in-memory');
  const started = performance.now();
  const child = spawn(process.execPath, [program, 'serve', '--secure-port=0', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await readyUrl(child);
  const loader = new Loader(url, kubeconfig);
  await loader.send('GET', '/api/v1/namespaces/default');
  const readyMs = performance.now() - started;
  const proc = (file: string): string =>
    fs.readFileSync(`/proc/${String(child.pid)}/${file}`, 'utf8');
  return {
    loader,
    readyMs,
    rssBytes: () => Number(/VmRSS:\s+(\d+) kB/.exec(proc('status'))?.[1] ?? 0) * 1024,
    cpuSeconds: () => {
      const fields = proc('stat').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
    stop: async () => {
      loader.close();
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

async function readyUrl(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('no stdout');
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /https:\/\/[^\s,]+/.exec(line)?.[0];
    if (url !== undefined) {
      child.stdout.resume();
      return url;
    }
  }
  throw new Error('the server ended before it was ready');
}

/** A bare node:https server that echoes, with the certificates a durable server has left in `folder`. */
export async function startEcho(
  folder: BenchFolder,
): Promise<{ readonly loader: Loader; stop(): void }> {
  const echo = fileURLToPath(new URL('./echo.js', import.meta.url));
  const pki = join(folder.path, 'data', 'pki');
  const child = spawn(process.execPath, [echo, pki], { stdio: ['ignore', 'pipe', 'inherit'] });
  const loader = new Loader(await readyUrl(child), join(folder.path, 'kubeconfig-durable'));
  return {
    loader,
    stop: () => {
      loader.close();
      child.kill();
    },
  };
}
