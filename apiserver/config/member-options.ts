// From flags to what the store is opened with: the one place where the names meet.
import { join } from 'node:path';
import { UsageError } from './flag-table.js';
import type { MemberConfig } from './member-config.js';
import type { MemberOptions } from '../../store/index.js';

export function memberOptions(
  config: MemberConfig,
  dataDir: string | undefined,
): Omit<MemberOptions, 'onFatal'> {
  const { peers, clients, autoCompaction } = config;
  return {
    ...(dataDir === undefined ? {} : { dataDir }),
    name: config.name,
    peerUrls: peers.advertiseUrls,
    clientUrls: clients.advertiseUrls,
    initialCluster: new Map(peers.initialCluster.map((peer) => [peer.name, peer.peerUrls])),
    initialClusterState: peers.clusterState,
    clusterToken: peers.clusterToken,
    snapshotEntries: config.snapshotEntries,
    heartbeatMs: config.heartbeatMs,
    electionMs: config.electionMs,
    quotaBytes: config.quotaBytes,
    requestBytesMax: config.requestBytesMax,
    txnOpsMax: config.txnOpsMax,
    ...(autoCompaction === undefined ? {} : { autoCompaction }),
    ...snapshotOptions(config, dataDir),
  };
}

function snapshotOptions(
  { snapshots }: MemberConfig,
  dataDir: string | undefined,
): Pick<MemberOptions, 'snapshots'> {
  if (snapshots === undefined) return {};
  const { intervalMs, retention } = snapshots;
  const folder = snapshots.folder ?? (dataDir && join(dataDir, 'snapshots'));
  if (folder === undefined)
    throw new UsageError('--snapshot-interval needs --snapshot-dir where there is no data dir');
  return { snapshots: { intervalMs, retention, folder } };
}
