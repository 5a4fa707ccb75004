// Opens a member: takes its folder, finds out who it is, joins log, tables and network (replica), and waits until it
// serves: as etcd does, a member is ready when it has a leader, has caught up with it and has told its name.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { adoptEtcdFolder } from '../backup/adopt.js';
import { systemClock } from '../clock.js';
import { lockDataFolder } from '../data-folder.js';
import type { MemberInfo } from '../node.js';
import { timeoutMsOf } from '../replica/build.js';
import { lmdbTablesHome } from '../replica/lmdb-tables-home.js';
import type { ReplicaOptions, ReplicaParts, ReplicaStart } from '../replica/parts.js';
import type { PeerReply, PeerRequest } from '../replica/peer-request.js';
import { openReplica, type Replica } from '../replica/replica.js';
import { memoryTablesHome } from '../replica/tables-home.js';
import { noTransport, type Transport } from '../replica/transport.js';
import { StoreError } from '../errors.js';
import { nodeDisk } from '../wal/disk.js';
import {
  foundCluster,
  joinCluster,
  membersAmong,
  resume,
  type BootstrapPlan,
} from './bootstrap.js';
import { answerAsLeader } from './leader-answers.js';
import { Leadership } from './leadership.js';
import { memberListOf } from './member-list.js';
import type { MemberParts } from './member-parts.js';
import { MemberCounts } from './member-metrics.js';
import { Member } from './member.js';
import {
  clientUrlsDefault,
  clusterTokenDefault,
  electionMsDefault,
  heartbeatMsDefault,
  nameDefault,
  peerUrlsDefault,
  quotaOf,
  requestBytesMaxDefault,
  txnOpsMaxDefault,
  type MemberOptions,
} from './options.js';
import { Writer } from './writer.js';

/**
 * Errors: DataFolderError (not writable, in use), BootstrapError (flags that do not fit), LogCorruption, what the disk or
 * the network says; 'stopped' when `options.signal` aborts while it waits for the cluster.
 */
