// PeerLink: the way to one other member: a connection, a stream of Raft messages on it, and calls beside it. What the
// stream has no room for waits in a bounded queue and leaves in bigger frames, small messages first; what the queue has no
// room for is lost, and the core is told.
import {
  Client,
  credentials,
  status,
  type ChannelCredentials,
  type ClientWritableStream,
  type ServiceError,
} from '@grpc/grpc-js';
import { Buffer } from 'node:buffer';
import type { Clock } from '../../clock.js';
import type { MemberId, Message } from '../../raft/message.js';
import type { LogIdentity } from '../../wal/record.js';
import type { SnapshotMessage } from '../transport.js';
import { encodeMessages, sizeOf } from './message-codec.js';
import { channelOptions, frameBytesMax, isRemoval, metadataOf, methods, raw } from './service.js';

export interface PeerLinkParts {
  readonly self: LogIdentity;
  readonly to: MemberId;
  readonly urls: readonly string[];
  readonly tls: PeerTls | undefined;
  readonly clock: Clock;
  readonly unreachable: () => void;
  readonly removed: () => void;
}

/** PEM. */
export interface PeerTls {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Whom to trust; absent: the system's roots. */
  readonly ca?: Buffer;
  /** etcd's --peer-auto-tls: certificates made by each for itself encrypt, and prove nothing. */
  readonly trustsAnyone?: boolean;
}

const queueBytesMax = 16 << 20;
const reopenAfterMs = 100;
const snapshotTimeoutMs = 3_600_000;

export class PeerLink {
  readonly #parts: PeerLinkParts;
  #client: Client;
  /** Of the URLs, the one in use. */
  #urlAt = 0;
  #stream: ClientWritableStream<Buffer> | undefined;
  #activeSinceMs: number | undefined;
  #isBlocked = false;
  #queue: Message[] = [];
  #queueBytes = 0;
  #cancelReopen: (() => void) | undefined;
  #isClosed = false;

  constructor(parts: PeerLinkParts) {
    this.#parts = parts;
    this.#client = this.#connect();
    // Open before there is anything to say: who has just been elected must know for how long it has reached whom.
    this.#stream = this.#open();
  }

  get urls(): readonly string[] {
    return this.#parts.urls;
  }

  get activeSinceMs(): number | undefined {
    return this.#activeSinceMs;
  }

