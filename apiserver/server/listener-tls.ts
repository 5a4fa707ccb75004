// What the store's TLS listeners are given: files named by flags, or a certificate made here. Texts are PEM. A file that
// cannot be used is a UsageError naming its flag.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { KeyPair } from '../auth/certificates.js';
import { isUnspecified } from '../auth/hosts.js';
import { openSelfSigned } from '../auth/self-signed.js';
import { UsageError } from '../config.js';
import type { TlsFiles } from '../config/member-config.js';
import { hostAndPort, isSecure } from '../config/url-values.js';

export interface ListenerTls extends KeyPair {
  /** Authorities of the other side's certificates; undefined: none is asked for, and as a client any server is believed. */
  readonly trusted: string | undefined;
  /** Who comes must present a certificate of `trusted`. */
  readonly requiresClientCert: boolean;
}

export interface TlsRequest {
  readonly whose: 'client' | 'peer';
  readonly files: TlsFiles;
  readonly listenUrls: readonly string[];
  /** Where a certificate made here is kept; undefined: nowhere. */
  readonly directory: string | undefined;
  readonly nowMs: number;
}

/** Undefined: no listener speaks TLS. A certificate that is given goes before one that is made. */
export async function readListenerTls(request: TlsRequest): Promise<ListenerTls | undefined> {
  const { whose, files, listenUrls } = request;
  if (!listenUrls.some(isSecure)) return undefined;
  const prefix = whose === 'peer' ? 'peer-' : '';
  const trusted = await readAuthorities(`${prefix}trusted-ca-file`, files.trusted);
  if (files.clientCertAuth && trusted === undefined) {
    throw new UsageError(`--${prefix}client-cert-auth needs --${prefix}trusted-ca-file`);
  }
  const { certificate, key } = files;
  const pair =
    certificate === undefined || key === undefined
      ? await openSelfSigned(request.directory, hostsOf(listenUrls), request.nowMs)
      : await readFiles(prefix, certificate, key);
  // As etcd: an authority that is given is one that is asked for.
  return { ...pair, trusted, requiresClientCert: trusted !== undefined };
}

async function readFiles(prefix: string, certificate: string, key: string): Promise<KeyPair> {
  const [certificatePem, keyPem] = await Promise.all([
    readNamed(`${prefix}cert-file`, certificate),
    readNamed(`${prefix}key-file`, key),
  ]);
  checkCertificate(`${prefix}cert-file`, certificate, certificatePem);
  let isPair: boolean;
  try {
    isPair = new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    throw new UsageError(`--${prefix}key-file ${key}: no PEM key in it`);
  }
  if (!isPair) {
    throw new UsageError(`--${prefix}key-file ${key}: not the key of --${prefix}cert-file`);
  }
  return { certificate: certificatePem, key: keyPem };
}

async function readAuthorities(
  flag: string,
  path: string | undefined,
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const pem = await readNamed(flag, path);
  checkCertificate(flag, path, pem);
  return pem;
}

function checkCertificate(flag: string, path: string, pem: string): void {
  try {
    new X509Certificate(pem);
  } catch {
    throw new UsageError(`--${flag} ${path}: no PEM certificate in it`);
  }
}

async function readNamed(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--${flag}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What a made certificate is good for: the hosts listened on, and this machine. */
function hostsOf(listenUrls: readonly string[]): string[] {
  const named = listenUrls
    .map((url) => hostAndPort(url).host)
    .filter((host) => !isUnspecified(host));
  const machine = hostname();
  const own = /^[A-Za-z0-9.-]+$/.test(machine) ? [machine.toLowerCase()] : [];
  return [...new Set([...named, 'localhost', '127.0.0.1', '::1', ...own])];
}
