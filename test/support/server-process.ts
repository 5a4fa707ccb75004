// A real frontdesk process: started on a free port with its own folder, known to be ready by its ready line,
// stopped as a user would (SIGTERM) or as a crash would (SIGKILL).
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { program } from './program.js';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class ServerProcess {
  readonly dataDir: string;
  readonly url: string;
  readonly kubeconfigPath: string;
  readonly child: ChildProcess;
  readonly #exited: Promise<Exit>;
  readonly #ownsFolder: boolean;

  private constructor(
    dataDir: string,
    ownsFolder: boolean,
    ready: { url: string; kubeconfigPath: string },
    running: { child: ChildProcess; exited: Promise<Exit> },
  ) {
    this.dataDir = dataDir;
    this.#ownsFolder = ownsFolder;
    this.url = ready.url;
    this.kubeconfigPath = ready.kubeconfigPath;
    this.child = running.child;
    this.#exited = running.exited;
  }

  /** `dataDir` undefined: a new folder, removed by `stop`. */
  static async start(args: readonly string[] = [], dataDir?: string): Promise<ServerProcess> {
    const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'frontdesk-')));
    const running = launch(['serve', '--secure-port=0', `--data-dir=${folder}`, ...args]);
    const errors: string[] = [];
    running.child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
    const ready = await Promise.race([
      readyLine(running.child),
      running.exited.then(({ code }) => {
        throw new Error(`frontdesk ended with code ${String(code)}: ${errors.join('')}`);
      }),
    ]);
    return new ServerProcess(folder, dataDir === undefined, ready, running);
  }

  /** SIGTERM; resolves when the process has ended. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    this.child.kill(signal);
    const exit = await this.#exited;
    if (this.#ownsFolder) await rm(this.dataDir, { recursive: true, force: true });
    return exit;
  }

  /** As a power cut: nothing gets to run any more. */
  kill(): Promise<Exit> {
    return this.stop('SIGKILL');
  }
}

/** Runs the command line to its end. */
export async function runCommand(
  args: readonly string[],
): Promise<Exit & { stdout: string; stderr: string }> {
  const { child, exited } = launch(args);
  const stdout: string[] = [];
  const stderr: string[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk.toString()));
  const exit = await exited;
  return { ...exit, stdout: stdout.join(''), stderr: stderr.join('') };
}

function launch(args: readonly string[]): { child: ChildProcess; exited: Promise<Exit> } {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null, // as: node's `close` event carries these two
    signal: signal as NodeJS.Signals | null,
  }));
  return { child, exited };
}

async function readyLine(child: ChildProcess): Promise<{ url: string; kubeconfigPath: string }> {
  if (child.stdout === null) throw new Error('no stdout');
  for await (const line of createInterface({ input: child.stdout })) {
    const match = /^frontdesk is ready: (\S+) kubeconfig (.+)$/.exec(line);
    const [, url, kubeconfigPath] = match ?? [];
    if (url !== undefined && kubeconfigPath !== undefined) {
      // What comes later must not fill the pipe.
      child.stdout.resume();
      return { url, kubeconfigPath };
    }
  }
  throw new Error('frontdesk ended its output before it was ready');
}
