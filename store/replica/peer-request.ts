// What one member asks another outside of Raft, nearly always the leader: plain data, carried whole by the transport.
// A refusal travels as its StoreError code, so the asker throws what the asked one threw.
import type { MemberInfo } from '../node.js';

export type PeerRequest =
  /** Answer: 'lease' with the seconds granted anew. Error: 'lease-not-found'. */
  | { readonly type: 'lease-renew'; readonly id: bigint }
  /** Answer: 'lease', or 'none'. */
  | { readonly type: 'lease-time-to-live'; readonly id: bigint; readonly withKeys: boolean }
  /** Answer: 'lease-ids', the least time left first. */
  | { readonly type: 'lease-ids' }
  /** Answer: 'members'. The only question a process without an identity may ask (askUrl): how a joiner finds its id. */
  | { readonly type: 'members' }
  /** Membership changes, checked and put through the log by the leader. Answer: 'members', all after the change. */
  | {
      readonly type: 'member-add';
      readonly peerUrls: readonly string[];
      readonly isLearner: boolean;
    }
  | { readonly type: 'member-remove' | 'member-promote'; readonly id: bigint }
  | { readonly type: 'member-update'; readonly id: bigint; readonly peerUrls: readonly string[] };

export type PeerReply =
  | { readonly type: 'none' }
  | {
      readonly type: 'lease';
      readonly id: bigint;
      readonly ttlSeconds: number;
      readonly grantedTtlSeconds: number;
      readonly keys: readonly Uint8Array[];
    }
  | { readonly type: 'lease-ids'; readonly ids: readonly bigint[] }
  | {
      readonly type: 'members';
      readonly clusterId: bigint;
      readonly members: readonly MemberInfo[];
      /** After 'member-add': the new one. */
      readonly added?: bigint;
    };
