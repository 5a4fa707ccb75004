// frontdesk kubeconfig: prints the admin's kubeconfig of a data dir.
import { readFile } from 'node:fs/promises';
import { parseFlags } from '../apiserver/config.js';

export async function kubeconfig(argv: readonly string[]): Promise<number> {
  const { kubeconfigPath } = parseFlags(argv, process.env);
  process.stdout.write(await readFile(kubeconfigPath, 'utf8'));
  return 0;
}
