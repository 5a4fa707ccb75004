// The messages and methods of etcd's API as TypeScript sees them: field by field what schemas/etcd/rpc.json lists (a test
// compares the two). Names are the protocol's. What may be absent after decoding is optional.
import type {
  AuthDisableRequest,
  AuthDisableResponse,
  AuthEnableRequest,
  AuthEnableResponse,
  AuthRoleAddRequest,
  AuthRoleAddResponse,
  AuthRoleDeleteRequest,
  AuthRoleDeleteResponse,
  AuthRoleGetRequest,
  AuthRoleGetResponse,
  AuthRoleGrantPermissionRequest,
  AuthRoleGrantPermissionResponse,
  AuthRoleListRequest,
  AuthRoleListResponse,
  AuthRoleRevokePermissionRequest,
  AuthRoleRevokePermissionResponse,
  AuthStatusRequest,
  AuthStatusResponse,
  AuthUserAddRequest,
  AuthUserAddResponse,
  AuthUserChangePasswordRequest,
  AuthUserChangePasswordResponse,
  AuthUserDeleteRequest,
  AuthUserDeleteResponse,
  AuthUserGetRequest,
  AuthUserGetResponse,
  AuthUserGrantRoleRequest,
  AuthUserGrantRoleResponse,
  AuthUserListRequest,
  AuthUserListResponse,
  AuthUserRevokeRoleRequest,
  AuthUserRevokeRoleResponse,
  AuthenticateRequest,
  AuthenticateResponse,
  Permission,
  UserAddOptions,
} from './auth-messages.js';
import type {
  AlarmMember,
  AlarmRequest,
  AlarmResponse,
  DefragmentRequest,
  DefragmentResponse,
  DowngradeInfo,
  DowngradeRequest,
  DowngradeResponse,
  HashKVRequest,
  HashKVResponse,
  HashRequest,
  HashResponse,
  HealthCheckRequest,
  HealthCheckResponse,
  LeaseGrantRequest,
  LeaseGrantResponse,
  LeaseKeepAliveRequest,
  LeaseKeepAliveResponse,
  LeaseLeasesRequest,
  LeaseLeasesResponse,
  LeaseRevokeRequest,
  LeaseRevokeResponse,
  LeaseStatus,
  LeaseTimeToLiveRequest,
  LeaseTimeToLiveResponse,
  Member,
  MemberAddRequest,
  MemberAddResponse,
  MemberListRequest,
  MemberListResponse,
  MemberPromoteRequest,
  MemberPromoteResponse,
  MemberRemoveRequest,
  MemberRemoveResponse,
  MemberUpdateRequest,
  MemberUpdateResponse,
  MoveLeaderRequest,
  MoveLeaderResponse,
  SnapshotRequest,
  SnapshotResponse,
  StatusRequest,
  StatusResponse,
} from './cluster-messages.js';
import type {
  CompactionRequest,
  CompactionResponse,
  Compare,
  DeleteRangeRequest,
  DeleteRangeResponse,
  Event,
  KeyValue,
  PutRequest,
  PutResponse,
  RangeRequest,
  RangeResponse,
  RangeStreamResponse,
  RequestOp,
  ResponseHeader,
  ResponseOp,
  TxnRequest,
  TxnResponse,
  WatchCancelRequest,
  WatchCreateRequest,
  WatchProgressRequest,
  WatchRequest,
  WatchResponse,
} from './kv-messages.js';
import type {
  CampaignRequest,
  CampaignResponse,
  LeaderKey,
  LeaderRequest,
  LeaderResponse,
  LockRequest,
  LockResponse,
  ProclaimRequest,
  ProclaimResponse,
  ResignRequest,
  ResignResponse,
  UnlockRequest,
  UnlockResponse,
} from './recipe-messages.js';

export type * from './auth-messages.js';
export type * from './cluster-messages.js';
export type * from './kv-messages.js';
export type * from './recipe-messages.js';

