// How a leader brings the other members' logs to its own: appends, heartbeats, snapshots, and what their
// answers mean. Appends are made once a Ready for all that came in, so many proposals share few messages.

import assert from 'node:assert/strict';
import { Progress } from './progress.js';
import { quorumIndex } from './quorum.js';
import type { Core } from './core.js';
import type { MemberId, Message } from './message.js';

type AppendReply = Message & { type: 'append-reply' };

export class Replication {
  /** Every member but the leader itself. */
  readonly progress = new Map<MemberId, Progress>();
  private readonly core: Core;

  constructor(core: Core) {
    this.core = core;
    for (const member of core.peers) this.follow(member, core.log.lastIndex + 1, false);
  }

  /** Takes in a changed membership. */
  refresh(): void {
    const { core, progress } = this;
    const peers = new Set(core.peers);
    for (const member of progress.keys()) if (!peers.has(member)) progress.delete(member);
    for (const member of peers) {
      // Counts as active, or the next quorum check could fail over a member that had no chance to answer.
      if (!progress.has(member)) this.follow(member, Math.max(core.log.lastIndex, 1), true);
    }
  }

  sendAppends(): void {
    for (const [member, progress] of this.progress) {
      while (this.isDue(progress) && this.sendAppend(member, progress));
    }
  }

  sendHeartbeats(readRound: number): void {
    for (const [member, progress] of this.progress) {
      // A heartbeat must not commit what may differ there: entries beyond its match.
      const commit = Math.min(progress.match, this.core.log.commit);
      progress.sentCommit = Math.max(progress.sentCommit, commit);
      this.core.sendNow(member, { type: 'heartbeat', commit, readContext: BigInt(readRound) });
    }
  }

  appendAnswered(reply: AppendReply): void {
    const { log } = this.core;
    const progress = this.progress.get(reply.from);
    if (progress === undefined) return;
    progress.recentActive = true;
    if (!reply.rejected) {
      assert(reply.index <= log.lastIndex, 'nobody holds more of this term than its leader');
      progress.accepted(reply.index, log.firstIndex);
      return;
    }
    // Skip over every entry of a term the follower cannot have (Raft §5.3).
    const hint =
      reply.hintTerm > 0
        ? log.backtrack(Math.min(reply.hintIndex, log.lastIndex), reply.hintTerm).index
        : reply.hintIndex;
    progress.rejected(reply.index, hint);
  }

  /**
   * The highest index on a quorum of disks. The own log counts only as far as it is saved. The leader
   * commits by counting only entries of its own term; earlier ones follow with them (Raft §5.4.2).
   */
  commitByQuorum(): boolean {
    const { id, log, membership, term } = this.core;
    const index = quorumIndex(membership.voters, (voter) =>
      voter === id ? log.stableIndex : (this.progress.get(voter)?.match ?? 0),
    );
    return index > log.commit && log.term(index) === term && log.commitTo(index);
  }

  /** Has a majority been heard of since the last call (CheckQuorum, dissertation §6.2)? */
  takeQuorumActive(): boolean {
    const { id, membership } = this.core;
    const active = quorumIndex(membership.voters, (voter) =>
      voter === id || this.progress.get(voter)?.recentActive === true ? 1 : 0,
    );
    for (const progress of this.progress.values()) progress.recentActive = false;
    return active === 1;
  }

  private follow(member: MemberId, next: number, recentActive: boolean): void {
    const { inflightMessagesMax } = this.core.config;
    this.progress.set(member, new Progress(next, recentActive, inflightMessagesMax));
  }

  private isDue(progress: Progress): boolean {
    if (progress.isPaused) return false;
    const { commit, lastIndex } = this.core.log;
    return progress.due || progress.next <= lastIndex || progress.wantsCommit(commit);
  }

  /** False when nothing can be sent to that member now. */
  private sendAppend(member: MemberId, progress: Progress): boolean {
    const { core } = this;
    const { log, config } = core;
    const prevIndex = progress.next - 1;
    const prevTerm = log.term(prevIndex);
    if (prevTerm === undefined) return this.sendSnapshot(member, progress);
    // A full window lets an empty append through now and then: its answer shows what was lost.
    const entries = progress.isWindowFull
      ? []
      : log.entries(progress.next, log.lastIndex + 1, config.appendBytesMax);
    const { commit } = log;
    core.sendNow(member, { type: 'append', prevIndex, prevTerm, entries, commit });
    progress.appendSent(entries.at(-1)?.index, commit);
    return true;
  }

  /** What the member needs first is no longer in the log (Raft §7). */
  private sendSnapshot(member: MemberId, progress: Progress): boolean {
    if (!progress.recentActive) return false;
    const snapshot = this.core.log.storedSnapshot();
    assert(
      snapshot.index + 1 >= this.core.log.firstIndex,
      'the stored snapshot reaches up to the stored log',
    );
    progress.awaitSnapshot(snapshot.index);
    this.core.sendNow(member, { type: 'snapshot', snapshot });
    return true;
  }
}
