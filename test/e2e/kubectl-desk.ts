// KubectlDesk: a frontdesk process and the real kubectl against it, one for each test file; and a namespace of
// its own for each test, so that tests run in any order. Commands are written as one would type them:
// ok`get pod ${name} -o json`; whatever stands in ${} stays one word.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { EtcdProcess } from '../support/etcd-process.js';
import { Kubectl, type Output, type RunOptions } from '../support/kubectl.js';
import { ServerProcess } from '../support/server-process.js';

export type Command<T> = (text: TemplateStringsArray, ...values: readonly string[]) => Promise<T>;

export interface Shell {
  readonly namespace: string;
  /** Must succeed; its stdout. */
  readonly ok: Command<string>;
  /** Must fail; its stderr. */
  readonly fails: Command<string>;
  /** Whatever happens. */
  readonly run: Command<Output>;
  /** A command with something on its stdin: feed(manifest).ok`apply -f -`. */
  readonly feed: (input: string) => Pick<Shell, 'ok' | 'fails' | 'run'>;
  /** `kubectl edit` and the like, with a sed script for an editor. */
  readonly editing: (script: string) => Pick<Shell, 'ok' | 'fails' | 'run'>;
  /** A command that goes on until it is stopped; see Following. */
  readonly follow: (text: TemplateStringsArray, ...values: readonly string[]) => Following;
  /** Writes a file into the test's folder; its path. */
  readonly file: (name: string, content: string) => Promise<string>;
}

export interface Following {
  /** Resolves with the next line that matches; rejects when the output ends before. */
  until(pattern: RegExp): Promise<string>;
  /** Resolves with the exit code when the command has ended by itself. */
  end(): Promise<unknown>;
  stop(): Promise<void>;
}

export class KubectlDesk {
  readonly kubectl: Kubectl;
  readonly server: ServerProcess;
  readonly #folder: string;
  readonly #etcd: EtcdProcess | undefined;
  #count = 0;

  private constructor(
    server: ServerProcess,
    kubectl: Kubectl,
    folder: string,
    etcd: EtcdProcess | undefined,
  ) {
    this.server = server;
    this.kubectl = kubectl;
    this.#folder = folder;
    this.#etcd = etcd;
  }

  /** With FRONTDESK_TEST_ENGINE=etcd the objects lie in a real etcd. */
  static async open(which: 'newest' | 'installed' = 'newest'): Promise<KubectlDesk> {
    const folder = await mkdtemp(join(tmpdir(), 'frontdesk-kubectl-'));
    const etcd =
      process.env['FRONTDESK_TEST_ENGINE'] === 'etcd' ? await EtcdProcess.start() : undefined;
    const flags = etcd === undefined ? [] : [`--etcd-servers=${etcd.endpoint}`];
    const server = await ServerProcess.start(['--in-memory', ...flags]);
    const { kubeconfigPath } = server;
    const kubectl =
      which === 'newest'
        ? await Kubectl.newest(kubeconfigPath, folder)
        : await Kubectl.find(kubeconfigPath, folder);
    return new KubectlDesk(server, kubectl, folder, etcd);
  }

  /** Without a namespace: what concerns the cluster. */
  get cluster(): Shell {
    return this.#shell('');
  }

  async namespace(): Promise<Shell> {
    const name = `test-${++this.#count}`;
    await this.cluster.ok`create namespace ${name}`;
    return this.#shell(name);
  }

  async close(): Promise<void> {
    await this.server.stop();
    await this.#etcd?.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #shell(namespace: string): Shell {
    const place = namespace === '' ? [] : ['--namespace', namespace];
    const commands = (input: string, options: RunOptions): Pick<Shell, 'ok' | 'fails' | 'run'> => {
      const run: Command<Output> = (text, ...values) =>
        this.kubectl.run(placed(words(text, values), place), input, options);
      return {
        run,
        ok: async (text, ...values) => {
          const output = await run(text, ...values);
          if (output.code !== 0) throw new Error(told(words(text, values), output));
          return output.stdout;
        },
        fails: async (text, ...values) => {
          const output = await run(text, ...values);
          if (output.code === 0) throw new Error(told(words(text, values), output));
          return output.stderr;
        },
      };
    };
    return {
      namespace,
      ...commands('', {}),
      feed: (input) => commands(input, {}),
      editing: (script) => commands('', { environment: { KUBE_EDITOR: `sed -i -e '${script}'` } }),
      follow: (text, ...values) => this.#follow(placed(words(text, values), place)),
      file: async (name, content) => {
        const path = join(this.#folder, `${namespace}-${name}`);
        await writeFile(path, content);
        return path;
      },
    };
  }

  #follow(args: readonly string[]): Following {
    const child = this.kubectl.start(args);
    const ended = new Promise<unknown>((resolve) => child.once('close', resolve));
    if (child.stdout === null || child.stderr === null) throw new Error('kubectl has no output');
    const errors: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return {
      until: async (pattern) => {
        for (;;) {
          const line = await lines.next();
          if (line.done === true) throw new Error(`no ${String(pattern)} came: ${errors.join('')}`);
          if (pattern.test(line.value)) return line.value;
        }
      },
      end: () => ended,
      stop: async () => {
        child.kill();
        await ended;
      },
    };
  }
}

/** The namespace goes before what a command runs (`-- echo hi`). */
function placed(args: readonly string[], place: readonly string[]): readonly string[] {
  const dashes = args.indexOf('--');
  const end = dashes < 0 ? args.length : dashes;
  return [...args.slice(0, end), ...place, ...args.slice(end)];
}

/** Splits at blanks; a value continues the word it touches and is never split. */
export function words(text: readonly string[], values: readonly string[]): readonly string[] {
  const result: string[] = [];
  let word: string | undefined;
  text.forEach((part, index) => {
    part.split(/\s+/).forEach((piece, position) => {
      if (position > 0 && word !== undefined) {
        result.push(word);
        word = undefined;
      }
      if (piece !== '') word = (word ?? '') + piece;
    });
    const value = values[index];
    if (value !== undefined) word = (word ?? '') + value;
  });
  if (word !== undefined) result.push(word);
  return result;
}

const told = (args: readonly string[], { code, stdout, stderr }: Output): string =>
  `kubectl ${args.join(' ')} ended with ${code}\n${stderr}${stdout}`;
