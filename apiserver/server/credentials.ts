// What the files named by flags say about who may come in. A file that cannot be used is a UsageError.
import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { KeyPair } from '../auth/certificates.js';
import { parseTokenFile, StaticTokens, type TokenAuthenticator } from '../auth/tokens.js';
import { UsageError, type Config } from '../config.js';

export interface Credentials {
  readonly tokens: readonly TokenAuthenticator[];
  /** PEM of --client-ca-file. */
  readonly clientAuthorities: readonly string[];
  /** Of --tls-cert-file or --cert-dir. */
  readonly serving: KeyPair | undefined;
}

export async function readCredentials(config: Config): Promise<Credentials> {
  const { tokenFile, clientCaFile } = config;
  const servingFiles = config.servingFiles ?? ifThere(config.certDirFiles);
  const [tokens, clientCa, certificate, key] = await Promise.all([
    tokenFile === undefined ? [] : readTokens(tokenFile),
    clientCaFile === undefined ? undefined : readCertificate('client-ca-file', clientCaFile),
    servingFiles && readCertificate(flagOf(config), servingFiles.certificate),
    servingFiles && readNamed(keyFlagOf(config), servingFiles.key),
  ]);
  return {
    tokens,
    clientAuthorities: clientCa === undefined ? [] : [clientCa],
    serving: certificate === undefined || key === undefined ? undefined : { certificate, key },
  };
}

type ServingFiles = Config['certDirFiles'];

function ifThere(files: ServingFiles): ServingFiles {
  return files && existsSync(files.certificate) && existsSync(files.key) ? files : undefined;
}

const flagOf = ({ servingFiles }: Config): string =>
  servingFiles === undefined ? 'cert-dir' : 'tls-cert-file';

const keyFlagOf = ({ servingFiles }: Config): string =>
  servingFiles === undefined ? 'cert-dir' : 'tls-private-key-file';

async function readTokens(path: string): Promise<TokenAuthenticator[]> {
  const text = await readNamed('token-auth-file', path);
  try {
    return [new StaticTokens(parseTokenFile(text))];
  } catch (error) {
    throw new UsageError(`--token-auth-file ${path}: ${messageOf(error)}`);
  }
}

async function readCertificate(flag: string, path: string): Promise<string> {
  const pem = await readNamed(flag, path);
  try {
    new X509Certificate(pem);
  } catch {
    throw new UsageError(`--${flag} ${path}: no PEM certificate in it`);
  }
  return pem;
}

async function readNamed(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--${flag}: ${messageOf(error)}`);
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
