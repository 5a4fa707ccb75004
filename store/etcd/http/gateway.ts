// The JSON gateway: etcd's methods over plain HTTP, one POST a call, its path from gateway-paths.ts. The answer of a
// stream is one JSON object a line, {"result": …} or at its end {"error": …}. Who calls is said by a token alone: a
// client certificate proves the connection here, not a user (as in etcd).
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Metadata } from '@grpc/grpc-js';
import type { Caller, StoreNode } from '../../node.js';
import { CallError, statusCode, type Call, type Served } from '../call.js';
import { callerOf } from '../callers.js';
import { checkCall } from '../grpc-call.js';
import { gatewayPaths } from './gateway-paths.js';
import { answerError, statusOf } from './http-status.js';
import { JsonLines } from './json-lines.js';
import { messageFromJson, messageToJson } from './json-messages.js';
import { JsonValues } from './json-values.js';

export interface GatewayOptions {
  /** etcd --max-request-bytes. */
  readonly requestBytesMax: number;
  /** Told of failures that nobody foresaw. */
  readonly report: (error: unknown) => void;
}

/** What gRPC lets through beyond the request's own limit; base64 makes four characters of three bytes. */
const overheadBytes = 512 * 1024;
const charactersPerByte = 4 / 3;

export class Gateway {
  readonly #node: StoreNode;
  readonly #served: ReadonlyMap<string, Served>;
  readonly #charactersMax: number;
  readonly #report: (error: unknown) => void;

  constructor(
    node: StoreNode,
    served: readonly Served[],
    { requestBytesMax, report }: GatewayOptions,
  ) {
    this.#report = report;
    this.#node = node;
    this.#served = new Map(served.map((each) => [each.method.path, each]));
    this.#charactersMax = Math.ceil((requestBytesMax + overheadBytes) * charactersPerByte);
  }

  /** False: the path is none of the gateway's. */
  handle(request: IncomingMessage, response: ServerResponse, path: string): boolean {
    if (path !== '/v3' && !path.startsWith('/v3/')) return false;
    const method = Object.hasOwn(gatewayPaths, path) ? gatewayPaths[path] : undefined;
    const served = method && this.#served.get(`/${method}`);
    if (!served) {
      answerError(response, { code: statusCode.notFound, http: 404, message: 'Not Found' });
    } else if (request.method !== 'POST') {
      response.setHeader('Allow', 'POST');
      const message = 'Method Not Allowed';
      answerError(response, { code: statusCode.unimplemented, http: 405, message });
    } else if (served.type === 'unary') {
      void this.#runUnary(served, request, response);
    } else {
      this.#runStream(served, request, response);
    }
    return true;
  }

  async #runUnary(
    { method, handle }: Extract<Served, { type: 'unary' }>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const call = new GatewayCall(this.#node, request, response);
    try {
      const values: unknown[] = [];
      for await (const each of jsonValuesOf(request, this.#charactersMax)) values.push(each);
      // One message is meant; what follows it is not looked at, as by etcd.
      const message = messageFromJson(method.request.name, values[0]);
      call.check(method.path, message);
      const answer = messageToJson(method.response.name, await handle(message, call));
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(answer));
    } catch (error) {
      answerError(response, statusOf(error, this.#report));
    }
  }

  #runStream(
    { method, handle }: Extract<Served, { type: 'stream' }>,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const out = new JsonLines(response, method.response, this.#report);
    const call = new GatewayCall(this.#node, request, response);
    try {
      call.check(method.path, undefined);
    } catch (error) {
      out.end(error);
      return;
    }
    const incoming = handle(call, out);
    response.on('drain', () => {
      incoming.drained();
    });
    response.once('close', () => {
      incoming.closed();
    });
    const ask = (value: unknown) => incoming.message(messageFromJson(method.request.name, value));
    const take = async (): Promise<void> => {
      let asked = 0;
      for await (const value of jsonValuesOf(request, this.#charactersMax))
        if (method.requestStream || asked++ === 0) await ask(value);
      // A body without anything is a message without anything.
      if (!method.requestStream && asked === 0) await ask(undefined);
      incoming.halfClosed();
    };
    take().catch((error: unknown) => {
      out.end(error);
    });
  }
}

/** Throws CallError. */
async function* jsonValuesOf(request: IncomingMessage, charactersMax: number): AsyncGenerator {
  const values = new JsonValues(charactersMax);
  for await (const chunk of bodyOf(request)) yield* values.push(chunk);
  yield* values.end();
}

async function* bodyOf(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    // The answer still goes out on the socket when the rest of the body is of no interest.
    for await (const chunk of request.iterator({ destroyOnReturn: false }))
      yield chunk as Uint8Array; // as: no encoding is set
  } catch (error) {
    if (!request.destroyed) throw error;
    // The client went away.
    throw new CallError(statusCode.cancelled, 'context canceled');
  }
}

/** The headers that the gateway of etcd hands on as metadata. */
class GatewayCall implements Call {
  readonly signal: AbortSignal;
  readonly needsLeader: boolean;
  readonly #node: StoreNode;
  readonly #token: string | undefined;

  constructor(node: StoreNode, { headers }: IncomingMessage, response: ServerResponse) {
    const aborting = new AbortController();
    response.once('close', () => {
      aborting.abort();
    });
    this.signal = aborting.signal;
    this.needsLeader = headers['grpc-metadata-hasleader'] === 'true';
    this.#node = node;
    this.#token = tokenOf(headers['grpc-metadata-token']) ?? tokenOf(headers.authorization);
  }

  caller(): Promise<Caller> {
    return callerOf(this.#node, this.#token);
  }

  /** Throws StoreError: refused before any handler sees it. */
  check(path: string, message: unknown): void {
    const metadata = new Metadata();
    if (this.needsLeader) metadata.set('hasleader', 'true');
    const refusal = checkCall(this.#node, path, metadata, message);
    if (refusal) throw refusal;
  }
}

function tokenOf(header: string | readonly string[] | undefined): string | undefined {
  const text = typeof header === 'string' ? header : header?.[0];
  return text?.replace(/^Bearer /i, '');
}
