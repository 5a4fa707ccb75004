// SelfSigned: a certificate for --auto-tls and --peer-auto-tls, which encrypts but proves nothing to who does not know it.
// Kept where etcd keeps its own, so that clients can be given cert.pem to trust: it holds the throw-away authority too.
import { join } from 'node:path';
import { makeFolder } from '../../store/index.js';
import type { KeyPair } from './certificates.js';
import { covers, isFresh, readPair, validity, writePrivate } from './pki.js';

const days = 365;

/** `directory` undefined: not kept. The certificate is followed by its issuer. */
export async function openSelfSigned(
  directory: string | undefined,
  hosts: readonly string[],
  nowMs: number,
): Promise<KeyPair> {
  const paths = directory && {
    certificate: join(directory, 'cert.pem'),
    key: join(directory, 'key.pem'),
  };
  const found = paths ? await readPair(paths.certificate, paths.key) : undefined;
  if (found && isFresh(found, nowMs) && covers(found, hosts)) return found;
  const made = await make(hosts, nowMs);
  if (directory && paths) {
    makeFolder(directory);
    await writePrivate(paths.key, made.key);
    await writePrivate(paths.certificate, made.certificate);
  }
  return made;
}

async function make(hosts: readonly string[], nowMs: number): Promise<KeyPair> {
  const { createAuthority, createServerCertificate } = await import('./certificates.js');
  const valid = validity(nowMs, days);
  const name = 'etcd-auto-tls';
  const authority = createAuthority(name, valid);
  const { certificate, key } = createServerCertificate(authority, name, 'etcd', hosts, valid);
  return { certificate: certificate + authority.certificate, key };
}
