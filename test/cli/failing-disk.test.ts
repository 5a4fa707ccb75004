// A disk that takes no more: the system lets the process write files of 17 MiB at most, which a log segment (16 MiB)
// keeps and the tables do not. What must hold: the process ends, says why, and nothing acknowledged is lost.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import { ServerProcess } from '../support/server-process.js';
import { program as main } from '../support/program.js';

/** In units of 512 bytes, as POSIX has it. */
const fileBlocksMax = (17 * 2 ** 20) / 512;
const configmaps = '/api/v1/namespaces/default/configmaps';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frontdesk-disk-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const configmap = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { filler: 'x'.repeat(900_000) },
});

it('a full disk ends the server with a fatal line, and every acknowledged write is there afterwards', async () => {
  const data = join(folder, 'data');
  // bash counts in units of 1024 bytes unless it is called sh.
  const script = `ulimit -f ${fileBlocksMax}; exec "$0" "$1" serve --secure-port=0 --data-dir="$2"`;
  const child = spawn('sh', ['-c', script, process.execPath, main, data], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'close');
  const log = text(child.stderr);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const [, url = ''] = /^frontdesk is ready: (\S+)/.exec(line) ?? [];
  const client = await ApiClient.fromKubeconfig(url, join(data, 'kubeconfig'));
  const acknowledged: string[] = [];
  try {
    for (let i = 0; i < 60; i++) {
      const { code } = await client.post(configmaps, configmap(`big-${i}`));
      if (code !== 201) break;
      acknowledged.push(`big-${i}`);
    }
  } catch {
    // The connection breaks where the process ends.
  }
  expect((await exited)[0]).toBe(1);
  client.close();
  const fatal = (await log)
    .split('\n')
    .filter((entry) => entry.startsWith('{'))
    .map((entry) => JSON.parse(entry) as { level: string }); // as: our own log
  expect(fatal.map(({ level }) => level)).toContain('fatal');
  expect(acknowledged.length).toBeGreaterThan(5);

  const again = await ServerProcess.start([], data);
  const reader = await ApiClient.fromKubeconfig(again.url, again.kubeconfigPath);
  for (const name of acknowledged) {
    expect((await reader.get(`${configmaps}/${name}`)).code).toBe(200);
  }
  reader.close();
  await again.stop();
});
