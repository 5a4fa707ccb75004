// The candidate, in two rounds: a pre-vote asks whether an election could be won without disturbing anyone
// (dissertation §9.6), the vote then is the real one (Raft §5.2). The own vote counts once it is on disk.

import { countVotes } from './quorum.js';
import { noMember } from './message.js';
import { knownCommit, learnCommit } from './votes.js';
import type { Campaign, Core, RoleBehaviour } from './core.js';
import type { MemberId, Message, Role } from './message.js';

type VoteReply = Message & { type: 'vote-reply' | 'pre-vote-reply' };

export class Candidate implements RoleBehaviour {
  readonly name: Role;
  private readonly core: Core;
  private readonly campaign: Campaign;
  private readonly votes = new Map<MemberId, boolean>();

  constructor(core: Core, campaign: Campaign) {
    this.core = core;
    this.campaign = campaign;
    this.name = campaign === 'pre-vote' ? 'pre-candidate' : 'candidate';
  }

  /** Apart from the constructor, as it may end the role at once (a single voter). */
  start(): void {
    const { core } = this;
    const { log } = core;
    const isPreVote = this.campaign === 'pre-vote';
    if (isPreVote) {
      core.leader = noMember;
    } else {
      core.enterTerm(core.term + 1);
      core.voteFor(core.id);
    }
    for (const voter of core.membership.voters) {
      if (voter === core.id) continue;
      const request = {
        lastIndex: log.lastIndex,
        lastTerm: log.lastTerm,
        transfer: this.campaign === 'transfer',
        ...knownCommit(core),
      };
      // A vote request may not outlive what it states: a crash before the save would leave this member
      // with a shorter log in the same term, and grants to the longer one on their way.
      if (isPreVote) core.sendNow(voter, { type: 'pre-vote', ...request }, core.term + 1);
      else core.sendPromise(voter, { type: 'vote', ...request });
    }
    if (isPreVote) this.count(core.id, true);
  }

  tick(): void {
    const { core } = this;
    core.electionElapsed++;
    if (core.electionElapsed < core.electionTimeoutTicks) return;
    core.resetElectionTimer();
    if (core.mayCampaign) core.transitions.campaign('pre-vote');
    else core.transitions.follow(core.term);
  }

  step(message: Message): void {
    switch (message.type) {
      case 'pre-vote-reply':
        if (this.campaign === 'pre-vote') this.counted(message);
        break;
      case 'vote-reply':
        if (this.campaign !== 'pre-vote') this.counted(message);
        break;
      default:
        // Messages of a leader were turned into a step down by raft.ts; the rest is for other roles.
        break;
    }
  }

  requestRead(id: bigint): void {
    this.core.droppedReads.push(id);
  }

  flush(): void {
    // Requests left when the campaign started.
  }

  givenOut(): void {
    // Counted by leaders only.
  }

  saved(): void {
    const { core } = this;
    if (this.campaign !== 'pre-vote' && core.ownVoteSavedIn === core.term)
      this.count(core.id, true);
  }

  stop(): void {
    // Nothing to hand back.
  }

  private counted(reply: VoteReply): void {
    const { core } = this;
    if (learnCommit(core, reply) && !core.mayCampaign) {
      // A membership change turns out to be committed: it is applied before anything else.
      core.transitions.follow(core.term);
      return;
    }
    this.count(reply.from, reply.granted);
  }

  private count(voter: MemberId, granted: boolean): void {
    const { core } = this;
    if (!this.votes.has(voter)) this.votes.set(voter, granted);
    switch (countVotes(core.membership.voters, this.votes)) {
      case 'won':
        if (this.campaign === 'pre-vote') core.transitions.campaign('vote');
        else core.transitions.lead();
        break;
      case 'lost':
        core.transitions.follow(core.term);
        break;
      case 'pending':
        break;
    }
  }
}
