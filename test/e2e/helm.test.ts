// The real helm: the life of a release of helm's own starter chart.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findProgram } from '../support/kubectl.js';
import { KubectlDesk } from './kubectl-desk.js';

let desk: KubectlDesk;
let folder: string;
let program: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frontdesk-helm-'));
  program = await findProgram('helm');
  desk = await KubectlDesk.open();
});
afterAll(async () => {
  await desk.close();
  await rm(folder, { recursive: true, force: true });
});

/** Rejects with what helm says when it fails. */
async function helm(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, KUBECONFIG: desk.server.kubeconfigPath, HOME: folder };
  const { stdout } = await promisify(execFile)(program, [...args], { cwd: folder, env });
  return stdout;
}

describe('helm', () => {
  it('installs, upgrades, rolls back and uninstalls a chart', async () => {
    await helm('create', 'shop');
    const installed = await helm('install', 'shop', 'shop', '-n', 'market', '--create-namespace');
    expect(installed).toContain('STATUS: deployed');
    const { ok } = desk.cluster;
    const replicas = 'jsonpath={.spec.replicas}';
    expect(await ok`get all,serviceaccount -n market -o name`).toBe(
      'service/shop\ndeployment.apps/shop\nserviceaccount/shop\n',
    );
    await helm('upgrade', 'shop', 'shop', '-n', 'market', '--set', 'replicaCount=3');
    expect(await ok`get deployment shop -n market -o ${replicas}`).toBe('3');
    await helm('rollback', 'shop', '1', '-n', 'market');
    expect(await ok`get deployment shop -n market -o ${replicas}`).toBe('1');
    const history = await helm('history', 'shop', '-n', 'market', '-o', 'json');
    expect(JSON.parse(history)).toMatchObject([
      { revision: 1, status: 'superseded' },
      { revision: 2, status: 'superseded' },
      { revision: 3, status: 'deployed' },
    ]);
    expect(await helm('list', '-A', '-q')).toBe('shop\n');
    await helm('uninstall', 'shop', '-n', 'market');
    expect(await ok`get all,secret,serviceaccount -n market -o name`).toBe('');
  });
});
