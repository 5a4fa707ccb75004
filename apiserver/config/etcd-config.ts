// EtcdConfig: where the etcd is that an API server without a store of its own keeps its objects in.
import { must, UsageError, type FlagValues } from './flag-table.js';
import type { etcdFlags } from './etcd-flags.js';
import type { MemberConfig } from './member-config.js';

export interface EtcdConfig {
  readonly endpoints: readonly string[];
  readonly authorityFile: string | undefined;
  readonly clientFiles: { readonly certificate: string; readonly key: string } | undefined;
  readonly healthMaxMs: number;
  readonly readyMaxMs: number;
}

/** Undefined: the store is in this process. */
export function etcdConfig(
  values: FlagValues<typeof etcdFlags>,
  member: MemberConfig,
): EtcdConfig | undefined {
  const endpoints = values['etcd-servers'];
  const certificate = values['etcd-certfile'];
  const key = values['etcd-keyfile'];
  if ((certificate === undefined) !== (key === undefined)) {
    throw new UsageError('--etcd-certfile and --etcd-keyfile need each other');
  }
  if (endpoints === undefined) return undefined;
  const { peers, clients } = member;
  if (peers.listenUrls.length + clients.listenUrls.length > 0) {
    throw new UsageError('with --etcd-servers there is no store here that could listen');
  }
  return {
    endpoints,
    authorityFile: values['etcd-cafile'],
    clientFiles: certificate === undefined || key === undefined ? undefined : { certificate, key },
    healthMaxMs: must(values, 'etcd-healthcheck-timeout'),
    readyMaxMs: must(values, 'etcd-readycheck-timeout'),
  };
}
