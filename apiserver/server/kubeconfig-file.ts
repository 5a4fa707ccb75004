// The admin's kubeconfig as a file: written at every start, and again when other servers' authorities come to be trusted.
import { writeKubeconfig } from '../auth/kubeconfig.js';
import type { Pki } from '../auth/pki.js';
import type { Config } from '../config.js';
import type { Credentials } from './credentials.js';

/** Whoever serves with a certificate of their own is trusted by it; else by the authorities of all servers. */
export async function keepKubeconfig(
  { kubeconfigPath }: Config,
  url: string,
  { serving }: Credentials,
  { admin }: Pick<Pki, 'admin'>,
  authorities: readonly string[],
): Promise<void> {
  const authority = serving === undefined ? authorities.join('') : serving.certificate;
  try {
    await writeKubeconfig(kubeconfigPath, url, { authority, admin });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`cannot write the kubeconfig ${kubeconfigPath}: ${why}`, { cause });
  }
}
