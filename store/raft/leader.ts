// The leader: orders proposals, replicates them, and steps down when it can no longer reach a majority.

import assert from 'node:assert/strict';
import { LeaderReads } from './reads.js';
import { noMember } from './message.js';
import { Replication } from './replication.js';
import type { Core, RoleBehaviour } from './core.js';
import type { Entry, MemberId, Message } from './message.js';

const nothing = new Uint8Array(0);

export type ProposalOutcome = 'accepted' | 'not-leader' | 'backlog-full';

export class Leader implements RoleBehaviour {
  readonly name = 'leader';
  readonly replication: Replication;
  private readonly core: Core;
  private readonly reads: LeaderReads;
  private heartbeatElapsed = 0;
  private transferee: MemberId = noMember;
  /** No membership change may be proposed before everything up to here has been applied. */
  private confChangeIndex: number;
  /** Bytes of this term's proposals that have not been given out for applying. */
  private uncommittedBytes = 0;

  constructor(core: Core) {
    this.core = core;
    this.replication = new Replication(core);
    this.reads = new LeaderReads(core);
    // The tail may hold a change an earlier leader proposed; looking for it costs more than waiting.
    this.confChangeIndex = core.log.lastIndex;
    core.leader = core.id;
    core.resetElectionTimer();
    // Only an entry of the own term can be committed by counting, and brings the rest along (Raft §5.4.2, §8).
    this.append('normal', nothing);
  }

  tick(): void {
    const { core } = this;
    core.electionElapsed++;
    if (core.electionElapsed >= core.config.electionTicks) {
      core.electionElapsed = 0;
      // A transfer that takes longer than an election has failed (dissertation §3.10).
      this.transferee = noMember;
      if (!this.replication.takeQuorumActive()) {
        core.transitions.follow(core.term);
        return;
      }
      if (!core.isVoter) this.handOver();
    }
    this.heartbeatElapsed++;
    if (this.heartbeatElapsed >= core.config.heartbeatTicks) this.sendHeartbeats();
  }

  step(message: Message): void {
    switch (message.type) {
      case 'append-reply':
        this.replication.appendAnswered(message);
        this.replication.commitByQuorum();
        if (message.from === this.transferee) this.finishTransfer();
        break;
      case 'heartbeat-reply':
        this.heartbeatAnswered(message.from, Number(message.readContext));
        break;
      case 'read-index':
        this.reads.add(message.from, message.readContext);
        break;
      case 'transfer-leader':
        this.transfer(message.transferee);
        break;
      case 'append':
      case 'heartbeat':
      case 'snapshot':
        assert.fail('at most one leader in a term (Election Safety, Raft §5.2)');
        break;
      default:
        // Answers to an earlier role of this member.
        break;
    }
  }

  propose(type: Entry['type'], data: Uint8Array): ProposalOutcome {
    if (this.transferee !== noMember) return 'not-leader';
    const bytes = this.uncommittedBytes + data.length;
    // One proposal always fits, however large.
    if (this.uncommittedBytes > 0 && bytes > this.core.config.uncommittedBytesMax)
      return 'backlog-full';
    this.uncommittedBytes = bytes;
    this.append(type, data);
    return 'accepted';
  }

  /** A second change before the first is applied becomes an empty entry (dissertation §4.1: one at a time). */
  proposeConfChange(data: Uint8Array): ProposalOutcome {
    if (!this.core.hasApplied(this.confChangeIndex)) return this.propose('normal', nothing);
    const outcome = this.propose('conf-change', data);
    if (outcome === 'accepted') this.confChangeIndex = this.core.log.lastIndex;
    return outcome;
  }

  transfer(to: MemberId): void {
    const { core } = this;
    if (to === core.id || to === this.transferee || !core.membership.voters.includes(to)) return;
    this.transferee = to;
    core.electionElapsed = 0;
    this.finishTransfer();
  }

  membershipChanged(): void {
    const { core } = this;
    this.replication.refresh();
    if (!core.membership.voters.includes(this.transferee)) this.transferee = noMember;
    if (!core.isVoter) this.handOver();
    this.replication.commitByQuorum();
    this.confirmReads();
  }

  givenOut(entries: readonly Entry[]): void {
    for (const { term, data } of entries)
      if (term === this.core.term) this.uncommittedBytes -= data.length;
    assert(this.uncommittedBytes >= 0, 'only what was counted is given out');
  }

  requestRead(id: bigint): void {
    this.reads.add(this.core.id, id);
  }

  flush(): void {
    if (this.reads.startRound()) {
      if (this.core.isOnlyVoter) this.confirmReads();
      else this.sendHeartbeats();
    }
    this.replication.sendAppends();
  }

  saved(): void {
    this.replication.commitByQuorum();
  }

  stop(): void {
    this.reads.drop();
  }

  private append(type: Entry['type'], data: Uint8Array): void {
    const { log, term } = this.core;
    log.append({ index: log.lastIndex + 1, term, type, data });
  }

  /**
   * A leader that was removed or demoted leads on, without counting itself (dissertation §4.2.2), until a
   * voter that has everything takes over: one that stepped down at once could take the news of its removal
   * with it, and leave the others waiting for its vote.
   */
  private handOver(): void {
    const matchOf = (voter: MemberId): number => this.replication.progress.get(voter)?.match ?? 0;
    const { voters } = this.core.membership;
    this.transfer(voters.reduce((best, voter) => (matchOf(voter) > matchOf(best) ? voter : best)));
  }

  private heartbeatAnswered(from: MemberId, readRound: number): void {
    const progress = this.replication.progress.get(from);
    if (progress === undefined) return;
    progress.alive(this.core.log.lastIndex);
    progress.readRound = Math.max(progress.readRound, readRound);
    this.confirmReads();
    if (from === this.transferee) this.finishTransfer();
  }

  private confirmReads(): void {
    this.reads.confirm((member) => this.replication.progress.get(member)?.readRound ?? 0);
  }

  private sendHeartbeats(): void {
    this.heartbeatElapsed = 0;
    this.replication.sendHeartbeats(this.reads.round);
  }

  /** The transferee may start once it has the whole log; nothing is added to it meanwhile. */
  private finishTransfer(): void {
    const { core, transferee } = this;
    const match = this.replication.progress.get(transferee)?.match;
    if (match === core.log.lastIndex) core.sendNow(transferee, { type: 'timeout-now' });
  }
}
