// Transport: how members reach one another. peers.ts is the real one (gRPC); tests and the simulation bring their own.
// Promises: what arrives was sent, whole and unchanged, by the member it names; nothing else. Raft messages and snapshots
// may be lost, doubled, late or out of order. A forwarded batch and a question reach the other side at most once.
import type { MemberId, Message } from '../raft/message.js';
import type { LogIdentity } from '../wal/record.js';
import type { PeerReply, PeerRequest } from './peer-request.js';

export type SnapshotMessage = Message & { readonly type: 'snapshot' };

/**
 * What became of a forwarded batch. 'accepted': it is in the leader's log, not yet committed. 'not-leader', 'backlog-full',
 * 'not-sent': it is in nobody's log and may be sent again. A rejected promise leaves it open.
 */
export type ForwardOutcome = 'accepted' | 'not-leader' | 'backlog-full' | 'not-sent';

export interface Peer {
  readonly id: MemberId;
  readonly urls: readonly string[];
}

export interface Transport {
  /** Called once, before anything else: from now on what arrives goes to `handlers`. Rejects when it cannot listen. */
  start(self: LogIdentity, handlers: TransportHandlers): Promise<void>;
  /** Everybody but this member, replacing what was said before. `removed`: these are told that they are out. */
  setPeers(peers: readonly Peer[], removed: readonly MemberId[]): void;
  /** Never waits or throws. What is known to be lost is told by handlers.unreachable. */
  send(messages: readonly Message[]): void;
  forward(leader: MemberId, payload: Uint8Array): Promise<ForwardOutcome>;
  /**
   * Resolves when the other side has installed it (handlers.snapshot resolved there). Rejects on any failure, also when
   * `chunks` throws. Pulls the next chunk only when there is room; ends the iteration early when it fails.
   */
  sendSnapshot(message: SnapshotMessage, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** Errors: whatever StoreError the other side threw; 'timeout' when it gave no answer in `timeoutMs`. */
  ask(member: MemberId, request: PeerRequest, timeoutMs: number): Promise<PeerReply>;
  /** As ask, of whoever listens there: before this process has an identity (before start). */
  askUrl(url: string, request: PeerRequest, timeoutMs: number): Promise<PeerReply>;
  /** On clock.monotonic(): since when messages reach `member`; undefined: they do not now. */
  activeSince(member: MemberId): number | undefined;
  /** Nothing is sent or handed over any more when it resolves. */
  stop(): Promise<void>;
}

export interface TransportHandlers {
  messages(messages: readonly Message[]): void;
  forwarded(payload: Uint8Array): ForwardOutcome;
  /** Resolves when the snapshot is installed. Rejects when it is not wanted, incomplete or damaged. */
  snapshot(message: SnapshotMessage, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** Throws StoreError. `from` is undefined for askUrl. */
  ask(request: PeerRequest, from: MemberId | undefined): Promise<PeerReply>;
  /** A message to `member` was lost. */
  unreachable(member: MemberId): void;
  /** Another member says that this one was removed from the cluster. */
  removed(): void;
}

/** For a member that is alone and stays so: nobody can be reached, nothing arrives. */
export const noTransport: Transport = {
  start: () => Promise.resolve(),
  setPeers: () => undefined,
  send: () => undefined,
  forward: () => Promise.resolve('not-sent'),
  sendSnapshot: () => Promise.reject(new Error('no transport')),
  ask: () => Promise.reject(new Error('no transport')),
  askUrl: () => Promise.reject(new Error('no transport')),
  activeSince: () => undefined,
  stop: () => Promise.resolve(),
};
