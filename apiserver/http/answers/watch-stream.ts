// A watch on the wire: `{"type":...,"object":...}` a line, as events come. A frame is encoded once per form
// and shared by all watchers; a client that reads too slowly is cut off. Read next: render.ts (the forms).
import type { ServerResponse } from 'node:http';
import type { Stop, WatchFrameEvent, WatchSink } from '../../storage/cache/watch-cache-types.js';
import type { Call } from '../call.js';
import { drained } from './drained.js';

/** An event's whole line in one form, kept with the event. Tables send their columns with the first only. */
export type WatchForm = (event: WatchFrameEvent, isFirst: boolean) => Uint8Array;

const encoder = new TextEncoder();
const heads = new Map<string, Uint8Array>();
const tail = encoder.encode('}\n');

/** `{"type":"ADDED","object":` + object + `}\n` */
export function frameOf(type: string, object: Uint8Array): Uint8Array {
  let head = heads.get(type);
  if (head === undefined) {
    head = encoder.encode(`{"type":"${type}","object":`);
    heads.set(type, head);
  }
  const frame = Buffer.allocUnsafe(head.length + object.length + tail.length);
  frame.set(head);
  frame.set(object, head.length);
  frame.set(tail, head.length + object.length);
  return frame;
}

/** The open response: bytes go out as they come, within a limit. */
export class WatchOutput {
  readonly #call: Call;
  readonly #response: ServerResponse;
  readonly #queueBytesMax: number;

  constructor(call: Call, queueBytesMax: number) {
    this.#call = call;
    this.#response = call.response;
    this.#queueBytesMax = queueBytesMax;
  }

  /** False: the client is gone or too slow, and has been cut off. */
  write(bytes: Uint8Array): boolean {
    if (this.#response.writableEnded || this.#response.destroyed) return false;
    if (this.#response.writableLength + bytes.length > this.#queueBytesMax) {
      this.#response.destroy();
      return false;
    }
    this.#response.write(bytes);
    return true;
  }

  end(): void {
    if (!this.#response.writableEnded) this.#response.end();
  }

  /** Resolves when the client has read what was written, or is gone. */
  async drained(): Promise<void> {
    if (this.#response.writableNeedDrain) await drained(this.#response);
  }

  onClose(task: () => void): void {
    this.#call.onFinish(task);
  }
}

export interface WatchTask {
  readonly timeoutMs: number;
  readonly form: WatchForm;
  readonly feed: (sink: WatchSink) => Stop;
  readonly onEvents: (count: number) => void;
}

/** Runs a watch until its time is up, the server ends it, or the client goes. */
export function runWatch(call: Call, output: WatchOutput, task: WatchTask): void {
  new RunningWatch(call, output, task).begin();
}

class RunningWatch implements WatchSink {
  readonly #output: WatchOutput;
  readonly #task: WatchTask;
  readonly #cancelTimeout: Stop;
  #stopFeed: Stop | undefined;
  #isOver = false;
  #isFirst = true;

  constructor(call: Call, output: WatchOutput, task: WatchTask) {
    this.#output = output;
    this.#task = task;
    this.#cancelTimeout = call.clock.after(task.timeoutMs, () => {
      this.end();
    });
    output.onClose(() => {
      this.#finish();
    });
  }

  begin(): void {
    const stopFeed = this.#task.feed(this);
    // The feed may have ended the watch before it could hand over its stop.
    if (this.#isOver) stopFeed();
    else this.#stopFeed = stopFeed;
  }

  send(events: readonly WatchFrameEvent[]): boolean {
    if (this.#isOver) return false;
    this.#task.onEvents(events.length);
    const lines = events.map((event) => {
      const line = this.#task.form(event, this.#isFirst);
      this.#isFirst = false;
      return line;
    });
    const [line] = lines;
    const isOne = line !== undefined && lines.length === 1;
    return this.#output.write(isOne ? line : Buffer.concat(lines));
  }

  drained(): Promise<void> {
    return this.#output.drained();
  }

  end(): void {
    this.#finish();
    this.#output.end();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelTimeout();
    this.#stopFeed?.();
  }
}

/** One line for every watcher of the same form. */
export function sharedFrame(
  event: WatchFrameEvent,
  form: string,
  encode: (object: Uint8Array) => Uint8Array,
): Uint8Array {
  let frame = event.frames.get(form);
  if (frame === undefined) {
    // An ERROR carries a Status, whatever form was asked for.
    const { bytes } = event.object;
    frame = frameOf(event.type, event.type === 'ERROR' ? bytes : encode(bytes));
    event.frames.set(form, frame);
  }
  return frame;
}
