// The shell blocks of docs/operations.md on backups, restores, drills, moves, defragmentation and monitoring, run as they
// are printed. Only places are others: ports, and three folders instead of three machines. A command that runs on (a
// server) goes to the background once it serves; `systemctl stop` ends it.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWithEtcd } from '../support/describe-with-etcd.js';
import { program } from '../support/program.js';
import { freePorts } from '../support/free-ports.js';

/** This file runs from test/e2e of the build folder. */
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Shell functions under the programs' names. */
const prelude = `
set -eu -o pipefail
serving() { # NAME WORDS COMMAND...: in the background, until WORDS are in its output
  local name=$1 words=$2; shift 2
  "$@" > "$name.log" 2>&1 &
  echo $! >> "$RUNNING/$name"
  for _ in $(seq 600); do
    grep -q "$words" "$name.log" && return 0
    kill -0 $! 2> /dev/null || break
    sleep 0.05
  done
  cat "$name.log" >&2; return 1
}
frontdesk() {
  case $1 in
    serve|apiserver) serving frontdesk 'frontdesk is ready' node "$FRONTDESK" "$@" ;;
    etcd) serving frontdesk 'serving client traffic' node "$FRONTDESK" "$@" ;;
    *) node "$FRONTDESK" "$@" ;;
  esac
}
etcd() { serving etcd 'ready to serve client requests' command etcd "$@"; }
systemctl() {
  for pid in $(cat "$RUNNING/$2" 2> /dev/null || true); do
    kill -TERM $pid 2> /dev/null || true
    while kill -0 $pid 2> /dev/null; do sleep 0.05; done
  done
  rm -f "$RUNNING/$2"
}
`;

let folder = '';
let text = '';
let ports: readonly number[] = [];
const ran = new Set<string>();

const documented = ['2379', '2380', '2381', '12379', '12380'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frontdesk-drill-'));
  await mkdir(join(folder, 'running'));
  text = await readFile(join(root, 'docs/operations.md'), 'utf8');
  ports = await freePorts(documented.length + 6);
});
afterAll(async () => {
  await bash('systemctl stop frontdesk; systemctl stop etcd');
  await rm(folder, { recursive: true, force: true });
});

function block(name: string): string {
  const found = new RegExp(`^\`\`\`sh ${name}\\n([^]*?)^\`\`\`$`, 'm').exec(text)?.[1];
  if (found === undefined) throw new Error(`docs/operations.md has no block ${name}`);
  ran.add(name);
  return found;
}

/** Ports of this machine, which has one address only. */
const here = (script: string): string =>
  documented.reduce(
    (done, port, at) => done.replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${ports[at] ?? 0}`),
    script,
  );

function bash(script: string, cwd = folder): Promise<string> {
  const [client = 0, peer = 0] = ports;
  const env = {
    ...process.env,
    FRONTDESK: program,
    RUNNING: join(folder, 'running'),
    FRONTDESK_SECURE_PORT: '0',
    ETCDCTL_API: '3',
    ETCD_LISTEN_CLIENT_URLS: `http://127.0.0.1:${client}`,
    ETCD_ADVERTISE_CLIENT_URLS: `http://127.0.0.1:${client}`,
    ETCD_LISTEN_PEER_URLS: `http://127.0.0.1:${peer}`,
  };
  return new Promise((resolve, reject) => {
    execFile('bash', ['-c', `${prelude}\n${here(script)}`], { cwd, env }, (error, out, err) => {
      if (error) reject(new Error(`${script}\n${out}\n${err}`, { cause: error }));
      else resolve(out);
    });
  });
}

const stop = (): Promise<string> => bash('systemctl stop frontdesk; systemctl stop etcd');
const keys = (): Promise<string> =>
  bash('etcdctl --endpoints=http://127.0.0.1:2379 get /registry/ --prefix --keys-only');

