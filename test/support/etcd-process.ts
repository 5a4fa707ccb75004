// A real etcd: started from the PATH on free ports with a folder of its own, known to be ready by its own word, stopped
// as an operator would (SIGTERM), as a crash would (SIGKILL) or paused (SIGSTOP). Tests that need it are registered by
// describeWithEtcd (describe-with-etcd.ts).
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Output } from './kubectl.js';
import { program } from './program.js';
import { freePorts } from './free-ports.js';

/** Paths of PEM files. The server asks every client for a certificate of `ca`. */
export interface EtcdTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface EtcdOptions {
  /** More of etcd's own flags. */
  readonly args?: readonly string[];
  /** Clients must speak TLS. */
  readonly tls?: EtcdTls;
  /** Kept by `stop`. Default: a new folder, removed by `stop`. */
  readonly dataDir?: string;
  /** The command line before the flags; default `etcd` from the PATH. See frontdeskEtcd. */
  readonly program?: readonly string[];
  /** Default true: short elections and no fsync, so that it starts in 0.1 s. False: etcd's defaults. */
  readonly isQuick?: boolean;
}

/** Election times too short for a busy machine make leaders come and go: only single members use these. */
const quickFlags = ['--heartbeat-interval=20', '--election-timeout=200', '--unsafe-no-fsync'];
const clusterFlags = ['--heartbeat-interval=100', '--election-timeout=1000', '--unsafe-no-fsync'];
const startMaxMs = 20_000;

/** `frontdesk etcd`, to be started in etcd's place. */
export const frontdeskEtcd: readonly string[] = [process.execPath, program, 'etcd'];

interface Place {
  readonly program: readonly string[];
  readonly name: string;
  readonly dataDir: string;
  readonly ownsFolder: boolean;
  readonly endpoint: string;
  readonly flags: readonly string[];
  readonly tls: EtcdTls | undefined;
}

export class EtcdProcess {
  readonly #place: Place;
  #running: Running;

  private constructor(place: Place, running: Running) {
    this.#place = place;
    this.#running = running;
  }

  /** A cluster of one. */
  static async start(options: EtcdOptions = {}): Promise<EtcdProcess> {
    const [only] = await startMembers(1, options);
    if (only === undefined) throw new Error('no member');
    return only;
  }

  /** For startMembers. */
  static async launch(place: Place): Promise<EtcdProcess> {
    return new EtcdProcess(place, await launch(place));
  }

  /** http(s)://127.0.0.1:PORT; the same after a restart. */
  get endpoint(): string {
    return this.#place.endpoint;
  }

  get dataDir(): string {
    return this.#place.dataDir;
  }

  get name(): string {
    return this.#place.name;
  }

  get child(): ChildProcess {
    return this.#running.child;
  }

  /** Nothing answers any more, connections stay open. */
  pause(): void {
    this.child.kill('SIGSTOP');
  }

  resume(): void {
    this.child.kill('SIGCONT');
  }

  /** SIGKILL; the folder stays for `restart`. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#running.exited;
  }

  /** SIGTERM; the folder stays for `restart`. */
  async terminate(): Promise<void> {
    this.child.kill('SIGTERM');
    this.child.kill('SIGCONT');
    await this.#running.exited;
  }

  /** Same folder, same ports; kills what still runs. */
  async restart(): Promise<void> {
    await this.kill();
    this.#running = await launch(this.#place);
  }

