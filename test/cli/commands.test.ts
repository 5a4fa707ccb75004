// The command line as a user meets it: real processes.
import { request } from 'node:https';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCommand, ServerProcess } from '../support/server-process.js';
import { program as main } from '../support/program.js';

let folder = '';
let server: ServerProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frontdesk-cli-'));
  server = await ServerProcess.start(['--in-memory']);
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: string[]) => runCommand([...args, '--kubeconfig', server.kubeconfigPath]);

const manifest = `
apiVersion: v1
kind: ConfigMap
metadata: {name: from-cli, namespace: default}
data: {a: b}
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Service
  metadata: {name: web}
  spec: {selector: {app: web}, ports: [{port: 80}]}
`;

describe('apply, get, delete', () => {
  it('make, show and remove what manifests say', async () => {
    const file = join(folder, 'objects.yaml');
    await writeFile(file, manifest);
    expect(await run('apply', '-f', file)).toMatchObject({
      code: 0,
      stdout: 'configmap/from-cli created\nservice/web created\n',
    });
    expect((await run('apply', '-f', folder)).stdout).toBe(
      'configmap/from-cli applied\nservice/web applied\n',
    );
    const table = await run('get', 'cm', 'from-cli');
    expect(table.stdout).toMatch(/^NAME +DATA +AGE\nfrom-cli +1 +\S+\n$/);
    expect((await run('get', 'svc', '-A', '-o', 'name')).stdout).toContain('service/web\n');
    expect((await run('get', 'configmaps/from-cli', '-o', 'yaml')).stdout).toContain('\n  a: b\n');
    const json: unknown = JSON.parse((await run('get', 'ns', '-o', 'json')).stdout);
    expect(json).toMatchObject({ kind: 'NamespaceList' });
    expect((await run('delete', '-f', file)).stdout).toBe(
      'service/web deleted\nconfigmap/from-cli deleted\n',
    );
    expect((await run('get', 'cm', '-l', 'x=y')).stdout).toBe('No resources found\n');
  });

  it('say in one line what is wrong', async () => {
    expect(await run('get', 'cm', 'nothing')).toMatchObject({
      code: 1,
      stderr: 'frontdesk: error from server (NotFound): configmaps "nothing" not found\n',
    });
    expect(await run('get', 'nonsense')).toMatchObject({
      code: 2,
      stderr: 'frontdesk: the server has no resource type "nonsense"\n',
    });
    expect(await run('apply', '-f', '/nonexistent.yaml')).toMatchObject({
      code: 1,
      stderr: 'frontdesk: /nonexistent.yaml does not exist\n',
    });
    expect(await run('apply')).toMatchObject({ code: 2 });
  });
});

