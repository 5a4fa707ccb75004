// The log as the core sees it: what the driver has saved (StableLog) followed by the unstable tail that
// is still on its way to disk. Invariants:
//   applied <= commit <= lastIndex, applied <= stableIndex, stableIndex + unstable.length == lastIndex.
// A save is handed out once and reported once, in order; a truncation in between shortens what the
// report vouches for, so an overwritten entry is never taken for a saved one.

import assert from 'node:assert/strict';
import type { Entry, SnapshotMark, StableLog } from './message.js';

/** Counted on top of an entry's data, so that empty entries are limited too. */
const entryOverheadBytes = 32;
const scanBytesMax = 1 << 20;

interface Save {
  lastIndex: number;
  readonly snapshot: SnapshotMark | undefined;
}

export interface UnsavedPart {
  readonly entries: readonly Entry[];
  readonly snapshot: SnapshotMark | undefined;
}

export class ReplicatedLog {
  /** Last index known to be stored on a quorum. */
  commit: number;
  /** Last index given out for applying. */
  applied: number;
  /** Last index that is on this member's disk exactly as it stands here. */
  stableIndex: number;
  private readonly stable: StableLog;
  private unstable: Entry[] = [];
  /** Last index handed out for saving. */
  private handedOut: number;
  private readonly saves: Save[] = [];
  /** Installed, but not yet saved: until then it stands for everything before the unstable tail. */
  private restored: SnapshotMark | undefined;
  private restoredHandedOut = true;

  constructor(stable: StableLog, commit: number, applied: number) {
    this.stable = stable;
    this.stableIndex = stable.lastIndex;
    this.handedOut = stable.lastIndex;
    // The saved commit index may lag behind what was applied: it is only written along with entries.
    this.commit = Math.max(commit, applied, stable.firstIndex - 1);
    this.applied = applied;
    assert(applied >= stable.firstIndex - 1, 'the entries not yet applied must still be stored');
    assert(this.commit <= this.lastIndex, 'committed entries must not be lost (Raft §5.4.3)');
  }

  get firstIndex(): number {
    return this.restored ? this.restored.index + 1 : this.stable.firstIndex;
  }

  get lastIndex(): number {
    return this.stableIndex + this.unstable.length;
  }

  get lastTerm(): number {
    const term = this.term(this.lastIndex);
    assert(term !== undefined, 'the term of the last entry is always known');
    return term;
  }

  get hasUnsavedSnapshot(): boolean {
    return this.restored !== undefined;
  }

  /** Undefined outside [firstIndex - 1, lastIndex]. */
  term(index: number): number | undefined {
    if (index > this.stableIndex) return this.unstable[index - this.stableIndex - 1]?.term;
    if (this.restored) return index === this.restored.index ? this.restored.term : undefined;
    return index >= this.stable.firstIndex - 1 ? this.stable.term(index) : undefined;
  }

  /** Same index and term: then both logs are the same up to there (Log Matching, Raft §5.3). */
  matches(index: number, term: number): boolean {
    return this.term(index) === term;
  }

  /** Is a log ending there at least as up to date as this one (Raft §5.4.1)? */
  isUpToDate(lastIndex: number, lastTerm: number): boolean {
    const ownTerm = this.lastTerm;
    return lastTerm > ownTerm || (lastTerm === ownTerm && lastIndex >= this.lastIndex);
  }

  /** Entries from `from` up to and excluding `to`, cut after `bytesMax`, but at least one. */
  entries(from: number, to: number, bytesMax: number): readonly Entry[] {
    if (from >= to) return [];
    const stableEnd = this.stableIndex + 1;
    if (from >= stableEnd) {
      return cut(this.unstable, from - stableEnd, to - stableEnd, bytesMax);
    }
    const stored = this.stable.entries(from, Math.min(to, stableEnd), bytesMax);
    if (to <= stableEnd || stored.length < stableEnd - from) return stored;
    const bytesLeft = bytesMax - stored.reduce((sum, entry) => sum + entryBytes(entry), 0);
    const next = this.unstable[0];
    if (next === undefined || entryBytes(next) > bytesLeft) return stored;
    return [...stored, ...cut(this.unstable, 0, to - stableEnd, bytesLeft)];
  }

  /** Adds entries that follow lastIndex; only a leader writes its log this way (Leader Append-Only, §5.3). */
  append(entry: Entry): void {
    assert.equal(entry.index, this.lastIndex + 1, 'a log has no gaps');
    this.unstable.push(entry);
  }