describeWithEtcd('docs/operations.md, block by block', () => {
  it('a snapshot, the state of the store, and a drill beside the running server', async () => {
    await bash(block('serve'));
    await bash(
      'etcdctl --endpoints=http://127.0.0.1:2379 put /registry/namespaces/drilled "{}" > /dev/null',
    );
    expect(await bash(block('save'))).toMatch(/Snapshot saved at backup.db\n\+-+\+/);
    expect(await bash(`{ ${block('health')} } 2>&1`)).toContain('is healthy');
    expect(await bash(block('defrag'))).toContain('Finished defragmenting etcd member');
    expect(await bash(block('alarm'))).toBe('');
    const drill = await bash(block('drill'));
    // Between the two the controllers may have written: what the drill shows is that both answer.
    expect(drill.match(/127\.0\.0\.1:\d+, \d+/g)).toHaveLength(2);
    expect(drill).toContain('/registry/namespaces/drilled');
    await stop();
  }, 180_000);

  it('a server restored, and once more at a later revision', async () => {
    await bash(block('restore-one'));
    expect(existsSync(join(folder, 'frontdesk-data.broken', 'member'))).toBe(true);
    await bash(block('metrics').replace(/^curl.*$/gm, ''));
    expect(await keys()).toContain('/registry/namespaces/drilled\n');
    await bash(
      'for _ in $(seq 200); do ls frontdesk-data/snapshots/*.db && break; sleep 0.05; done',
    );
    const shown = await bash(block('metrics').replace(/^frontdesk.*$/m, ''));
    for (const [, name = ''] of section('Defragmentation').matchAll(/`((?:etcd|frontdesk)_\w+)`/g))
      expect(shown).toContain(`# TYPE ${name} `);
    expect(shown).toMatch(/^frontdesk_snapshot_last_success_timestamp_seconds [1-9]/m);
    expect(shown).toMatch(/"health": ?"true"/);
    await stop();
    expect(await bash(block('bump'))).toMatch(/^Restored revision 1000\d\d\d into restored: /);
  }, 180_000);

  it('a cluster of three restored', async () => {
    const script = block('restore-three');
    const names = ['a', 'b', 'c'] as const;
    const peers = names.map((_, at) => `127.0.0.1:${ports[documented.length + 2 * at] ?? 0}`);
    const clients = names.map((_, at) => `127.0.0.1:${ports[documented.length + 2 * at + 1] ?? 0}`);
    const started = names.map(async (name, at) => {
      const cwd = join(folder, name);
      await mkdir(cwd);
      await cp(join(folder, 'backup.db'), join(cwd, 'backup.db'));
      const own = script
        .replace('NAME=a URL=http://10.1.0.1:2380', `NAME=${name} URL=http://10.1.0.${at + 1}:2380`)
        .replace(/10\.1\.0\.(\d):2380/g, (_, number: string) => peers[Number(number) - 1] ?? '')
        .replaceAll('127.0.0.1:2379', clients[at] ?? '');
      await bash(own, cwd);
    });
    await Promise.all(started);
    const [first = '', , third = ''] = clients;
    await bash(`etcdctl --endpoints=${first} put /registry/after restored > /dev/null`);
    expect(await bash(`etcdctl --endpoints=${third} get --print-value-only /registry/after`)).toBe(
      'restored\n',
    );
    expect(
      await bash(`etcdctl --endpoints=${third} get --prefix --keys-only /registry/`),
    ).toContain('/registry/namespaces/drilled\n');
    await stop();
  }, 180_000);

  it('to a real etcd and back, by every way', async () => {
    await bash(block('serve'));
    const before = await keys();
    await bash(block('to-etcd'));
    const moved = new Set((await keys()).split('\n'));
    for (const key of before.split('\n')) expect(moved).toContain(key);
    await bash('systemctl stop frontdesk');
    await bash(block('from-etcd'));
    await bash(block('from-db'));
    await bash(block('adopt').replace('\n', ' --listen-client-urls=http://127.0.0.1:2379\n'));
    expect(await keys()).toContain('/registry/namespaces/drilled\n');
    await stop();
    for (const restored of ['from-etcd', 'from-db']) {
      const hash = await bash(
        `frontdesk etcd --data-dir=${restored}; etcdctl --endpoints=http://127.0.0.1:2379 get --prefix --keys-only /registry/`,
      );
      expect(hash).toContain('/registry/namespaces/drilled\n');
      await stop();
    }
  }, 180_000);

  it('leaves no block out', () => {
    const parts = ['Backup, restore, move', 'Defragmentation'].map(section).join('');
    const names = [...parts.matchAll(/^```sh ?(.*)$/gm)].map(([, name = '']) => name);
    expect(names.sort()).toEqual([...ran].sort());
  });
});

/** The text below a heading that begins so, up to the next one. */
function section(heading: string): string {
  const [, after = ''] = text.split(`\n## ${heading}`);
  const [body = ''] = after.split('\n## ');
  return body;
}
