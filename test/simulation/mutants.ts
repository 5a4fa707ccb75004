// Deliberately broken variants of the store. Each replaces a method for the time of its runs, in this process only: nothing
// of it is in the program that ships. They show that the simulation finds what it is there to find (docs/simulation.md).
import { Driver } from '../../store/replica/driver.js';
import { Replica } from '../../store/replica/replica.js';
import { Reads } from '../../store/replica/reads.js';
import { Leases } from '../../store/mvcc/leases.js';
import { WatchHub } from '../../store/mvcc/watch-hub.js';
import { Watcher } from '../../store/mvcc/watcher.js';
import { Leader } from '../../store/raft/leader.js';
import { ReplicatedLog } from '../../store/raft/log.js';
import { Raft } from '../../store/raft/raft.js';
import { Replication } from '../../store/raft/replication.js';
import type { LogDisk, LogFile } from '../../store/wal/disk.js';
import { RaftLog } from '../../store/wal/raft-log.js';
import { SimulatedDisk } from './disk.js';
import { Network, type NetworkFaults } from './network.js';
import type { Focus } from './run.js';
import { SimulatedTablesHome } from './tables-home.js';
import { SimulatedTables } from './tables.js';

export interface Mutant {
  readonly name: string;
  /** Which rule it breaks. */
  readonly how: string;
  /** The returned function mends it. */
  readonly install: () => () => void;
  /** The faults under which it shows soonest. */
  readonly focus?: Focus;
}

const rough: NetworkFaults = { lossRate: 0.2, doubleRate: 0.1, splitRate: 0.7, usualMs: 5 };

/** Wraps a method; `wrap` gets the original. */
function patch<T extends object, K extends keyof T>(
  prototype: T,
  name: K,
  wrap: (original: T[K]) => T[K],
): () => void {
  const original = prototype[name];
  prototype[name] = wrap(original);
  return () => {
    prototype[name] = original;
  };
}

function patchFile(change: (file: LogFile) => Partial<LogFile>): () => void {
  const changed = (file: LogFile): LogFile => ({
    get sizeBytes() {
      return file.sizeBytes;
    },
    read: file.read,
    write: file.write,
    zeroFrom: file.zeroFrom,
    sync: file.sync,
    syncNow: file.syncNow,
    close: file.close,
    ...change(file),
  });
  return patch(
    SimulatedDisk.prototype,
    'mount',
    (mount) =>
      function (this: SimulatedDisk, process): LogDisk {
        const disk = mount.call(this, process);
        return {
          ...disk,
          create: (name, sizeBytes) => changed(disk.create(name, sizeBytes)),
          open: (name) => changed(disk.open(name)),
        };
      },
  );
}

/** The private parts of the core that mutants reach into. */
interface OpenCore {
  readonly core: {
    readonly id: bigint;
    readonly term: number;
    readonly membership: { readonly voters: readonly bigint[] };
    readonly log: ReplicatedLog;
  };
}
// as: private in TypeScript only
const coreOf = (owner: object): OpenCore['core'] => (owner as OpenCore).core;

function quorum(voters: readonly bigint[], indexOf: (voter: bigint) => number): number {
  const sorted = voters.map(indexOf).sort((a, b) => b - a);
  return sorted[Math.floor(voters.length / 2)] ?? 0;
}

