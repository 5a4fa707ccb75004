// The bytes of watch answers. An event is the same for everyone who watches it, so its bytes are made once and kept for
// the moment of the fan-out; a whole answer, too, is shared by all streams that get the very same.
import type { WatchEvent } from '../../kv.js';
import { messageType } from '../codec.js';
import { eventType, type ResponseHeader } from '../messages.js';
import { WireWriter } from '../wire.js';
import { keyValueOf } from './kv-answers.js';

const eventMessage = messageType('mvccpb.Event');
const headerMessage = messageType('etcdserverpb.ResponseHeader');

/** Tags of WatchResponse: field number << 3 | wire type. */
const tags = { header: 0x0a, watchId: 0x10, fragment: 0x38, events: 0x5a } as const;
/** Kept events: enough for what is on its way to slow and fast streams at one time. */
const keptEventsMax = 1_000;
const keptBytesMax = 4 * 2 ** 20;

interface Answer {
  readonly header: Buffer;
  readonly watchId: bigint;
  readonly events: readonly WatchEvent[];
  readonly bytes: Buffer;
}

export class WatchMessages {
  readonly #events = new Map<WatchEvent, Buffer>();
  #keptBytes = 0;
  readonly #writer = new WireWriter();
  #lastHeader: { readonly of: ResponseHeader; readonly bytes: Buffer } | undefined;
  #lastAnswer: Answer | undefined;

  /** Of an event with its place in the answer: tag and length in front. */
  event(event: WatchEvent): Buffer {
    const known = this.#events.get(event);
    if (known) return known;
    const writer = this.#writer;
    writer.raw(
      eventMessage.encode({
        type: event.type === 'put' ? eventType.PUT : eventType.DELETE,
        kv: keyValueOf(event.kv),
        ...(event.prevKv && { prev_kv: keyValueOf(event.prevKv) }),
      }),
    );
    writer.varint(writer.length);
    writer.varint(tags.events);
    const bytes = writer.take();
    this.#keep(event, bytes);
    return bytes;
  }

  answer(header: ResponseHeader, watchId: bigint, events: readonly WatchEvent[]): Buffer {
    const headerBytes = this.#header(header);
    const last = this.#lastAnswer;
    if (last?.header === headerBytes && last.watchId === watchId && isSame(last.events, events))
      return last.bytes;
    const parts = events.map((event) => this.event(event));
    const bytes = this.#join(headerBytes, watchId, false, parts);
    this.#lastAnswer = { header: headerBytes, watchId, events, bytes };
    return bytes;
  }

  /** In as many answers as it takes to keep each below `bytesMax`, as far as single events allow. */
  fragments(
    header: ResponseHeader,
    watchId: bigint,
    events: readonly WatchEvent[],
    bytesMax: number,
  ): Buffer[] {
    const groups: Buffer[][] = [];
    let room = 0;
    for (const event of events) {
      const bytes = this.event(event);
      const group = groups.at(-1);
      if (group && room >= bytes.length) group.push(bytes);
      else {
        groups.push([bytes]);
        room = bytesMax - headBytesMax;
      }
      room -= bytes.length;
    }
    const headerBytes = this.#header(header);
    return groups.map((group, index) =>
      this.#join(headerBytes, watchId, index < groups.length - 1, group),
    );
  }

  #header(header: ResponseHeader): Buffer {
    const last = this.#lastHeader;
    if (last?.of.revision === header.revision && last.of.raft_term === header.raft_term)
      return last.bytes;
    const bytes = headerMessage.encode(header);
    this.#lastHeader = { of: header, bytes };
    return bytes;
  }

  #join(header: Buffer, watchId: bigint, isFragment: boolean, events: readonly Buffer[]): Buffer {
    const writer = this.#writer;
    for (let i = events.length - 1; i >= 0; i--) {
      const event = events[i];
      if (event) writer.raw(event);
    }
    if (isFragment) {
      writer.varint(1);
      writer.varint(tags.fragment);
    }
    if (watchId !== 0n) {
      writer.bigint(watchId);
      writer.varint(tags.watchId);
    }
    writer.raw(header);
    writer.varint(header.length);
    writer.varint(tags.header);
    return writer.take();
  }

  #keep(event: WatchEvent, bytes: Buffer): void {
    if (this.#events.size >= keptEventsMax || this.#keptBytes > keptBytesMax) {
      this.#events.clear();
      this.#keptBytes = 0;
    }
    this.#events.set(event, bytes);
    this.#keptBytes += bytes.length;
  }
}

/** What header, id and flag of an answer may take. */
const headBytesMax = 64;

function isSame(a: readonly WatchEvent[], b: readonly WatchEvent[]): boolean {
  return a.length === b.length && a.every((event, index) => event === b[index]);
}
