// The follower: takes over the leader's log, and stands for election when it hears no leader (Raft §5.2, §5.3).

import assert from 'node:assert/strict';
import { ForwardedReads } from './forwarded-reads.js';
import type { Core, RoleBehaviour } from './core.js';
import type { Message, SnapshotMark } from './message.js';

type Append = Message & { type: 'append' };

export class Follower implements RoleBehaviour {
  readonly name = 'follower';
  private readonly core: Core;
  private readonly reads: ForwardedReads;

  constructor(core: Core) {
    this.core = core;
    this.reads = new ForwardedReads(core);
  }

  tick(): void {
    const { core } = this;
    core.electionElapsed++;
    this.reads.tick();
    // The only voter has nobody to wait for.
    if (!core.isOnlyVoter && core.electionElapsed < core.electionTimeoutTicks) return;
    if (!core.isVoter) return;
    core.resetElectionTimer();
    core.transitions.campaign('pre-vote');
  }

  step(message: Message): void {
    const { core } = this;
    switch (message.type) {
      case 'append':
        core.heardFromLeader(message.from);
        this.append(message);
        break;
      case 'heartbeat':
        core.heardFromLeader(message.from);
        // The leader caps `commit` by what it knows to match here.
        core.log.commitTo(message.commit);
        core.sendNow(message.from, {
          type: 'heartbeat-reply',
          readContext: message.readContext,
        });
        break;
      case 'snapshot':
        core.heardFromLeader(message.from);
        this.restore(message.snapshot);
        core.sendPromise(message.from, accepted(core.log.commit));
        break;
      case 'timeout-now':
        core.transitions.campaign('transfer');
        break;
      case 'read-index-reply':
        this.reads.answered(message.readContext, message.index);
        break;
      case 'transfer-leader':
      case 'read-index':
        // Meant for a leader this member no longer is, or never was: the sender asks again.
        break;
      default:
        // Answers to an earlier role of this member.
        break;
    }
  }

  requestRead(id: bigint): void {
    this.reads.add(id);
  }

  flush(): void {
    this.reads.flush();
  }

  givenOut(): void {
    // Counted by leaders only.
  }

  saved(): void {
    // A follower's promises travel as messages.
  }

  stop(): void {
    this.reads.drop();
  }

  private append(message: Append): void {
    const { log } = this.core;
    const { from, prevIndex, prevTerm, entries } = message;
    if (prevIndex < log.commit) {
      // Late: everything up to the commit index matches the leader's log for certain.
      this.core.sendPromise(from, accepted(log.commit));
      return;
    }
    if (!log.matches(prevIndex, prevTerm)) {
      const hint = log.backtrack(Math.min(prevIndex, log.lastIndex), prevTerm);
      this.core.sendPromise(from, {
        type: 'append-reply',
        index: prevIndex,
        rejected: true,
        hintIndex: hint.index,
        hintTerm: hint.term,
      });
      return;
    }
    const { voters, learners } = this.core.membership;
    assert(
      voters.length + learners.length > 0,
      'a member that knows no membership starts from a snapshot, not from entries that change one',
    );
    log.accept(entries);
    const matched = prevIndex + entries.length;
    assert(matched <= log.lastIndex, 'what was accepted is here');
    log.commitTo(Math.min(message.commit, matched));
    this.core.sendPromise(from, accepted(matched));
  }

  private restore(snapshot: SnapshotMark): void {
    const { core } = this;
    if (snapshot.index <= core.log.commit) return;
    if (core.log.matches(snapshot.index, snapshot.term)) {
      // Everything the snapshot holds is here already: only news of a commit.
      core.log.commitTo(snapshot.index);
      return;
    }
    core.log.restore(snapshot);
    core.restoreMembership(snapshot.membership);
  }
}

function accepted(index: number): {
  type: 'append-reply';
  index: number;
  rejected: false;
  hintIndex: number;
  hintTerm: number;
} {
  return { type: 'append-reply', index, rejected: false, hintIndex: 0, hintTerm: 0 };
}