/** Values of the enums; a message holds plain numbers, since a client may send any. */
export const eventType = { PUT: 0, DELETE: 1 } as const;
export const permissionType = { READ: 0, WRITE: 1, READWRITE: 2 } as const;
export const sortOrder = { NONE: 0, ASCEND: 1, DESCEND: 2 } as const;
export const sortTarget = { KEY: 0, VERSION: 1, CREATE: 2, MOD: 3, VALUE: 4 } as const;
export const compareResult = { EQUAL: 0, GREATER: 1, LESS: 2, NOT_EQUAL: 3 } as const;
export const compareTarget = { VERSION: 0, CREATE: 1, MOD: 2, VALUE: 3, LEASE: 4 } as const;
export const filterType = { NOPUT: 0, NODELETE: 1 } as const;
export const alarmType = { NONE: 0, NOSPACE: 1, CORRUPT: 2 } as const;
export const alarmAction = { GET: 0, ACTIVATE: 1, DEACTIVATE: 2 } as const;
export const downgradeAction = { VALIDATE: 0, ENABLE: 1, CANCEL: 2 } as const;
export const servingStatus = {
  UNKNOWN: 0,
  SERVING: 1,
  NOT_SERVING: 2,
  SERVICE_UNKNOWN: 3,
} as const;

