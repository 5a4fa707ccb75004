// The load: HTTPS requests over kept-alive connections, with the admin's client certificate.
import fs from 'node:fs';
import https from 'node:https';
import { load } from 'js-yaml';

interface KubeconfigFile {
  readonly clusters: readonly { cluster: { 'certificate-authority-data': string } }[];
  readonly users: readonly {
    user: { 'client-certificate-data': string; 'client-key-data': string };
  }[];
}

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export class Loader {
  readonly #url: URL;
  readonly #agent: https.Agent;

  constructor(url: string, kubeconfigPath: string) {
    // as: a file the server under test has just written
    const config = load(fs.readFileSync(kubeconfigPath, 'utf8')) as KubeconfigFile;
    const cluster = config.clusters[0]?.cluster;
    const user = config.users[0]?.user;
    if (!cluster || !user) throw new Error('no cluster or user in the kubeconfig');
    const decode = (text: string): Buffer => Buffer.from(text, 'base64');
    this.#url = new URL(url);
    this.#agent = new https.Agent({
      keepAlive: true,
      maxSockets: Infinity,
      ca: decode(cluster['certificate-authority-data']),
      cert: decode(user['client-certificate-data']),
      key: decode(user['client-key-data']),
    });
  }

  /** Throws on a status of 400 or more. */
  send(
    method: string,
    path: string,
    body?: string | Buffer,
    accept = 'application/json',
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = https.request(
        {
          host: this.#url.hostname,
          port: this.#url.port,
          agent: this.#agent,
          method,
          path,
          headers: {
            accept,
            ...(body === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            const status = response.statusCode ?? 0;
            const bytes = Buffer.concat(chunks);
            if (status >= 400)
              reject(new Error(`${method} ${path}: ${status} ${bytes.toString()}`));
            else resolve({ status, body: bytes });
          });
          response.on('error', reject);
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }

  /** Keeps the response open; `onBytes` gets what arrives. Resolves when the headers are there. */
  stream(path: string, onBytes: (bytes: Buffer) => void): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const request = https.get(
        { host: this.#url.hostname, port: this.#url.port, agent: this.#agent, path },
        (response) => {
          response.on('data', onBytes);
          response.on('error', () => undefined); // cut off by us
          resolve(() => request.destroy());
        },
      );
      request.on('error', reject);
    });
  }

  /** `count` requests over `connections` connections. */
  async run(
    connections: number,
    count: number,
    request: (i: number) => Promise<Answer>,
  ): Promise<LoadResult> {
    const times: number[] = [];
    let next = 0;
    const started = performance.now();
    await Promise.all(
      Array.from({ length: connections }, async () => {
        while (next < count) {
          const i = next++;
          const from = performance.now();
          await request(i);
          times.push(performance.now() - from);
        }
      }),
    );
    const seconds = (performance.now() - started) / 1000;
    times.sort((a, b) => a - b);
    const at = (share: number): number => times[Math.floor((times.length - 1) * share)] ?? 0;
    return { perSecond: count / seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** A Pod of about 2 KB, as a Deployment's controller makes them. */
export function podOf(name: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: { app: 'bench', tier: 'web', 'pod-template-hash': '7c5ddbdf54' },
      annotations: { note: 'x'.repeat(900) },
    },
    spec: {
      containers: [
        {
          name: 'web',
          image: 'registry.example/web:1.2.3',
          ports: [{ containerPort: 8080, name: 'http' }],
          env: [
            { name: 'MODE', value: 'production' },
            { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          ],
          resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
          readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
        },
      ],
    },
  });
}
