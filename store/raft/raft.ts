// Raft: the consensus algorithm as a pure state machine (Ongaro and Ousterhout 2014; Ongaro's dissertation;
// behaviour of etcd-io/raft v3.6). No I/O, clock or randomness of its own: tick() is the clock, every effect
// leaves through takeReady().
//
// The driver: after any input calls takeReady() until it gives undefined, and for each Ready, in order,
// sends `send`, stores `save` as one unit, calls saved(ready), sends `sendAfterSave`, applies `apply`
// (each conf-change entry through applyConfChange) and serves `reads`. It may take the next Ready while an
// earlier one is still being saved; saves, saved() calls and sendAfterSave keep the order of the Readies.
//
// A membership change takes effect when applied, not when appended. Safe because a change is proposed only
// after the one before was applied by the leader, so whoever holds the second knows (and stores, along with
// it) that the first is committed, and nobody campaigns with a committed change unapplied.
// Roles: follower.ts, candidate.ts, leader.ts. Effects: handover.ts. Data: message.ts.

import assert from 'node:assert/strict';
import { Candidate } from './candidate.js';
import { Core } from './core.js';
import { Follower } from './follower.js';
import { Handover } from './handover.js';
import { Leader } from './leader.js';
import { encodeConfChange } from './membership.js';
import { answerVote, isUnderLease, isVoteRequest, knownCommit } from './votes.js';
import type { Campaign, RoleBehaviour } from './core.js';
import type { ProposalOutcome } from './leader.js';
import type { ProgressState } from './progress.js';
import type {
  ConfChange,
  MemberId,
  Membership,
  Message,
  RaftConfig,
  Ready,
  Role,
  StableLog,
} from './message.js';

/** The leader's view of another member, for status and metrics. */
export interface MemberProgress {
  readonly member: MemberId;
  readonly match: number;
  readonly next: number;
  readonly state: ProgressState;
  readonly recentActive: boolean;
  readonly paused: boolean;
  readonly inflight: number;
}

export class Raft {
  private readonly core: Core;
  private readonly handover: Handover;
  private current: RoleBehaviour;
  constructor(config: RaftConfig, stable: StableLog) {
    checkConfig(config);
    this.core = new Core(config, stable, {
      follow: (term) => {
        this.follow(term);
      },
      campaign: (campaign) => {
        this.startCampaign(campaign);
      },
      lead: () => {
        this.lead();
      },
    });
    this.current = new Follower(this.core);
    this.handover = new Handover(this.core, config.hardState);
  }

  get id(): MemberId {
    return this.core.id;
  }

  get role(): Role {
    return this.current.name;
  }

  get leader(): MemberId {
    return this.core.leader;
  }

  get term(): number {
    return this.core.term;
  }

  get commit(): number {
    return this.core.log.commit;
  }

  get lastIndex(): number {
    return this.core.log.lastIndex;
  }

  get membership(): Membership {
    return this.core.membership;
  }

  /** Empty unless leader. */
  progress(): readonly MemberProgress[] {
    if (!(this.current instanceof Leader)) return [];
    return [...this.current.replication.progress].map(([member, progress]) => ({
      member,
      match: progress.match,
      next: progress.next,
      state: progress.state,
      recentActive: progress.recentActive,
      paused: progress.isPaused,
      inflight: progress.inflightCount,
    }));
  }

  /** One unit of the driver's time; electionTicks and heartbeatTicks count these. */
  tick(): void {
    this.current.tick();
  }

  /** Stands for election now instead of at the next timeout: how a single member starts at once. */
  campaign(): void {
    if (this.current.name !== 'leader') this.startCampaign('pre-vote');
  }

  step(message: Message): void {
    const { core } = this;
    assert.equal(message.to, core.id, 'messages are delivered to the member they name');
    if (message.term < core.term) {
      this.answerStale(message);
      return;
    }
    if (message.term > core.term && !this.admitHigherTerm(message)) return;
    if (isVoteRequest(message)) {
      answerVote(core, message);
      return;
    }
    // Somebody else won the election this candidate stood for (Raft §5.2).
    if (isFromLeader(message) && this.current instanceof Candidate) this.follow(core.term);
    this.current.step(message);
  }

  propose(payload: Uint8Array): ProposalOutcome {
    if (!(this.current instanceof Leader)) return 'not-leader';
    return this.current.propose('normal', payload);
  }

