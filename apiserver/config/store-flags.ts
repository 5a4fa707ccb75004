// The flags of the store, as `serve` has them; `etcd` takes the same rows with etcd's defaults (cli/etcd/flags.ts). Names
// and meanings are etcd's.
import type { FlagTable } from './flag-table.js';
import { boolean, durationIn, integerIn, nonEmpty, oneOf } from './flag-values.js';
import { bindUrls, initialCluster, someUrls } from './url-values.js';

/** Limits and pace. */
export const storeFlags = {
  'quota-backend-bytes': {
    value: 'BYTES',
    fallback: '0',
    help: 'size at which the store refuses writes but deletes; 0: 2 GiB, negative: none',
    parse: integerIn(-1, Number.MAX_SAFE_INTEGER),
  },
  'max-request-bytes': {
    value: 'BYTES',
    fallback: '1572864',
    help: 'biggest request the store takes: bounds the size of an object',
    parse: integerIn(1024, 2 ** 30),
  },
  'max-txn-ops': {
    value: 'COUNT',
    fallback: '128',
    help: 'operations the store takes in one transaction; a Service takes one for itself and one for each address and port',
    parse: integerIn(128, 100_000),
  },
  'auto-compaction-mode': {
    value: 'MODE',
    fallback: 'periodic',
    help: 'what --auto-compaction-retention counts: periodic (time) or revision (revisions)',
    parse: oneOf('periodic', 'revision'),
  },
  'auto-compaction-retention': {
    value: 'AMOUNT',
    fallback: '0',
    help: 'history that the store keeps by itself: 5m, 1h or a number of hours, or a number of revisions; 0: the API server alone compacts, every five minutes',
    parse: nonEmpty,
  },
  'heartbeat-interval': {
    value: 'MS',
    fallback: '100',
    help: "time between a leader's heartbeats",
    parse: integerIn(1, 60_000),
  },
  'election-timeout': {
    value: 'MS',
    fallback: '1000',
    help: 'time without a leader after which members elect one; at least five heartbeats',
    parse: integerIn(10, 50_000),
  },
  'snapshot-count': {
    value: 'COUNT',
    fallback: '10000',
    help: 'writes after which the log is cut; a member that is further behind gets a snapshot',
    parse: integerIn(1, Number.MAX_SAFE_INTEGER),
  },
  'snapshot-interval': {
    value: 'DURATION',
    fallback: '0s',
    help: 'time between snapshots of the store, each a file in --snapshot-dir; 0s: none are taken',
    parse: durationIn(0, 30 * 86_400_000),
  },
  'snapshot-dir': {
    value: 'DIR',
    fallback: undefined,
    help: 'where snapshots are kept; unset: DIR/snapshots of --data-dir',
    parse: nonEmpty,
  },
  'snapshot-retention': {
    value: 'COUNT',
    fallback: '7',
    help: 'snapshots that are kept: older ones go when a new one is whole',
    parse: integerIn(1, 100_000),
  },
} as const satisfies FlagTable;

/** Who the members are. */
export const clusterFlags = {
  name: {
    value: 'NAME',
    fallback: 'default',
    help: "this member's name in --initial-cluster",
    parse: nonEmpty,
  },
  'listen-peer-urls': {
    value: 'URLS',
    fallback: undefined,
    help: 'where to listen for other members; unset: a cluster of one',
    parse: bindUrls,
  },
  'initial-advertise-peer-urls': {
    value: 'URLS',
    fallback: undefined,
    help: 'where other members reach this one; unset: --listen-peer-urls',
    parse: someUrls,
  },
  'initial-cluster': {
    value: 'NAME=URL,...',
    fallback: undefined,
    help: 'all founding members with their peer URLs; unset: this one alone',
    parse: initialCluster,
  },
  'initial-cluster-state': {
    value: 'STATE',
    fallback: 'new',
    help: 'new: found the cluster; existing: join one that this member was added to. For an empty data folder only',
    parse: oneOf('new', 'existing'),
  },
  'initial-cluster-token': {
    value: 'TOKEN',
    fallback: 'etcd-cluster',
    help: 'keeps clusters apart that are founded with the same URLs',
    parse: nonEmpty,
  },
  'peer-cert-file': {
    value: 'FILE',
    fallback: undefined,
    help: 'certificate for https peer URLs, shown to other members in both directions',
    parse: nonEmpty,
  },
  'peer-key-file': {
    value: 'FILE',
    fallback: undefined,
    help: 'key of --peer-cert-file',
    parse: nonEmpty,
  },
  'peer-trusted-ca-file': {
    value: 'FILE',
    fallback: undefined,
    help: "authorities of the other members' certificates; given, a peer must present one",
    parse: nonEmpty,
  },
  'peer-client-cert-auth': {
    value: '',
    fallback: 'false',
    help: 'peers must present a certificate of --peer-trusted-ca-file',
    parse: boolean,
  },
  'peer-auto-tls': {
    value: '',
    fallback: 'false',
    help: 'make a certificate for https peer URLs: traffic is encrypted, but anybody may be a peer',
    parse: boolean,
  },
} as const satisfies FlagTable;

/** etcd's API for etcdctl and other clients. */
export const etcdApiFlags = {
  'listen-client-urls': {
    value: 'URLS',
    fallback: undefined,
    help: "where to serve etcd's own API, which goes around the access control of this one; unset: nowhere",
    parse: bindUrls,
  },
  'advertise-client-urls': {
    value: 'URLS',
    fallback: undefined,
    help: 'client URLs that members tell; unset: --listen-client-urls',
    parse: someUrls,
  },
  'listen-metrics-urls': {
    value: 'URLS',
    fallback: undefined,
    help: "where to serve the store's /metrics and /health without credentials",
    parse: bindUrls,
  },
  'cert-file': {
    value: 'FILE',
    fallback: undefined,
    help: 'certificate for https client URLs',
    parse: nonEmpty,
  },
  'key-file': { value: 'FILE', fallback: undefined, help: 'key of --cert-file', parse: nonEmpty },
  'trusted-ca-file': {
    value: 'FILE',
    fallback: undefined,
    help: "authorities of the clients' certificates; given, a client must present one",
    parse: nonEmpty,
  },
  'client-cert-auth': {
    value: '',
    fallback: 'false',
    help: 'clients must present a certificate of --trusted-ca-file',
    parse: boolean,
  },
  'auto-tls': {
    value: '',
    fallback: 'false',
    help: "serve https client URLs with a certificate of this server's authority, to clients with one of it",
    parse: boolean,
  },
} as const satisfies FlagTable;
