// The listening side: hands what other members send to the transport's handlers, after a look at who they are.
import {
  Metadata,
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerReadableStream,
  type ServerUnaryCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { Buffer } from 'node:buffer';
import { StoreError } from '../../errors.js';
import type { MemberId, Message } from '../../raft/message.js';
import type { LogIdentity } from '../../wal/record.js';
import type { PeerRequest } from '../peer-request.js';
import type { TransportHandlers } from '../transport.js';
import { decodeMessages } from './message-codec.js';
import type { PeerTls } from './peer-link.js';
import {
  callerOf,
  channelOptions,
  methods,
  outcomes,
  packr,
  refusal,
  removal,
  type AskAnswer,
} from './service.js';

export interface ListenerParts {
  readonly self: LogIdentity;
  readonly handlers: TransportHandlers;
  readonly isRemoved: (member: MemberId) => boolean;
}

export interface ListenerTls extends PeerTls {
  /** Only callers with a certificate of `ca` are let in (etcd --peer-client-cert-auth). */
  readonly clientCertAuth: boolean;
}

/** Binds every address. @returns the ports taken, in the order of `addresses` (host:port, port 0 = any free one) */
export async function listen(
  server: Server,
  addresses: readonly string[],
  tls: ListenerTls | undefined,
): Promise<number[]> {
  const credentials = tls
    ? ServerCredentials.createSsl(
        tls.ca ?? null,
        [{ cert_chain: tls.cert, private_key: tls.key }],
        tls.clientCertAuth,
      )
    : ServerCredentials.createInsecure();
  const ports: number[] = [];
  for (const address of addresses) {
    ports.push(
      await new Promise<number>((resolve, reject) => {
        server.bindAsync(address, credentials, (error, port) => {
          if (error) reject(error);
          else resolve(port);
        });
      }),
    );
  }
  return ports;
}

export function buildServer(parts: ListenerParts): Server {
  const server = new Server(channelOptions);
  const implementation: UntypedServiceImplementation = {
    messages: (call: Incoming, done: Done) => {
      receiveMessages(parts, call, done);
    },
    snapshot: (call: Incoming, done: Done) => {
      receiveSnapshot(parts, call).then(
        () => {
          done(null, Buffer.alloc(0));
        },
        (error: unknown) => {
          done(asStatus(error));
        },
      );
    },
    forward: (call: ServerUnaryCall<Buffer, Buffer>, done: Done) => {
      answer(() => Promise.resolve(forwarded(parts, call)), done);
    },
    ask: (call: ServerUnaryCall<Buffer, Buffer>, done: Done) => {
      answer(() => asked(parts, call), done);
    },
  };
  server.addService(methods, implementation);
  return server;
}

type Incoming = ServerReadableStream<Buffer, Buffer>;
type Done = sendUnaryData<Buffer>;

class Refusal extends Error {
  readonly status: ReturnType<typeof refusal>;
  constructor(why: ReturnType<typeof refusal>) {
    super(why.details);
    this.status = why;
  }
}

const asStatus = (error: unknown): ReturnType<typeof refusal> =>
  error instanceof Refusal
    ? error.status
    : { code: status.UNKNOWN, details: error instanceof Error ? error.message : 'failed' };

function checkCaller(parts: ListenerParts, metadata: Metadata): MemberId | undefined {
  const caller = callerOf(metadata, parts.self, parts.isRemoved);
  if ('refusal' in caller) throw new Refusal(caller.refusal);
  return caller.from;
}

function checkMember(parts: ListenerParts, metadata: Metadata): MemberId {
  const from = checkCaller(parts, metadata);
  if (from === undefined) throw new Refusal(refusal('only members of the cluster may do this'));
  return from;
}

function receiveMessages(parts: ListenerParts, call: Incoming, done: Done): void {
  let from: MemberId;
  try {
    from = checkMember(parts, call.metadata);
  } catch (error) {
    done(asStatus(error));
    return;
  }
  // Tells the other side that it is heard.
  call.sendMetadata(new Metadata());
  let isOver = false;
  const end = (error?: unknown): void => {
    if (isOver) return;
    isOver = true;
    if (error === undefined) done(null, Buffer.alloc(0));
    else done(asStatus(error));
  };
  call.on('data', (frame: Buffer) => {
    if (isOver) return;
    try {
      const { memberId } = parts.self;
      const messages = decodeMessages(frame);
      // It was removed since the stream was opened and has not heard of it. (A leader that was removed goes on until
      // somebody else leads: the others learn from it that the change is committed.)
      if (parts.isRemoved(from) && messages.some(isCampaign)) throw new Refusal(removal);
      parts.handlers.messages(
        messages.filter((message) => message.from === from && message.to === memberId),
      );
    } catch (error) {
      end(error);
    }
  });
  call.on('end', () => {
    end();
  });
  call.on('error', end);
  call.on('cancelled', () => {
    isOver = true;
  });
}

const isCampaign = ({ type }: Message): boolean => type === 'pre-vote' || type === 'vote';

async function receiveSnapshot(parts: ListenerParts, call: Incoming): Promise<void> {
  checkMember(parts, call.metadata);
  call.on('cancelled', () => {
    call.destroy(new Error('the sender gave up'));
  });
  // as: the stream is of buffers.
  const frames = call[Symbol.asyncIterator]() as AsyncIterableIterator<Buffer, undefined>;
  const first = await frames.next();
  const [message] = first.done === true ? [] : decodeMessages(first.value);
  if (message?.type !== 'snapshot')
    throw new Refusal(refusal('a snapshot starts with its message'));
  await parts.handlers.snapshot(message, frames);
}

function forwarded(parts: ListenerParts, call: ServerUnaryCall<Buffer, Buffer>): Buffer {
  checkMember(parts, call.metadata);
  return Buffer.of(outcomes.indexOf(parts.handlers.forwarded(call.request)));
}

async function asked(parts: ListenerParts, call: ServerUnaryCall<Buffer, Buffer>): Promise<Buffer> {
  const from = checkCaller(parts, call.metadata);
  // as: a member of this version sends nothing else; what is not a question is refused by whoever answers.
  const request = packr.unpack(call.request) as PeerRequest;
  if (from === undefined && request.type !== 'members') {
    throw new Refusal(refusal('only members of the cluster may ask this'));
  }
  let reply: AskAnswer;
  try {
    reply = { reply: await parts.handlers.ask(request, from) };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    reply = { error: error.code };
  }
  return packr.pack(reply);
}

function answer(work: () => Promise<Buffer>, done: Done): void {
  new Promise<Buffer>((resolve) => {
    resolve(work());
  }).then(
    (bytes) => {
      done(null, bytes);
    },
    (error: unknown) => {
      done(asStatus(error));
    },
  );
}
