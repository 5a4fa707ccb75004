// How this member reaches the others: over gRPC at the peer URLs, with TLS where they say https.
import { join } from 'node:path';
import { UsageError } from '../config.js';
import type { PeerConfig } from '../config/member-config.js';
import { hostAndPort, isSecure } from '../config/url-values.js';
import { openPeers, type Clock, type Transport } from '../../store/index.js';
import { readListenerTls } from './listener-tls.js';

/** Undefined: nobody is to be reached. `dataDir` keeps the certificate that --peer-auto-tls makes. */
export async function openTransport(
  { listenUrls, tls: files }: PeerConfig,
  dataDir: string | undefined,
  clock: Clock,
): Promise<Transport | undefined> {
  if (listenUrls.length === 0) return undefined;
  if (listenUrls.some(isSecure) && !listenUrls.every(isSecure)) {
    throw new UsageError('--listen-peer-urls must be all http or all https');
  }
  const material = await readListenerTls({
    whose: 'peer',
    files,
    listenUrls,
    directory: dataDir && join(dataDir, 'fixtures', 'peer'),
    nowMs: clock.now(),
  });
  const listen = listenUrls.map(addressOf);
  if (material === undefined) return openPeers({ listen, clock });
  const { certificate, key, trusted, requiresClientCert: clientCertAuth } = material;
  const tls = {
    cert: Buffer.from(certificate),
    key: Buffer.from(key),
    ...(trusted === undefined ? {} : { ca: Buffer.from(trusted) }),
  };
  return openPeers({
    listen,
    listenTls: { ...tls, clientCertAuth },
    tls: { ...tls, trustsAnyone: files.auto && files.certificate === undefined },
    clock,
  });
}

function addressOf(url: string): string {
  const { host, port } = hostAndPort(url);
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
