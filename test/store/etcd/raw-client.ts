// A gRPC client that hides nothing: every message as it came, every failure as code and text.
import { once } from 'node:events';
import { Client, credentials, Metadata, type ClientDuplexStream } from '@grpc/grpc-js';
import type { ChannelCredentials, ClientOptions } from '@grpc/grpc-js';
import { methodType, type Partially } from '../../../store/etcd/codec.js';
import type { Methods } from '../../../store/etcd/messages.js';

export interface Failure {
  readonly code: number;
  readonly details: string;
}

export type Outcome<T> =
  | { readonly answer: T; readonly failure?: undefined }
  | { readonly answer?: undefined; readonly failure: Failure };

export class RawClient {
  readonly #client: Client;

  /** `url`: http://host:port. */
  constructor(
    url: string,
    channel: ChannelCredentials = credentials.createInsecure(),
    options: ClientOptions = {},
  ) {
    this.#client = new Client(new URL(url).host, channel, {
      'grpc.max_receive_message_length': -1,
      'grpc.use_local_subchannel_pool': 1,
      ...options,
    });
  }

  call<Path extends keyof Methods>(
    path: Path,
    request: Partially<Methods[Path][0]>,
    metadata: Readonly<Record<string, string>> = {},
  ): Promise<Outcome<Methods[Path][1]>> {
    const method = methodType(path);
    return new Promise((resolve) => {
      this.#client.makeUnaryRequest(
        method.path,
        (message: Partially<Methods[Path][0]>) => method.request.encode(message),
        (bytes) => method.response.decode(bytes),
        request,
        metadataOf(metadata),
        (error, answer) => {
          if (error) resolve({ failure: { code: error.code, details: error.details } });
          else resolve({ answer: answer! });
        },
      );
    });
  }

  /** The answer of a call that must succeed. */
  async ask<Path extends keyof Methods>(
    path: Path,
    request: Partially<Methods[Path][0]>,
  ): Promise<Methods[Path][1]> {
    const { answer, failure } = await this.call(path, request);
    if (failure) throw new Error(`${path}: ${failure.code} ${failure.details}`);
    return answer;
  }

  stream<Path extends keyof Methods>(
    path: Path,
    metadata: Readonly<Record<string, string>> = {},
  ): RawStream<Methods[Path][0], Methods[Path][1]> {
    const method = methodType(path);
    return new RawStream(
      this.#client.makeBidiStreamRequest(
        method.path,
        (message: Partially<Methods[Path][0]>) => method.request.encode(message),
        (bytes) => method.response.decode(bytes),
        metadataOf(metadata),
      ),
    );
  }

  /** All messages of a server stream, and how it ended (undefined: well). */
  async collect<Path extends keyof Methods>(
    path: Path,
    request: Partially<Methods[Path][0]>,
  ): Promise<{ messages: Methods[Path][1][]; failure: Failure | undefined }> {
    const stream = this.stream(path);
    stream.send(request);
    stream.halfClose();
    const messages: Methods[Path][1][] = [];
    for (;;) {
      const message = await stream.next();
      if (!message) return { messages, failure: stream.failure };
      messages.push(message);
    }
  }

  close(): void {
    this.#client.close();
  }
}

export class RawStream<Request, Answer> {
  readonly #raw: ClientDuplexStream<Partially<Request>, Answer>;
  readonly #received: Answer[] = [];
  #isOver = false;
  #wake: () => void = () => undefined;
  failure: Failure | undefined;

  constructor(raw: ClientDuplexStream<Partially<Request>, Answer>) {
    this.#raw = raw;
    raw.on('data', (message: Answer) => {
      this.#received.push(message);
      this.#wake();
    });
    raw.on('error', (error) => {
      const { code, details } = error as unknown as Failure; // as: grpc-js's ServiceError
      this.failure = { code, details };
      this.#over();
    });
    raw.on('end', () => {
      this.#over();
    });
  }

  send(message: Partially<Request>): void {
    this.#raw.write(message);
  }

  halfClose(): void {
    this.#raw.end();
  }

  pause(): void {
    this.#raw.pause();
  }

  resume(): void {
    this.#raw.resume();
  }

  /** Undefined: the stream is over. */
  async next(): Promise<Answer | undefined> {
    for (;;) {
      const message = this.#received.shift();
      if (message || this.#isOver) return message;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async cancel(): Promise<void> {
    const closed = this.#isOver ? undefined : once(this.#raw, 'end').catch(() => undefined);
    this.#raw.cancel();
    await closed;
  }

  #over(): void {
    this.#isOver = true;
    this.#wake();
  }
}

function metadataOf(values: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(values)) metadata.set(key, value);
  return metadata;
}
