// A light gRPC client on node:http2, the same for every server: what it costs itself stays small beside what is measured.
import http2, { type ClientHttp2Session } from 'node:http2';
import { methodType, type Partially } from '../../../store/etcd/codec.js';
import type { Methods } from '../../../store/etcd/messages.js';

const clientsPerConnection = 10;
const frameHeadBytes = 5;

export interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export class EtcdLoader {
  readonly #clients: number;
  readonly #sessions: readonly ClientHttp2Session[];

  /** `clients` requests at a time, spread over the endpoints. */
  constructor(endpoints: readonly string[], clients: number) {
    this.#clients = clients;
    const count = Math.max(endpoints.length, Math.ceil(clients / clientsPerConnection));
    this.#sessions = Array.from({ length: count }, (_, i) => {
      const session = http2.connect(endpoints[i % endpoints.length] ?? '');
      session.on('error', () => undefined); // requests report it
      return session;
    });
  }

  /** Error: the gRPC message of an answer that is not OK. */
  ask<Path extends keyof Methods>(
    path: Path,
    request: Partially<Methods[Path][0]>,
    client = 0,
  ): Promise<Methods[Path][1]> {
    const method = methodType(path);
    return new Promise((resolve, reject) => {
      const stream = this.#open(path, client);
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('trailers', (trailers: http2.IncomingHttpHeaders) => {
        if (trailers['grpc-status'] !== '0') reject(new Error(String(trailers['grpc-message'])));
      });
      stream.on('end', () => {
        const bytes = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
        if (!bytes || bytes.length < frameHeadBytes) reject(new Error(`${path}: no answer`));
        else resolve(method.response.decode(bytes.subarray(frameHeadBytes)));
      });
      stream.on('error', reject);
      stream.end(framed(method.request.encode(request)));
    });
  }

  /** A watch; `onEvents` gets the number of events of each answer. Resolves when it is created. */
  watch(key: string, client: number, onEvents: (count: number) => void): Promise<void> {
    const { request, response } = methodType('etcdserverpb.Watch/Watch');
    return new Promise((resolve, reject) => {
      const stream = this.#open('etcdserverpb.Watch/Watch', client);
      let rest: Buffer = Buffer.alloc(0);
      stream.on('data', (chunk: Buffer) => {
        rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        while (rest.length >= frameHeadBytes) {
          const end = frameHeadBytes + rest.readUInt32BE(1);
          if (rest.length < end) return;
          const answer = response.decode(rest.subarray(frameHeadBytes, end));
          rest = rest.subarray(end);
          if (answer.created) resolve();
          if (answer.events.length > 0) onEvents(answer.events.length);
        }
      });
      stream.on('error', reject);
      const create = { key: Buffer.from(key) };
      stream.write(framed(request.encode({ create_request: create })));
    });
  }

  /** `count` requests, `clients` at a time. */
  async run(
    count: number,
    request: (i: number, client: number) => Promise<unknown>,
  ): Promise<Load> {
    const times: number[] = [];
    let next = 0;
    const started = performance.now();
    await Promise.all(
      Array.from({ length: this.#clients }, async (_, client) => {
        while (next < count) {
          const i = next++;
          const from = performance.now();
          await request(i, client);
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
    for (const session of this.#sessions) session.destroy();
  }

  #open(path: string, client: number): http2.ClientHttp2Stream {
    const session = this.#sessions[client % this.#sessions.length];
    if (!session) throw new Error('no connection');
    return session.request({
      ':method': 'POST',
      ':path': `/${path}`,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
  }
}

function framed(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(frameHeadBytes + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  message.copy(frame, frameHeadBytes);
  return frame;
}
