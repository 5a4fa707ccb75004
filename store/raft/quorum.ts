// Majority arithmetic over a set of voters. Pure functions of what each voter said.

import type { MemberId } from './message.js';

export type VoteOutcome = 'won' | 'lost' | 'pending';

export function majority(voterCount: number): number {
  return Math.floor(voterCount / 2) + 1;
}

/**
 * The largest number that a majority of the voters has reached: with 5, 5, 3, 2, 2 it is 3.
 * No voters: 0, so that an empty membership never commits anything.
 */
export function quorumIndex(
  voters: readonly MemberId[],
  reachedBy: (voter: MemberId) => number,
): number {
  const reached = voters.map(reachedBy).sort((a, b) => b - a);
  return reached[majority(voters.length) - 1] ?? 0;
}

export function countVotes(
  voters: readonly MemberId[],
  votes: ReadonlyMap<MemberId, boolean>,
): VoteOutcome {
  const needed = majority(voters.length);
  let granted = 0;
  let silent = 0;
  for (const voter of voters) {
    const vote = votes.get(voter);
    if (vote === undefined) silent++;
    else if (vote) granted++;
  }
  if (granted >= needed) return 'won';
  return granted + silent >= needed ? 'pending' : 'lost';
}
