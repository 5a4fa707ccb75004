// One life of a member: the production replica (log, tables, state machine, Raft, leases) on parts of the simulation, and
// the way of a client's request through it.
import { StoreError } from '../../store/errors.js';
import type { KeyValueStore, Lease } from '../../store/kv.js';
import type { Command, CommandResult } from '../../store/mvcc/command.js';
import type { StateMachine } from '../../store/mvcc/state-machine.js';
import { isReadOnly } from '../../store/mvcc/txn-check.js';
import type { MemberId } from '../../store/raft/message.js';
import type { ReplicaOptions, ReplicaParts, ReplicaStart } from '../../store/replica/parts.js';
import type { PeerReply, PeerRequest } from '../../store/replica/peer-request.js';
import { openReplica, type Replica } from '../../store/replica/replica.js';
import { SimulatedMembers } from './members.js';

export type NodeParts = Omit<ReplicaParts, 'members' | 'answer'>;
export type ClientStore = Omit<KeyValueStore, 'status' | 'close'>;

export interface SimulatedNode {
  readonly replica: Replica;
  readonly machine: StateMachine;
  readonly store: ClientStore;
}

/** Many elections a minute and a log that is cut often, so that short runs see much. */
const options: ReplicaOptions = {
  heartbeatMs: 50,
  electionMs: 300,
  requestBytesMax: 1 << 20,
  machine: {
    quotaBytes: 0,
    flush: { intervalMs: 40, opsMax: 30 },
    recent: { revisionsMax: 15, bytesMax: 1 << 20 },
    watchers: { watchersMax: 100, queueBatchesMax: 4, queueBytesMax: 1 << 16 },
    compaction: { keysPerBatch: 2, rowsPerBatch: 4, pauseMs: 5 },
  },
  limits: {
    trailingEntries: 10,
    trailingBytes: 1 << 14,
    compactEveryEntries: 5,
    snapshotChunkBytes: 512,
  },
};

const askTimeoutMs = 2_000;

/** Rejects when what is on the disk cannot be. */
export async function openNode(parts: NodeParts, start: ReplicaStart): Promise<SimulatedNode> {
  const opened: { replica?: Replica } = {};
  const answer = (request: PeerRequest): Promise<PeerReply> =>
    opened.replica
      ? answerPeer(opened.replica, request)
      : Promise.reject(new StoreError('stopped'));
  const allParts: ReplicaParts = { ...parts, members: new SimulatedMembers(), answer };
  const replica = await openReplica(allParts, options, start);
  opened.replica = replica;
  await replica.start();
  return { replica, machine: replica.machine, store: storeOf(replica, parts) };
}

function storeOf(replica: Replica, { transport }: NodeParts): ClientStore {
  const { machine } = replica;
  return {
    async range(query) {
      if (query.linearizable !== false) await replica.confirmRead();
      return machine.range(query);
    },
    async txn(txn) {
      if (isReadOnly(txn)) {
        await replica.confirmRead();
        return machine.readTxn(txn);
      }
      return (await write(replica, { type: 'txn', txn }, 'txn')).result;
    },
    watch: (query, signal) => machine.watch(query, signal),
    async compact(revision) {
      await write(replica, { type: 'compact', revision }, 'compact');
    },
    async grantLease(ttlSeconds, id = 1n) {
      return (await write(replica, { type: 'lease-grant', id, ttlSeconds }, 'lease')).lease;
    },
    async keepLeaseAlive(id) {
      if (replica.isLeader) return renew(replica, id);
      const request = { type: 'lease-renew', id } as const;
      const reply = await transport.ask(replica.leader, request, askTimeoutMs);
      if (reply.type !== 'lease') throw new Error(`unexpected answer ${reply.type}`);
      return reply;
    },
    async revokeLease(id) {
      await write(replica, { type: 'lease-revoke', id }, 'revoked');
    },
  };
}

async function write<T extends CommandResult['type']>(
  replica: Replica,
  command: Command,
  type: T,
): Promise<Extract<CommandResult, { readonly type: T }>> {
  const result = await replica.propose(command);
  if (result.type !== type) throw new Error(`expected ${type}, got ${result.type}`);
  return result as Extract<CommandResult, { readonly type: T }>; // as: just checked
}

async function renew(replica: Replica, id: bigint): Promise<Lease> {
  // The lease of a grant acknowledged elsewhere must be visible here first.
  await replica.confirmRead();
  return replica.machine.leases.renew(id);
}

async function answerPeer(replica: Replica, request: PeerRequest): Promise<PeerReply> {
  if (request.type !== 'lease-renew') throw new StoreError('not-capable');
  const lease = await renew(replica, request.id);
  return { type: 'lease', ...lease, keys: [] };
}

/** How far `member` is behind this leader, in entries; Infinity when that is not known. */
export function lagOf(replica: Replica, member: MemberId): number {
  const progress = replica.progress().find((each) => each.member === member);
  return progress ? replica.commitIndex - progress.match : Infinity;
}