export async function openMember(options: MemberOptions): Promise<Member> {
  const { dataDir, signal } = options;
  const unlock = dataDir === undefined ? () => undefined : lockDataFolder(dataDir);
  try {
    if (dataDir !== undefined) await adoptEtcdFolder(dataDir);
    const member = await buildMember(options, unlock);
    const stop = (): void => {
      void member.close();
    };
    signal?.addEventListener('abort', stop, { once: true });
    try {
      if (signal?.aborted) throw new StoreError('stopped');
      await member.start();
    } catch (error) {
      await member.close();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
    return member;
  } catch (error) {
    unlock();
    throw error;
  }
}

async function buildMember(options: MemberOptions, release: () => void): Promise<Member> {
  const clock = options.clock ?? systemClock;
  // The only default sources of time and chance; tests pass their own.
  // eslint-disable-next-line no-restricted-syntax -- composition of the store
  const random = options.random ?? Math.random;
  const transport = options.transport ?? noTransport;
  const plan = planOf(options);
  const { start, members } = await startOf(options, plan, transport);
  let told = members;
  // The replica is asked for by what it is made of: all of this is used only once it runs.
  const late: { replica?: Replica; member?: Member; parts?: MemberParts } = {};
  const running = <T>(part: T | undefined): T => {
    if (part === undefined) throw new StoreError('stopped');
    return part;
  };
  const answer = (request: PeerRequest): Promise<PeerReply> =>
    answerAsLeader(running(late.parts), running(late.member).clusterAnswers, request);
  const counts = new MemberCounts(clock);
  const replicaParts: ReplicaParts = {
    ...storageOf(options.dataDir, counts),
    transport,
    members: memberListOf(
      () => running(late.replica).machine.members,
      () => told,
    ),
    clock,
    random,
    defer: setImmediate,
    fatal: options.onFatal,
    answer: async (request, from) => {
      if (from === undefined && request.type !== 'members')
        throw new StoreError('permission-denied');
      return answer(request);
    },
  };
  const replica = await openReplica(
    replicaParts,
    replicaOptionsOf(options, counts, () => late.replica?.refreshPeers()),
    start,
  );
  late.replica = replica;
  // It had joined, and stopped before the cluster told it anything.
  if (replica.membership.voters.length === 0 && told.length === 0) {
    try {
      told = (await membersAmong(plan, transport)).members;
    } catch (error) {
      await replica.halt();
      throw error;
    }
  }
  const parts = partsOf(options, plan, { replica, transport, counts, clock, random, answer });
  late.parts = parts;
  late.member = new Member(parts, options, release);
  return late.member;
}

function planOf(options: MemberOptions): BootstrapPlan {
  const name = options.name ?? nameDefault;
  const peerUrls = options.peerUrls ?? peerUrlsDefault;
  return {
    name,
    peerUrls,
    initialCluster: options.initialCluster ?? new Map([[name, peerUrls]]),
    clusterToken: options.clusterToken ?? clusterTokenDefault,
  };
}

async function startOf(
  { dataDir, initialClusterState }: MemberOptions,
  plan: BootstrapPlan,
  transport: Transport,
): Promise<{ readonly start: ReplicaStart; readonly members: readonly MemberInfo[] }> {
  if (dataDir !== undefined && hasLog(logFolder(dataDir)))
    return { start: resume(plan), members: [] };
  return initialClusterState === 'existing'
    ? joinCluster(plan, transport)
    : { start: await foundCluster(plan, transport), members: [] };
}

const logFolder = (dataDir: string): string => join(dataDir, 'member', 'wal');

const hasLog = (folder: string): boolean =>
  existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.wal'));

function storageOf(
  dataDir: string | undefined,
  counts: MemberCounts,
): Pick<ReplicaParts, 'disk' | 'tables'> {
  if (dataDir === undefined) return { disk: undefined, tables: memoryTablesHome() };
  return {
    disk: nodeDisk(logFolder(dataDir), (sync) => counts.sync(sync)),
    tables: lmdbTablesHome(join(dataDir, 'member', 'snap')),
  };
}

function replicaOptionsOf(
  options: MemberOptions,
  counts: MemberCounts,
  onMembers: () => void,
): ReplicaOptions {
  const { authTokenTtlMs: tokenTtlMs } = options;
  return {
    heartbeatMs: options.heartbeatMs ?? heartbeatMsDefault,
    electionMs: options.electionMs ?? electionMsDefault,
    requestBytesMax: options.requestBytesMax ?? requestBytesMaxDefault,
    ...(options.snapshotEntries === undefined
      ? {}
      : { limits: { compactEveryEntries: options.snapshotEntries } }),
    machine: {
      quotaBytes: quotaOf(options.quotaBytes),
      onMembers,
      onCommit: (seconds) => {
        counts.commit.observe(seconds);
      },
      ...(tokenTtlMs !== undefined && { tokenTtlMs }),
    },
  };
}

interface Running {
  readonly replica: Replica;
  readonly transport: Transport;
  readonly counts: MemberCounts;
  readonly clock: MemberParts['clock'];
  readonly random: () => number;
  readonly answer: (request: PeerRequest) => Promise<PeerReply>;
}

function partsOf(options: MemberOptions, plan: BootstrapPlan, running: Running): MemberParts {
  const { replica, transport, counts, clock, random, answer } = running;
  const { machine } = replica;
  const { memberId, clusterId } = replica.identity;
  const electionMs = options.electionMs ?? electionMsDefault;
  const quotaBytes = quotaOf(options.quotaBytes);
  const timeoutMs = timeoutMsOf(electionMs);
  return {
    name: plan.name,
    memberId,
    clusterId,
    peerUrls: plan.peerUrls,
    clientUrls: options.clientUrls ?? clientUrlsDefault,
    clusterToken: plan.clusterToken,
    machine,
    replica,
    transport,
    leadership: new Leadership({ replica, transport, clock, timeoutMs, answer }),
    writer: new Writer({
      memberId,
      machine,
      propose: (command) => counts.proposal(() => replica.propose(command)),
      quotaBytes,
      liftsNoSpace: options.liftsNoSpace ?? true,
    }),
    counts,
    clock,
    random,
    quotaBytes,
    txnOpsMax: options.txnOpsMax ?? txnOpsMaxDefault,
    leaseTtlSecondsMin: Math.ceil((electionMs * 1.5) / 1000),
    isReconfigStrict: options.isReconfigStrict ?? true,
  };
}
