// What every role shares: identity, term and vote, the log, and the effects waiting for the next Ready.
// A role acts by changing this and by asking for a transition; raft.ts owns the transitions.

import assert from 'node:assert/strict';
import { ReplicatedLog } from './log.js';
import { changeMembership } from './membership.js';
import { noMember } from './message.js';
import type {
  ConfChange,
  Entry,
  HardState,
  MemberId,
  Membership,
  Message,
  RaftConfig,
  ReadState,
  Role,
  StableLog,
} from './message.js';

type WithoutEnvelope<M> = M extends Message ? Omit<M, 'from' | 'to' | 'term'> : never;
export type MessageBody = WithoutEnvelope<Message>;

/** 'transfer' is a vote the leader asked for: it skips the pre-vote and the lease (dissertation §3.10). */
export type Campaign = 'pre-vote' | 'vote' | 'transfer';

export interface Transitions {
  /** Only with a term at least as high as the current one. */
  readonly follow: (term: number) => void;
  readonly campaign: (campaign: Campaign) => void;
  readonly lead: () => void;
}

export interface RoleBehaviour {
  readonly name: Role;
  tick(): void;
  /** A message of the current term (raft.ts has dealt with terms and votes). */
  step(message: Message): void;
  requestRead(id: bigint): void;
  /** Called before a Ready is put together: queued work becomes messages, once for all of it. */
  flush(): void;
  /** Committed entries that leave for applying. */
  givenOut(entries: readonly Entry[]): void;
  /** The own log or vote has reached the disk. */
  saved(): void;
  /** The role ends: hands back what it can no longer answer. */
  stop(): void;
}

export class Core {
  readonly id: MemberId;
  readonly config: RaftConfig;
  readonly log: ReplicatedLog;
  readonly transitions: Transitions;
  term: number;
  vote: MemberId;
  leader: MemberId = noMember;
  membership: Membership;
  /** The last term in which a vote for itself is known to be on disk. */
  ownVoteSavedIn = 0;
  /** As a follower: ticks since word from the leader. As a leader: since the last quorum check. */
  electionElapsed = 0;
  electionTimeoutTicks = 0;
  send: Message[] = [];
  sendAfterSave: Message[] = [];
  reads: ReadState[] = [];
  droppedReads: bigint[] = [];
  /** Membership changes given out for applying and not yet confirmed by applyConfChange. */
  private confChangesGivenOut = 0;
  /** Those of them a snapshot has overtaken: their effect is in its membership already. */
  private confChangesOvertaken = 0;

  constructor(config: RaftConfig, stable: StableLog, transitions: Transitions) {
    this.id = config.id;
    this.config = config;
    this.transitions = transitions;
    this.membership = config.membership;
    this.log = new ReplicatedLog(stable, config.hardState.commit, config.applied);
    // A crash may tear a save after its entries and before its hard state. The vote of such a term was
    // never promised to anyone, as promises wait for the whole save: the term is taken from the entries.
    const isTorn = this.log.lastTerm > config.hardState.term;
    this.term = isTorn ? this.log.lastTerm : config.hardState.term;
    this.vote = isTorn ? noMember : config.hardState.vote;
    this.resetElectionTimer();
  }

  get hardState(): HardState {
    return { term: this.term, vote: this.vote, commit: this.log.commit };
  }

  get isVoter(): boolean {
    return this.membership.voters.includes(this.id);
  }

  get isOnlyVoter(): boolean {
    return this.isVoter && this.membership.voters.length === 1;
  }

  /** All members but this one. */
  get peers(): readonly MemberId[] {
    const { voters, learners } = this.membership;
    return [...voters, ...learners].filter((member) => member !== this.id);
  }

  /**
   * May this member start an election? Not with a membership it knows to be old: the majorities of
   * memberships two changes apart need not overlap (dissertation §4.1).
   */
  get mayCampaign(): boolean {
    return (
      this.isVoter &&
      !this.log.hasUnsavedSnapshot &&
      this.confChangesGivenOut === 0 &&
      !this.log.hasUnappliedConfChange()
    );
  }

  /** Has everything up to `index` been applied, membership changes included? */
  hasApplied(index: number): boolean {
    return this.confChangesGivenOut === 0 && this.log.applied >= index;
  }

  enterTerm(term: number): void {
    assert(term >= this.term, 'the term never goes back (Raft §5.1)');
    if (term > this.term) {
      this.term = term;
      this.vote = noMember;
    }
    this.leader = noMember;
    this.resetElectionTimer();
  }

  voteFor(member: MemberId): void {
    assert(
      this.vote === noMember || this.vote === member,
      'at most one vote in a term (Election Safety, Raft §5.2)',
    );
    this.vote = member;
  }

  /** Timeouts are spread over [electionTicks, 2 * electionTicks) to keep votes from splitting (Raft §5.2). */
  resetElectionTimer(): void {
    const { electionTicks, random } = this.config;
    this.electionElapsed = 0;
    this.electionTimeoutTicks = electionTicks + Math.floor(random() * electionTicks);
  }

  heardFromLeader(leader: MemberId): void {
    assert(
      this.leader === noMember || this.leader === leader,
      'at most one leader in a term (Election Safety, Raft §5.2)',
    );
    this.leader = leader;
    this.electionElapsed = 0;
  }

  /** May leave before anything is saved: promises nothing about the disk. */
  sendNow(to: MemberId, body: MessageBody, term = this.term): void {
    assert(to !== this.id, 'a member does not write to itself');
    this.send.push({ from: this.id, to, term, ...body });
  }

  /** Leaves once everything decided so far is on disk. */
  sendPromise(to: MemberId, body: MessageBody, term = this.term): void {
    assert(to !== this.id, 'a member does not write to itself');
    this.sendAfterSave.push({ from: this.id, to, term, ...body });
  }

  takeApplicable(bytesMax: number): readonly Entry[] {
    const entries = this.log.takeApplicable(bytesMax);
    for (const entry of entries) if (entry.type === 'conf-change') this.confChangesGivenOut++;
    return entries;
  }

  /** Takes over a change whose entry was given out for applying. */
  applyConfChange(change: ConfChange): void {
    assert(this.confChangesGivenOut > 0, 'a membership change comes from a committed entry');
    this.confChangesGivenOut--;
    if (this.confChangesOvertaken > 0) this.confChangesOvertaken--;
    else this.membership = changeMembership(this.membership, change);
  }

  restoreMembership(membership: Membership): void {
    this.confChangesOvertaken = this.confChangesGivenOut;
    this.membership = membership;
  }
}
