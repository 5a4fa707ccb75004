// JsonLines: the answers of a stream, one JSON object a line.
import type { ServerResponse } from 'node:http';
import type { Outgoing } from '../call.js';
import type { MessageType } from '../codec.js';
import { answerError, errorLine, statusOf } from './http-status.js';
import { messageToJson } from './json-messages.js';

export class JsonLines implements Outgoing<unknown> {
  readonly #response: ServerResponse;
  readonly #type: MessageType<unknown>;
  readonly #report: (error: unknown) => void;
  #isOver = false;

  constructor(
    response: ServerResponse,
    type: MessageType<unknown>,
    report: (error: unknown) => void,
  ) {
    this.#report = report;
    this.#response = response;
    this.#type = type;
  }

  send(message: unknown): boolean {
    if (this.#isOver || this.#response.destroyed) return true;
    this.#begin();
    const whole = Buffer.isBuffer(message) ? this.#type.decode(message) : message;
    const result = messageToJson(this.#type.name, whole);
    return this.#response.write(`${JSON.stringify({ result })}\n`);
  }

  /** A stream that fails before its first answer fails as any other call. */
  end(error?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (error === undefined) {
      this.#begin();
      this.#response.end();
      return;
    }
    const status = statusOf(error, this.#report);
    if (this.#response.headersSent) this.#response.end(errorLine(status));
    else answerError(this.#response, status);
  }

  #begin(): void {
    if (!this.#response.headersSent)
      this.#response.writeHead(200, { 'Content-Type': 'application/json' });
  }
}
