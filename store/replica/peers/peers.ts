// Peers: the transport between processes, over gRPC. Each member keeps one connection to every other one for what it sends
// (messages in one long stream, snapshots, forwarded batches and questions beside it), and listens for what they send. Both
// sides name their cluster and themselves; who belongs to another cluster or was removed is refused.
import type { Server } from '@grpc/grpc-js';
import { Buffer } from 'node:buffer';
import type { Clock } from '../../clock.js';
import { StoreError, storeErrorCodes } from '../../errors.js';
import type { MemberId, Message } from '../../raft/message.js';
import type { LogIdentity } from '../../wal/record.js';
import type { PeerReply, PeerRequest } from '../peer-request.js';
import type {
  ForwardOutcome,
  Peer,
  SnapshotMessage,
  Transport,
  TransportHandlers,
} from '../transport.js';
import { buildServer, listen, type ListenerTls } from './listener.js';
import { clientOf, PeerLink, unaryCall, type PeerTls } from './peer-link.js';
import { methods, outcomes, packr, type AskAnswer } from './service.js';
import { Metadata } from '@grpc/grpc-js';

export type { ListenerTls } from './listener.js';
export type { PeerTls } from './peer-link.js';

export interface PeersOptions {
  /** host:port of each --listen-peer-urls; port 0 = any free one. None: nobody can write to this member. */
  readonly listen: readonly string[];
  /** Of the listening side; absent: without TLS. */
  readonly listenTls?: ListenerTls;
  /** Shown to https peers, and whom of them to trust. */
  readonly tls?: PeerTls;
  readonly clock: Clock;
}

const forwardTimeoutMs = 7_000;

export class Peers implements Transport {
  readonly #options: PeersOptions;
  readonly #links = new Map<MemberId, PeerLink>();
  #removed: ReadonlySet<MemberId> = new Set();
  #server: Server | undefined;
  #self: LogIdentity | undefined;
  #handlers: TransportHandlers | undefined;
  #ports: readonly number[] = [];
  #isStopped = false;

  constructor(options: PeersOptions) {
    this.#options = options;
  }

  /** Of each address listened on. */
  get ports(): readonly number[] {
    return this.#ports;
  }

  async start(self: LogIdentity, handlers: TransportHandlers): Promise<void> {
    this.#self = self;
    this.#handlers = handlers;
    const { listen: addresses, listenTls } = this.#options;
    const server = buildServer({
      self,
      handlers,
      isRemoved: (member) => this.#removed.has(member),
    });
    this.#server = server;
    this.#ports = await listen(server, addresses, listenTls);
  }

  setPeers(peers: readonly Peer[], removed: readonly MemberId[]): void {
    this.#removed = new Set(removed);
    const wanted = new Map(peers.map((peer) => [peer.id, peer.urls]));
    for (const [id, link] of this.#links) {
      if (isSame(wanted.get(id), link.urls)) continue;
      link.close();
      this.#links.delete(id);
    }
    for (const { id, urls } of peers) {
      if (!this.#links.has(id) && urls.length > 0) this.#links.set(id, this.#link(id, urls));
    }
  }

  send(messages: readonly Message[]): void {
    const [first] = messages;
    if (!first) return;
    if (messages.every(({ to }) => to === first.to)) {
      this.#sendTo(first.to, messages);
      return;
    }
    const byMember = new Map<MemberId, Message[]>();
    for (const message of messages) {
      const list = byMember.get(message.to);
      if (list) list.push(message);
      else byMember.set(message.to, [message]);
    }
    for (const [to, list] of byMember) this.#sendTo(to, list);
  }

  async forward(leader: MemberId, payload: Uint8Array): Promise<ForwardOutcome> {
    const link = this.#links.get(leader);
    if (link?.activeSinceMs === undefined) return 'not-sent';
    const answer = await link.call(methods.forward, bufferOf(payload), forwardTimeoutMs);
    const outcome = outcomes[answer[0] ?? outcomes.length];
    if (!outcome) throw new Error('the leader gave an answer of another version');
    return outcome;
  }

  async sendSnapshot(message: SnapshotMessage, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const link = this.#links.get(message.to);
    if (!link) throw new Error('no such peer');
    await link.sendSnapshot(message, chunks);
  }

  async ask(member: MemberId, request: PeerRequest, timeoutMs: number): Promise<PeerReply> {
    const link = this.#links.get(member);
    if (!link) throw new StoreError('timeout');
    return answerOf(link.call(methods.ask, packr.pack(request), timeoutMs));
  }

  async askUrl(url: string, request: PeerRequest, timeoutMs: number): Promise<PeerReply> {
    const { tls, clock } = this.#options;
    const client = clientOf(url, tls);
    try {
      const options = { metadata: new Metadata(), deadlineMs: clock.now() + timeoutMs };
      return await answerOf(unaryCall(client, methods.ask, packr.pack(request), options));
    } finally {
      client.close();
    }
  }

  activeSince(member: MemberId): number | undefined {
    return this.#links.get(member)?.activeSinceMs;
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
    this.#server?.forceShutdown();
    return Promise.resolve();
  }

  #sendTo(to: MemberId, messages: readonly Message[]): void {
    const link = this.#links.get(to);
    if (link) link.send(messages);
  }

  #link(to: MemberId, urls: readonly string[]): PeerLink {
    const self = this.#self;
    if (!self) throw new Error('peers are set after start');
    const { tls, clock } = this.#options;
    return new PeerLink({
      self,
      to,
      urls,
      tls,
      clock,
      unreachable: () => {
        if (!this.#isStopped) this.#handlers?.unreachable(to);
      },
      removed: () => {
        if (!this.#isStopped) this.#handlers?.removed();
      },
    });
  }
}

const isSame = (a: readonly string[] | undefined, b: readonly string[]): boolean =>
  a?.length === b.length && a.every((url, at) => url === b[at]);

const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Whatever went wrong on the way is a timeout to the asker: nobody knows how far the question came. */
async function answerOf(answer: Promise<Buffer>): Promise<PeerReply> {
  let bytes: Buffer;
  try {
    bytes = await answer;
  } catch (cause) {
    throw new StoreError('timeout', { cause });
  }
  // as: a member of this version sends nothing else.
  const result = packr.unpack(bytes) as AskAnswer;
  if ('reply' in result) return result.reply;
  const code = storeErrorCodes.find((known) => known === result.error);
  throw new StoreError(code ?? 'timeout');
}
