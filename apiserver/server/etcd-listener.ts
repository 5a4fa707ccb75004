// etcd's own API beside the Kubernetes one (--listen-client-urls), for etcdctl and backups. It goes around the access
// control of the Kubernetes API, so it is off unless asked for; with --auto-tls only who has a client certificate of the
// server's authorities gets in.
import { UsageError, type Config } from '../config.js';
import { isSecure } from '../config/url-values.js';
import { startEtcdApi, type Clock, type EtcdServer, type StoreNode } from '../../store/index.js';
import type { Pki } from '../auth/pki.js';
import { readListenerTls, type ListenerTls } from './listener-tls.js';

export interface EtcdListenerGround {
  readonly node: StoreNode;
  readonly clock: Clock;
  readonly random: () => number;
  readonly pki: Pki;
  /** PEM: of all servers that share the store. */
  readonly authorities: readonly string[];
  /** A request failed in a way nobody foresaw. */
  readonly report: (error: unknown) => void;
}

/** Undefined: not asked for. */
export async function listenForEtcdClients(
  { store: { clients, electionMs, requestBytesMax } }: Config,
  { node, clock, random, pki, authorities, report }: EtcdListenerGround,
): Promise<EtcdServer | undefined> {
  const { listenUrls, metricsUrls } = clients;
  if (listenUrls.length === 0 && metricsUrls.length === 0) return undefined;
  const isOwn = clients.tls.auto && clients.tls.certificate === undefined;
  if (isOwn && clients.tls.trusted !== undefined) {
    throw new UsageError(
      "--auto-tls takes the server's own authority: leave --trusted-ca-file out",
    );
  }
  const tls = isOwn
    ? ownTls([...listenUrls, ...metricsUrls], pki, authorities)
    : await readListenerTls({
        whose: 'client',
        files: clients.tls,
        listenUrls: [...listenUrls, ...metricsUrls],
        directory: undefined,
        nowMs: clock.now(),
      });
  return startEtcdApi(node, {
    listenClientUrls: listenUrls,
    listenMetricsUrls: metricsUrls,
    ...(tls && { tls: tlsMaterial(tls) }),
    electionMs,
    requestBytesMax,
    clock,
    random,
    report,
  });
}

function ownTls(
  urls: readonly string[],
  { serving }: Pki,
  authorities: readonly string[],
): ListenerTls | undefined {
  if (!urls.some(isSecure)) return undefined;
  return { ...serving, trusted: authorities.join(''), requiresClientCert: true };
}

/** As the store's listeners take it. */
export const tlsMaterial = (
  tls: ListenerTls,
): { cert: Buffer; key: Buffer; trustedCa?: Buffer; clientCertAuth: boolean } => ({
  cert: Buffer.from(tls.certificate),
  key: Buffer.from(tls.key),
  ...(tls.trusted === undefined ? {} : { trustedCa: Buffer.from(tls.trusted) }),
  clientCertAuth: tls.requiresClientCert,
});