export const mutants: readonly Mutant[] = [
  {
    name: 'no fsync of the log',
    how: 'the log says "saved" as soon as it is written to the page cache',
    install: () => patchFile(() => ({ sync: () => Promise.resolve() })),
  },
  {
    name: 'fsync errors are ignored',
    how: 'a sync that failed is taken for one that worked',
    focus: { kinds: ['sync error', 'blackout'], everyMs: 200 },
    install: () => patchFile((file) => ({ sync: () => file.sync().catch(() => undefined) })),
  },
  {
    name: 'promises before the save',
    how: 'append replies and votes leave before what they promise is on disk',
    install: () =>
      patch(
        Raft.prototype,
        'takeReady',
        (takeReady) =>
          function (this: Raft) {
            const ready = takeReady.call(this);
            if (ready) {
              const send = [...ready.send, ...ready.sendAfterSave];
              Object.assign(ready, { send, sendAfterSave: [] });
            }
            return ready;
          },
      ),
  },
  {
    name: 'term and vote are not saved',
    how: 'the hard state is left out of what the log writes',
    install: () =>
      patch(
        RaftLog.prototype,
        'save',
        (save) =>
          function (this: RaftLog, { entries, snapshot }) {
            return save.call(this, { entries, ...(snapshot && { snapshot }) });
          },
      ),
  },
  {
    name: 'votes without a look at the log',
    how: 'a vote is granted to a candidate whose log is behind (Raft §5.4.1)',
    install: () => patch(ReplicatedLog.prototype, 'isUpToDate', () => () => true),
  },
  {
    name: 'commits without a quorum',
    how: 'the leader commits what is on its own disk',
    install: () =>
      patch(
        Replication.prototype,
        'commitByQuorum',
        () =>
          function (this: Replication) {
            const { log } = coreOf(this);
            return log.stableIndex > log.commit && log.commitTo(log.stableIndex);
          },
      ),
  },
  {
    name: 'commits old terms by counting',
    how: 'entries of earlier terms count as committed once a majority has them (Raft §5.4.2, fig. 8)',
    focus: {
      founders: 3,
      kinds: ['kill', 'partition', 'one-way cut'],
      everyMs: 150,
      network: rough,
    },
    install: () =>
      patch(
        Replication.prototype,
        'commitByQuorum',
        () =>
          function (this: Replication) {
            const { id, log, membership } = coreOf(this);
            const index = quorum(membership.voters, (voter) =>
              voter === id ? log.stableIndex : (this.progress.get(voter)?.match ?? 0),
            );
            return index > log.commit && log.commitTo(index);
          },
      ),
  },
  {
    name: 'the leader counts itself before its fsync',
    how: 'the own log counts for the quorum as far as it is in memory (etcd-io/etcd#14370)',
    focus: { founders: 3, kinds: ['slow disk', 'power', 'partition'], everyMs: 150 },
    install: () =>
      patch(
        Replication.prototype,
        'commitByQuorum',
        () =>
          function (this: Replication) {
            const { id, log, membership, term } = coreOf(this);
            const index = quorum(membership.voters, (voter) =>
              voter === id ? log.lastIndex : (this.progress.get(voter)?.match ?? 0),
            );
            return index > log.commit && log.term(index) === term && log.commitTo(index);
          },
      ),
  },
  {
    name: 'two membership changes at once',
    how: 'a change is proposed while an earlier one is not applied yet',
    install: () =>
      patch(
        Leader.prototype,
        'proposeConfChange',
        () =>
          function (this: Leader, data) {
            return this.propose('conf-change', data);
          },
      ),
  },
  {
    name: 'a leader reads without asking',
    how: 'no heartbeat round before a linearizable read on the leader',
    focus: { founders: 3, kinds: ['partition', 'one-way cut'], everyMs: 400 },
    install: () =>
      patch(
        Driver.prototype,
        'confirmRead',
        (confirmRead) =>
          function (this: Driver) {
            return this.isLeading ? Promise.resolve() : confirmRead.call(this);
          },
      ),
  },
  {
    name: 'a leader without CheckQuorum reads without asking',
    how: 'as before, and it never steps down by itself',
    focus: { founders: 3, kinds: ['partition'], everyMs: 400 },
    install: () => {
      const undo = [
        patch(Replication.prototype, 'takeQuorumActive', () => () => true),
        patch(
          Driver.prototype,
          'confirmRead',
          (confirmRead) =>
            function (this: Driver) {
              return this.isLeading ? Promise.resolve() : confirmRead.call(this);
            },
        ),
      ];
      return () => {
        for (const mend of undo) mend();
      };
    },
  },
  {
    name: 'reads do not wait for the apply',
    how: 'a confirmed read is served from what happens to be applied',
    install: () =>
      patch(
        Reads.prototype,
        'release',
        (release) =>
          function (this: Reads) {
            release.call(this, Infinity);
          },
      ),
  },
  {
    name: 'comparisons are made before proposing',
    how: 'a txn is decided on the state of the member asked, not on that of its place in the log',
    install: () =>
      patch(
        Replica.prototype,
        'propose',
        (propose) =>
          function (this: Replica, command) {
            if (command.type !== 'txn') return propose.call(this, command);
            const { compare, success, failure } = command.txn;
            const { succeeded } = this.machine.readTxn({ compare, success: [], failure: [] });
            // The first comparison is the request's tag (workload.ts).
            const decided = {
              compare: compare.slice(0, 1),
              success: succeeded ? success : failure,
            };
            return propose.call(this, { type: 'txn', txn: { ...decided, failure: [] } });
          },
      ),
  },
  {
    name: 'forwarded requests are sent twice',
    how: 'the transport sends a batch to the leader again without knowing what became of it',
    install: () =>
      patch(
        Network.prototype,
        'transportOf',
        (transportOf) =>
          function (this: Network, id, process) {
            const transport = transportOf.call(this, id, process);
            return {
              ...transport,
              forward: (leader, payload) => {
                transport.forward(leader, payload).catch(() => undefined);
                return transport.forward(leader, payload);
              },
            };
          },
      ),
  },
  {
    name: 'the applied index is stored apart from the data',
    how: 'the index is committed first, the rows after it',
    install: () =>
      patch(
        SimulatedTables.prototype,
        'mount',
        (mount) =>
          function (this: SimulatedTables, process) {
            const tables = mount.call(this, process);
            return {
              ...tables,
              commit: async (writes) => {
                await tables.commit(writes.filter(({ table }) => table === 'meta'));
                await tables.commit(writes.filter(({ table }) => table !== 'meta'));
              },
            };
          },
      ),
  },
  {
    name: 'the applied index is not stored',
    how: 'after a restart entries that are in the tables are applied again',
    install: () =>
      patch(
        SimulatedTables.prototype,
        'mount',
        (mount) =>
          function (this: SimulatedTables, process) {
            const tables = mount.call(this, process);
            const isIndex = (key: Uint8Array): boolean =>
              Buffer.from(key).toString() === 'consistent_index';
            return {
              ...tables,
              commit: (writes) =>
                tables.commit(writes.filter(({ table, key }) => table !== 'meta' || !isIndex(key))),
            };
          },
      ),
  },
  {
    name: 'revisions are used again after a restart',
    how: 'tombstones are not stored, so the revision of a delete is forgotten',
    install: () =>
      patch(
        SimulatedTables.prototype,
        'mount',
        (mount) =>
          function (this: SimulatedTables, process) {
            const tables = mount.call(this, process);
            return {
              ...tables,
              commit: (writes) =>
                tables.commit(
                  writes.filter(({ table, key }) => table !== 'key' || key.length < 18),
                ),
            };
          },
      ),
  },
  {
    name: 'a snapshot counts before the log has its mark',
    how: 'received tables take the place of the old ones before the log says so',
    focus: { kinds: ['add learner', 'power at a disk operation', 'blackout'], everyMs: 150 },
    install: () =>
      patch(
        SimulatedTablesHome.prototype,
        'mount',
        (mount) =>
          function (this: SimulatedTablesHome, process) {
            const home = mount.call(this, process);
            return {
              ...home,
              seal: async (index) => {
                await home.seal(index);
                await home.adopt();
              },
              adopt: () => home.open(),
            };
          },
      ),
  },
  {
    name: 'the torn end of the log is left there',
    how: 'what a power cut left of a write is not zeroed before writing on',
    focus: { kinds: ['power at a disk operation', 'power', 'blackout'], everyMs: 150 },
    install: () => patchFile(() => ({ zeroFrom: () => undefined })),
  },
  {
    name: 'leases end by who used to lead',
    how: 'an expiry is proposed without proof of leadership, and forwarded to the next leader',
    focus: { founders: 3, kinds: ['pause', 'partition'], everyMs: 400 },
    install: () => {
      const { confirmReadByQuorum } = Driver.prototype;
      const undo = [
        patch(
          Driver.prototype,
          'confirmRead',
          () =>
            function (this: Driver) {
              return confirmReadByQuorum.call(this);
            },
        ),
        patch(Driver.prototype, 'confirmReadByQuorum', () => () => Promise.resolve()),
        patch(
          Driver.prototype,
          'propose',
          (propose) =>
            function (this: Driver, command) {
              return propose.call(this, command);
            },
        ),
      ];
      return () => {
        for (const mend of undo) mend();
      };
    },
  },
  {
    name: 'a new leader does not give leases their time anew',
    how: 'deadlines count from before the leader was elected',
    install: () =>
      patch(
        Leases.prototype,
        'promote',
        (promote) =>
          function (this: Leases, nowMs = 0) {
            promote.call(this, nowMs - 600, 0);
          },
      ),
  },
  {
    name: 'a watch that falls behind loses a revision',
    how: 'the revision that did not fit into the queue is not read again from history',
    install: () =>
      patch(
        WatchHub.prototype,
        'unsync',
        (unsync) =>
          function (this: WatchHub, watcher) {
            unsync.call(this, watcher);
            watcher.position++;
          },
      ),
  },
  {
    name: 'progress marks come too early',
    how: 'a mark names a revision whose events may still be on their way',
    install: () =>
      patch(
        Watcher.prototype,
        'reportProgress',
        (reportProgress) =>
          function (this: Watcher, revision) {
            reportProgress.call(this, revision + 1);
          },
      ),
  },
];
