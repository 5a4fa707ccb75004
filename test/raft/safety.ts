// Watches a cluster from outside and fails on the first breach of Raft's five safety properties (Raft fig. 3)
// or of linearizable reads. It knows only what members saved, applied and claimed to be.

import assert from 'node:assert/strict';
import { entryText } from './transcript-text.js';
import type { Entry, MemberId, Ready } from '../../store/raft/message.js';
import type { Member, ReadAnswer } from './member.js';

/** What the first members' membership takes. */
const startIndex = 1;

export class SafetyChecker {
  /** Every entry some member applied; what is here is committed for good. */
  readonly committed: Entry[] = [];
  private readonly leaders = new Map<number, MemberId>();
  /** By "term/index": the entry, and the term of the one before it. */
  private readonly entries = new Map<string, { entry: Entry; previousTerm: number }>();
  private readonly leaderEnds = new Map<MemberId, { term: number; lastIndex: number }>();
  private readonly readFloors = new Map<bigint, number>();

  get lastCommitted(): number {
    return startIndex + this.committed.length;
  }

  readyTaken(member: Member, { state, save, apply }: Ready): void {
    const { raft, disk } = member;
    for (const entry of save?.entries ?? []) this.noteEntry(entry);
    if (save && save.entries.length > 0) this.noteLinks(save.entries);
    for (const entry of apply) this.noteApplied(raft.id, entry);
    if (state?.role === 'leader') {
      this.noteLeader(raft.id, state.term);
      // Leader Completeness. Whoever is elected had its whole log on disk when it asked for votes.
      for (const entry of this.committed) {
        if (entry.index < disk.firstIndex) continue;
        assert(
          entry.index <= disk.lastIndex && disk.term(entry.index) === entry.term,
          `leader ${String(raft.id)} of term ${String(state.term)} lacks committed ${entryText(entry)}`,
        );
      }
    }
    this.checkAppendOnly(member);
  }

  readAsked(id: bigint): void {
    this.readFloors.set(id, this.lastCommitted);
  }

  /** The index must cover everything anyone had applied when the read was asked. */
  readAnswered({ id, index }: ReadAnswer): void {
    const floor = this.readFloors.get(id);
    assert(floor !== undefined, 'a read is answered once');
    this.readFloors.delete(id);
    if (index !== undefined)
      assert(index >= floor, `read at ${String(index)} misses entries up to ${String(floor)}`);
  }

  /** Election Safety: at most one leader in a term. */
  private noteLeader(id: MemberId, term: number): void {
    const other = this.leaders.get(term) ?? id;
    assert.equal(id, other, `two leaders in term ${String(term)}`);
    this.leaders.set(term, id);
  }

  /** Log Matching, first half: an index and term name one entry. */
  private noteEntry(entry: Entry): void {
    const key = `${String(entry.term)}/${String(entry.index)}`;
    const known = this.entries.get(key);
    if (known) assert.deepEqual(known.entry, entry, 'index and term name one entry');
    else this.entries.set(key, { entry, previousTerm: -1 });
  }

  /** Second half: and by induction everything before it. */
  private noteLinks(entries: readonly Entry[]): void {
    entries.slice(1).forEach((entry, i) => {
      const previousTerm = entries[i]!.term;
      const known = this.entries.get(`${String(entry.term)}/${String(entry.index)}`)!;
      if (known.previousTerm < 0) known.previousTerm = previousTerm;
      else assert.equal(previousTerm, known.previousTerm, 'equal entries follow equal logs');
    });
  }

  /** State Machine Safety: nobody applies another entry at the same index. */
  private noteApplied(id: MemberId, entry: Entry): void {
    const known = this.committed[entry.index - startIndex - 1];
    if (known) {
      assert.deepEqual(entry, known, `member ${String(id)} applied another entry`);
      return;
    }
    assert.equal(entry.index, this.lastCommitted + 1, 'entries are committed in order');
    this.committed.push(entry);
  }

  /** Leader Append-Only: while it leads, its log only grows. */
  private checkAppendOnly({ raft }: Member): void {
    const { id, term, lastIndex } = raft;
    if (raft.role !== 'leader') {
      this.leaderEnds.delete(id);
      return;
    }
    const before = this.leaderEnds.get(id);
    if (before?.term === term) assert(lastIndex >= before.lastIndex, 'a leader only appends');
    this.leaderEnds.set(id, { term, lastIndex });
  }
}