  /** While another change is under way, an empty entry takes this one's place in the log. */
  proposeConfChange(change: ConfChange): ProposalOutcome {
    if (!(this.current instanceof Leader)) return 'not-leader';
    return this.current.proposeConfChange(encodeConfChange(change));
  }

  /** To be called for every conf-change entry given out in `apply`, in order. Gives the membership after it. */
  applyConfChange(change: ConfChange): Membership {
    const { core } = this;
    core.applyConfChange(change);
    if (this.current instanceof Leader) this.current.membershipChanged();
    else if (this.current instanceof Candidate && !core.isVoter) this.follow(core.term);
    return core.membership;
  }

  /** Comes back in a Ready's `reads` or `droppedReads`, unless the leader stays silent for good. */
  requestRead(id: bigint): void {
    this.current.requestRead(id);
  }

  /** Asks that `to` lead; given up after an election timeout. Until then proposals are refused. */
  transferLeader(to: MemberId): void {
    const { core } = this;
    if (this.current instanceof Leader) this.current.transfer(to);
    else if (core.leader !== 0n && core.leader !== core.id)
      core.sendNow(core.leader, { type: 'transfer-leader', transferee: to });
  }

  /** How the snapshot sent to `member` fared; until this is said nothing else is sent there. */
  reportSnapshot(member: MemberId, ok: boolean): void {
    if (this.current instanceof Leader)
      this.current.replication.progress.get(member)?.snapshotFinished(ok);
  }

  /** A message to `member` was lost: stop streaming, find out where it is. */
  reportUnreachable(member: MemberId): void {
    if (this.current instanceof Leader)
      this.current.replication.progress.get(member)?.unreachable();
  }

  takeReady(): Ready | undefined {
    this.current.flush();
    return this.handover.take(this.current);
  }

  /** Everything in `ready.save` survives a crash from now on. A Ready without `save` needs no report. */
  saved(ready: Ready): void {
    if (!ready.save) return;
    this.handover.saved(ready);
    this.current.saved();
  }

  /** Enters the message's term where that is due (Raft §5.1). False: the message is to be ignored. */
  private admitHigherTerm(message: Message): boolean {
    if (isVoteRequest(message)) {
      if (isUnderLease(this.core, message)) return false;
      // Nobody enters the term of a pre-vote until the election is held.
      if (message.type === 'pre-vote') return true;
    }
    // A granted pre-vote carries the term it was granted for.
    if (message.type === 'pre-vote-reply' && message.granted)
      return message.term === this.core.term + 1;
    this.follow(message.term);
    return true;
  }

  private answerStale(message: Message): void {
    const { core } = this;
    if (isFromLeader(message)) {
      // Tells a leader of the past that its term is over. A member whose term ran ahead would otherwise
      // never be heard: its pre-votes are refused as long as that leader reaches a majority.
      const nowhere = { index: 0, hintIndex: 0, hintTerm: 0 };
      core.sendNow(message.from, { type: 'append-reply', rejected: true, ...nowhere });
    } else if (message.type === 'pre-vote') {
      core.sendNow(message.from, { type: 'pre-vote-reply', granted: false, ...knownCommit(core) });
    }
  }

  private follow(term: number): void {
    this.current.stop();
    this.core.enterTerm(term);
    this.current = new Follower(this.core);
  }

  private startCampaign(campaign: Campaign): void {
    if (!this.core.mayCampaign) return;
    this.current.stop();
    const candidate = new Candidate(this.core, campaign);
    this.current = candidate;
    candidate.start();
  }

  private lead(): void {
    assert.equal(this.current.name, 'candidate', 'only an elected candidate leads (Raft §5.2)');
    this.current.stop();
    this.current = new Leader(this.core);
  }
}

function isFromLeader({ type }: Message): boolean {
  return type === 'append' || type === 'heartbeat' || type === 'snapshot';
}

function checkConfig(config: RaftConfig): void {
  assert(config.id !== 0n, 'member id 0 means nobody');
  assert(
    config.heartbeatTicks > 0 && config.electionTicks > config.heartbeatTicks,
    'elections must be slower than heartbeats (Raft §5.6)',
  );
  assert(config.inflightMessagesMax > 0 && config.appendBytesMax > 0, 'windows must let data pass');
}
