// A small client of the API over node:https, with the server and credentials of a kubeconfig's current
// context. Errors of the server are thrown as its own message.
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { IncomingMessage } from 'node:http';

export interface Reply {
  readonly code: number;
  readonly body: string;
  readonly warnings: readonly string[];
}

export interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: string;
}

export class ServerError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.name = 'ServerError';
    this.code = code;
  }
}

interface Access {
  readonly url: URL;
  readonly namespace: string;
  readonly token: string | undefined;
  readonly agent: Agent;
}

export class ApiClient {
  readonly #access: Access;

  private constructor(access: Access) {
    this.#access = access;
  }

  /** `path`: --kubeconfig, else $KUBECONFIG, else ./frontdesk-data/kubeconfig, else ~/.kube/config. */
  static async open(path: string | undefined): Promise<ApiClient> {
    const { text, from } = await readKubeconfig(path);
    return new ApiClient(await accessOf(text, from));
  }

  get namespace(): string {
    return this.#access.namespace;
  }

  /** The parsed body; throws ServerError for a Status of failure. */
  async json(ask: Ask): Promise<unknown> {
    const { body } = await this.send(ask);
    return JSON.parse(body);
  }

  async send(ask: Ask): Promise<Reply> {
    const response = await this.#begin(ask);
    const body = await textOf(response);
    const code = response.statusCode ?? 0;
    if (code >= 400) throw new ServerError(code, messageOf(body, code));
    const warnings = response.headersDistinct['warning'] ?? [];
    return { code, body, warnings: warnings.map(warningText) };
  }

  /** Lines of an open-ended answer, as they come. */
  async *lines(ask: Ask): AsyncGenerator<string> {
    const response = await this.#begin(ask);
    const code = response.statusCode ?? 0;
    if (code >= 400) throw new ServerError(code, messageOf(await textOf(response), code));
    response.setEncoding('utf8');
    let rest = '';
    for await (const chunk of response) {
      const lines = `${rest}${String(chunk)}`.split('\n');
      rest = lines.pop() ?? '';
      yield* lines.filter((line) => line !== '');
    }
  }

  close(): void {
    this.#access.agent.destroy();
  }

  #begin(ask: Ask): Promise<IncomingMessage> {
    const { url, token, agent } = this.#access;
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          agent,
          host: url.hostname.replace(/^\[|\]$/g, ''),
          port: url.port === '' ? 443 : Number(url.port),
          method: ask.method ?? 'GET',
          path: `${url.pathname.replace(/\/$/, '')}${ask.path}`,
          headers: {
            Accept: ask.accept ?? 'application/json',
            'User-Agent': 'frontdesk/0.1',
            ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
            ...(ask.body === undefined
              ? {}
              : {
                  'Content-Type': ask.contentType ?? 'application/json',
                  'Content-Length': Buffer.byteLength(ask.body),
                }),
          },
        },
        resolve,
      );
      sent.once('error', reject);
      sent.end(ask.body);
    });
  }
}

async function readKubeconfig(given: string | undefined): Promise<{ text: string; from: string }> {
  const named = given ?? process.env['KUBECONFIG']?.split(':').find((path) => path !== '');
  if (named !== undefined) return { text: await readFile(named, 'utf8'), from: named };
  const usual = [join('frontdesk-data', 'kubeconfig'), join(homedir(), '.kube', 'config')];
  for (const from of usual) {
    try {
      return { text: await readFile(from, 'utf8'), from };
    } catch {
      // The next place may have it.
    }
  }
  throw new Error(`no kubeconfig at ${usual.join(' or ')}; name one with --kubeconfig`);
}

interface Named {
  readonly name?: string;
}
interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly (Named & {
    readonly context?: {
      readonly cluster?: string;
      readonly user?: string;
      readonly namespace?: string;
    };
  })[];
  readonly clusters?: readonly (Named & {
    readonly cluster?: {
      readonly server?: string;
      readonly 'certificate-authority-data'?: string;
      readonly 'certificate-authority'?: string;
      readonly 'insecure-skip-tls-verify'?: boolean;
    };
  })[];
  readonly users?: readonly (Named & {
    readonly user?: {
      readonly 'client-certificate-data'?: string;
      readonly 'client-key-data'?: string;
      readonly 'client-certificate'?: string;
      readonly 'client-key'?: string;
      readonly token?: string;
    };
  })[];
}

async function accessOf(text: string, from: string): Promise<Access> {
  const { load } = await import('js-yaml');
  const config = load(text) as Kubeconfig; // as: every field is optional, so nothing is taken for granted
  const context = config.contexts?.find(({ name }) => name === config['current-context'])?.context;
  const cluster = config.clusters?.find(({ name }) => name === context?.cluster)?.cluster;
  const user = config.users?.find(({ name }) => name === context?.user)?.user;
  if (cluster?.server === undefined) {
    throw new Error(`${from}: the current context names no cluster with a server`);
  }
  const ca = await bytesOf(cluster['certificate-authority-data'], cluster['certificate-authority']);
  const cert = await bytesOf(user?.['client-certificate-data'], user?.['client-certificate']);
  const key = await bytesOf(user?.['client-key-data'], user?.['client-key']);
  return {
    url: new URL(cluster.server),
    namespace: context?.namespace ?? 'default',
    token: user?.token,
    agent: new Agent({
      keepAlive: true,
      rejectUnauthorized: cluster['insecure-skip-tls-verify'] !== true,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    }),
  };
}

async function bytesOf(
  data: string | undefined,
  path: string | undefined,
): Promise<Buffer | undefined> {
  if (data !== undefined) return Buffer.from(data, 'base64');
  return path === undefined ? undefined : readFile(path);
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}

function messageOf(body: string, code: number): string {
  try {
    const status: unknown = JSON.parse(body);
    if (typeof status === 'object' && status !== null && 'message' in status) {
      const reason = 'reason' in status ? ` (${String(status.reason)})` : '';
      return `error from server${reason}: ${String(status.message)}`;
    }
  } catch {
    // Not a Status: the body itself is shown.
  }
  return `error from server: ${body.trim() === '' ? `status ${code}` : body.trim()}`;
}

/** `299 - "text"` -> text */
const warningText = (header: string): string =>
  header.replace(/^\d{3} \S+ "(.*)"$/, '$1').replace(/\\(.)/g, '$1');
