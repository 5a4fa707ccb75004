// The first frames of an HTTP/2 connection, read before Node's HTTP/2 gets them. Clients of etcd 3.4 (etcdctl 3.4 with
// `--endpoints=http://…`) name the server by its whole URL in `:authority`. etcd takes that; Node resets the stream, since
// a slash is not allowed there (RFC 9113 §8.3.1). The value stands in the first request once, later ones refer to it, so
// the slashes are replaced there, in place: nothing else of the connection changes.
import type { Socket } from 'node:net';
import type { Clock } from '../clock.js';

export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

const frameHeadBytes = 9;
const frameType = { headers: 1, settings: 4, ping: 6 } as const;
const flag = { ack: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const;
/** Clients wait for the server's settings before they ask; an empty frame of them gets the first request out. */
const noSettings = Buffer.from([0, 0, 0, frameType.settings, 0, 0, 0, 0, 0]);
/** A connection that is idle this long goes on as it is. */
const idleMs = 5_000;
const bytesMax = 1 << 20;

/**
 * Calls `ready` when the connection can be handed on, with all that was read put back. Ends connections that do not
 * speak HTTP/2. `seen`: what was read already.
 */
export function greet(socket: Socket, seen: Buffer, clock: Clock, ready: () => void): void {
  let bytes = seen;
  let isIdle = false;
  const look = (): void => {
    for (let chunk = read(socket); chunk; chunk = read(socket))
      bytes = Buffer.concat([bytes, chunk]);
    const frames = framesIn(bytes);
    const first = frames.find(({ type }) => type === frameType.headers || type === frameType.ping);
    const isOver = first !== undefined || isIdle || bytes.length > bytesMax;
    if (!isOver) return;
    const ack = frames.find(({ type, flags }) => type === frameType.settings && flags & flag.ack);
    // The answer to our empty settings: Node never sent them, so it must not see it.
    if (!ack) {
      if (isIdle || bytes.length > bytesMax) socket.destroy();
      return;
    }
    cancel();
    socket.off('readable', look);
    if (first?.type === frameType.headers) mendAuthority(bytes.subarray(first.from, first.to));
    socket.unshift(Buffer.concat([bytes.subarray(0, ack.from), bytes.subarray(ack.to)]));
    ready();
  };
  const cancel = clock.after(idleMs, () => {
    isIdle = true;
    look();
  });
  socket.once('close', cancel);
  socket.write(noSettings);
  socket.on('readable', look);
  look();
}

interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly from: number;
  readonly to: number;
}

/** Those that are whole. */
function framesIn(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  let from = preface.length;
  while (from + frameHeadBytes <= bytes.length) {
    const to = from + frameHeadBytes + bytes.readUIntBE(from, 3);
    if (to > bytes.length) break;
    frames.push({ type: bytes[from + 3] ?? 0, flags: bytes[from + 4] ?? 0, from, to });
    from = to;
  }
  return frames;
}

/** `frame`: HEADERS, changed in place. */
function mendAuthority(frame: Buffer): void {
  const flags = frame[4] ?? 0;
  let at = frameHeadBytes;
  if (flags & flag.padded) at += 1;
  if (flags & flag.priority) at += 5;
  const value = authorityIn(frame.subarray(at));
  if (!value) return;
  if (!value.isHuffman) {
    const scheme = /^https?:\/\//.exec(value.bytes.toString('latin1'))?.[0];
    if (scheme !== undefined) value.bytes.write('--', scheme.length - 2, 'latin1');
    return;
  }
  for (const scheme of schemes) {
    if (!startsWithBits(value.bytes, scheme + slash + slash)) continue;
    writeBits(value.bytes, scheme.length, dash + dash);
  }
}

// HPACK's codes (RFC 7541, appendix B). A dash is as long as a slash.
const slash = '011000';
const dash = '010110';
const [h, t, p, s, colon] = ['100111', '01001', '101011', '01000', '1011100'];
const schemes = [`${h}${t}${t}${p}${colon}`, `${h}${t}${t}${p}${s}${colon}`];

const bitAt = (bytes: Buffer, at: number): string =>
  ((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1 ? '1' : '0';

function startsWithBits(bytes: Buffer, bits: string): boolean {
  if (bytes.length * 8 < bits.length) return false;
  for (let at = 0; at < bits.length; at++) if (bits[at] !== bitAt(bytes, at)) return false;
  return true;
}

function writeBits(bytes: Buffer, from: number, bits: string): void {
  for (let i = 0; i < bits.length; i++) {
    const index = (from + i) >> 3;
    const mask = 0x80 >> ((from + i) & 7);
    const byte = bytes[index] ?? 0;
    bytes[index] = bits[i] === '1' ? byte | mask : byte & ~mask;
  }
}

interface HeaderText {
  readonly isHuffman: boolean;
  readonly bytes: Buffer;
}

const authorityIndex = 1;

/** Walks a header block (RFC 7541 §6) up to `:authority`; undefined when it is not spelled out there. */
function authorityIn(block: Buffer): HeaderText | undefined {
  const reader = new BlockReader(block);
  while (!reader.isDone) {
    const first = reader.peek();
    if (first & 0x80) {
      reader.integer(7); // a whole field from a table
    } else if ((first & 0xe0) === 0x20) {
      reader.integer(5); // a new size of the table
    } else {
      const name = reader.integer(first & 0x40 ? 6 : 4);
      if (name === 0) reader.text();
      const value = reader.text();
      if (name === authorityIndex) return value;
    }
  }
  return undefined;
}

class BlockReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isDone(): boolean {
    return this.#at >= this.#bytes.length;
  }

  peek(): number {
    return this.#bytes[this.#at] ?? 0;
  }

  integer(prefixBits: number): number {
    const max = 2 ** prefixBits - 1;
    let value = this.#byte() & max;
    if (value < max) return value;
    for (let factor = 1; factor <= 2 ** 28; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (!(byte & 0x80)) break;
    }
    return value;
  }

  text(): HeaderText {
    const isHuffman = (this.peek() & 0x80) !== 0;
    const length = this.integer(7);
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return { isHuffman, bytes };
  }

  #byte(): number {
    return this.#bytes[this.#at++] ?? 0;
  }
}

export function read(socket: Socket): Buffer | undefined {
  const chunk: unknown = socket.read();
  return Buffer.isBuffer(chunk) ? chunk : undefined;
}
