// Members in one process, each with its own folder, log, tables and gRPC listener on a free port.
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../store/clock.js';
import type { Command, CommandResult } from '../../../store/mvcc/command.js';
import type { ConfChange } from '../../../store/raft/message.js';
import { lmdbTablesHome } from '../../../store/replica/lmdb-tables-home.js';
import type { MemberRecord } from '../../../store/replica/member-record.js';
import type { ReplicaLimits, ReplicaParts } from '../../../store/replica/parts.js';
import { Peers } from '../../../store/replica/peers/peers.js';
import type { PeerReply, PeerRequest } from '../../../store/replica/peer-request.js';
import { openReplica, type Replica } from '../../../store/replica/replica.js';
import type { TablesHome } from '../../../store/replica/tables-home.js';
import type { Transport } from '../../../store/replica/transport.js';
import { nodeDisk } from '../../../store/wal/disk.js';

export interface TestMember {
  readonly id: bigint;
  readonly replica: Replica;
  readonly peers: Peers;
  readonly network: { isCut: boolean };
  readonly folder: string;
  /** What was thrown at `fatal`. */
  readonly fatal: unknown[];
}

export interface TestClusterOptions {
  readonly limits?: Partial<ReplicaLimits>;
  readonly homeOf?: (folder: string, id: bigint) => TablesHome;
  readonly answer?: (id: bigint, request: PeerRequest) => Promise<PeerReply>;
}

export const clusterId = 0xc1n;

export class TestCluster {
  readonly members = new Map<bigint, TestMember>();
  readonly root = fs.mkdtempSync(join(tmpdir(), 'frontdesk-cluster-'));
  readonly #options: TestClusterOptions;
  readonly #voters: readonly bigint[];
  readonly #removed: bigint[] = [];

  constructor(voters: readonly bigint[], options: TestClusterOptions = {}) {
    this.#voters = voters;
    this.#options = options;
  }

