// The real etcdctl against one server: short commands run to their end, long ones (watch, lock, elect) in the background.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import type { Script } from './scripts.js';

export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class EtcdctlDesk {
  readonly endpoint: string;
  readonly #flags: readonly string[];
  readonly #running = new Set<Background>();

  /** `flags` go before every command: certificates, a user. */
  constructor(endpoint: string, flags: readonly string[] = []) {
    this.endpoint = endpoint;
    this.#flags = flags;
  }

  async run(args: readonly string[], input = ''): Promise<Printed> {
    const child = this.#spawn(args);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on('error', () => undefined); // it may end without reading
    child.stdin.end(input);
    const [code] = (await once(child, 'close')) as [number | null]; // as: node's `close` event
    return {
      code: code ?? -1,
      stdout: Buffer.concat(stdout).toString(),
      stderr: Buffer.concat(stderr).toString(),
    };
  }

  /** What a command that must work prints. */
  async expect(...args: readonly string[]): Promise<string> {
    const printed = await this.run(args);
    if (printed.code !== 0) {
      throw new Error(`etcdctl ${args.join(' ')} failed: ${printed.stderr}${printed.stdout}`);
    }
    return printed.stdout;
  }

  background(...args: readonly string[]): Background {
    const background = new Background(this.#spawn(args), () => this.#running.delete(background));
    this.#running.add(background);
    return background;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map((background) => background.stop()));
  }

  /** One entry a step: what it printed, with what differs from server to server made equal. */
  async play(script: Script): Promise<readonly string[]> {
    const known = new Map<string, string>();
    const pages: string[] = [];
    for (const { args, input, capture } of script.steps) {
      const filled = args.map((word) =>
        word.replace(/\$(\w+)/g, (whole, name: string) => known.get(name) ?? whole),
      );
      const printed = await this.run(filled, input);
      if (capture) {
        const found = capture.pattern.exec(printed.stdout)?.[1];
        if (found === undefined) {
          throw new Error(`${args.join(' ')} printed no ${capture.name}: ${printed.stderr}`);
        }
        known.set(capture.name, found);
      }
      const page = this.#even(printed);
      pages.push(`etcdctl ${args.join(' ')}\n${args[0] === 'member' ? inOrder(page) : page}`);
    }
    return pages;
  }

  #spawn(args: readonly string[]): ChildProcessWithoutNullStreams {
    return spawn('etcdctl', [`--endpoints=${this.endpoint}`, ...this.#flags, ...args], {
      env: { PATH: process.env['PATH'] ?? '', ETCDCTL_API: '3' },
    });
  }

  /** Ids are made of URLs and clocks, durations are measured; everything else must agree. */
  #even({ code, stdout, stderr }: Printed): string {
    const errors = stderr.split('\n').filter((line) => /^Error/.test(line));
    return (
      [`exit ${code}`, ...errors, stdout]
        .join('\n')
        .replaceAll(this.endpoint, '<endpoint>')
        .replace(/http:\/\/127\.0\.0\.1:\d{4,5}/g, '<url>')
        .replace(/"(cluster_id|member_id|ID|id|lease)" ?: ?-?\d{12,20}/g, '"$1":<id>')
        .replace(/"(ClusterID|MemberID|Lease|ID)" : -?\d{12,20}/g, '"$1" : <id>')
        .replace(/\b[0-9a-f]{13,16}\b/g, '<id>')
        .replace(/remaining\(\d+s\)/g, 'remaining(<s>)')
        .replace(/"ttl":\d+/g, '"ttl":<s>')
        .replace(/took = [\d.]+m?s/g, 'took = <time>')
        .replace(/^\+[-+]+\+$/gm, '+-+')
        .replace(/attached keys\(\[(.*)\]\)/g, (_, list: string) =>
          list.split(' ').sort().join(' '),
        )
        // An id holds the second it was made in: the same member added twice is one or the other.
        .replace(/member ID already exist|Peer URLs already exists/, '<already there>')
        .replace(/ {2,}/g, ' ')
    );
  }
}

/** Members are listed by id, and ids differ from server to server. */
const inOrder = (page: string): string =>
  page
    .split('\n')
    .map((line) =>
      line.replace(
        /(INITIAL_CLUSTER=)"(.*)"/,
        (_, name: string, list: string) => name + list.split(',').sort().join(','),
      ),
    )
    .sort()
    .join('\n');

/** A command that goes on until it is stopped. */
export class Background {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<unknown>;
  #output = '';
  #wake: () => void = () => undefined;

  constructor(child: ChildProcessWithoutNullStreams, onEnd: () => void) {
    this.#child = child;
    this.#closed = once(child, 'close').then(onEnd);
    child.stdin.on('error', () => undefined);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
        this.#wake();
      });
    }
  }

  write(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Resolves with everything printed so far, once `pattern` is in it. */
  async printed(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#output)) {
      const more = new Promise<void>((resolve) => (this.#wake = resolve));
      const ended = await Promise.race([more.then(() => false), this.#closed.then(() => true)]);
      if (ended && !pattern.test(this.#output)) {
        throw new Error(`it ended before it printed ${String(pattern)}: ${this.#output}`);
      }
    }
    return this.#output;
  }

  /** As Ctrl-C. */
  async stop(): Promise<string> {
    this.#child.kill('SIGINT');
    await this.#closed;
    return this.#output;
  }
}
