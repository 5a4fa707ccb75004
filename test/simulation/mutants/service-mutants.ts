// Broken variants of what clients are served: reads, requests, leases, watches.
import { Leases } from '../../../store/mvcc/leases.js';
import { WatchHub } from '../../../store/mvcc/watch-hub.js';
import { Watcher } from '../../../store/mvcc/watcher.js';
import { Replication } from '../../../store/raft/replication.js';
import { Driver } from '../../../store/replica/driver.js';
import { Reads } from '../../../store/replica/reads.js';
import { Replica } from '../../../store/replica/replica.js';
import { Network } from '../network.js';
import { patch, type Mutant } from './patch.js';

export const serviceMutants: readonly Mutant[] = [
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
    name: 'leases end by who used to lead',
    how: 'an expiry is proposed without proof of leadership, and forwarded to the next leader',
    focus: { founders: 3, kinds: ['pause', 'partition'], everyMs: 400 },
    install: () => {
      const undo: (() => void)[] = [];
      const confirmed = patch(Driver.prototype, 'confirmReadByQuorum', (confirmReadByQuorum) => {
        // Clients' reads go on as they should.
        const read = function (this: Driver): Promise<void> {
          return confirmReadByQuorum.call(this);
        };
        undo.push(patch(Driver.prototype, 'confirmRead', () => read));
        return () => Promise.resolve();
      });
      const proposed = patch(
        Driver.prototype,
        'propose',
        (propose) =>
          function (this: Driver, command) {
            return propose.call(this, command);
          },
      );
      return () => {
        for (const mend of [...undo, confirmed, proposed]) mend();
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
          function (this: Leases, nowMs) {
            promote.call(this, (nowMs ?? 0) - 600, 0);
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
