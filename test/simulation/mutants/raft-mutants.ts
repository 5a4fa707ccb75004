// Broken variants of the core and of what carries out its Readies.
import { Leader } from '../../../store/raft/leader.js';
import { ReplicatedLog } from '../../../store/raft/log.js';
import { Raft } from '../../../store/raft/raft.js';
import { Replication } from '../../../store/raft/replication.js';
import { RaftLog } from '../../../store/wal/raft-log.js';
import { patch, rough, type Mutant } from './patch.js';

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

export const raftMutants: readonly Mutant[] = [
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
      kinds: ['cut off new leaders', 'kill'],
      everyMs: 300,
      network: rough,
      chaosMs: 8_000,
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
    name: 'two membership changes at once',
    how: 'a change is proposed while an earlier one is not applied yet',
    focus: {
      founders: 3,
      kinds: ['two changes at once', 'promote', 'add learner', 'partition', 'kill'],
      everyMs: 120,
    },
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
];
