// The flags of `frontdesk etcd` that do something, with etcd's defaults. The store's rows are the ones that `serve` has
// (apiserver/config/store-flags.ts). Read next: other-flags.ts (the rest of etcd 3.6's), settings.ts (what becomes of them).
import type { FlagTable } from '../../apiserver/config/flag-table.js';
import {
  boolean,
  durationIn,
  integerIn,
  list,
  nonEmpty,
  oneOf,
} from '../../apiserver/config/flag-values.js';
import { clusterFlags, etcdApiFlags, storeFlags } from '../../apiserver/config/store-flags.js';
import { someBindUrls } from '../../apiserver/config/url-values.js';

const hourMs = 3_600_000;
const yearMs = 8760 * hourMs;

export const usedFlags = {
  'data-dir': {
    value: 'DIR',
    fallback: undefined,
    help: 'data folder; unset: NAME.etcd, NAME being --name',
    parse: nonEmpty,
  },
  'config-file': {
    value: 'FILE',
    fallback: undefined,
    help: "YAML with etcd's keys; other flags and the environment are ignored then",
    parse: nonEmpty,
  },
  ...clusterFlags,
  'listen-peer-urls': {
    ...clusterFlags['listen-peer-urls'],
    fallback: 'http://localhost:2380',
    help: 'where to listen for other members',
    parse: someBindUrls,
  },
  'initial-advertise-peer-urls': {
    ...clusterFlags['initial-advertise-peer-urls'],
    fallback: 'http://localhost:2380',
    help: 'where other members reach this one',
  },
  ...storeFlags,
  'max-request-bytes': {
    ...storeFlags['max-request-bytes'],
    help: 'biggest request the store takes',
    parse: integerIn(1, 2 ** 30),
  },
  'max-txn-ops': {
    ...storeFlags['max-txn-ops'],
    help: 'operations the store takes in one transaction',
    parse: integerIn(1, 100_000),
  },
  'auto-compaction-retention': {
    ...storeFlags['auto-compaction-retention'],
    help: 'history that is kept: 5m, 1h or a number of hours, or a number of revisions; 0: all of it, until a client compacts',
  },
  ...etcdApiFlags,
  'listen-client-urls': {
    ...etcdApiFlags['listen-client-urls'],
    fallback: 'http://localhost:2379',
    help: 'where to serve clients',
    parse: someBindUrls,
  },
  'advertise-client-urls': {
    ...etcdApiFlags['advertise-client-urls'],
    fallback: 'http://localhost:2379',
    help: 'client URLs that members tell; needed when --listen-client-urls is given',
  },
  'auto-tls': {
    ...etcdApiFlags['auto-tls'],
    help: 'make a certificate for https client URLs, kept in DIR/fixtures/client of --data-dir',
  },
  'strict-reconfig-check': {
    value: '',
    fallback: 'true',
    help: 'refuse membership changes that could cost the quorum; on unless false',
    parse: boolean,
  },
  'max-learners': {
    value: 'COUNT',
    fallback: '1',
    help: 'learners that the cluster may have; another number is not implemented',
    parse: oneOf('1'),
  },
  'watch-progress-notify-interval': {
    value: 'DURATION',
    fallback: '10m0s',
    help: 'how often watchers that asked for it are told the revision while nothing happens',
    parse: durationIn(100, yearMs),
  },
  'max-concurrent-streams': {
    value: 'COUNT',
    fallback: '4294967295',
    help: 'requests and watches open on one connection',
    parse: integerIn(1, 2 ** 32 - 1),
  },
  'enable-grpc-gateway': {
    value: '',
    fallback: 'true',
    help: 'serve JSON below /v3/; on unless false',
    parse: boolean,
  },
  'host-whitelist': {
    value: 'HOSTS',
    fallback: '*',
    help: 'Host headers that are answered on http URLs; * for all',
    parse: list,
  },
  'auth-token': {
    value: 'SPEC',
    fallback: 'simple',
    help: 'simple, or jwt,pub-key=FILE,priv-key=FILE,sign-method=RS256,ttl=5m',
    parse: nonEmpty,
  },
  'bcrypt-cost': {
    value: 'COST',
    fallback: '10',
    help: 'work that hashing a password takes: 4 to 31',
    parse: integerIn(4, 31),
  },
  'auth-token-ttl': {
    value: 'SECONDS',
    fallback: '300',
    help: 'how long a simple token lives after its last use',
    parse: integerIn(1, 2 ** 31 - 1),
  },
  'log-level': {
    value: 'LEVEL',
    fallback: 'info',
    help: 'debug, info, warn, error, panic or fatal',
    parse: oneOf('debug', 'info', 'warn', 'error', 'panic', 'fatal'),
  },
  'log-outputs': {
    value: 'LIST',
    fallback: 'default',
    help: 'default or stderr, stdout, or files to append to',
    parse: list,
  },
  'log-format': {
    value: 'FORMAT',
    fallback: 'json',
    help: 'json or console',
    parse: oneOf('json', 'console'),
  },
  logger: {
    value: 'NAME',
    fallback: 'zap',
    help: 'zap: one JSON object a line',
    parse: oneOf('zap'),
  },
  version: { value: '', fallback: 'false', help: 'print the version and end', parse: boolean },
} as const satisfies FlagTable;
