// Call: one request on its way through the pipeline. Stages fill its fields in order; nothing hangs off
// node's request object. Reply: what comes back, as data; respond.ts writes it. Read next: pipeline.ts.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { anonymous, type UserInfo } from '../auth/user-info.js';
import type { Clock } from '../../store/index.js';
import type { RequestInfo } from './stages/request-info.js';
import type { WatchOutput } from './answers/watch-stream.js';

export type Headers = Readonly<Record<string, string>>;

export type Reply =
  | {
      readonly type: 'bytes';
      readonly code: number;
      readonly contentType: string;
      readonly body: Uint8Array;
      readonly headers?: Headers;
    }
  | {
      /** A body too big to build in one piece, made as the client reads it. */
      readonly type: 'chunks';
      readonly code: number;
      readonly contentType: string;
      readonly chunks: Iterable<Uint8Array>;
      /** The same, each chunk good only until the next is asked for; for a writer that waits until it is sent. */
      readonly lentChunks?: Iterable<Uint8Array>;
      /** What the chunks' lengths add up to; absent when only making them tells. */
      readonly length?: number;
    }
  | {
      /** Open ended; begins with the headers on the wire. */
      readonly type: 'stream';
      readonly code: number;
      readonly contentType: string;
      readonly start: (output: WatchOutput) => void;
    };

export class Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly clock: Clock;
  readonly rawPath: string;
  /** Query without '?'. */
  readonly search: string;
  readonly receivedAtMs: number;
  readonly startedAtMs: number;
  readonly auditId: string;
  info: RequestInfo;
  user: UserInfo = anonymous;
  /** Who really sent it, when `user` is impersonated. */
  impersonator: UserInfo | undefined;
  warnings: string[] = [];
  /** Why authorization allowed or refused, for the audit log. */
  decision: 'allow' | 'forbid' | undefined;
  /** Set when the reply is known. */
  code = 0;
  /** The path's form is one we serve: its names may label metrics. */
  isServed = false;
  #controller: AbortController | undefined;
  #query: URLSearchParams | undefined;
  #onFinish: (() => void)[] | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, clock: Clock) {
    const url = originForm(request.url ?? '/');
    const mark = url.indexOf('?');
    this.request = request;
    this.response = response;
    this.clock = clock;
    this.rawPath = mark < 0 ? url : url.slice(0, mark);
    this.search = mark < 0 ? '' : url.slice(mark + 1);
    this.receivedAtMs = clock.now();
    this.startedAtMs = clock.monotonic();
    this.auditId = auditIdOf(request);
    this.info = { type: 'path', verb: this.method.toLowerCase(), path: this.rawPath };
    // Emitted once; once() would cost a wrapper and a removal.
    response.on('close', () => {
      this.#finish();
    });
  }

  get method(): string {
    return this.request.method ?? 'GET';
  }

  /** The listener serves TLS only. */
  get socket(): TLSSocket {
    const { socket } = this.request;
    assert(socket instanceof TLSSocket);
    return socket;
  }

  get query(): URLSearchParams {
    this.#query ??= this.search === '' ? noQuery : new URLSearchParams(this.search);
    return this.#query;
  }

  get userAgent(): string {
    return this.request.headers['user-agent'] ?? '';
  }

  /** Aborts when the client is gone or the deadline passed. Made on first use: most requests end before anybody asks. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.response.destroyed) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  abort(): void {
    (this.#controller ??= new AbortController()).abort();
  }

  /** Runs once the response is written or the client has gone. */
  onFinish(task: () => void): void {
    (this.#onFinish ??= []).push(task);
  }

  #finish(): void {
    this.#controller?.abort();
    for (const task of this.#onFinish ?? []) task();
  }
}

/** Shared: nobody changes a query, who needs another copies it. */
const noQuery = new URLSearchParams();

/** Every server must accept the absolute form (`GET https://host/path`, RFC 9112 §3.2.2). */
const originForm = (url: string): string =>
  url.startsWith('http') ? url.replace(/^https?:\/\/[^/?]*/, '') || '/' : url;

/** The caller may name the audit id (kube-apiserver's WithAuditInit), if it is a plain token. */
function auditIdOf(request: IncomingMessage): string {
  const given = request.headers['audit-id'];
  return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();
}
