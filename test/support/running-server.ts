// A server in this process, in memory on a free port, and plain HTTPS requests to it.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseFlags } from '../../apiserver/config.js';
import { startServer, type RunningServer } from '../../apiserver/server.js';

export interface Answer {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** The parsed body. */
  readonly json: Record<string, unknown>;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Uint8Array;
  /** Default true: with the admin's client certificate. */
  readonly asAdmin?: boolean;
}

export class TestServer {
  readonly server: RunningServer;
  readonly folder: string;
  readonly port: number;
  readonly authority: Buffer;
  readonly admin: Agent;
  readonly nobody: Agent;

  private constructor(server: RunningServer, folder: string, kubeconfig: string) {
    const part = (name: string): Buffer =>
      Buffer.from(new RegExp(`${name}: (\\S+)`).exec(kubeconfig)?.[1] ?? '', 'base64');
    this.server = server;
    this.folder = folder;
    this.port = Number(new URL(server.url).port);
    this.authority = part('certificate-authority-data');
    this.nobody = new Agent({ keepAlive: true, ca: this.authority });
    this.admin = new Agent({
      keepAlive: true,
      ca: this.authority,
      cert: part('client-certificate-data'),
      key: part('client-key-data'),
    });
  }

  static async start(flags: readonly string[] = []): Promise<TestServer> {
    const folder = await mkdtemp(join(tmpdir(), 'frontdesk-'));
    const config = parseFlags(['--in-memory', '--secure-port=0', `--data-dir=${folder}`, ...flags]);
    const server = await startServer(config);
    return new TestServer(server, folder, await readFile(server.kubeconfigPath, 'utf8'));
  }

  options(path: string, ask: Ask = {}): RequestOptions {
    return {
      agent: ask.asAdmin === false ? this.nobody : this.admin,
      host: '127.0.0.1',
      port: this.port,
      path,
      method: ask.method ?? 'GET',
      headers: ask.headers ?? {},
    };
  }

  ask(path: string, ask: Ask = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(this.options(path, ask), (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const body = Buffer.concat(chunks);
          const text = body.toString();
          resolve({
            code: response.statusCode ?? 0,
            headers: response.headers,
            body,
            text,
            get json() {
              return JSON.parse(text) as Record<string, unknown>; // as: tests look at what they expect
            },
          });
        });
      });
      sent.once('error', reject);
      sent.end(ask.body);
    });
  }

  post(path: string, object: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(object),
    });
  }

  async stop(): Promise<void> {
    this.admin.destroy();
    this.nobody.destroy();
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export const configmaps = '/api/v1/namespaces/default/configmaps';

export const configmap = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});
