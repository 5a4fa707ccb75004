// Messages of etcd's Auth service; see messages.ts.
import type { Empty, HeaderOnly, ResponseHeader } from './kv-messages.js';

export interface UserAddOptions {
  readonly no_password: boolean;
}

export interface Permission {
  readonly permType: number;
  readonly key: Uint8Array;
  readonly range_end: Uint8Array;
}

export type AuthEnableRequest = Empty;

export type AuthDisableRequest = Empty;

export type AuthStatusRequest = Empty;

export interface AuthenticateRequest {
  readonly name: string;
  readonly password: string;
}

export interface AuthUserAddRequest {
  readonly name: string;
  readonly password: string;
  readonly options?: UserAddOptions;
  readonly hashedPassword: string;
}

export interface AuthUserGetRequest {
  readonly name: string;
}

export interface AuthUserDeleteRequest {
  readonly name: string;
}

export interface AuthUserChangePasswordRequest {
  readonly name: string;
  readonly password: string;
  readonly hashedPassword: string;
}

export interface AuthUserGrantRoleRequest {
  readonly user: string;
  readonly role: string;
}

export interface AuthUserRevokeRoleRequest {
  readonly name: string;
  readonly role: string;
}

export interface AuthRoleAddRequest {
  readonly name: string;
}

export interface AuthRoleGetRequest {
  readonly role: string;
}

export type AuthUserListRequest = Empty;

export type AuthRoleListRequest = Empty;

export interface AuthRoleDeleteRequest {
  readonly role: string;
}

export interface AuthRoleGrantPermissionRequest {
  readonly name: string;
  readonly perm?: Permission;
}

export interface AuthRoleRevokePermissionRequest {
  readonly role: string;
  readonly key: Uint8Array;
  readonly range_end: Uint8Array;
}

export type AuthEnableResponse = HeaderOnly;

export type AuthDisableResponse = HeaderOnly;

export interface AuthStatusResponse {
  readonly header?: ResponseHeader;
  readonly enabled: boolean;
  readonly authRevision: number;
}

export interface AuthenticateResponse {
  readonly header?: ResponseHeader;
  readonly token: string;
}

export type AuthUserAddResponse = HeaderOnly;

export interface AuthUserGetResponse {
  readonly header?: ResponseHeader;
  readonly roles: readonly string[];
}

export type AuthUserDeleteResponse = HeaderOnly;

export type AuthUserChangePasswordResponse = HeaderOnly;

export type AuthUserGrantRoleResponse = HeaderOnly;

export type AuthUserRevokeRoleResponse = HeaderOnly;

export type AuthRoleAddResponse = HeaderOnly;

export interface AuthRoleGetResponse {
  readonly header?: ResponseHeader;
  readonly perm: readonly Permission[];
}

export interface AuthRoleListResponse {
  readonly header?: ResponseHeader;
  readonly roles: readonly string[];
}

export interface AuthUserListResponse {
  readonly header?: ResponseHeader;
  readonly users: readonly string[];
}

export type AuthRoleDeleteResponse = HeaderOnly;

export type AuthRoleGrantPermissionResponse = HeaderOnly;

export type AuthRoleRevokePermissionResponse = HeaderOnly;