  /** Ends it for good and removes its folder if it made it. Hard, since nobody needs the data any more. */
  async stop(): Promise<void> {
    await this.kill();
    if (this.#place.ownsFolder) await rm(this.dataDir, { recursive: true, force: true });
  }
}

/** Three (or so) members of one cluster, all of them started. */
export function startEtcdCluster(
  size = 3,
  options: Omit<EtcdOptions, 'dataDir'> = {},
): Promise<readonly EtcdProcess[]> {
  return startMembers(size, options);
}

/** Runs `etcdctl ARGS` against these endpoints; never rejects. */
export function etcdctl(
  args: readonly string[],
  endpoints: readonly string[],
  tls?: EtcdTls,
  input = '',
): Promise<Output> {
  const flags = [`--endpoints=${endpoints.join(',')}`];
  if (tls) flags.push(`--cacert=${tls.ca}`, `--cert=${tls.cert}`, `--key=${tls.key}`);
  return new Promise((resolve) => {
    const child = execFile(
      'etcdctl',
      [...flags, ...args],
      { env: { ...process.env, ETCDCTL_API: '3' }, timeout: 30_000, maxBuffer: 2 ** 28 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, stdout, stderr });
      },
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

interface Running {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown>;
}

async function startMembers(size: number, options: EtcdOptions): Promise<readonly EtcdProcess[]> {
  // A free port can be gone by the time etcd binds it: then all is tried again with others.
  for (let attempt = 1; ; attempt++) {
    const places = await makePlaces(size, options);
    const results = await Promise.allSettled(places.map((place) => EtcdProcess.launch(place)));
    const members = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    if (members.length === size) return members;
    await Promise.all(members.map((member) => member.kill()));
    await Promise.all(places.map(removeIfOwned));
    const failure = results.find((one) => one.status === 'rejected');
    const why: unknown = failure?.reason;
    if (attempt >= 5 || !String(why).includes('address already in use')) throw why;
  }
}

async function makePlaces(size: number, options: EtcdOptions): Promise<readonly Place[]> {
  const ports = await freePorts(2 * size);
  const scheme = options.tls ? 'https' : 'http';
  const members = Array.from({ length: size }, (_, i) => ({
    name: `m${i + 1}`,
    endpoint: `${scheme}://127.0.0.1:${ports[2 * i] ?? 0}`,
    peerUrl: `http://127.0.0.1:${ports[2 * i + 1] ?? 0}`,
  }));
  const cluster = members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
  const timing = options.isQuick === false ? [] : size === 1 ? quickFlags : clusterFlags;
  return Promise.all(
    members.map(async ({ name, endpoint, peerUrl }) => ({
      program: options.program ?? ['etcd'],
      name,
      endpoint,
      dataDir: options.dataDir ?? (await mkdtemp(join(tmpdir(), 'frontdesk-etcd-'))),
      ownsFolder: options.dataDir === undefined,
      tls: options.tls,
      flags: [
        `--listen-peer-urls=${peerUrl}`,
        `--initial-advertise-peer-urls=${peerUrl}`,
        `--initial-cluster=${cluster}`,
        ...timing,
        ...(options.args ?? []),
      ],
    })),
  );
}

async function launch(place: Place): Promise<Running> {
  const { program, name, dataDir, endpoint, flags, tls } = place;
  const [command = 'etcd', ...words] = program;
  const secure = tls
    ? [
        `--cert-file=${tls.cert}`,
        `--key-file=${tls.key}`,
        `--trusted-ca-file=${tls.ca}`,
        '--client-cert-auth',
      ]
    : [];
  const args = [`--name=${name}`, `--data-dir=${dataDir}`, '--logger=zap', '--log-outputs=stderr'];
  const child = spawn(
    command,
    [
      ...words,
      ...args,
      `--listen-client-urls=${endpoint}`,
      `--advertise-client-urls=${endpoint}`,
      ...secure,
      ...flags,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const exited = endsWithTests(child);
  await readyToServe(child, exited);
  return { child, exited };
}

/** A test run that ends in the middle must not leave an etcd behind. */
async function endsWithTests(child: ChildProcess): Promise<void> {
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  await once(child, 'close');
  process.removeListener('exit', kill);
}

async function readyToServe(child: ChildProcess, exited: Promise<void>): Promise<void> {
  const { stderr } = child;
  if (stderr === null) throw new Error('etcd has no stderr');
  let told = '';
  const ready = new Promise<void>((resolve) => {
    const look = (chunk: Buffer): void => {
      told += chunk.toString();
      // Its first words of it come before the port is bound by all; this one comes when clients are served.
      if (!/serving client (traffic|requests)|ready to serve client requests/.test(told)) return;
      stderr.removeListener('data', look);
      stderr.resume();
      resolve();
    };
    stderr.on('data', look);
  });
  const ended = exited.then(() => {
    throw new Error(`etcd ended before it was ready: ${told.slice(-2000)}`);
  });
  ended.catch(() => undefined);
  const tooLate = new AbortController();
  const late = new Promise<never>((_resolve, reject) => {
    const timer = AbortSignal.timeout(startMaxMs);
    const fail = (): void => {
      if (tooLate.signal.aborted) return;
      child.kill('SIGKILL');
      reject(new Error(`etcd was not ready after ${startMaxMs} ms: ${told.slice(-2000)}`));
    };
    timer.addEventListener('abort', fail, { once: true });
  });
  late.catch(() => undefined);
  await Promise.race([ready, ended, late]);
  tooLate.abort();
}

async function removeIfOwned({ ownsFolder, dataDir }: Place): Promise<void> {
  if (ownsFolder) await rm(dataDir, { recursive: true, force: true });
}
