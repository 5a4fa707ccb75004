// The listener: TLS 1.2 and up, HTTP/1.1, one Call a request through the pipeline, and the limits that
// protect the process from its clients: headers, slow senders, idle and too many connections.
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import type { Clock } from '../../store/index.js';
import type { KeyPair } from '../auth/certificates.js';
import { refuseBrokenRequest } from './broken-request.js';
import { Call } from './call.js';
import { endEmptyBody } from './empty-request.js';
import type { Handler } from './pipeline.js';
import { writeReply } from './answers/respond.js';
import type { FailureLog } from './stages/report-failure.js';
import { Slots } from './stages/slots.js';

export interface ListenerConfig {
  readonly bindAddress: string;
  /** 0: any free one. */
  readonly port: number;
  readonly serving: KeyPair;
  /** PEM: issuers of client certificates. */
  readonly clientAuthorities: readonly string[];
  readonly connectionsMax: number;
  readonly requestTimeoutMs: number;
}

const headerBytesMax = 64 * 1024;
const headersTimeoutMs = 10_000;
const idleTimeoutMs = 90_000;
const watchQueueBytesMax = 16 * 1024 * 1024;
/** How long requests get to finish once the listener closes; watches are ended at once. */
const closeGraceMs = 300;
const closeAgainMs = 50;

export class Listener {
  readonly #server: Server;
  readonly #serving: KeyPair;
  readonly #clock: Clock;
  readonly #open = new Slots<ServerResponse>();
  #isClosing = false;
  #onIdle: (() => void) | undefined;

  private constructor(server: Server, serving: KeyPair, clock: Clock) {
    this.#server = server;
    this.#serving = serving;
    this.#clock = clock;
  }

  /** Rejects with the system's error when the address cannot be had. */
  static async listen(
    config: ListenerConfig,
    handler: Handler,
    clock: Clock,
    failures: FailureLog,
  ): Promise<Listener> {
    const server = createServer({
      ...secretsOf(config.serving, config.clientAuthorities),
      requestCert: true,
      // Who presents no certificate, or another's, may still have a token: authenticate decides.
      rejectUnauthorized: false,
      maxHeaderSize: headerBytesMax,
      headersTimeout: headersTimeoutMs,
      requestTimeout: config.requestTimeoutMs + headersTimeoutMs,
      keepAliveTimeout: idleTimeoutMs,
      connectionsCheckingInterval: 5000,
      noDelay: true,
    });
    server.maxConnections = config.connectionsMax;
    const listener = new Listener(server, config.serving, clock);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void listener.#serve(request, response, handler, failures);
    });
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      refuseBrokenRequest(error, socket, clock, listener.#isAnswering(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(config.port, config.bindAddress, () => {
        server.off('error', reject);
        resolve();
      });
    });
    return listener;
  }

  get port(): number {
    // as: a server that listens on TCP has an address of this form.
    return (this.#server.address() as AddressInfo).port;
  }

  /** New connections may show client certificates of these issuers from now on. */
  trust(clientAuthorities: readonly string[]): void {
    this.#server.setSecureContext(secretsOf(this.#serving, clientAuthorities));
  }

  /**
   * Ends open streams, gives requests in work the grace time, then closes everything. Node destroys
   * connections whose response is ended but not yet flushed, so the server closes after the responses.
   */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#server.on('connection', (socket: Socket) => socket.destroy());
    for (const response of this.#open.items()) if (response.headersSent) response.end();
    await this.#responsesDone();
    await new Promise<void>((resolve) => {
      let cancel = (): void => undefined;
      this.#server.close(() => {
        cancel();
        resolve();
      });
      // A connection that was still shaking hands is one of these only later.
      const closeAll = (): void => {
        this.#server.closeAllConnections();
        cancel = this.#clock.after(closeAgainMs, closeAll);
      };
      closeAll();
    });
  }

  #isAnswering(socket: Duplex): boolean {
    for (const response of this.#open.items()) {
      if (response.socket === socket && response.headersSent) return true;
    }
    return false;
  }

  #responsesDone(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#clock.after(closeGraceMs, resolve);
      this.#onIdle = () => {
        cancel();
        resolve();
      };
    });
  }

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
    handler: Handler,
    failures: FailureLog,
  ): Promise<void> {
    // A client that leaves in the middle is no failure of ours.
    response.on('error', () => response.destroy());
    if (this.#isClosing) response.setHeader('Connection', 'close');
    endEmptyBody(request);
    const call = new Call(request, response, this.#clock);
    const slot = this.#open.add(response);
    call.onFinish(() => {
      this.#open.delete(slot);
      if (this.#open.size === 0) this.#onIdle?.();
    });
    try {
      await writeReply(call, await handler(call), { watchQueueBytesMax });
    } catch (error) {
      if (!response.destroyed) failures('response failed', error, call);
      response.destroy();
    }
  }
}

const secretsOf = (
  serving: KeyPair,
  clientAuthorities: readonly string[],
): SecureContextOptions => ({
  key: serving.key,
  cert: serving.certificate,
  ca: [...clientAuthorities],
  minVersion: 'TLSv1.2',
});
