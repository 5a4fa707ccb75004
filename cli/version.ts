// frontdesk version: this program's version and the Kubernetes API version it serves.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { kubernetesVersion } from '../apiserver/server.js';

export function version(): Promise<number> {
  const { major, minor, patch } = kubernetesVersion;
  process.stdout.write(
    `frontdesk ${packageVersion()}\nKubernetes API v${major}.${minor}.${patch}\n`,
  );
  return Promise.resolve(0);
}

/** From the nearest package.json above: a bundle lies deeper than the modules it joins. */
export function packageVersion(): string {
  for (const above of ['../package.json', '../../package.json', '../../../package.json']) {
    const path = fileURLToPath(new URL(above, import.meta.url));
    // as: our own package.json
    if (existsSync(path))
      return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
  }
  return 'unknown';
}