/** By full name. */
export interface Messages {
  readonly 'mvccpb.KeyValue': KeyValue;
  readonly 'mvccpb.Event': Event;
  readonly 'authpb.UserAddOptions': UserAddOptions;
  readonly 'authpb.Permission': Permission;
  readonly 'etcdserverpb.ResponseHeader': ResponseHeader;
  readonly 'etcdserverpb.RangeRequest': RangeRequest;
  readonly 'etcdserverpb.RangeResponse': RangeResponse;
  readonly 'etcdserverpb.PutRequest': PutRequest;
  readonly 'etcdserverpb.PutResponse': PutResponse;
  readonly 'etcdserverpb.DeleteRangeRequest': DeleteRangeRequest;
  readonly 'etcdserverpb.DeleteRangeResponse': DeleteRangeResponse;
  readonly 'etcdserverpb.RequestOp': RequestOp;
  readonly 'etcdserverpb.ResponseOp': ResponseOp;
  readonly 'etcdserverpb.Compare': Compare;
  readonly 'etcdserverpb.TxnRequest': TxnRequest;
  readonly 'etcdserverpb.TxnResponse': TxnResponse;
  readonly 'etcdserverpb.CompactionRequest': CompactionRequest;
  readonly 'etcdserverpb.CompactionResponse': CompactionResponse;
  readonly 'etcdserverpb.HashRequest': HashRequest;
  readonly 'etcdserverpb.HashKVRequest': HashKVRequest;
  readonly 'etcdserverpb.HashKVResponse': HashKVResponse;
  readonly 'etcdserverpb.HashResponse': HashResponse;
  readonly 'etcdserverpb.SnapshotRequest': SnapshotRequest;
  readonly 'etcdserverpb.SnapshotResponse': SnapshotResponse;
  readonly 'etcdserverpb.WatchRequest': WatchRequest;
  readonly 'etcdserverpb.WatchCreateRequest': WatchCreateRequest;
  readonly 'etcdserverpb.WatchCancelRequest': WatchCancelRequest;
  readonly 'etcdserverpb.WatchProgressRequest': WatchProgressRequest;
  readonly 'etcdserverpb.WatchResponse': WatchResponse;
  readonly 'etcdserverpb.LeaseGrantRequest': LeaseGrantRequest;
  readonly 'etcdserverpb.LeaseGrantResponse': LeaseGrantResponse;
  readonly 'etcdserverpb.LeaseRevokeRequest': LeaseRevokeRequest;
  readonly 'etcdserverpb.LeaseRevokeResponse': LeaseRevokeResponse;
  readonly 'etcdserverpb.LeaseKeepAliveRequest': LeaseKeepAliveRequest;
  readonly 'etcdserverpb.LeaseKeepAliveResponse': LeaseKeepAliveResponse;
  readonly 'etcdserverpb.LeaseTimeToLiveRequest': LeaseTimeToLiveRequest;
  readonly 'etcdserverpb.LeaseTimeToLiveResponse': LeaseTimeToLiveResponse;
  readonly 'etcdserverpb.LeaseLeasesRequest': LeaseLeasesRequest;
  readonly 'etcdserverpb.LeaseStatus': LeaseStatus;
  readonly 'etcdserverpb.LeaseLeasesResponse': LeaseLeasesResponse;
  readonly 'etcdserverpb.Member': Member;
  readonly 'etcdserverpb.MemberAddRequest': MemberAddRequest;
  readonly 'etcdserverpb.MemberAddResponse': MemberAddResponse;
  readonly 'etcdserverpb.MemberRemoveRequest': MemberRemoveRequest;
  readonly 'etcdserverpb.MemberRemoveResponse': MemberRemoveResponse;
  readonly 'etcdserverpb.MemberUpdateRequest': MemberUpdateRequest;
  readonly 'etcdserverpb.MemberUpdateResponse': MemberUpdateResponse;
  readonly 'etcdserverpb.MemberListRequest': MemberListRequest;
  readonly 'etcdserverpb.MemberListResponse': MemberListResponse;
  readonly 'etcdserverpb.MemberPromoteRequest': MemberPromoteRequest;
  readonly 'etcdserverpb.MemberPromoteResponse': MemberPromoteResponse;
  readonly 'etcdserverpb.DefragmentRequest': DefragmentRequest;
  readonly 'etcdserverpb.DefragmentResponse': DefragmentResponse;
  readonly 'etcdserverpb.MoveLeaderRequest': MoveLeaderRequest;
  readonly 'etcdserverpb.MoveLeaderResponse': MoveLeaderResponse;
  readonly 'etcdserverpb.AlarmRequest': AlarmRequest;
  readonly 'etcdserverpb.AlarmMember': AlarmMember;
  readonly 'etcdserverpb.AlarmResponse': AlarmResponse;
  readonly 'etcdserverpb.DowngradeRequest': DowngradeRequest;
  readonly 'etcdserverpb.DowngradeResponse': DowngradeResponse;
  readonly 'etcdserverpb.StatusRequest': StatusRequest;
  readonly 'etcdserverpb.StatusResponse': StatusResponse;
  readonly 'etcdserverpb.DowngradeInfo': DowngradeInfo;
  readonly 'etcdserverpb.AuthEnableRequest': AuthEnableRequest;
  readonly 'etcdserverpb.AuthDisableRequest': AuthDisableRequest;
  readonly 'etcdserverpb.AuthStatusRequest': AuthStatusRequest;
  readonly 'etcdserverpb.AuthenticateRequest': AuthenticateRequest;
  readonly 'etcdserverpb.AuthUserAddRequest': AuthUserAddRequest;
  readonly 'etcdserverpb.AuthUserGetRequest': AuthUserGetRequest;
  readonly 'etcdserverpb.AuthUserDeleteRequest': AuthUserDeleteRequest;
  readonly 'etcdserverpb.AuthUserChangePasswordRequest': AuthUserChangePasswordRequest;
  readonly 'etcdserverpb.AuthUserGrantRoleRequest': AuthUserGrantRoleRequest;
  readonly 'etcdserverpb.AuthUserRevokeRoleRequest': AuthUserRevokeRoleRequest;
  readonly 'etcdserverpb.AuthRoleAddRequest': AuthRoleAddRequest;
  readonly 'etcdserverpb.AuthRoleGetRequest': AuthRoleGetRequest;
  readonly 'etcdserverpb.AuthUserListRequest': AuthUserListRequest;
  readonly 'etcdserverpb.AuthRoleListRequest': AuthRoleListRequest;
  readonly 'etcdserverpb.AuthRoleDeleteRequest': AuthRoleDeleteRequest;
  readonly 'etcdserverpb.AuthRoleGrantPermissionRequest': AuthRoleGrantPermissionRequest;
  readonly 'etcdserverpb.AuthRoleRevokePermissionRequest': AuthRoleRevokePermissionRequest;
  readonly 'etcdserverpb.AuthEnableResponse': AuthEnableResponse;
  readonly 'etcdserverpb.AuthDisableResponse': AuthDisableResponse;
  readonly 'etcdserverpb.AuthStatusResponse': AuthStatusResponse;
  readonly 'etcdserverpb.AuthenticateResponse': AuthenticateResponse;
  readonly 'etcdserverpb.AuthUserAddResponse': AuthUserAddResponse;
  readonly 'etcdserverpb.AuthUserGetResponse': AuthUserGetResponse;
  readonly 'etcdserverpb.AuthUserDeleteResponse': AuthUserDeleteResponse;
  readonly 'etcdserverpb.AuthUserChangePasswordResponse': AuthUserChangePasswordResponse;
  readonly 'etcdserverpb.AuthUserGrantRoleResponse': AuthUserGrantRoleResponse;
  readonly 'etcdserverpb.AuthUserRevokeRoleResponse': AuthUserRevokeRoleResponse;
  readonly 'etcdserverpb.AuthRoleAddResponse': AuthRoleAddResponse;
  readonly 'etcdserverpb.AuthRoleGetResponse': AuthRoleGetResponse;
  readonly 'etcdserverpb.AuthRoleListResponse': AuthRoleListResponse;
  readonly 'etcdserverpb.AuthUserListResponse': AuthUserListResponse;
  readonly 'etcdserverpb.AuthRoleDeleteResponse': AuthRoleDeleteResponse;
  readonly 'etcdserverpb.AuthRoleGrantPermissionResponse': AuthRoleGrantPermissionResponse;
  readonly 'etcdserverpb.AuthRoleRevokePermissionResponse': AuthRoleRevokePermissionResponse;
  readonly 'etcdserverpb.RangeStreamResponse': RangeStreamResponse;
  readonly 'v3electionpb.CampaignRequest': CampaignRequest;
  readonly 'v3electionpb.CampaignResponse': CampaignResponse;
  readonly 'v3electionpb.LeaderKey': LeaderKey;
  readonly 'v3electionpb.LeaderRequest': LeaderRequest;
  readonly 'v3electionpb.LeaderResponse': LeaderResponse;
  readonly 'v3electionpb.ResignRequest': ResignRequest;
  readonly 'v3electionpb.ResignResponse': ResignResponse;
  readonly 'v3electionpb.ProclaimRequest': ProclaimRequest;
  readonly 'v3electionpb.ProclaimResponse': ProclaimResponse;
  readonly 'v3lockpb.LockRequest': LockRequest;
  readonly 'v3lockpb.LockResponse': LockResponse;
  readonly 'v3lockpb.UnlockRequest': UnlockRequest;
  readonly 'v3lockpb.UnlockResponse': UnlockResponse;
  readonly 'grpc.health.v1.HealthCheckRequest': HealthCheckRequest;
  readonly 'grpc.health.v1.HealthCheckResponse': HealthCheckResponse;
}