  /** Takes over a leader's entries that follow a matching prefix; keeps what is already there (Raft §5.3). */
  accept(entries: readonly Entry[]): void {
    const start = entries.findIndex((entry) => !this.matches(entry.index, entry.term));
    const first = entries[start];
    if (first === undefined) return;
    assert(first.index > this.commit, 'a committed entry is never overwritten (Raft §5.4.3)');
    if (first.index <= this.lastIndex) this.truncate(first.index);
    for (let i = start; i < entries.length; i++) {
      const entry = entries[i];
      if (entry !== undefined) this.append(entry);
    }
  }

  commitTo(index: number): boolean {
    if (index <= this.commit) return false;
    assert(index <= this.lastIndex, 'only entries that are here can be committed here');
    this.commit = index;
    return true;
  }

  /**
   * Of the indices <= `index`, the largest whose term here is <= `term`. Both sides of a failed append
   * use it to skip whole terms (the optimisation at the end of Raft §5.3).
   */
  backtrack(index: number, term: number): { readonly index: number; readonly term: number } {
    for (let i = index; ; i--) {
      const own = this.term(i);
      if (own === undefined) return { index: i, term: 0 };
      if (own <= term) return { index: i, term: own };
    }
  }

  /** Replaces the whole log by a snapshot (Raft §7). */
  restore(snapshot: SnapshotMark): void {
    assert(snapshot.index > this.commit, 'a snapshot never takes the log back');
    this.unstable = [];
    this.stableIndex = snapshot.index;
    this.handedOut = snapshot.index;
    this.commit = snapshot.index;
    this.applied = snapshot.index;
    this.restored = snapshot;
    this.restoredHandedOut = false;
    for (const save of this.saves) save.lastIndex = 0;
  }

  storedSnapshot(): SnapshotMark {
    return this.stable.snapshot();
  }

  get hasUnsaved(): boolean {
    return this.handedOut < this.lastIndex || !this.restoredHandedOut;
  }

  /** What the driver has to save next. Each call must be answered by one saveFinished(), in order. */
  takeUnsaved(): UnsavedPart {
    const entries = this.unstable.slice(this.handedOut - this.stableIndex);
    const snapshot = this.restoredHandedOut ? undefined : this.restored;
    this.handedOut = this.lastIndex;
    this.restoredHandedOut = true;
    this.saves.push({ lastIndex: this.lastIndex, snapshot });
    return { entries, snapshot };
  }

  saveFinished(): void {
    const save = this.saves.shift();
    assert(save !== undefined, 'only what was handed out can be reported as saved');
    if (save.snapshot !== undefined && save.snapshot === this.restored) this.restored = undefined;
    const count = save.lastIndex - this.stableIndex;
    if (count <= 0) return;
    this.unstable = count === this.unstable.length ? [] : this.unstable.slice(count);
    this.stableIndex = save.lastIndex;
  }

  /** The next entries to apply: committed and on this member's own disk. */
  takeApplicable(bytesMax: number): readonly Entry[] {
    const end = Math.min(this.commit, this.stableIndex);
    if (this.applied >= end) return [];
    const entries = this.entries(this.applied + 1, end + 1, bytesMax);
    this.applied += entries.length;
    return entries;
  }

  /** Is a membership change committed that has not been given out for applying? */
  hasUnappliedConfChange(): boolean {
    for (let from = this.applied + 1; from <= this.commit;) {
      const page = this.entries(from, this.commit + 1, scanBytesMax);
      if (page.some((entry) => entry.type === 'conf-change')) return true;
      from += page.length;
    }
    return false;
  }

  private truncate(from: number): void {
    if (from <= this.stableIndex) {
      this.stableIndex = from - 1;
      this.unstable = [];
    } else {
      this.unstable.length = from - this.stableIndex - 1;
    }
    this.handedOut = Math.min(this.handedOut, from - 1);
    for (const save of this.saves) save.lastIndex = Math.min(save.lastIndex, from - 1);
  }
}

function entryBytes(entry: Entry): number {
  return entry.data.length + entryOverheadBytes;
}

function cut(entries: readonly Entry[], from: number, to: number, bytesMax: number): Entry[] {
  let bytes = 0;
  let end = from;
  for (; end < to; end++) {
    const entry = entries[end];
    if (entry === undefined) break;
    bytes += entryBytes(entry);
    if (bytes > bytesMax && end > from) break;
  }
  return entries.slice(from, end);
}
