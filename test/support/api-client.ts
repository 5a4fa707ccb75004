// ApiClient: plain HTTPS requests and raw watches with the admin's certificate from a kubeconfig, for tests that
// look at status codes, headers and exact bodies rather than at what a client library makes of them.
import { readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { WatchStream } from './watch-stream.js';

export type Json = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- tests reach into bodies and let expect() complain

export interface Answer {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body. */
  readonly json: Json;
}

export interface Asked {
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
  /** Default true: with the admin's certificate. */
  readonly isAdmin?: boolean;
}

export class ApiClient {
  readonly url: URL;
  private readonly kubeconfig: string;
  private readonly admin: Agent;
  private readonly nobody: Agent;

  private constructor(url: string, kubeconfig: string) {
    this.url = new URL(url);
    this.kubeconfig = kubeconfig;
    this.nobody = new Agent({ keepAlive: true, ca: this.part('certificate-authority-data') });
    this.admin = new Agent({ keepAlive: true, ...this.credentials() });
  }

  static async fromKubeconfig(url: string, path: string): Promise<ApiClient> {
    return new ApiClient(url, await readFile(path, 'utf8'));
  }

  get(path: string, asked: Asked = {}): Promise<Answer> {
    return this.send('GET', path, undefined, asked);
  }

  delete(path: string, body?: unknown): Promise<Answer> {
    return this.send('DELETE', path, body);
  }

  post(path: string, body: unknown, asked: Asked = {}): Promise<Answer> {
    return this.send('POST', path, body, asked);
  }

  put(path: string, body: unknown, asked: Asked = {}): Promise<Answer> {
    return this.send('PUT', path, body, asked);
  }

  patch(
    path: string,
    type: 'json' | 'merge' | 'strategic' | 'apply',
    body: unknown,
  ): Promise<Answer> {
    return this.send('PATCH', path, body, { headers: { 'Content-Type': patchTypes[type] } });
  }

  /** A string or bytes go out as they are, anything else as JSON. */
  async send(method: string, path: string, body?: unknown, asked: Asked = {}): Promise<Answer> {
    const response = await this.open(method, path, body, asked);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer); // as: no encoding is set
    const text = Buffer.concat(chunks).toString();
    return {
      code: response.statusCode ?? 0,
      headers: response.headers,
      text,
      get json(): Json {
        return JSON.parse(text) as Json;
      },
    };
  }

  /** Rejects when the answer is not 200. */
  async watch(path: string, headers: Record<string, string> = {}): Promise<WatchStream> {
    const response = await this.open('GET', path, undefined, { headers });
    if (response.statusCode !== 200) {
      response.resume();
      throw new Error(`watch answered ${String(response.statusCode)}`);
    }
    return new WatchStream(response);
  }

  /** Resolves with the head; the body is still to be read. */
  open(method: string, path: string, body?: unknown, asked: Asked = {}): Promise<IncomingMessage> {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const bytes = body === undefined || isRaw ? body : JSON.stringify(body);
    const type: Record<string, string> = isRaw || body === undefined ? {} : jsonType;
    return new Promise((resolve, reject) => {
      const { hostname: host, port } = this.url;
      const agent = asked.isAdmin === false ? this.nobody : this.admin;
      // node frames no body of a DELETE unless told its length.
      const isChunked = asked.headers?.['Transfer-Encoding'] !== undefined;
      const length =
        bytes === undefined || isChunked
          ? {}
          : { 'Content-Length': String(Buffer.byteLength(bytes)) };
      const headers = { ...type, ...length, ...asked.headers };
      const { signal } = asked;
      const options = { agent, host, port, path, method, headers, ...(signal && { signal }) };
      const sent = request(options, resolve);
      sent.once('error', reject);
      sent.end(bytes);
    });
  }

  /** A connection of its own, for what no HTTP client would send. */
  socket(): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const { hostname: host, port } = this.url;
      const socket = connect({ host, port: Number(port), ...this.credentials() }, () => {
        socket.off('error', reject);
        resolve(socket);
      });
      socket.once('error', reject);
    });
  }

  close(): void {
    this.admin.destroy();
    this.nobody.destroy();
  }

  private credentials(): { ca: Buffer; cert: Buffer; key: Buffer } {
    return {
      ca: this.part('certificate-authority-data'),
      cert: this.part('client-certificate-data'),
      key: this.part('client-key-data'),
    };
  }

  private part(name: string): Buffer {
    const text = new RegExp(`${name}: (\\S+)`).exec(this.kubeconfig)?.[1];
    if (text === undefined) throw new Error(`the kubeconfig has no ${name}`);
    return Buffer.from(text, 'base64');
  }
}

const jsonType = { 'Content-Type': 'application/json' };

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;
