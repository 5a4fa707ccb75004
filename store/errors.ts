// StoreError: every failure the store reports to its callers, with etcd's text and gRPC status number.
// Clients of etcd match on the text, so the table is the contract (source: etcd v3.6 rpctypes).

/** code -> [gRPC status, etcd's message]. */
const table = {
  'key-not-provided': [3, 'etcdserver: key is not provided'],
  'key-not-found': [3, 'etcdserver: key not found'],
  'value-provided': [3, 'etcdserver: value is provided'],
  'lease-provided': [3, 'etcdserver: lease is provided'],
  'too-many-ops': [3, 'etcdserver: too many operations in txn request'],
  'duplicate-key': [3, 'etcdserver: duplicate key given in txn request'],
  'invalid-client-version': [3, 'etcdserver: invalid client api version'],
  'invalid-sort-option': [3, 'etcdserver: invalid sort option'],
  'request-too-large': [3, 'etcdserver: request is too large'],
  'member-bad-urls': [3, 'etcdserver: given member URLs are invalid'],
  'user-empty': [3, 'etcdserver: user name is empty'],
  'role-empty': [3, 'etcdserver: role name is empty'],
  'auth-failed': [3, 'etcdserver: authentication failed, invalid user ID or password'],
  'permission-not-given': [3, 'etcdserver: permission not given'],
  'invalid-auth-management': [3, 'etcdserver: invalid auth management'],
  'auth-old-revision': [3, 'etcdserver: revision of auth store is old'],
  compacted: [11, 'etcdserver: mvcc: required revision has been compacted'],
  'future-revision': [11, 'etcdserver: mvcc: required revision is a future revision'],
  'lease-ttl-too-large': [11, 'etcdserver: too large lease TTL'],
  'no-space': [8, 'etcdserver: mvcc: database space exceeded'],
  'lease-not-found': [5, 'etcdserver: requested lease not found'],
  'member-not-found': [5, 'etcdserver: member not found'],
  'lease-exists': [9, 'etcdserver: lease already exists'],
  'member-exists': [9, 'etcdserver: member ID already exist'],
  'peer-urls-exist': [9, 'etcdserver: Peer URLs already exists'],
  'member-not-learner': [9, 'etcdserver: can only promote a learner member'],
  'learner-not-ready': [
    9,
    'etcdserver: can only promote a learner member which is in sync with leader',
  ],
  'too-many-learners': [9, 'etcdserver: too many learner members in cluster'],
  'cluster-id-mismatch': [9, 'etcdserver: cluster ID mismatch'],
  'root-user-missing': [9, 'etcdserver: root user does not exist'],
  'root-role-missing': [9, 'etcdserver: root user does not have root role'],
  'user-exists': [9, 'etcdserver: user name already exists'],
  'user-not-found': [9, 'etcdserver: user name not found'],
  'role-exists': [9, 'etcdserver: role name already exists'],
  'role-not-found': [9, 'etcdserver: role name not found'],
  'role-not-granted': [9, 'etcdserver: role is not granted to the user'],
  'permission-not-granted': [9, 'etcdserver: permission is not granted to the role'],
  'auth-not-enabled': [9, 'etcdserver: authentication is not enabled'],
  'not-leader': [9, 'etcdserver: not leader'],
  'not-capable': [9, 'etcdserver: not capable'],
  'learner-unsupported': [9, 'etcdserver: rpc not supported for learner'],
  'bad-transferee': [9, 'etcdserver: bad leader transferee'],
  'permission-denied': [7, 'etcdserver: permission denied'],
  'invalid-auth-token': [16, 'etcdserver: invalid auth token'],
  corrupt: [15, 'etcdserver: corrupt cluster'],
  'no-leader': [14, 'etcdserver: no leader'],
  'leader-changed': [14, 'etcdserver: leader changed'],
  stopped: [14, 'etcdserver: server stopped'],
  timeout: [14, 'etcdserver: request timed out'],
  'timeout-leader-lost': [
    14,
    'etcdserver: request timed out, possibly due to previous leader failure',
  ],
  unhealthy: [14, 'etcdserver: unhealthy cluster'],
  'watch-overflow': [1, 'etcdserver: watch canceled'],
  // Missing from etcd's own map of errors to codes: these go out as Unknown, with the text alone.
  'too-many-requests': [2, 'etcdserver: too many requests'],
  'not-enough-started': [
    2,
    'etcdserver: re-configuration failed due to not enough started members',
  ],
  'no-password-user': [2, 'auth: authentication failed, password was given for no password user'],
  'password-too-long': [2, 'bcrypt: password length exceeds 72 bytes'],
} as const satisfies Record<string, readonly [number, string]>;

export type StoreErrorCode = keyof typeof table;

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  /** For 'compacted' from a watch or a range: the revision compacted at. */
  readonly compactRevision: number | undefined;

  constructor(code: StoreErrorCode, options?: { cause?: unknown; compactRevision?: number }) {
    super(table[code][1], options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StoreError';
    this.code = code;
    this.compactRevision = options?.compactRevision;
  }

  get grpcStatus(): number {
    return table[this.code][0];
  }
}

export const storeErrorCodes = Object.keys(table) as StoreErrorCode[]; // as: Object.keys forgets the key type
