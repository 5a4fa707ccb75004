// Tests that need a real etcd: where there is none they fail, instead of being skipped in silence.
import { describe, it } from '@jest/globals';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Of `etcd` and `etcdctl`, those that are not in the PATH. */
export function missingEtcdPrograms(): readonly string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return ['etcd', 'etcdctl'].filter(
    (name) => !folders.some((folder) => isExecutable(folder, name)),
  );
}

/**
 * `describe` for tests that need a real etcd. Where there is none they fail, saying so; only with FRONTDESK_WITHOUT_ETCD=1,
 * and never in CI, they are skipped instead, under a name that says why, and the summary counts them.
 */
export function describeWithEtcd(name: string, register: () => void): void {
  const missing = missingEtcdPrograms();
  if (missing.length === 0) {
    describe(name, register);
    return;
  }
  const loudly = `NOT RUN, there is no ${missing.join(' and no ')} in the PATH: ${name}`;
  process.stderr.write(`${loudly}\n`);
  if (process.env['FRONTDESK_WITHOUT_ETCD'] === '1' && process.env['CI'] !== 'true') {
    describe.skip(loudly, register);
    return;
  }
  describe(name, () => {
    it('needs a real etcd: install etcd-server and etcd-client, or set FRONTDESK_WITHOUT_ETCD=1', () => {
      throw new Error(loudly);
    });
  });
}

function isExecutable(folder: string, name: string): boolean {
  try {
    accessSync(join(folder, name), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