describe('inspect', () => {
  it('shows keys with their revisions and values', async () => {
    const { stdout } = await run('inspect', '/registry/namespaces/');
    expect(stdout).toMatch(/^# revision \d+, 4 keys\n/);
    expect(stdout).toMatch(
      /\n\/registry\/namespaces\/default {2}create \d+ {2}mod \d+ {2}version 1\n {2}\{"kind":"Namespace"/,
    );
    const history = await run('inspect', '--history', '/registry/namespaces/default');
    expect(history.stdout).toContain('put at revision');
  });
});

describe('serve', () => {
  it('refuses in one line, with an exit code, what cannot work', async () => {
    const inUse = createServer().listen(0, '127.0.0.1');
    await once(inUse, 'listening');
    const { port } = inUse.address() as AddressInfo; // as: a TCP server
    const data = `--data-dir=${join(folder, 'data')}`;
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    for (const [args, words] of [
      [['--nonsense'], 'unknown flag: --nonsense'],
      [['--secure-port=x'], 'invalid value "x" for --secure-port'],
      [[data, '--in-memory', `--secure-port=${port}`], `127.0.0.1:${port} is in use`],
      [[`--data-dir=${file}/x`, '--secure-port=0'], 'is not writable'],
      [[`--data-dir=${file}`, '--secure-port=0'], 'is not writable: ENOTDIR'],
      [['--data-dir=/proc/frontdesk', '--secure-port=0'], '/proc/frontdesk is not writable'],
      [
        [data, '--in-memory', '--secure-port=0', '--kubeconfig=/proc/frontdesk/kubeconfig'],
        'cannot write the kubeconfig /proc/frontdesk/kubeconfig',
      ],
      [[data, '--authorization-mode=RBAC'], 'only AlwaysAllow is implemented so far'],
      [[data, '--in-memory', '--controllers=nonsense'], 'unknown controller "nonsense"'],
      [[data, '--in-memory', '--token-auth-file=/nonexistent'], '--token-auth-file'],
    ] as const) {
      const { code, stdout, stderr } = await runCommand(['serve', ...args]);
      expect(stderr).toContain(words);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(stdout).toBe('');
      expect(code).not.toBe(0);
    }
    inUse.close();
  });

  it('keeps a data dir to itself, and finds everything again after a stop with a watch open', async () => {
    const data = join(folder, 'kept');
    const first = await ServerProcess.start([], data);
    const second = await runCommand(['serve', '--secure-port=0', `--data-dir=${data}`]);
    expect(second.code).not.toBe(0);
    expect(second.stderr).toContain('is in use by process');
    const file = join(folder, 'one.yaml');
    await writeFile(file, manifest);
    await runCommand(['apply', '-f', file, '--kubeconfig', first.kubeconfigPath]);
    const watching = runCommand(['watch', 'cm', '--kubeconfig', first.kubeconfigPath]);
    await hasWatch(first);
    const startedAt = performance.now();
    expect(await first.stop()).toEqual({ code: 0, signal: null });
    expect(performance.now() - startedAt).toBeLessThan(1000);
    expect((await watching).stdout).toContain('from-cli');
    const again = await ServerProcess.start([], data);
    const { stdout } = await runCommand(['get', 'cm', '--kubeconfig', again.kubeconfigPath]);
    expect(stdout).toContain('from-cli');
    await again.stop();
  });

  it('goes when its parent has gone, if asked to', async () => {
    const path = join(folder, 'orphan');
    // A shell starts the server in the background and ends when that is up.
    const shell = await runOrphan(path);
    expect(shell).toBeGreaterThan(0);
    await until(() => !isRunning(shell));
  });
});

describe('a command whose reader has gone', () => {
  it('ends without a word', async () => {
    const { execFile } = await import('node:child_process');
    const piped = '"$0" "$1" help serve | true';
    const complaint = await new Promise((resolve) => {
      execFile('sh', ['-c', piped, process.execPath, main], (_error, _stdout, stderr) => {
        resolve(stderr);
      });
    });
    expect(complaint).toBe('');
  });
});

/** Polls a condition: what happens in another process cannot be awaited. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(20);
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function hasWatch(running: ServerProcess): Promise<void> {
  const kubeconfig = await readFile(running.kubeconfigPath, 'utf8');
  const part = (name: string): Buffer =>
    Buffer.from(new RegExp(`${name}: (\\S+)`).exec(kubeconfig)?.[1] ?? '', 'base64');
  const credentials = {
    ca: part('certificate-authority-data'),
    cert: part('client-certificate-data'),
    key: part('client-key-data'),
  };
  await until(async () => {
    const sent = request(`${running.url}/metrics`, credentials);
    sent.end();
    const [response] = (await once(sent, 'response')) as [AsyncIterable<Buffer>];
    let text = '';
    for await (const chunk of response) text += chunk.toString();
    return /apiserver_longrunning_requests\{[^}]*resource="configmaps"[^}]*\} 1/.test(text);
  });
}

async function runOrphan(path: string): Promise<number> {
  const { execFile } = await import('node:child_process');
  const script = `"$0" "$1" serve --in-memory --secure-port=0 --data-dir="$2" --exit-with-parent >/dev/null 2>&1 & echo $!; while [ ! -e "$2/kubeconfig" ]; do sleep 0.05; done`;
  return new Promise((resolve, reject) => {
    execFile('sh', ['-c', script, process.execPath, main, path], (error, stdout) => {
      if (error === null) resolve(Number(stdout));
      else reject(new Error('the shell failed', { cause: error }));
    });
  });
}
