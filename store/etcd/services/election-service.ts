// v3electionpb.Election over a node: the leader is who has the oldest key of the line, its value what it proclaims.
import type { Revision } from '../../kv.js';
import type { NodeStore, StoreNode } from '../../node.js';
import { CallError, statusCode, stream, unary, type Call, type Served } from '../call.js';
import type { LeaderKey } from '../messages.js';
import { headerOf } from './headers.js';
import { keyValueOf } from './kv-answers.js';
import { observeLeaders } from './leader-stream.js';
import {
  enter,
  leave,
  lineOf,
  oldestOf,
  onlyIfMade,
  sessionLease,
  waitForTurn,
} from './waiting-line.js';

export function electionService(node: StoreNode): readonly Served[] {
  const storeOf = async (call: Call) => node.storeFor(await call.caller());
  return [
    unary('v3electionpb.Election/Campaign', async ({ name, lease, value }, call) => {
      const store = await storeOf(call);
      const place = await enter(store, name, await sessionLease(store, lease), value);
      const { key, rev } = place;
      try {
        if (place.found && Buffer.compare(place.found.value, value) !== 0)
          await proclaim(store, { name, key, rev, lease: place.lease }, value);
        await waitForTurn(store, lineOf(name), rev, call.signal);
      } catch (error) {
        await leave(store, place);
        throw error;
      }
      const leader = { name, key, rev, lease: place.lease };
      return { header: headerOf(node, place.headerRevision), leader };
    }),
    unary('v3electionpb.Election/Proclaim', async ({ leader, value }, call) => {
      const revision = await proclaim(await storeOf(call), required(leader), value);
      return { header: headerOf(node, revision) };
    }),
    unary('v3electionpb.Election/Leader', async ({ name }, call) => {
      const { kvs, revision } = await (await storeOf(call)).range(oldestOf(name));
      const [kv] = kvs;
      if (!kv) throw new CallError(statusCode.unknown, 'election: no leader');
      return { header: headerOf(node, revision), kv: keyValueOf(kv) };
    }),
    unary('v3electionpb.Election/Resign', async ({ leader }, call) => {
      const revision = await leave(await storeOf(call), required(leader));
      return { header: headerOf(node, revision) };
    }),
    stream('v3electionpb.Election/Observe', (call, out) => observeLeaders(node, call, out)),
  ];
}

async function proclaim(
  store: NodeStore,
  { key, rev, lease }: LeaderKey,
  value: Uint8Array,
): Promise<Revision> {
  const put = { type: 'put', key, value, lease: await sessionLease(store, lease) } as const;
  const { succeeded, revision } = await onlyIfMade(store, key, rev, put);
  if (!succeeded) throw new CallError(statusCode.unknown, 'election: not leader');
  return revision;
}

function required(leader: LeaderKey | undefined): LeaderKey {
  if (!leader) throw new CallError(statusCode.unknown, '"leader" field must be provided');
  return leader;
}