/** By service and name: request and response. */
export interface Methods {
  readonly 'etcdserverpb.KV/Range': readonly [RangeRequest, RangeResponse];
  readonly 'etcdserverpb.KV/RangeStream': readonly [RangeRequest, RangeStreamResponse];
  readonly 'etcdserverpb.KV/Put': readonly [PutRequest, PutResponse];
  readonly 'etcdserverpb.KV/DeleteRange': readonly [DeleteRangeRequest, DeleteRangeResponse];
  readonly 'etcdserverpb.KV/Txn': readonly [TxnRequest, TxnResponse];
  readonly 'etcdserverpb.KV/Compact': readonly [CompactionRequest, CompactionResponse];
  readonly 'etcdserverpb.Watch/Watch': readonly [WatchRequest, WatchResponse];
  readonly 'etcdserverpb.Lease/LeaseGrant': readonly [LeaseGrantRequest, LeaseGrantResponse];
  readonly 'etcdserverpb.Lease/LeaseRevoke': readonly [LeaseRevokeRequest, LeaseRevokeResponse];
  readonly 'etcdserverpb.Lease/LeaseKeepAlive': readonly [
    LeaseKeepAliveRequest,
    LeaseKeepAliveResponse,
  ];
  readonly 'etcdserverpb.Lease/LeaseTimeToLive': readonly [
    LeaseTimeToLiveRequest,
    LeaseTimeToLiveResponse,
  ];
  readonly 'etcdserverpb.Lease/LeaseLeases': readonly [LeaseLeasesRequest, LeaseLeasesResponse];
  readonly 'etcdserverpb.Cluster/MemberAdd': readonly [MemberAddRequest, MemberAddResponse];
  readonly 'etcdserverpb.Cluster/MemberRemove': readonly [
    MemberRemoveRequest,
    MemberRemoveResponse,
  ];
  readonly 'etcdserverpb.Cluster/MemberUpdate': readonly [
    MemberUpdateRequest,
    MemberUpdateResponse,
  ];
  readonly 'etcdserverpb.Cluster/MemberList': readonly [MemberListRequest, MemberListResponse];
  readonly 'etcdserverpb.Cluster/MemberPromote': readonly [
    MemberPromoteRequest,
    MemberPromoteResponse,
  ];
  readonly 'etcdserverpb.Maintenance/Alarm': readonly [AlarmRequest, AlarmResponse];
  readonly 'etcdserverpb.Maintenance/Status': readonly [StatusRequest, StatusResponse];
  readonly 'etcdserverpb.Maintenance/Defragment': readonly [DefragmentRequest, DefragmentResponse];
  readonly 'etcdserverpb.Maintenance/Hash': readonly [HashRequest, HashResponse];
  readonly 'etcdserverpb.Maintenance/HashKV': readonly [HashKVRequest, HashKVResponse];
  readonly 'etcdserverpb.Maintenance/Snapshot': readonly [SnapshotRequest, SnapshotResponse];
  readonly 'etcdserverpb.Maintenance/MoveLeader': readonly [MoveLeaderRequest, MoveLeaderResponse];
  readonly 'etcdserverpb.Maintenance/Downgrade': readonly [DowngradeRequest, DowngradeResponse];
  readonly 'etcdserverpb.Auth/AuthEnable': readonly [AuthEnableRequest, AuthEnableResponse];
  readonly 'etcdserverpb.Auth/AuthDisable': readonly [AuthDisableRequest, AuthDisableResponse];
  readonly 'etcdserverpb.Auth/AuthStatus': readonly [AuthStatusRequest, AuthStatusResponse];
  readonly 'etcdserverpb.Auth/Authenticate': readonly [AuthenticateRequest, AuthenticateResponse];
  readonly 'etcdserverpb.Auth/UserAdd': readonly [AuthUserAddRequest, AuthUserAddResponse];
  readonly 'etcdserverpb.Auth/UserGet': readonly [AuthUserGetRequest, AuthUserGetResponse];
  readonly 'etcdserverpb.Auth/UserList': readonly [AuthUserListRequest, AuthUserListResponse];
  readonly 'etcdserverpb.Auth/UserDelete': readonly [AuthUserDeleteRequest, AuthUserDeleteResponse];
  readonly 'etcdserverpb.Auth/UserChangePassword': readonly [
    AuthUserChangePasswordRequest,
    AuthUserChangePasswordResponse,
  ];
  readonly 'etcdserverpb.Auth/UserGrantRole': readonly [
    AuthUserGrantRoleRequest,
    AuthUserGrantRoleResponse,
  ];
  readonly 'etcdserverpb.Auth/UserRevokeRole': readonly [
    AuthUserRevokeRoleRequest,
    AuthUserRevokeRoleResponse,
  ];
  readonly 'etcdserverpb.Auth/RoleAdd': readonly [AuthRoleAddRequest, AuthRoleAddResponse];
  readonly 'etcdserverpb.Auth/RoleGet': readonly [AuthRoleGetRequest, AuthRoleGetResponse];
  readonly 'etcdserverpb.Auth/RoleList': readonly [AuthRoleListRequest, AuthRoleListResponse];
  readonly 'etcdserverpb.Auth/RoleDelete': readonly [AuthRoleDeleteRequest, AuthRoleDeleteResponse];
  readonly 'etcdserverpb.Auth/RoleGrantPermission': readonly [
    AuthRoleGrantPermissionRequest,
    AuthRoleGrantPermissionResponse,
  ];
  readonly 'etcdserverpb.Auth/RoleRevokePermission': readonly [
    AuthRoleRevokePermissionRequest,
    AuthRoleRevokePermissionResponse,
  ];
  readonly 'v3electionpb.Election/Campaign': readonly [CampaignRequest, CampaignResponse];
  readonly 'v3electionpb.Election/Proclaim': readonly [ProclaimRequest, ProclaimResponse];
  readonly 'v3electionpb.Election/Leader': readonly [LeaderRequest, LeaderResponse];
  readonly 'v3electionpb.Election/Observe': readonly [LeaderRequest, LeaderResponse];
  readonly 'v3electionpb.Election/Resign': readonly [ResignRequest, ResignResponse];
  readonly 'v3lockpb.Lock/Lock': readonly [LockRequest, LockResponse];
  readonly 'v3lockpb.Lock/Unlock': readonly [UnlockRequest, UnlockResponse];
  readonly 'grpc.health.v1.Health/Check': readonly [HealthCheckRequest, HealthCheckResponse];
  readonly 'grpc.health.v1.Health/Watch': readonly [HealthCheckRequest, HealthCheckResponse];
}
