// Messages of etcd's Lease, Cluster and Maintenance services, and of gRPC's health service; see messages.ts.
import type { Empty, HeaderOnly, ResponseHeader } from './kv-messages.js';

export type HashRequest = Empty;

export interface HashKVRequest {
  readonly revision: number;
}

export interface HashKVResponse {
  readonly header?: ResponseHeader;
  readonly hash: number;
  readonly compact_revision: number;
  readonly hash_revision: number;
}

export interface HashResponse {
  readonly header?: ResponseHeader;
  readonly hash: number;
}

export type SnapshotRequest = Empty;

export interface SnapshotResponse {
  readonly header?: ResponseHeader;
  readonly remaining_bytes: number;
  readonly blob: Uint8Array;
  readonly version: string;
}

export interface LeaseGrantRequest {
  readonly TTL: number;
  readonly ID: bigint;
}

export interface LeaseGrantResponse {
  readonly header?: ResponseHeader;
  readonly ID: bigint;
  readonly TTL: number;
  readonly error: string;
}

export interface LeaseRevokeRequest {
  readonly ID: bigint;
}

export type LeaseRevokeResponse = HeaderOnly;

export interface LeaseKeepAliveRequest {
  readonly ID: bigint;
}

export interface LeaseKeepAliveResponse {
  readonly header?: ResponseHeader;
  readonly ID: bigint;
  readonly TTL: number;
}

export interface LeaseTimeToLiveRequest {
  readonly ID: bigint;
  readonly keys: boolean;
}

export interface LeaseTimeToLiveResponse {
  readonly header?: ResponseHeader;
  readonly ID: bigint;
  readonly TTL: number;
  readonly grantedTTL: number;
  readonly keys: readonly Uint8Array[];
}

export type LeaseLeasesRequest = Empty;

export interface LeaseStatus {
  readonly ID: bigint;
}

export interface LeaseLeasesResponse {
  readonly header?: ResponseHeader;
  readonly leases: readonly LeaseStatus[];
}

export interface Member {
  readonly ID: bigint;
  readonly name: string;
  readonly peerURLs: readonly string[];
  readonly clientURLs: readonly string[];
  readonly isLearner: boolean;
}

export interface MemberAddRequest {
  readonly peerURLs: readonly string[];
  readonly isLearner: boolean;
}

export interface MemberAddResponse {
  readonly header?: ResponseHeader;
  readonly member?: Member;
  readonly members: readonly Member[];
}

export interface MemberRemoveRequest {
  readonly ID: bigint;
}

export interface MemberRemoveResponse {
  readonly header?: ResponseHeader;
  readonly members: readonly Member[];
}

export interface MemberUpdateRequest {
  readonly ID: bigint;
  readonly peerURLs: readonly string[];
}

export interface MemberUpdateResponse {
  readonly header?: ResponseHeader;
  readonly members: readonly Member[];
}

export interface MemberListRequest {
  readonly linearizable: boolean;
}

export interface MemberListResponse {
  readonly header?: ResponseHeader;
  readonly members: readonly Member[];
}

export interface MemberPromoteRequest {
  readonly ID: bigint;
}

export interface MemberPromoteResponse {
  readonly header?: ResponseHeader;
  readonly members: readonly Member[];
}

export type DefragmentRequest = Empty;

export type DefragmentResponse = HeaderOnly;

export interface MoveLeaderRequest {
  readonly targetID: bigint;
}

export type MoveLeaderResponse = HeaderOnly;

export interface AlarmRequest {
  readonly action: number;
  readonly memberID: bigint;
  readonly alarm: number;
}

export interface AlarmMember {
  readonly memberID: bigint;
  readonly alarm: number;
}

export interface AlarmResponse {
  readonly header?: ResponseHeader;
  readonly alarms: readonly AlarmMember[];
}

export interface DowngradeRequest {
  readonly action: number;
  readonly version: string;
}

export interface DowngradeResponse {
  readonly header?: ResponseHeader;
  readonly version: string;
}

export type StatusRequest = Empty;

export interface StatusResponse {
  readonly header?: ResponseHeader;
  readonly version: string;
  readonly dbSize: number;
  readonly leader: bigint;
  readonly raftIndex: number;
  readonly raftTerm: number;
  readonly raftAppliedIndex: number;
  readonly errors: readonly string[];
  readonly dbSizeInUse: number;
  readonly isLearner: boolean;
  readonly storageVersion: string;
  readonly dbSizeQuota: number;
  readonly downgradeInfo?: DowngradeInfo;
}

export interface DowngradeInfo {
  readonly enabled: boolean;
  readonly targetVersion: string;
}

export interface HealthCheckRequest {
  readonly service: string;
}

export interface HealthCheckResponse {
  readonly status: number;
}
