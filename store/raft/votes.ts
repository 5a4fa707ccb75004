// Answers to vote and pre-vote requests; alike in every role (Raft §5.2, §5.4.1, dissertation §9.6).

import { noMember } from './message.js';
import type { Core } from './core.js';
import type { KnownCommit, Message } from './message.js';

export type VoteRequest = Message & { type: 'vote' | 'pre-vote' };

export function isVoteRequest(message: Message): message is VoteRequest {
  return message.type === 'vote' || message.type === 'pre-vote';
}

/**
 * While word from a leader is fresh, elections are ignored: a member that was cut off or removed cannot
 * unseat a working leader (dissertation §4.2.3). An election the leader itself asked for is exempt.
 */
export function isUnderLease(core: Core, request: VoteRequest): boolean {
  return (
    !request.transfer &&
    core.leader !== noMember &&
    core.electionElapsed < core.config.electionTicks
  );
}

/** For a vote, the caller has already entered the request's term. */
export function answerVote(core: Core, request: VoteRequest): void {
  const { from, lastIndex, lastTerm } = request;
  learnCommit(core, request);
  const isFree =
    core.vote === from ||
    (core.vote === noMember && core.leader === noMember) ||
    (request.type === 'pre-vote' && request.term > core.term);
  const granted = isFree && core.log.isUpToDate(lastIndex, lastTerm);
  if (request.type === 'pre-vote') {
    // Granted for the term asked for, which nobody has entered yet; refused with the own, maybe higher one.
    const term = granted ? request.term : core.term;
    core.sendNow(from, { type: 'pre-vote-reply', granted, ...knownCommit(core) }, term);
    return;
  }
  if (granted) {
    core.voteFor(from);
    core.electionElapsed = 0;
  }
  core.sendPromise(from, { type: 'vote-reply', granted, ...knownCommit(core) });
}

/**
 * Elections spread what is known to be committed. Without it they could come to a standstill: a member
 * that does not know a membership change is committed may need, or withhold, the vote of one that does.
 */
export function knownCommit({ log }: Core): KnownCommit {
  const commitTerm = log.term(log.commit);
  return commitTerm === undefined
    ? { commit: 0, commitTerm: 0 }
    : { commit: log.commit, commitTerm };
}

/** True when it was news. An entry with the same index and term is the same entry (Log Matching, Raft §5.3). */
export function learnCommit({ log }: Core, { commit, commitTerm }: KnownCommit): boolean {
  return commit > log.commit && log.matches(commit, commitTerm) && log.commitTo(commit);
}
