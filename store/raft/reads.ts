// The leader's side of linearizable reads (ReadIndex, dissertation §6.4): note the commit index, prove by a
// round of heartbeats that nobody else leads, answer with the index. One round serves every read that came
// in since the last; an answer to a later round confirms the earlier ones. Members' side: forwarded-reads.ts.

import { readsWaitingMax } from './forwarded-reads.js';
import { quorumIndex } from './quorum.js';
import type { Core } from './core.js';
import type { MemberId } from './message.js';

interface Read {
  readonly from: MemberId;
  /** The driver's id for an own read, the asking member's context otherwise. */
  readonly id: bigint;
}

interface Round {
  readonly number: number;
  readonly index: number;
  readonly reads: readonly Read[];
}

export class LeaderReads {
  /** Number of the latest round; heartbeats carry it. */
  round = 0;
  private readonly core: Core;
  private waiting: Read[] = [];
  private rounds: Round[] = [];
  private pendingCount = 0;

  constructor(core: Core) {
    this.core = core;
  }

  add(from: MemberId, id: bigint): void {
    if (this.pendingCount < readsWaitingMax) {
      this.waiting.push({ from, id });
      this.pendingCount++;
    } else if (from === this.core.id) {
      this.core.droppedReads.push(id);
    }
    // Another member asks again, and its driver has a deadline.
  }

  /** True when a round of heartbeats has to go out. */
  startRound(): boolean {
    const { core } = this;
    // Before an entry of the own term is committed the commit index may lag behind what an earlier
    // leader has acknowledged (dissertation §6.4, step 1).
    const knowsCommit = core.log.term(core.log.commit) === core.term;
    if (this.waiting.length === 0 || !knowsCommit) return false;
    this.round++;
    this.rounds.push({ number: this.round, index: core.log.commit, reads: this.waiting });
    this.waiting = [];
    return true;
  }

  /** `answered` tells the latest round each member has answered. */
  confirm(answered: (member: MemberId) => number): void {
    if (this.rounds.length === 0) return;
    const { id, membership } = this.core;
    const confirmed = quorumIndex(membership.voters, (voter) =>
      voter === id ? this.round : answered(voter),
    );
    while (this.rounds[0] !== undefined && this.rounds[0].number <= confirmed) {
      this.answer(this.rounds[0]);
      this.rounds.shift();
    }
  }

  /** Leadership is over: own reads are dropped, other members ask the next leader. */
  drop(): void {
    for (const { reads } of [...this.rounds, { reads: this.waiting }])
      for (const read of reads)
        if (read.from === this.core.id) this.core.droppedReads.push(read.id);
    this.rounds = [];
    this.waiting = [];
  }

  private answer(round: Round): void {
    const { core } = this;
    const { index } = round;
    this.pendingCount -= round.reads.length;
    for (const { from, id } of round.reads) {
      if (from === core.id) core.reads.push({ id, index });
      else core.sendNow(from, { type: 'read-index-reply', readContext: id, index });
    }
  }
}
