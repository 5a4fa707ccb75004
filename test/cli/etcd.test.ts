// frontdesk etcd as people and harnesses meet it: a process with etcd's flags, words and exit codes.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createAuthority,
  createClientCertificate,
  createServerCertificate,
} from '../../apiserver/auth/certificates.js';
import { FlagError, readSettings } from '../../cli/etcd/settings.js';
import { UsageError } from '../../apiserver/config/flag-table.js';
import { freePorts } from '../support/free-ports.js';
import { etcdctl } from '../support/etcd-process.js';
import { describeWithEtcd } from '../support/describe-with-etcd.js';
import { program as main } from '../support/program.js';

const quick = ['--heartbeat-interval=20', '--election-timeout=200'];

let folder = '';
let wrapper = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frontdesk-cli-etcd-'));
  wrapper = join(folder, 'etcd');
  await writeFile(wrapper, `#!/bin/sh\nexec '${process.execPath}' '${main}' etcd "$@"\n`);
  await chmod(wrapper, 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Line {
  readonly level: string;
  readonly ts: string;
  readonly msg: string;
  readonly error?: string;
  readonly [field: string]: unknown;
}

const running = new Set<ChildProcess>();
afterEach(async () => {
  for (const child of running) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
});

/** A script named etcd, as a harness would run it. */
class Etcd {
  readonly child: ChildProcess;
  readonly lines: Line[] = [];
  readonly exited: Promise<number | null>;

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    this.child = spawn(wrapper, [...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(this.child);
    this.exited = once(this.child, 'close').then(([code]) => {
      running.delete(this.child);
      return code as number | null; // as: node's `close` event carries it
    });
  }

  /** Resolves with the line that says it; rejects when the process ends without. */
  async says(msg: string): Promise<Line> {
    const { stderr } = this.child;
    if (stderr === null) throw new Error('no stderr');
    for await (const text of createInterface({ input: stderr })) {
      const line = JSON.parse(text) as Line; // as: every line of the log has this form
      this.lines.push(line);
      if (line.msg !== msg) continue;
      stderr.resume();
      return line;
    }
    throw new Error(`it ended without saying it: ${JSON.stringify(this.lines)}`);
  }
}

/** Runs to its end, which must come by itself. */
const ended = async (
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> => {
  const { child, exited } = new Etcd(args, env);
  const out: Record<'stdout' | 'stderr', string> = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (out.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (out.stderr += chunk.toString()));
  return { code: await exited, ...out };
};

/** Flags for free ports; `scheme` of the client URL. */
async function place(scheme = 'http'): Promise<{ url: string; peerUrl: string; flags: string[] }> {
  const [clientPort = 0, peerPort = 0] = await freePorts(2);
  const url = `${scheme}://127.0.0.1:${clientPort}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  return {
    url,
    peerUrl,
    flags: [
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
    ],
  };
}

describe('frontdesk etcd', () => {
  it('prints its version as etcd does', async () => {
    const { code, stdout } = await ended(['--version']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^etcd Version: 3\.6\.\d+\nGit SHA: .+\nGo Version: .+\nGo OS\/Arch: \w+\/\w+\n$/,
    );
  });

  it.each([
    [['--bogus'], FlagError, 'unknown flag: --bogus'],
    [['--heartbeat-interval=abc'], FlagError, 'invalid value "abc" for --heartbeat-interval'],
    [['--client-crl-file=x'], FlagError, 'not implemented'],
    [['extra'], UsageError, '"extra" is not a valid flag'],
    [['--election-timeout=100'], UsageError, 'should be at least as 5 times'],
    [
      ['--listen-client-urls=http://127.0.0.1:1'],
      UsageError,
      '--advertise-client-urls is required',
    ],
    [['--listen-client-urls=http://example.com:1'], FlagError, 'expected IP in URL for binding'],
    [['--listen-peer-urls=https://127.0.0.1:1'], UsageError, 'TLS key/cert (--peer-cert-file'],
    [['--cert-file=x'], UsageError, '--cert-file and --key-file must both be present'],
    [['--force-new-cluster'], FlagError, 'not implemented'],
    [['--config-file=/nowhere.yaml'], UsageError, '/nowhere.yaml'],
  ])('refuses flags that are wrong: %s', (args, type, why) => {
    expect(() => readSettings(args, {})).toThrow(why);
    expect(() => readSettings(args, {})).toThrow(type);
  });

  it('ends with 2 for a flag that it cannot read, with 1 for those that do not fit', async () => {
    const ends = await Promise.all([ended(['--bogus']), ended(['--election-timeout=100'])]);
    expect(ends.map(({ code }) => code)).toEqual([2, 1]);
    for (const { stderr } of ends)
      expect(JSON.parse(stderr)).toMatchObject({ level: 'warn', msg: 'failed to verify flags' });
  });

  it('has etcd’s defaults, and its former names', () => {
    expect(readSettings([], {})).toMatchObject({
      dataDir: 'default.etcd',
      member: {
        name: 'default',
        heartbeatMs: 100,
        electionMs: 1000,
        snapshotEntries: 10_000,
        requestBytesMax: 1_572_864,
        txnOpsMax: 128,
        peers: {
          listenUrls: ['http://localhost:2380'],
          initialCluster: [{ name: 'default', peerUrls: ['http://localhost:2380'] }],
          clusterToken: 'etcd-cluster',
        },
        clients: { listenUrls: ['http://localhost:2379'] },
      },
      warnings: [],
    });
    const old = { ETCD_EXPERIMENTAL_WATCH_PROGRESS_NOTIFY_INTERVAL: '5s' };
    expect(readSettings([], old)?.api.watchProgressMs).toBe(5000);
    expect(() => readSettings(['--experimental-max-learners=3'], {})).toThrow('--max-learners');
  });

  it('takes flags before variables, warns of unknown ones, is ready in etcd’s words, ends on SIGTERM with 0', async () => {
    const { url, flags } = await place();
    const etcd = new Etcd([...flags, ...quick, '-name=flag', '--pre-vote'], {
      ETCD_NAME: 'variable',
      ETCD_DATA_DIR: join(folder, 'by-variable'),
      ETCD_NONSENSE: '1',
    });
    const ready = await etcd.says('ready to serve client requests');
    expect(ready).toMatchObject({ level: 'info', caller: expect.any(String) });
    expect(ready.ts).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    const warned = etcd.lines.filter(({ level }) => level === 'warn');
    expect(warned.map((line) => [line.msg, line['environment-variable'] ?? line['flag']])).toEqual([
      ['unrecognized environment variable', 'ETCD_NONSENSE=1'],
      ['environment variable is shadowed by its flag', 'ETCD_NAME'],
      ['flag is accepted and not used', 'pre-vote'],
    ]);
    expect(etcd.lines.find(({ msg }) => msg === 'starting an etcd server')).toMatchObject({
      name: 'flag',
      'data-dir': join(folder, 'by-variable'),
    });
    const put = await fetch(`${url}/v3/kv/put`, {
      method: 'POST',
      body: '{"key":"YQ==","value":"Yg=="}',
    });
    expect(put.status).toBe(200);
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ health: 'true' });
    etcd.child.kill('SIGTERM');
    expect(await etcd.exited).toBe(0);
  });

  it('takes everything from a file, and then nothing from elsewhere', async () => {
    const { url, peerUrl } = await place();
    const path = join(folder, 'etcd.yaml');
    await writeFile(
      path,
      [
        'name: filed',
        `listen-client-urls: ${url}`,
        `advertise-client-urls: ${url}`,
        `listen-peer-urls: ${peerUrl}`,
        'heartbeat-interval: 20',
        'election-timeout: 200',
        'grpc-keepalive-min-time: 5000000000',
        'log-outputs: [stderr]',
        'client-transport-security: {client-cert-auth: false}',
        'nonsense: 1',
      ].join('\n'),
    );
    const etcd = new Etcd([`--config-file=${path}`, '--name=ignored'], { ETCD_NAME: 'ignored' });
    await etcd.says('ready to serve client requests');
    expect(etcd.lines.find(({ msg }) => msg === 'starting an etcd server')).toMatchObject({
      name: 'filed',
      'data-dir': 'filed.etcd',
    });
    expect(etcd.lines.find(({ level }) => level === 'warn')).toMatchObject({ key: 'nonsense' });
    etcd.child.kill('SIGINT');
    expect(await etcd.exited).toBe(0);
  });

  it('ends with 1 and one line when its address or its folder is taken', async () => {
    const { flags } = await place();
    const args = [...flags, ...quick, '--data-dir=taken'];
    const first = new Etcd(args);
    await first.says('ready to serve client requests');
    const folderTaken = await ended(args);
    expect(folderTaken.code).toBe(1);
    expect(folderTaken.stderr).toMatch(/"level":"fatal".*is in use by process/);
    const addressTaken = await ended([...args, '--data-dir=other']);
    expect(addressTaken.code).toBe(1);
    expect(addressTaken.stderr).toMatch(/"level":"fatal".*address already in use/);
  });
});

const validity = { notBeforeMs: Date.now() - 60_000, notAfterMs: Date.now() + 3_600_000 }; // eslint-disable-line no-restricted-syntax -- TLS looks at the real clock

async function writeTls(): Promise<{
  ca: string;
  cert: string;
  key: string;
  client: { ca: string; cert: string; key: string };
}> {
  const authority = createAuthority('test-ca', validity);
  const server = createServerCertificate(authority, 'test-ca', 'etcd', ['127.0.0.1'], validity);
  const client = createClientCertificate(authority, 'test-ca', { commonName: 'root' }, validity);
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const ca = await write('ca.pem', authority.certificate);
  return {
    ca,
    cert: await write('server.pem', server.certificate),
    key: await write('server-key.pem', server.key),
    client: {
      ca,
      cert: await write('client.pem', client.certificate),
      key: await write('client-key.pem', client.key),
    },
  };
}

describeWithEtcd('frontdesk etcd with etcdctl over TLS', () => {
  it('lets in who has a certificate of the trusted authority, and nobody else', async () => {
    const tls = await writeTls();
    const { url, flags } = await place('https');
    const etcd = new Etcd([
      ...flags,
      ...quick,
      '--data-dir=tls',
      `--cert-file=${tls.cert}`,
      `--key-file=${tls.key}`,
      `--trusted-ca-file=${tls.ca}`,
      '--client-cert-auth',
    ]);
    await etcd.says('serving client traffic securely');
    expect(await etcdctl(['put', 'a', '1'], [url], tls.client)).toMatchObject({
      code: 0,
      stdout: 'OK\n',
    });
    const refused = promisify(execFile)('etcdctl', [
      '--endpoints',
      url,
      '--cacert',
      tls.ca,
      '--dial-timeout=1s',
      '--command-timeout=1s',
      'get',
      'a',
    ]);
    await expect(refused).rejects.toMatchObject({ code: 1 });
  });

  it('makes a certificate with --auto-tls, which clients can be given to trust', async () => {
    const { url, flags } = await place('https');
    const etcd = new Etcd([...flags, ...quick, '--data-dir=auto', '--auto-tls']);
    await etcd.says('serving client traffic securely');
    const certificate = join(folder, 'auto', 'fixtures', 'client', 'cert.pem');
    expect(await readFile(certificate, 'utf8')).toContain('BEGIN CERTIFICATE');
    const { stdout } = await promisify(execFile)('etcdctl', [
      '--endpoints',
      url,
      '--cacert',
      certificate,
      'put',
      'a',
      '1',
    ]);
    expect(stdout).toBe('OK\n');
  });

  it('joins members over TLS that they make themselves', async () => {
    const places = await Promise.all([place(), place(), place()]);
    const peerUrls = places.map(({ peerUrl }) => peerUrl.replace('http:', 'https:'));
    const cluster = peerUrls.map((peerUrl, index) => `p${index}=${peerUrl}`).join(',');
    const members = places.map(
      ({ url }, index) =>
        new Etcd([
          `--name=p${index}`,
          `--listen-client-urls=${url}`,
          `--advertise-client-urls=${url}`,
          `--listen-peer-urls=${peerUrls[index] ?? ''}`,
          `--initial-advertise-peer-urls=${peerUrls[index] ?? ''}`,
          `--initial-cluster=${cluster}`,
          '--peer-auto-tls',
        ]),
    );
    await Promise.all(members.map((member) => member.says('ready to serve client requests')));
    const [first, , last] = places.map(({ url }) => url);
    expect((await etcdctl(['put', 'over', 'tls'], [first ?? ''])).code).toBe(0);
    expect((await etcdctl(['get', 'over'], [last ?? ''])).stdout).toBe('over\ntls\n');
  });
});
