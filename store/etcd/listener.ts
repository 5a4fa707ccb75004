// One port for HTTP/1 and HTTP/2, plain or TLS: the client's first bytes (or ALPN) say which, and the connection goes to
// whom it is for. Also on a Unix socket.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { Clock } from '../clock.js';
import { greet, preface, read } from './greeting.js';
import type { EtcdMetrics } from './metrics.js';

export interface TlsMaterial {
  /** PEM. */
  readonly cert: Uint8Array;
  readonly key: Uint8Array;
  /** PEM: who signs clients' certificates. */
  readonly trustedCa?: Uint8Array;
  /** Refuse clients without a certificate of `trustedCa`. */
  readonly clientCertAuth: boolean;
}

export interface ListenerOptions {
  /** For https URLs. */
  readonly tls?: TlsMaterial;
  readonly clock: Clock;
  readonly metrics: EtcdMetrics;
  /** More are refused at once. */
  readonly connectionsMax: number;
  readonly http1: (socket: Socket) => void;
  readonly http2: (socket: Socket) => void;
}

export interface Listener {
  /** With the port that was taken when 0 was asked for. */
  readonly url: string;
  /** No new connections. */
  stop(): Promise<void>;
  /** Cuts those that are left. */
  destroy(): void;
}

/** A client that says nothing is not kept longer. */
const firstBytesMs = 120_000;

/** Errors: TypeError for a URL that cannot be listened on, or what the system says (EADDRINUSE). */
export async function listen(url: string, options: ListenerOptions): Promise<Listener> {
  const target = targetOf(url);
  const sockets = new Set<Socket>();
  const take = (socket: Socket): void => {
    options.metrics.connections++;
    sockets.add(socket);
    socket.once('close', () => {
      options.metrics.connections--;
      sockets.delete(socket);
    });
    socket.on('error', () => undefined); // a client that went away; 'close' follows
  };
  const server = target.isTls ? tlsServer(options, take) : plainServer(options, take);
  server.maxConnections = options.connectionsMax;
  server.on('drop', () => {
    options.metrics.refusedConnections++;
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(target.path === undefined ? target : { path: target.path }, resolve);
  });
  return {
    url: urlOf(url, server),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
    destroy() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function plainServer(options: ListenerOptions, take: (socket: Socket) => void): Server {
  return createServer({ noDelay: true }, (socket) => {
    take(socket);
    sniff(socket, options);
  });
}

function tlsServer(options: ListenerOptions, take: (socket: Socket) => void): Server {
  const { tls } = options;
  if (!tls) throw new TypeError('an https URL needs a certificate and its key');
  const server = createTlsServer({
    cert: Buffer.from(tls.cert),
    key: Buffer.from(tls.key),
    ...(tls.trustedCa && { ca: Buffer.from(tls.trustedCa) }),
    requestCert: tls.trustedCa !== undefined,
    rejectUnauthorized: tls.clientCertAuth,
    ALPNProtocols: ['h2', 'http/1.1'],
    noDelay: true,
  });
  server.on('connection', take);
  server.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => undefined);
    if (socket.alpnProtocol === 'h2') greetThenServe(socket, Buffer.alloc(0), options);
    else if (socket.alpnProtocol === 'http/1.1') options.http1(socket);
    else sniff(socket, options);
  });
  return server;
}

/** Reads just enough to tell the protocols apart, and puts it back. */
function sniff(socket: Socket, options: ListenerOptions): void {
  let seen: Buffer = Buffer.alloc(0);
  const cancel = options.clock.after(firstBytesMs, () => {
    socket.destroy();
  });
  const look = (): void => {
    for (let chunk = read(socket); chunk; chunk = read(socket)) seen = Buffer.concat([seen, chunk]);
    const length = Math.min(seen.length, preface.length);
    const isHttp2 = seen.subarray(0, length).equals(preface.subarray(0, length));
    if (isHttp2 && length < preface.length) return;
    cancel();
    socket.off('readable', look);
    if (isHttp2) {
      greetThenServe(socket, seen, options);
      return;
    }
    socket.unshift(seen);
    options.http1(socket);
  };
  socket.on('readable', look);
  socket.once('close', cancel);
}

const greetThenServe = (socket: Socket, seen: Buffer, { clock, http2 }: ListenerOptions): void => {
  greet(socket, seen, clock, () => {
    http2(socket);
  });
};

interface Target {
  readonly isTls: boolean;
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
}

function targetOf(url: string): Target {
  const unix = /^unixs?:\/\/(.+)$/.exec(url);
  if (unix?.[1] !== undefined) return { isTls: url.startsWith('unixs:'), path: unix[1] };
  const { protocol, hostname, port, pathname } = new URL(url);
  if ((protocol !== 'http:' && protocol !== 'https:') || pathname !== '/')
    throw new TypeError(`${url}: not a URL to listen on (http, https, unix; no path)`);
  const isTls = protocol === 'https:';
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return { isTls, host, port: port === '' ? (isTls ? 443 : 80) : Number(port) };
}

function urlOf(url: string, server: Server): string {
  const address = server.address() as AddressInfo | string; // as: it listens
  if (typeof address === 'string') return url;
  const parsed = new URL(url);
  return `${parsed.protocol}//${parsed.hostname}:${address.port}`;
}