  async startAll(): Promise<void> {
    for (const id of this.#voters) await this.start(id);
  }

  /** Its folder decides: a first start, or a restart. */
  async start(id: bigint, how: 'found' | 'join' = 'found'): Promise<TestMember> {
    const folder = join(this.root, id.toString());
    const peers = new Peers({ listen: ['127.0.0.1:0'], clock: systemClock });
    const network = { isCut: false };
    const fatal: unknown[] = [];
    const snap = join(folder, 'snap');
    const parts: ReplicaParts = {
      disk: nodeDisk(join(folder, 'wal')),
      tables: this.#options.homeOf?.(snap, id) ?? lmdbTablesHome(snap),
      transport: cuttable(peers, network),
      members: this.#record(),
      clock: systemClock,
      random: Math.random, // eslint-disable-line no-restricted-syntax -- the composition of a test
      defer: setImmediate,
      fatal: (error) => fatal.push(error),
      answer: (request) =>
        this.#options.answer?.(id, request) ?? Promise.resolve({ type: 'none' as const }),
    };
    const identity = { clusterId, memberId: id };
    const replica = await openReplica(
      parts,
      {
        heartbeatMs: 30,
        electionMs: 300,
        requestBytesMax: 1.5 * 2 ** 20,
        machine: { quotaBytes: 0 },
        ...(this.#options.limits && { limits: this.#options.limits }),
      },
      how === 'join'
        ? { type: 'join', identity }
        : { type: 'found', identity, voters: this.#voters, rows: [] },
    );
    await replica.start();
    const member = { id, replica, peers, network, folder, fatal };
    this.members.set(id, member);
    this.#refresh();
    return member;
  }

  /** As a kill: nothing is flushed or handed over beyond what the disk has. */
  async kill(id: bigint): Promise<void> {
    const member = this.get(id);
    this.members.delete(id);
    await member.replica.halt().catch(() => undefined);
  }

  get(id: bigint): TestMember {
    const member = this.members.get(id);
    if (!member) throw new Error(`member ${id.toString()} is not running`);
    return member;
  }

  async leader(): Promise<TestMember> {
    return this.until(() => [...this.members.values()].find(({ replica }) => replica.isLeading));
  }

  async follower(): Promise<TestMember> {
    const { id } = await this.leader();
    return this.until(() =>
      [...this.members.values()].find((m) => m.id !== id && m.replica.leader === id),
    );
  }

  /** Looks again every few milliseconds until there is an answer. */
  async until<T>(find: () => T | undefined | false): Promise<T> {
    const deadline = performance.now() + 15_000;
    for (;;) {
      const found = find();
      if (found !== undefined && found !== false) return found;
      if (performance.now() > deadline) throw new Error(`waited in vain for ${find.toString()}`);
      await new Promise((resolve) =>
        systemClock.after(5, () => {
          resolve(undefined);
        }),
      );
    }
  }

  async caughtUp(id: bigint): Promise<void> {
    const { replica } = await this.leader();
    const index = replica.commitIndex;
    await this.until(() => this.get(id).replica.appliedIndex >= index);
  }

  async changeMembers(change: ConfChange): Promise<void> {
    const { replica } = await this.leader();
    await replica.proposeConfChange(change);
    if (change.type === 'remove') this.#removed.push(change.member);
    this.#refresh();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.members.values()].map(({ replica }) => replica.halt()));
    fs.rmSync(this.root, { recursive: true, force: true });
  }

  #refresh(): void {
    for (const { replica } of this.members.values()) replica.refreshPeers();
  }

  #record(): MemberRecord {
    return {
      load: () => undefined,
      apply: (change) => [
        {
          table: 'members',
          key: Buffer.from(change.member.toString(16)),
          ...(change.type !== 'remove' && { value: change.context }),
        },
      ],
      peers: () =>
        [...this.members.values()].map(({ id, peers }) => ({
          id,
          urls: [`http://127.0.0.1:${peers.ports[0] ?? 0}`],
        })),
      removed: () => this.#removed,
    };
  }
}

/** The transport of a member whose cable can be pulled. */
function cuttable(inner: Transport, network: { readonly isCut: boolean }): Transport {
  const cut = (): Promise<never> => Promise.reject(new Error('the network is cut'));
  return {
    start: (self, handlers) =>
      inner.start(self, {
        ...handlers,
        messages: (messages) => {
          if (!network.isCut) handlers.messages(messages);
        },
        forwarded: (payload) => (network.isCut ? 'not-leader' : handlers.forwarded(payload)),
        snapshot: (message, chunks) => (network.isCut ? cut() : handlers.snapshot(message, chunks)),
      }),
    setPeers: (peers, removed) => {
      inner.setPeers(peers, removed);
    },
    send: (messages) => {
      if (!network.isCut) inner.send(messages);
    },
    forward: (leader, payload) =>
      network.isCut ? Promise.resolve('not-sent') : inner.forward(leader, payload),
    sendSnapshot: (message, chunks) =>
      network.isCut ? cut() : inner.sendSnapshot(message, chunks),
    ask: (member, request, timeoutMs) => inner.ask(member, request, timeoutMs),
    askUrl: (url, request, timeoutMs) => inner.askUrl(url, request, timeoutMs),
    activeSince: (member) => (network.isCut ? undefined : inner.activeSince(member)),
    stop: () => inner.stop(),
  };
}

export const bytes = (text: string): Uint8Array => Buffer.from(text);

export const putCommand = (key: string, value: string): Command => ({
  type: 'txn',
  txn: {
    compare: [],
    success: [{ type: 'put', key: bytes(key), value: bytes(value) }],
    failure: [],
  },
});

export const put = ({ replica }: TestMember, key: string, value = 'v'): Promise<CommandResult> =>
  replica.propose(putCommand(key, value));

/** Local state. */
export const read = ({ replica }: TestMember, key: string): string | undefined => {
  const [kv] = replica.machine.range({ key: bytes(key) }).kvs;
  return kv && Buffer.from(kv.value).toString();
};
