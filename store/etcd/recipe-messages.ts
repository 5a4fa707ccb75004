// Messages of etcd's election and lock services; see messages.ts.
import type { HeaderOnly, KeyValue, ResponseHeader } from './kv-messages.js';

export interface CampaignRequest {
  readonly name: Uint8Array;
  readonly lease: bigint;
  readonly value: Uint8Array;
}

export interface CampaignResponse {
  readonly header?: ResponseHeader;
  readonly leader?: LeaderKey;
}

export interface LeaderKey {
  readonly name: Uint8Array;
  readonly key: Uint8Array;
  readonly rev: number;
  readonly lease: bigint;
}

export interface LeaderRequest {
  readonly name: Uint8Array;
}

export interface LeaderResponse {
  readonly header?: ResponseHeader;
  readonly kv?: KeyValue;
}

export interface ResignRequest {
  readonly leader?: LeaderKey;
}

export type ResignResponse = HeaderOnly;

export interface ProclaimRequest {
  readonly leader?: LeaderKey;
  readonly value: Uint8Array;
}

export type ProclaimResponse = HeaderOnly;

export interface LockRequest {
  readonly name: Uint8Array;
  readonly lease: bigint;
}

export interface LockResponse {
  readonly header?: ResponseHeader;
  readonly key: Uint8Array;
}

export interface UnlockRequest {
  readonly key: Uint8Array;
}

export type UnlockResponse = HeaderOnly;
