// The service members offer one another: four methods over raw bytes, and who may call them.
//
//   Messages   stream of frames (message-codec.ts), one way; open as long as the connection
//   Snapshot   stream: a frame with the snapshot message, then the chunks; answered when it is installed
//   Forward    a batch of commands -> one byte, the outcome
//   Ask        MessagePack of a PeerRequest -> MessagePack of an AskAnswer
import { status, Metadata, type MethodDefinition, type StatusObject } from '@grpc/grpc-js';
import type { Buffer } from 'node:buffer';
import { Packr } from 'msgpackr';
import type { StoreErrorCode } from '../../errors.js';
import type { MemberId } from '../../raft/message.js';
import type { LogIdentity } from '../../wal/record.js';
import type { PeerReply } from '../peer-request.js';
import type { ForwardOutcome } from '../transport.js';

export const packr = new Packr({ useRecords: false, moreTypes: false, int64AsType: 'bigint' });

export type AskAnswer = { readonly reply: PeerReply } | { readonly error: StoreErrorCode };

export const outcomes: readonly ForwardOutcome[] = ['accepted', 'not-leader', 'backlog-full'];

export const raw = (bytes: Buffer): Buffer => bytes;

const method = (name: string, requestStream: boolean): MethodDefinition<Buffer, Buffer> => ({
  path: `/frontdesk.Peers/${name}`,
  requestStream,
  responseStream: false,
  requestSerialize: raw,
  requestDeserialize: raw,
  responseSerialize: raw,
  responseDeserialize: raw,
});

export const methods = {
  messages: method('Messages', true),
  snapshot: method('Snapshot', true),
  forward: method('Forward', false),
  ask: method('Ask', false),
} as const;

/** Appends are cut at 512 KiB, but one entry may be as big as a request. */
export const frameBytesMax = 1 << 20;

/**
 * Broken connections are noticed by pings, not by TCP's patience (minutes): a partition that heals must not wait for it.
 * Proxies of the environment are for the outside world.
 */
export const channelOptions = {
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.keepalive_time_ms': 2_000,
  'grpc.keepalive_timeout_ms': 2_000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 500,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_http_proxy': 0,
  'grpc-node.flow_control_window': 4 << 20,
} as const;

const key = { cluster: 'cluster-id', from: 'member-from', to: 'member-to' } as const;
const removedText = 'the member has been removed from the cluster';

export function metadataOf(self: LogIdentity, to: MemberId): Metadata {
  const metadata = new Metadata();
  metadata.set(key.cluster, self.clusterId.toString(16));
  metadata.set(key.from, self.memberId.toString(16));
  metadata.set(key.to, to.toString(16));
  return metadata;
}

/** Who calls: a member of this cluster, or nobody (no metadata). Else the refusal. */
export function callerOf(
  metadata: Metadata,
  self: LogIdentity,
  isRemoved: (member: MemberId) => boolean,
): { readonly from: MemberId | undefined } | { readonly refusal: Partial<StatusObject> } {
  const read = (name: string): bigint | undefined => {
    const [value] = metadata.get(name);
    return typeof value === 'string' && /^[0-9a-f]{1,16}$/.test(value)
      ? BigInt(`0x${value}`)
      : undefined;
  };
  const from = read(key.from);
  if (from === undefined) return { from };
  if (read(key.cluster) !== self.clusterId)
    return { refusal: refusal('the cluster ID is another one') };
  if (read(key.to) !== self.memberId) return { refusal: refusal('another member listens here') };
  if (isRemoved(from)) return { refusal: removal };
  return { from };
}

export const refusal = (details: string): Partial<StatusObject> => ({
  code: status.FAILED_PRECONDITION,
  details,
});

/** How a member learns that it was removed: whatever it says from then on is answered with this. */
export const removal: Partial<StatusObject> = {
  code: status.PERMISSION_DENIED,
  details: removedText,
};

export const isRemoval = (error: Partial<StatusObject>): boolean =>
  error.code === status.PERMISSION_DENIED && error.details === removedText;
