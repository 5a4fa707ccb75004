// Pki: the certificates a server runs with. Made at the first start, kept in <data-dir>/pki (0600), made
// again when near expiry or when the server is to be reached under a name they do not carry.
// Read next: certificates.ts (how they are made), kubeconfig.ts (who gets them).
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { makeFolder } from '../../store/index.js';
import type { KeyPair, Validity } from './certificates.js';
import { mastersGroup } from './authorizer.js';

export interface Pki {
  /** PEM: what clients trust. */
  readonly authority: string;
  readonly serving: KeyPair;
  /** CN=kubernetes-admin, O=system:masters. */
  readonly admin: KeyPair;
}

export interface PkiRequest {
  /** Undefined: nothing is read or kept (a server in memory). */
  readonly directory: string | undefined;
  /** False: certificates found are used, new ones are not kept. */
  readonly keep: boolean;
  /** Names and addresses the server answers to. */
  readonly hosts: readonly string[];
  readonly nowMs: number;
}

const dayMs = 24 * 3600 * 1000;
const authorityDays = 3650;
const leafDays = 365;
const renewBeforeMs = 30 * dayMs;
/** Clocks of clients may run behind. */
const backdateMs = 3600 * 1000;
const authorityName = 'frontdesk-ca';
export const adminName = 'kubernetes-admin';

export async function openPki(request: PkiRequest): Promise<Pki> {
  const { directory, hosts, nowMs } = request;
  const found =
    directory === undefined
      ? [undefined, undefined, undefined]
      : await Promise.all(['ca', 'apiserver', 'admin'].map((name) => read(directory, name)));
  const [oldAuthority, oldServing, oldAdmin] = found;
  const authority = oldAuthority && isFresh(oldAuthority, nowMs) ? oldAuthority : undefined;
  const usable = (pair: KeyPair | undefined): KeyPair | undefined =>
    pair && authority && isFresh(pair, nowMs) && isIssuedBy(pair, authority) ? pair : undefined;
  const serving = usable(oldServing);
  const admin = usable(oldAdmin);
  if (authority && serving && admin && covers(serving, hosts)) {
    return { authority: authority.certificate, serving, admin };
  }
  const made = await make(
    authority,
    serving && covers(serving, hosts) ? serving : undefined,
    admin,
    request,
  );
  if (directory !== undefined && request.keep) {
    makeFolder(directory);
    await Promise.all([
      keep(directory, 'ca', made.authority),
      keep(directory, 'apiserver', made.serving),
      keep(directory, 'admin', made.admin),
    ]);
  }
  return { authority: made.authority.certificate, serving: made.serving, admin: made.admin };
}

async function make(
  oldAuthority: KeyPair | undefined,
  oldServing: KeyPair | undefined,
  oldAdmin: KeyPair | undefined,
  { hosts, nowMs }: PkiRequest,
): Promise<{ authority: KeyPair; serving: KeyPair; admin: KeyPair }> {
  const { createAuthority, createClientCertificate, createServerCertificate } =
    await import('./certificates.js');
  const authority = oldAuthority ?? createAuthority(authorityName, validity(nowMs, authorityDays));
  const leaf = validity(nowMs, leafDays);
  const serving =
    oldServing ?? createServerCertificate(authority, authorityName, 'kube-apiserver', hosts, leaf);
  const subject = { commonName: adminName, organizations: [mastersGroup] };
  const admin = oldAdmin ?? createClientCertificate(authority, authorityName, subject, leaf);
  return { authority, serving, admin };
}

export const validity = (nowMs: number, days: number): Validity => ({
  notBeforeMs: nowMs - backdateMs,
  notAfterMs: nowMs + days * dayMs,
});

export function isFresh(pair: KeyPair, nowMs: number): boolean {
  const { validFrom, validTo } = new X509Certificate(pair.certificate);
  return Date.parse(validFrom) <= nowMs && Date.parse(validTo) - renewBeforeMs > nowMs;
}

function isIssuedBy(pair: KeyPair, authority: KeyPair): boolean {
  const { publicKey } = new X509Certificate(authority.certificate);
  return new X509Certificate(pair.certificate).verify(publicKey);
}

export function covers(pair: KeyPair, hosts: readonly string[]): boolean {
  const certificate = new X509Certificate(pair.certificate);
  return hosts.every((host) =>
    isIP(host) === 0
      ? certificate.checkHost(host) !== undefined
      : certificate.checkIP(host) !== undefined,
  );
}

const read = (directory: string, name: string): Promise<KeyPair | undefined> =>
  readPair(join(directory, `${name}.crt`), join(directory, `${name}.key`));

/** Undefined: one of the files is missing. */
export async function readPair(
  certificatePath: string,
  keyPath: string,
): Promise<KeyPair | undefined> {
  const [certificate, key] = await Promise.all([
    readIfThere(certificatePath),
    readIfThere(keyPath),
  ]);
  if (certificate === undefined || key === undefined) return undefined;
  try {
    new X509Certificate(certificate);
    createPrivateKey(key);
  } catch (cause) {
    throw new Error(
      `${certificatePath} and ${keyPath} are not a certificate and its key; remove them to have new ones made`,
      { cause },
    );
  }
  return { certificate, key };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isObject(error) && error['code'] === 'ENOENT') return undefined;
    throw error;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

async function keep(directory: string, name: string, pair: KeyPair): Promise<void> {
  await Promise.all([
    writePrivate(join(directory, `${name}.crt`), pair.certificate),
    writePrivate(join(directory, `${name}.key`), pair.key),
  ]);
}

/** Readable by its owner only, and never half written. */
export async function writePrivate(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, path);
}
