// The rest of etcd 3.6's flags: those without effect here are accepted; those that would protect something, or find the
// cluster in a way this program does not know, are refused rather than taken and not kept. And the names of etcd 3.5.
import type { Flag, FlagTable } from '../../apiserver/config/flag-table.js';
import { boolean, oneOf } from '../../apiserver/config/flag-values.js';

/** name -> what stands for its value in --help; '' = a switch. */
const withoutEffect: Readonly<Record<string, string>> = {
  'wal-dir': 'DIR',
  'initial-election-tick-advance': '',
  'max-snapshots': 'COUNT',
  'max-wals': 'COUNT',
  'snapshot-catchup-entries': 'COUNT',
  'backend-bbolt-freelist-type': 'NAME',
  'backend-batch-interval': 'DURATION',
  'backend-batch-limit': 'COUNT',
  'socket-reuse-port': '',
  'socket-reuse-address': '',
  'raft-read-timeout': 'DURATION',
  'raft-write-timeout': 'DURATION',
  'pre-vote': '',
  'grpc-keepalive-min-time': 'DURATION',
  'grpc-keepalive-interval': 'DURATION',
  'grpc-keepalive-timeout': 'DURATION',
  cors: 'ORIGINS',
  'v2-deprecation': 'PHASE',
  'discovery-fallback': 'WHAT',
  'client-cert-file': 'FILE',
  'client-key-file': 'FILE',
  'peer-client-cert-file': 'FILE',
  'peer-client-key-file': 'FILE',
  'self-signed-cert-validity': 'YEARS',
  'peer-skip-client-san-verification': '',
  'enable-pprof': '',
  metrics: 'LEVEL',
  'enable-log-rotation': '',
  'log-rotation-config-json': 'JSON',
  'disable-log-sampling': '',
  'enable-distributed-tracing': '',
  'distributed-tracing-address': 'ADDRESS',
  'distributed-tracing-service-name': 'NAME',
  'distributed-tracing-instance-id': 'ID',
  'distributed-tracing-sampling-rate': 'RATE',
  'corrupt-check-time': 'DURATION',
  'compact-hash-check-time': 'DURATION',
  'compaction-batch-limit': 'COUNT',
  'compaction-sleep-interval': 'DURATION',
  'downgrade-check-time': 'DURATION',
  'warning-apply-duration': 'DURATION',
  'warning-unary-request-duration': 'DURATION',
  'memory-mlock': '',
  'bootstrap-defrag-threshold-megabytes': 'MB',
  'feature-gates': 'LIST',
  'unsafe-no-fsync': '',
};

const unusedHelp: Readonly<Record<string, string>> = {
  'wal-dir': 'accepted and not used: the log is in --data-dir',
  'pre-vote': 'accepted and not used: always on',
  cors: 'accepted and not used: pages of other origins cannot read answers',
  'unsafe-no-fsync': 'accepted and not used: what is acknowledged is always on disk',
};

/** Never taken in silence: somebody relies on them. */
const refused: Readonly<Record<string, string>> = {
  'listen-client-http-urls': 'URLS',
  'client-crl-file': 'FILE',
  'peer-crl-file': 'FILE',
  'client-cert-allowed-hostname': 'LIST',
  'peer-cert-allowed-cn': 'LIST',
  'peer-cert-allowed-hostname': 'LIST',
  'cipher-suites': 'LIST',
  'tls-max-version': 'VERSION',
  discovery: 'URL',
  'discovery-endpoints': 'URLS',
  'discovery-token': 'TOKEN',
  'discovery-srv': 'DOMAIN',
  'discovery-srv-name': 'NAME',
  'discovery-proxy': 'URL',
};

const unused = (name: string, value: string): Flag<string> => ({
  value,
  fallback: undefined,
  help: unusedHelp[name] ?? 'accepted and not used',
  parse: (text) => text,
});

const refusal = (value: string): Flag<string> => ({
  value,
  fallback: undefined,
  help: 'not implemented: refused unless empty',
  parse: (text) => {
    if (text !== '') throw new Error('not implemented');
    return text;
  },
});

const tlsMinVersion: Flag<string> = {
  value: 'VERSION',
  fallback: 'TLS1.2',
  help: 'TLS1.2; another is not implemented',
  parse: oneOf('TLS1.2'),
};

const rowsOf = (
  names: Readonly<Record<string, string>>,
  row: (name: string, value: string) => Flag<string>,
): Record<string, Flag<string>> =>
  Object.fromEntries(Object.entries(names).map(([name, value]) => [name, row(name, value)]));

const forceNewCluster: Flag<boolean> = {
  value: '',
  fallback: 'false',
  help: 'not implemented: restore a snapshot into a new cluster instead',
  parse: (text) => {
    if (boolean(text)) throw new Error('not implemented: restore a snapshot into a new cluster');
    return false;
  },
};

/** Names of 3.5 for flags that 3.6 calls by their name without `experimental-`. */
const renamed = [
  'corrupt-check-time',
  'compact-hash-check-time',
  'compaction-batch-limit',
  'compaction-sleep-interval',
  'peer-skip-client-san-verification',
  'watch-progress-notify-interval',
  'downgrade-check-time',
  'memory-mlock',
  'warning-apply-duration',
  'warning-unary-request-duration',
  'bootstrap-defrag-threshold-megabytes',
  'max-learners',
  'snapshot-catchup-entries',
  'backend-bbolt-freelist-type',
  'enable-distributed-tracing',
  'distributed-tracing-address',
  'distributed-tracing-service-name',
  'distributed-tracing-instance-id',
  'distributed-tracing-sampling-rate',
];

/** What 3.6 has as feature gates. */
const becameGates = {
  'experimental-initial-corrupt-check': '',
  'experimental-compact-hash-check-enabled': '',
  'experimental-enable-lease-checkpoint': '',
  'experimental-enable-lease-checkpoint-persist': '',
  'experimental-txn-mode-write-with-shared-buffer': '',
  'experimental-stop-grpc-service-on-defrag': '',
};

const former = 'experimental-';

/** experimental-max-learners -> max-learners; any other name as it is. */
export function currentName(name: string): string {
  const bare = name.startsWith(former) ? name.slice(former.length) : '';
  return renamed.includes(bare) ? bare : name;
}

export const formerNames: readonly string[] = renamed.map((name) => `${former}${name}`);

export const otherFlags: FlagTable = {
  'tls-min-version': tlsMinVersion,
  'force-new-cluster': forceNewCluster,
  ...rowsOf({ ...withoutEffect, ...becameGates }, unused),
  ...rowsOf(refused, (_name, value) => refusal(value)),
};

export const isWithoutEffect = (name: string): boolean =>
  Object.hasOwn(withoutEffect, name) || Object.hasOwn(becameGates, name);
