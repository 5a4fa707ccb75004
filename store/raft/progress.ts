// What a leader knows of one other member's log, and how fast it may send to it:
//   probe      one append at a time, looking for the last matching entry;
//   replicate  appends stream, at most `windowMax` of them unanswered;
//   snapshot   nothing is sent until the snapshot has arrived.
// Invariant: match < next, and match never decreases (the leader counts it towards commits).

import assert from 'node:assert/strict';

export type ProgressState = 'probe' | 'replicate' | 'snapshot';

export class Progress {
  state: ProgressState = 'probe';
  /** Highest index known to be the same there and on its disk. */
  match = 0;
  /** Next index to send. */
  next: number;
  /** Heard of since the last quorum check. */
  recentActive: boolean;
  /** Nothing may be sent until an answer comes. */
  paused = false;
  /** An append is due even when there is nothing new to send: the answer tells where this member is. */
  due = true;
  /** Highest commit index it has been told. */
  sentCommit = 0;
  /** Highest round of reads it has answered (reads.ts). */
  readRound = 0;
  private pendingSnapshot = 0;
  /** Last index of each unanswered append. */
  private inflight: number[] = [];
  private readonly windowMax: number;

  constructor(next: number, recentActive: boolean, windowMax: number) {
    this.next = next;
    this.recentActive = recentActive;
    this.windowMax = windowMax;
  }

  get isPaused(): boolean {
    return this.paused || this.state === 'snapshot';
  }

  get isWindowFull(): boolean {
    return this.state === 'replicate' && this.inflight.length >= this.windowMax;
  }

  get inflightCount(): number {
    return this.inflight.length;
  }

  /** Would an empty append tell this member of a commit it could use? */
  wantsCommit(commit: number): boolean {
    return (
      this.state === 'replicate' && commit > this.sentCommit && this.sentCommit < this.next - 1
    );
  }

  /** `lastIndex` is that of the entries just sent; undefined when there were none. */
  appendSent(lastIndex: number | undefined, commit: number): void {
    this.due = false;
    this.sentCommit = Math.max(this.sentCommit, commit);
    if (this.state === 'probe') {
      this.paused = true;
      return;
    }
    if (lastIndex !== undefined) {
      this.next = lastIndex + 1;
      this.inflight.push(lastIndex);
    }
    this.paused = this.isWindowFull;
  }

  /** The member has everything up to `index` on disk. `firstIndex` is the leader's. */
  accepted(index: number, firstIndex: number): void {
    const isNews = index > this.match;
    if (isNews) {
      this.match = index;
      this.next = Math.max(this.next, index + 1);
      this.paused = false;
    }
    switch (this.state) {
      case 'probe':
        if (isNews || index === this.match) this.replicate();
        break;
      case 'replicate':
        while (this.inflight.length > 0 && (this.inflight[0] ?? 0) <= index) this.inflight.shift();
        this.paused = this.paused && this.isWindowFull;
        break;
      case 'snapshot':
        // Whatever brought it there: its log now meets the leader's.
        if (this.match + 1 >= firstIndex) this.replicate();
        break;
    }
    assert(this.match < this.next, 'what matches was sent before');
  }

  /** The append with `prevIndex` was refused; `hint` is where the logs may meet. False: an old answer. */
  rejected(prevIndex: number, hint: number): boolean {
    if (this.state === 'snapshot') return false;
    if (this.state === 'replicate') {
      if (prevIndex <= this.match) return false;
      this.probe();
      return true;
    }
    if (prevIndex !== this.next - 1) return false;
    this.next = Math.max(Math.min(prevIndex, hint + 1), this.match + 1);
    this.paused = false;
    this.due = true;
    return true;
  }

  /** It answered a heartbeat: an append may have been lost if it still lacks entries. */
  alive(lastIndex: number): void {
    this.recentActive = true;
    this.paused = false;
    if (this.match < lastIndex || this.state === 'probe') this.due = true;
  }

  unreachable(): void {
    if (this.state === 'replicate') this.probe();
  }

  private probe(): void {
    this.next = Math.max(this.match, this.pendingSnapshot) + 1;
    this.enter('probe');
    this.due = true;
  }

  awaitSnapshot(index: number): void {
    this.enter('snapshot');
    this.pendingSnapshot = index;
    this.sentCommit = Math.max(this.sentCommit, index);
    this.due = false;
  }

  /** Waits for the next answer before it probes: a fresh snapshot takes a while to install. */
  snapshotFinished(ok: boolean): void {
    if (this.state !== 'snapshot') return;
    if (!ok) this.pendingSnapshot = 0;
    this.probe();
    this.paused = true;
  }

  private replicate(): void {
    this.enter('replicate');
    this.next = this.match + 1;
    this.due = false;
    // What was sent while probing may not have arrived.
    this.sentCommit = Math.min(this.sentCommit, this.match);
  }

  private enter(state: ProgressState): void {
    this.state = state;
    this.paused = false;
    this.pendingSnapshot = 0;
    this.inflight = [];
  }
}
