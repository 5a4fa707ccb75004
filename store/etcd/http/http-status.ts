// A failed call as the gateway tells it: gRPC's status, the HTTP status it stands for, and the text clients match on.
import { STATUS_CODES, type ServerResponse } from 'node:http';
import { statusOf as grpcStatusOf } from '../grpc-call.js';

export interface CallStatus {
  /** gRPC's. */
  readonly code: number;
  readonly http: number;
  readonly message: string;
}

/** By gRPC's status, from 0. */
const httpStatuses = [
  200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500,
];
const unauthenticated = 16;

export function statusOf(error: unknown, report: (error: unknown) => void): CallStatus {
  const { code, details } = grpcStatusOf(error, report);
  const http = code === unauthenticated ? 401 : (httpStatuses[code] ?? 500);
  return { code, message: details, http };
}

/** With what each release of the gateway puts in: `error` (3.4), `message` and `code` (all). */
export function answerError(response: ServerResponse, { code, http, message }: CallStatus): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  // What is left of the body is not waited for.
  if (!response.req.complete) response.setHeader('Connection', 'close');
  response.statusCode = http;
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ error: message, message, code }));
}

/** The last line of a stream that failed. */
export function errorLine({ code, http, message }: CallStatus): string {
  const http_status = STATUS_CODES[http] ?? '';
  const error = { grpc_code: code, http_code: http, message, http_status, code };
  return `${JSON.stringify({ error })}\n`;
}
