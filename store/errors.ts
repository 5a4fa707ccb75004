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
  'invalid-sort-option': [3, 'etcdserver: invalid sort option'],
  'request-too-large': [3, 'etcdserver: request is too large'],
  compacted: [11, 'etcdserver: mvcc: required revision has been compacted'],
  'future-revision': [11, 'etcdserver: mvcc: required revision is a future revision'],
  'lease-ttl-too-large': [11, 'etcdserver: too large lease TTL'],
  'no-space': [8, 'etcdserver: mvcc: database space exceeded'],
  'too-many-requests': [8, 'etcdserver: too many requests'],
  'lease-not-found': [5, 'etcdserver: requested lease not found'],
  'lease-exists': [9, 'etcdserver: lease already exists'],
  'not-leader': [9, 'etcdserver: not leader'],
  corrupt: [15, 'etcdserver: corrupt cluster'],
  'no-leader': [14, 'etcdserver: no leader'],
  'leader-changed': [14, 'etcdserver: leader changed'],
  stopped: [14, 'etcdserver: server stopped'],
  timeout: [14, 'etcdserver: request timed out'],
  'watch-overflow': [1, 'etcdserver: watch canceled'],
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
