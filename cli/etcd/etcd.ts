// frontdesk etcd: the store alone, in etcd's clothes: its flags, its readiness line, its exit codes. A script named `etcd`
// that runs `frontdesk etcd "$@"` passes for etcd with harnesses that start one.
import { join } from 'node:path';
import { UsageError } from '../../apiserver/config/flag-table.js';
import { memberOptions } from '../../apiserver/config/member-options.js';
import { hostAndPort, isSecure } from '../../apiserver/config/url-values.js';
import { tlsMaterial } from '../../apiserver/server/etcd-listener.js';
import { readListenerTls } from '../../apiserver/server/listener-tls.js';
import { openTransport } from '../../apiserver/server/peer-transport.js';
import { openMember, startEtcdApi, systemClock, type Member } from '../../store/index.js';
import { describeFailure } from '../failure.js';
import { endOnSurprise, stopInTime, untilTold } from '../signals.js';
import { EtcdLog } from './log.js';
import { FlagError, readSettings, type EtcdSettings, type LogSettings } from './settings.js';
import { versionText } from './version.js';

const caller = 'cli/etcd.ts';
const plainLog: LogSettings = { level: 'info', outputs: ['stderr'], format: 'json' };

export async function etcd(argv: readonly string[]): Promise<number> {
  let settings: EtcdSettings | undefined;
  try {
    settings = readSettings(argv, process.env);
  } catch (error) {
    return refuse(error);
  }
  if (settings === undefined) {
    process.stdout.write(versionText());
    return 0;
  }
  const log = new EtcdLog(settings.log, () => systemClock.now());
  try {
    return await run(settings, log);
  } catch (error) {
    log.write('fatal', caller, 'failed to start etcd', { error: wordsOf(error) });
    return 1;
  } finally {
    log.close();
  }
}

/** etcd says what is wrong with its flags in a log line; 2 for one it cannot read, 1 for those that do not fit. */
function refuse(error: unknown): number {
  if (!(error instanceof UsageError)) throw error;
  const log = new EtcdLog(plainLog, () => systemClock.now());
  log.write('warn', caller, 'failed to verify flags', { error: error.message });
  return error instanceof FlagError ? 2 : 1;
}

async function run(settings: EtcdSettings, log: EtcdLog): Promise<number> {
  endOnSurprise(
    (error, origin) => endFatally(log, 'unexpected failure', error, { origin }),
    (warning) => {
      log.write('warn', caller, 'warning of the runtime', { error: wordsOf(warning) });
    },
  );
  for (const { message, fields } of settings.warnings) log.write('warn', caller, message, fields);
  tellStart(settings, log);
  const stopping = new AbortController();
  const told = untilTold(false).then((signal) => {
    const name = signal === 'SIGINT' ? 'interrupt' : 'terminated';
    log.write('info', caller, 'received signal; shutting down', { signal: name });
    stopping.abort();
  });
  let node: Member;
  try {
    node = await openNode(settings, log, stopping.signal);
  } catch (error) {
    if (stopping.signal.aborted) return 0;
    throw error;
  }
  let api: { close(): Promise<void> };
  try {
    api = await serveClients(settings, node, log);
  } catch (error) {
    await node.close();
    throw error;
  }
  const removed = node.removed.then(() => {
    log.write('warn', caller, 'the member has been permanently removed from the cluster');
  });
  await Promise.race([told, removed]);
  await stopInTime(async () => {
    log.write('info', caller, 'closing etcd server', placeOf(settings));
    await api.close();
    await node.close();
    log.write('info', caller, 'closed etcd server', placeOf(settings));
  });
  return 0;
}

