// frontdesk version: this program's version and the Kubernetes API version it serves.
import { readFile } from 'node:fs/promises';
import { kubernetesVersion } from '../apiserver/server.js';

export async function version(): Promise<number> {
  const own = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { version: string }; // as: our own package.json
  const { major, minor, patch } = kubernetesVersion;
  process.stdout.write(`frontdesk ${own.version}\nKubernetes API v${major}.${minor}.${patch}\n`);
  return 0;
}