  send(messages: readonly Message[]): void {
    if (this.#isClosed) return;
    if (!this.#stream && this.#cancelReopen) {
      this.#parts.unreachable();
      return;
    }
    for (const message of messages) {
      this.#queue.push(message);
      this.#queueBytes += sizeOf(message);
    }
    this.#stream ??= this.#open();
    if (!this.#isBlocked) this.#flush(this.#stream);
    if (this.#queueBytes > queueBytesMax) {
      this.#dropQueue();
      this.#parts.unreachable();
    }
  }

  call(method: (typeof methods)['forward'], request: Buffer, timeoutMs: number): Promise<Buffer> {
    const { self, to, clock } = this.#parts;
    return unaryCall(this.#client, method, request, {
      metadata: metadataOf(self, to),
      deadlineMs: clock.now() + timeoutMs,
    });
  }

  async sendSnapshot(message: SnapshotMessage, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const { self, to, clock } = this.#parts;
    const { path } = methods.snapshot;
    let answered: (error?: Error) => void = () => undefined;
    const answer = new Promise<void>((resolve, reject) => {
      answered = (error) => {
        if (error) reject(error);
        else resolve();
      };
    });
    const stream = this.#client.makeClientStreamRequest(
      path,
      raw,
      raw,
      metadataOf(self, to),
      { deadline: clock.now() + snapshotTimeoutMs },
      (error: ServiceError | null) => {
        answered(error ?? undefined);
      },
    );
    stream.on('error', answered);
    try {
      await Promise.race([answer, writeAll(stream, message, chunks, answer)]);
      await answer;
    } catch (error) {
      stream.cancel();
      throw error;
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelReopen?.();
    this.#stream?.cancel();
    this.#client.close();
  }

  #connect(): Client {
    const { urls, tls } = this.#parts;
    const url = urls[this.#urlAt % Math.max(1, urls.length)] ?? 'http://invalid:1';
    return clientOf(url, tls);
  }

  #open(): ClientWritableStream<Buffer> {
    const { self, to, clock } = this.#parts;
    const stream = this.#client.makeClientStreamRequest(
      methods.messages.path,
      raw,
      raw,
      metadataOf(self, to),
      (error: ServiceError | null) => {
        this.#lost(stream, error ?? undefined);
      },
    );
    // The other side answers at once with its metadata: only then does anything arrive.
    stream.on('metadata', () => {
      if (this.#stream === stream) this.#activeSinceMs = clock.monotonic();
    });
    stream.on('error', () => {
      this.#lost(stream, undefined);
    });
    stream.on('drain', () => {
      if (this.#stream !== stream) return;
      this.#isBlocked = false;
      this.#flush(stream);
    });
    return stream;
  }

  #flush(stream: ClientWritableStream<Buffer>): void {
    if (this.#queue.length === 0) return;
    const isSmall = (message: Message): boolean => message.type !== 'append';
    // Raft does not mind the order, and an election does not wait behind megabytes of entries.
    const messages =
      this.#queue.length === 1
        ? this.#queue
        : [...this.#queue.filter(isSmall), ...this.#queue.filter((one) => !isSmall(one))];
    let at = 0;
    while (at < messages.length && !this.#isBlocked) {
      const end = frameEnd(messages, at);
      this.#isBlocked = !stream.write(encodeMessages(messages.slice(at, end)));
      at = end;
    }
    this.#queue = messages.slice(at);
    this.#queueBytes = this.#queue.reduce((bytes, message) => bytes + sizeOf(message), 0);
  }

  #lost(stream: ClientWritableStream<Buffer>, error: ServiceError | undefined): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    this.#activeSinceMs = undefined;
    this.#isBlocked = false;
    this.#dropQueue();
    if (this.#isClosed) return;
    if (error && isRemoval(error)) this.#parts.removed();
    if (this.#parts.urls.length > 1 && error?.code === status.UNAVAILABLE) {
      this.#urlAt++;
      this.#client.close();
      this.#client = this.#connect();
    }
    this.#cancelReopen = this.#parts.clock.after(reopenAfterMs, () => {
      this.#cancelReopen = undefined;
      if (!this.#isClosed) this.#stream ??= this.#open();
    });
    this.#parts.unreachable();
  }

  #dropQueue(): void {
    this.#queue = [];
    this.#queueBytes = 0;
  }
}

function frameEnd(messages: readonly Message[], from: number): number {
  let bytes = 0;
  let end = from;
  for (; end < messages.length; end++) {
    const message = messages[end];
    bytes += message ? sizeOf(message) : 0;
    if (bytes > frameBytesMax && end > from) break;
  }
  return end;
}

/** Waits whenever the stream is full; stops when `answer` settles: nobody reads any more then. */
async function writeAll(
  stream: ClientWritableStream<Buffer>,
  message: SnapshotMessage,
  chunks: AsyncIterable<Uint8Array>,
  answer: Promise<void>,
): Promise<void> {
  const write = async (bytes: Uint8Array): Promise<void> => {
    if (stream.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))) return;
    const drained = new Promise<void>((resolve) => stream.once('drain', resolve));
    await Promise.race([drained, answer]);
  };
  await write(encodeMessages([message]));
  for await (const chunk of chunks) await write(chunk);
  stream.end();
  await answer;
}

export function clientOf(url: string, tls: PeerTls | undefined): Client {
  const { protocol, host } = new URL(url);
  return new Client(host, credentialsOf(protocol, tls), channelOptions);
}

function credentialsOf(protocol: string, tls: PeerTls | undefined): ChannelCredentials {
  if (protocol !== 'https:') return credentials.createInsecure();
  const verify = { rejectUnauthorized: false, checkServerIdentity: () => undefined };
  return credentials.createSsl(
    tls?.ca ?? null,
    tls?.key ?? null,
    tls?.cert ?? null,
    tls?.trustsAnyone === true ? verify : {},
  );
}

export function unaryCall(
  client: Client,
  { path }: (typeof methods)['forward'],
  request: Buffer,
  {
    metadata,
    deadlineMs,
  }: { readonly metadata: ReturnType<typeof metadataOf>; deadlineMs: number },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      raw,
      raw,
      request,
      metadata,
      { deadline: deadlineMs },
      (error: ServiceError | null, value?: Buffer) => {
        if (value) resolve(value);
        else reject(error ?? new Error('no answer'));
      },
    );
  });
}
