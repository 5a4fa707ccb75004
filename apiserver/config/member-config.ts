// MemberConfig: what a member of the store's cluster is told, by `serve` and by `etcd` alike. Made from the values of the
// store's flags (store-flags.ts); what the values must not contradict is checked here, in etcd's order and words.
import { autoCompaction } from './auto-compaction.js';
import { must, UsageError, type FlagValues } from './flag-table.js';
import type { clusterFlags, etcdApiFlags, storeFlags } from './store-flags.js';
import { hostAndPort, isSecure, type NamedPeer } from './url-values.js';
import type { AutoCompactionPolicy } from '../../store/index.js';

/** Files of PEM texts. */
export interface TlsFiles {
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  /** Whose certificates the other side may present. */
  readonly trusted: string | undefined;
  /** The other side must present one. */
  readonly clientCertAuth: boolean;
  /** Make a certificate when none is given. */
  readonly auto: boolean;
}

export interface PeerConfig {
  /** Empty: a cluster of one that nobody can join. */
  readonly listenUrls: readonly string[];
  readonly advertiseUrls: readonly string[];
  readonly initialCluster: readonly NamedPeer[];
  readonly clusterState: 'new' | 'existing';
  readonly clusterToken: string;
  readonly tls: TlsFiles;
}

export interface ClientConfig {
  /** Where etcd's API is served; empty: nowhere. */
  readonly listenUrls: readonly string[];
  readonly advertiseUrls: readonly string[];
  readonly tls: TlsFiles;
  /** Where /metrics and /health are served, beside the above. */
  readonly metricsUrls: readonly string[];
}

export interface SnapshotConfig {
  readonly intervalMs: number;
  /** Undefined: in the data dir. */
  readonly folder: string | undefined;
  readonly retention: number;
}

export interface MemberConfig {
  readonly name: string;
  readonly quotaBytes: number;
  readonly requestBytesMax: number;
  readonly txnOpsMax: number;
  readonly autoCompaction?: AutoCompactionPolicy;
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly snapshotEntries: number;
  /** Undefined: no scheduled snapshots. */
  readonly snapshots: SnapshotConfig | undefined;
  readonly peers: PeerConfig;
  readonly clients: ClientConfig;
}

type StoreValues = FlagValues<typeof storeFlags & typeof clusterFlags & typeof etcdApiFlags>;

export function memberConfig(values: StoreValues): MemberConfig {
  const config: MemberConfig = {
    name: must(values, 'name'),
    quotaBytes: must(values, 'quota-backend-bytes'),
    requestBytesMax: must(values, 'max-request-bytes'),
    txnOpsMax: must(values, 'max-txn-ops'),
    ...autoCompaction(
      must(values, 'auto-compaction-mode'),
      must(values, 'auto-compaction-retention'),
    ),
    heartbeatMs: must(values, 'heartbeat-interval'),
    electionMs: must(values, 'election-timeout'),
    snapshotEntries: must(values, 'snapshot-count'),
    snapshots: snapshotConfig(values),
    peers: peerConfig(values),
    clients: clientConfig(values),
  };
  checkTimes(config.heartbeatMs, config.electionMs);
  checkPeers(config.peers);
  checkTls('client', config.clients.listenUrls, config.clients.tls);
  checkTls('peer', config.peers.listenUrls, config.peers.tls);
  return config;
}

function snapshotConfig(values: StoreValues): SnapshotConfig | undefined {
  const intervalMs = must(values, 'snapshot-interval');
  if (intervalMs === 0) {
    if (values['snapshot-dir'] === undefined) return undefined;
    throw new UsageError('--snapshot-dir does nothing without --snapshot-interval');
  }
  if (intervalMs < snapshotIntervalMsMin)
    throw new UsageError('--snapshot-interval must be at least one second');
  return {
    intervalMs,
    folder: values['snapshot-dir'],
    retention: must(values, 'snapshot-retention'),
  };
}

const snapshotIntervalMsMin = 1_000;

/** What is advertised is what is listened on, unless it is given. */
function peerConfig(values: StoreValues): PeerConfig {
  const listenUrls = values['listen-peer-urls'] ?? [];
  const advertiseUrls =
    values['initial-advertise-peer-urls'] ?? (listenUrls.length > 0 ? listenUrls : ownPeerUrls);
  return {
    listenUrls,
    advertiseUrls,
    initialCluster: values['initial-cluster'] ?? [
      { name: must(values, 'name'), peerUrls: advertiseUrls },
    ],
    clusterState: must(values, 'initial-cluster-state'),
    clusterToken: must(values, 'initial-cluster-token'),
    tls: {
      certificate: values['peer-cert-file'],
      key: values['peer-key-file'],
      trusted: values['peer-trusted-ca-file'],
      clientCertAuth: must(values, 'peer-client-cert-auth'),
      auto: must(values, 'peer-auto-tls'),
    },
  };
}

/** etcd's default: gives a member that is alone the ids it would have there. */
const ownPeerUrls: readonly string[] = ['http://localhost:2380'];

function clientConfig(values: StoreValues): ClientConfig {
  const listenUrls = values['listen-client-urls'] ?? [];
  return {
    listenUrls,
    advertiseUrls: values['advertise-client-urls'] ?? listenUrls.filter(isReachable),
    tls: {
      certificate: values['cert-file'],
      key: values['key-file'],
      trusted: values['trusted-ca-file'],
      clientCertAuth: must(values, 'client-cert-auth'),
      auto: must(values, 'auto-tls'),
    },
    metricsUrls: values['listen-metrics-urls'] ?? [],
  };
}

const electionMsMax = 50_000;

function checkTimes(heartbeatMs: number, electionMs: number): void {
  if (heartbeatMs * 5 > electionMs) {
    throw new UsageError(
      `--election-timeout[${electionMs}ms] should be at least as 5 times as --heartbeat-interval[${heartbeatMs}ms]`,
    );
  }
  if (electionMs > electionMsMax) {
    throw new UsageError(
      `--election-timeout[${electionMs}ms] is too long, and should be set less than ${electionMsMax}ms`,
    );
  }
}

function checkPeers({ initialCluster, listenUrls, clusterState }: PeerConfig): void {
  if ((initialCluster.length > 1 || clusterState === 'existing') && listenUrls.length === 0) {
    throw new UsageError('a member of a cluster needs --listen-peer-urls');
  }
}

function checkTls(whose: 'client' | 'peer', listenUrls: readonly string[], tls: TlsFiles): void {
  const prefix = whose === 'peer' ? 'peer-' : '';
  if ((tls.certificate === undefined) !== (tls.key === undefined)) {
    throw new UsageError(
      `--${prefix}cert-file and --${prefix}key-file must both be present or both absent`,
    );
  }
  const secure = listenUrls.find(isSecure);
  if (secure !== undefined && tls.certificate === undefined && !tls.auto) {
    throw new UsageError(
      `TLS key/cert (--${prefix}cert-file, --${prefix}key-file) must be provided for ${whose} url ${secure} with HTTPS scheme`,
    );
  }
}

/** 0.0.0.0 and :: are listened on, but nobody can be sent there. */
function isReachable(url: string): boolean {
  return !['0.0.0.0', '::'].includes(hostAndPort(url).host);
}
