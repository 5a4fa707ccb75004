// WatchStream: one open watch, its events in the order they came. `next` waits for the next one; `until` reads
// on to a condition; both reject when the stream ends first.
import type { IncomingMessage } from 'node:http';
import type { Json } from './api-client.js';

export interface Seen {
  readonly type: string;
  readonly object: Json;
}

export class WatchStream {
  /** Everything so far. */
  readonly events: Seen[] = [];
  /** Resolves when the server ends it, or it breaks. */
  readonly ended: Promise<void>;
  private readonly response: IncomingMessage;
  private rest = '';
  private taken = 0;
  private isOver = false;
  private wake: () => void = () => undefined;

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      this.take(text);
    });
    this.ended = new Promise((resolve) => {
      const end = (): void => {
        this.isOver = true;
        this.wake();
        resolve();
      };
      response.once('end', end);
      response.once('error', end);
      response.once('close', end);
    });
  }

  async next(): Promise<Seen> {
    for (;;) {
      const event = this.events[this.taken];
      if (event !== undefined) {
        this.taken += 1;
        return event;
      }
      if (this.isOver) throw new Error(`the watch ended after ${String(this.taken)} events`);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** The events up to and including the first that fits. */
  async until(isLast: (event: Seen) => boolean): Promise<Seen[]> {
    const seen: Seen[] = [];
    for (;;) {
      const event = await this.next();
      seen.push(event);
      if (isLast(event)) return seen;
    }
  }

  close(): void {
    this.response.destroy();
  }

  private take(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.events.push(JSON.parse(line) as Seen); // as: a watch's lines
    if (lines.length > 0) this.wake();
  }
}