async function openNode(
  { member, dataDir, auth, strictReconfigCheck }: EtcdSettings,
  log: EtcdLog,
  signal: AbortSignal,
): Promise<Member> {
  const transport = await openTransport(member.peers, dataDir, systemClock);
  return openMember({
    ...memberOptions(member, dataDir),
    ...(transport && { transport }),
    isReconfigStrict: strictReconfigCheck,
    // As etcd: a full store stays full until somebody defragments and disarms.
    liftsNoSpace: false,
    authToken: auth.token,
    authTokenTtlMs: auth.ttlSeconds * 1000,
    bcryptCost: auth.bcryptCost,
    signal,
    onFatal: (error) => endFatally(log, 'the store failed', error),
    onSnapshotFailed: (error) => {
      log.write('error', caller, 'scheduled snapshot failed', { error: wordsOf(error) });
    },
  });
}

async function serveClients(
  settings: EtcdSettings,
  node: Member,
  log: EtcdLog,
): Promise<{ close(): Promise<void> }> {
  const { member, api } = settings;
  const tls = await readListenerTls({
    whose: 'client',
    files: member.clients.tls,
    listenUrls: [...member.clients.listenUrls, ...member.clients.metricsUrls],
    directory: join(settings.dataDir, 'fixtures', 'client'),
    nowMs: systemClock.now(),
  });
  const server = await startEtcdApi(node, {
    listenClientUrls: member.clients.listenUrls,
    listenMetricsUrls: member.clients.metricsUrls,
    ...(tls && { tls: tlsMaterial(tls) }),
    electionMs: member.electionMs,
    requestBytesMax: member.requestBytesMax,
    concurrentStreamsMax: api.streamsMax,
    watchProgressIntervalMs: api.watchProgressMs,
    hasGateway: api.hasGateway,
    hostWhitelist: api.hostWhitelist,
    random: Math.random,
    report: (error) => {
      log.write('error', caller, 'unexpected failure of a request', { error: wordsOf(error) });
    },
  });
  log.write('info', caller, 'ready to serve client requests');
  for (const url of server.urls) tellServing(url, log);
  return server;
}

function tellStart(settings: EtcdSettings, log: EtcdLog): void {
  const { member } = settings;
  log.write('info', caller, 'starting an etcd server', {
    ...placeOf(settings),
    'heartbeat-interval': `${member.heartbeatMs}ms`,
    'election-timeout': `${member.electionMs}ms`,
    'snapshot-count': member.snapshotEntries,
    'quota-backend-bytes': member.quotaBytes,
    'max-request-bytes': member.requestBytesMax,
    'listen-peer-urls': member.peers.listenUrls,
    'listen-client-urls': member.clients.listenUrls,
    'initial-cluster': member.peers.initialCluster
      .flatMap(({ name, peerUrls }) => peerUrls.map((url) => `${name}=${url}`))
      .join(','),
    'initial-cluster-state': member.peers.clusterState,
    'initial-cluster-token': member.peers.clusterToken,
  });
}

function tellServing(url: string, log: EtcdLog): void {
  const { host, port } = hostAndPort(url);
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const fields = { traffic: 'grpc+http', address };
  if (isSecure(url)) log.write('info', caller, 'serving client traffic securely', fields);
  else {
    const text = 'serving client traffic insecurely; this is strongly discouraged!';
    log.write('info', caller, text, fields);
  }
}

const placeOf = ({
  member,
  dataDir,
}: EtcdSettings): Record<string, string | readonly string[]> => ({
  name: member.name,
  'data-dir': dataDir,
  'advertise-peer-urls': member.peers.advertiseUrls,
  'advertise-client-urls': member.clients.advertiseUrls,
});

/** What is acknowledged is on disk; the less is done now the better. */
function endFatally(
  log: EtcdLog,
  message: string,
  error: unknown,
  fields: Record<string, string> = {},
): never {
  const stack = error instanceof Error ? error.stack : undefined;
  log.write('fatal', caller, message, { ...fields, error: wordsOf(error), stack });
  process.exit(1);
}

/** An address that is taken is said in Go's words, which harnesses look for. */
function wordsOf(error: unknown): string {
  const { code, address, port } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  }; // as: system errors carry these, others leave them undefined
  if (code === 'EADDRINUSE') {
    return `listen tcp ${address ?? ''}:${port ?? ''}: bind: address already in use`;
  }
  return describeFailure(error).line;
}
