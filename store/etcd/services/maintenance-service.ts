// etcdserverpb.Maintenance over a node.
import type { NodeAlarm, StoreNode } from '../../node.js';
import { CallError, statusCode, stream, unary, type Served } from '../call.js';
import { alarmAction, alarmType, downgradeAction } from '../messages.js';
import type { AlarmMember, AlarmRequest, DowngradeRequest } from '../messages.js';
import { clusterVersion, etcdVersion, storageVersion } from '../version.js';
import { headerOf } from './headers.js';
import { snapshotStream } from './snapshot-stream.js';

export function maintenanceService(node: StoreNode): readonly Served[] {
  return [...condition(node), ...upkeep(node)];
}

function condition(node: StoreNode): readonly Served[] {
  const { maintenance } = node;
  return [
    unary('etcdserverpb.Maintenance/Status', async (_, call) => {
      const status = await maintenance.status(await call.caller());
      return {
        header: headerOf(node),
        version: etcdVersion,
        dbSize: status.dbSizeBytes,
        leader: status.leader,
        raftIndex: status.raftIndex,
        raftTerm: status.raftTerm,
        raftAppliedIndex: status.raftAppliedIndex,
        errors: status.errors,
        dbSizeInUse: status.dbSizeInUseBytes,
        isLearner: status.isLearner,
        storageVersion,
        dbSizeQuota: status.quotaBytes,
        downgradeInfo: { enabled: false },
      };
    }),
    unary('etcdserverpb.Maintenance/Alarm', async (request, call) => {
      const alarms = await alarmsOf(node, request, await call.caller());
      return { header: headerOf(node), alarms: alarms.map(alarmMemberOf) };
    }),
    unary('etcdserverpb.Maintenance/Hash', async (_, call) => {
      const hash = await maintenance.hash(await call.caller());
      return { header: headerOf(node), hash };
    }),
    unary('etcdserverpb.Maintenance/HashKV', async ({ revision }, call) => {
      const answer = await maintenance.hashKv(revision, await call.caller());
      return {
        header: headerOf(node),
        hash: answer.hash,
        compact_revision: answer.compactRevision,
        hash_revision: answer.hashRevision,
      };
    }),
  ];
}

function upkeep(node: StoreNode): readonly Served[] {
  const { maintenance, cluster } = node;
  return [
    unary('etcdserverpb.Maintenance/Defragment', async (_, call) => {
      await maintenance.defragment(await call.caller());
      return {};
    }),
    unary('etcdserverpb.Maintenance/MoveLeader', async ({ targetID }, call) => {
      await cluster.moveLeader(targetID, await call.caller());
      return {};
    }),
    stream('etcdserverpb.Maintenance/Snapshot', (call, out) => snapshotStream(node, call, out)),
    // async: a refusal is a rejected promise, like any other handler's
    // eslint-disable-next-line @typescript-eslint/require-await
    unary('etcdserverpb.Maintenance/Downgrade', async (request) => downgrade(request)),
  ];
}

async function alarmsOf(
  { maintenance }: StoreNode,
  { action, alarm, memberID }: AlarmRequest,
  caller: Parameters<StoreNode['storeFor']>[0],
): Promise<readonly NodeAlarm[]> {
  const name = alarmNames[alarm];
  if (action === alarmAction.GET) {
    const all = await maintenance.alarms(caller);
    return all.filter(
      (each) =>
        (alarm === alarmType.NONE || each.alarm === name) &&
        (memberID === 0n || each.memberId === memberID),
    );
  }
  // Nothing can raise or clear an alarm that has no name.
  if (name === undefined) return [];
  if (action === alarmAction.ACTIVATE)
    return maintenance.activateAlarm({ memberId: memberID, alarm: name }, caller);
  if (action === alarmAction.DEACTIVATE)
    return maintenance.deactivateAlarm({ memberId: memberID, alarm: name }, caller);
  return [];
}

const alarmNames: Readonly<Record<number, NodeAlarm['alarm']>> = {
  [alarmType.NOSPACE]: 'nospace',
  [alarmType.CORRUPT]: 'corrupt',
};
const alarmNumbers = { nospace: alarmType.NOSPACE, corrupt: alarmType.CORRUPT } as const;

function alarmMemberOf({ memberId, alarm }: NodeAlarm): AlarmMember {
  return { memberID: memberId, alarm: alarmNumbers[alarm] };
}

/** There is no release below this one to go back to: a target is checked as etcd checks it, and none is accepted. */
function downgrade({ action, version }: DowngradeRequest): never {
  const { invalidArgument, unknown } = statusCode;
  if (action === downgradeAction.CANCEL)
    throw new CallError(9, 'etcdserver: no inflight downgrade job');
  if (action !== downgradeAction.VALIDATE && action !== downgradeAction.ENABLE)
    throw new CallError(unknown, `etcdserver: unknown downgrade action`);
  if (!/^\d+\.\d+\.\d+$/.test(version))
    throw new CallError(invalidArgument, 'etcdserver: wrong downgrade target version format');
  const [major, minor] = clusterVersion.split('.').map(Number);
  const isOneBelow = version.startsWith(`${major ?? 0}.${(minor ?? 0) - 1}.`);
  if (!isOneBelow)
    throw new CallError(invalidArgument, 'etcdserver: invalid downgrade target version');
  throw new CallError(statusCode.unimplemented, 'etcdserver: downgrade is not supported');
}
