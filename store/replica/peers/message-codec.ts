// Raft messages as bytes, little-endian; indexes and terms are doubles (safe integers), ids and read contexts u64. A frame
// is any number of messages, one after the other. Decoded entries point into the frame.
import { Buffer } from 'node:buffer';
import type { Entry, KnownCommit, MemberId, Message, SnapshotMark } from '../../raft/message.js';

const types = [
  'append',
  'append-reply',
  'heartbeat',
  'heartbeat-reply',
  'vote',
  'pre-vote',
  'vote-reply',
  'pre-vote-reply',
  'snapshot',
  'timeout-now',
  'read-index',
  'read-index-reply',
  'transfer-leader',
] as const satisfies readonly Message['type'][];

/** An upper bound for what is not entries. */
const headBytes = 96;
const entryHeadBytes = 21;

/** About what encoding takes: for queue limits and to cut frames. */
export function sizeOf(message: Message): number {
  if (message.type === 'snapshot') {
    const { voters, learners } = message.snapshot.membership;
    return headBytes + 8 * (voters.length + learners.length);
  }
  if (message.type !== 'append') return headBytes;
  let bytes = headBytes;
  for (const { data } of message.entries) bytes += entryHeadBytes + data.length;
  return bytes;
}

export function encodeMessages(messages: readonly Message[]): Buffer {
  let bytes = 0;
  for (const message of messages) bytes += sizeOf(message);
  const writer = new Writer(Buffer.allocUnsafe(bytes));
  for (const message of messages) encodeMessage(writer, message);
  return writer.bytes();
}

function encodeMessage(writer: Writer, message: Message): void {
  writer.byte(types.indexOf(message.type));
  writer.id(message.from);
  writer.id(message.to);
  writer.number(message.term);
  switch (message.type) {
    case 'append':
      writer.number(message.prevIndex);
      writer.number(message.prevTerm);
      writer.number(message.commit);
      writer.entries(message.entries);
      return;
    case 'append-reply':
      writer.number(message.index);
      writer.byte(message.rejected ? 1 : 0);
      writer.number(message.hintIndex);
      writer.number(message.hintTerm);
      return;
    case 'heartbeat':
      writer.number(message.commit);
      writer.id(message.readContext);
      return;
    case 'vote':
    case 'pre-vote':
      writer.number(message.lastIndex);
      writer.number(message.lastTerm);
      writer.byte(message.transfer ? 1 : 0);
      writer.knownCommit(message);
      return;
    case 'vote-reply':
    case 'pre-vote-reply':
      writer.byte(message.granted ? 1 : 0);
      writer.knownCommit(message);
      return;
    case 'snapshot':
      writer.mark(message.snapshot);
      return;
    case 'heartbeat-reply':
    case 'read-index':
      writer.id(message.readContext);
      return;
    case 'read-index-reply':
      writer.id(message.readContext);
      writer.number(message.index);
      return;
    case 'transfer-leader':
      writer.id(message.transferee);
      return;
    case 'timeout-now':
  }
}

/** Throws RangeError or Error on bytes that no member of this version sends. */
export function decodeMessages(frame: Uint8Array): Message[] {
  const reader = new Reader(frame);
  const messages: Message[] = [];
  while (!reader.isAtEnd) messages.push(decodeMessage(reader));
  return messages;
}

function decodeMessage(reader: Reader): Message {
  const number = reader.byte();
  const type = types[number];
  if (type === undefined) throw new Error(`unknown message type ${number}`);
  const envelope = { from: reader.id(), to: reader.id(), term: reader.number() };
  switch (type) {
    case 'append': {
      const prevIndex = reader.number();
      const prevTerm = reader.number();
      const commit = reader.number();
      return { type, ...envelope, prevIndex, prevTerm, commit, entries: reader.entries() };
    }
    case 'append-reply': {
      const index = reader.number();
      const rejected = reader.byte() === 1;
      const hintIndex = reader.number();
      return { type, ...envelope, index, rejected, hintIndex, hintTerm: reader.number() };
    }
    case 'heartbeat':
      return { type, ...envelope, commit: reader.number(), readContext: reader.id() };
    case 'vote':
    case 'pre-vote': {
      const lastIndex = reader.number();
      const lastTerm = reader.number();
      const transfer = reader.byte() === 1;
      return { type, ...envelope, lastIndex, lastTerm, transfer, ...reader.knownCommit() };
    }
    case 'vote-reply':
    case 'pre-vote-reply':
      return { type, ...envelope, granted: reader.byte() === 1, ...reader.knownCommit() };
    case 'snapshot':
      return { type, ...envelope, snapshot: reader.mark() };
    case 'heartbeat-reply':
    case 'read-index':
      return { type, ...envelope, readContext: reader.id() };
    case 'read-index-reply':
      return { type, ...envelope, readContext: reader.id(), index: reader.number() };
    case 'transfer-leader':
      return { type, ...envelope, transferee: reader.id() };
    case 'timeout-now':
      return { type, ...envelope };
  }
}

class Writer {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  byte(value: number): void {
    this.#at = this.#bytes.writeUInt8(value, this.#at);
  }

  number(value: number): void {
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  id(value: bigint): void {
    this.#at = this.#bytes.writeBigUInt64LE(value, this.#at);
  }

  knownCommit({ commit, commitTerm }: KnownCommit): void {
    this.number(commit);
    this.number(commitTerm);
  }

  entries(entries: readonly Entry[]): void {
    this.#at = this.#bytes.writeUInt32LE(entries.length, this.#at);
    for (const { index, term, type, data } of entries) {
      this.number(index);
      this.number(term);
      this.byte(type === 'normal' ? 0 : 1);
      this.#at = this.#bytes.writeUInt32LE(data.length, this.#at);
      this.#bytes.set(data, this.#at);
      this.#at += data.length;
    }
  }

  mark({ index, term, membership: { voters, learners } }: SnapshotMark): void {
    this.number(index);
    this.number(term);
    for (const ids of [voters, learners]) {
      this.#at = this.#bytes.writeUInt16LE(ids.length, this.#at);
      for (const id of ids) this.id(id);
    }
  }
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#at++);
  }

  number(): number {
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    if (!Number.isSafeInteger(value) || value < 0) throw new Error('a number is out of range');
    return value;
  }

  id(): bigint {
    const value = this.#bytes.readBigUInt64LE(this.#at);
    this.#at += 8;
    return value;
  }

  knownCommit(): KnownCommit {
    return { commit: this.number(), commitTerm: this.number() };
  }

  entries(): Entry[] {
    const count = this.#count(4);
    const entries: Entry[] = [];
    for (let i = 0; i < count; i++) {
      const index = this.number();
      const term = this.number();
      const type = this.byte() === 0 ? 'normal' : 'conf-change';
      const length = this.#count(4);
      const end = this.#at + length;
      if (end > this.#bytes.length) throw new RangeError('an entry is cut off');
      entries.push({ index, term, type, data: this.#bytes.subarray(this.#at, end) });
      this.#at = end;
    }
    return entries;
  }

  mark(): SnapshotMark {
    const index = this.number();
    const term = this.number();
    const voters = this.#ids();
    return { index, term, membership: { voters, learners: this.#ids() } };
  }

  #ids(): MemberId[] {
    return Array.from({ length: this.#count(2) }, () => this.id());
  }

  #count(width: 2 | 4): number {
    const value = this.#bytes.readUIntLE(this.#at, width);
    this.#at += width;
    return value;
  }
}
