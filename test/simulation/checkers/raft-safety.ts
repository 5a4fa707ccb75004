// Raft's five safety properties (Raft fig. 3), watched from outside: what members hand to their disks, apply, send and
// claim to be. It outlives every restart, so a promise broken by one is seen.
import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import type { Entry, MemberId, Message, Ready } from '../../../store/raft/message.js';

/** A member's core, as far as it is looked at. */
export interface WatchedRaft {
  readonly id: MemberId;
  readonly role: string;
  readonly term: number;
  readonly lastIndex: number;
  /** Undefined when the log does not tell (before its start, behind its end). */
  termAt(index: number): number | undefined;
  /** The log starts behind this. */
  readonly logStart: number;
}

interface KnownEntry {
  readonly hash: number;
  previousTerm: number | undefined;
}

export class RaftSafety {
  /** Index of the founding membership; entries come after it. */
  readonly #start: number;
  /** Told of each entry once, in index order, when the first member applies it. */
  readonly #onCommitted: (entry: Entry) => void;
  readonly #committed: { readonly term: number; readonly hash: number }[] = [];
  readonly #leaders = new Map<number, MemberId>();
  readonly #entries = new Map<string, KnownEntry>();
  readonly #leaderEnds = new Map<MemberId, { term: number; lastIndex: number }>();
  /** 'member/term' -> whom it voted for. */
  readonly #votes = new Map<string, MemberId>();

  constructor(start: number, onCommitted: (entry: Entry) => void) {
    this.#start = start;
    this.#onCommitted = onCommitted;
  }

  get lastCommitted(): number {
    return this.#start + this.#committed.length;
  }

  readyTaken(raft: WatchedRaft, { state, save, apply }: Ready): void {
    this.#noteSaved(save?.entries ?? []);
    for (const entry of apply) this.#noteApplied(raft.id, entry);
    if (state?.role === 'leader') {
      this.#noteLeader(raft.id, state.term);
      this.#checkCompleteness(raft, state.term);
    }
    this.#checkAppendOnly(raft);
  }

  sent(message: Message): void {
    const { from, to, term, type } = message;
    if (type === 'append' || type === 'heartbeat') this.#noteLeader(from, term);
    if (type === 'vote') this.#noteVote(from, term, from);
    if (type === 'vote-reply' && message.granted) this.#noteVote(from, term, to);
  }

  /** Election Safety: at most one leader in a term. */
  #noteLeader(id: MemberId, term: number): void {
    const other = this.#leaders.get(term);
    if (other === undefined) this.#leaders.set(term, id);
    else if (other !== id)
      assert.fail(`election safety: ${String(id)} and ${String(other)} lead in term ${term}`);
  }

  /** What Election Safety rests on: a member votes once in a term, whatever happens in between. */
  #noteVote(voter: MemberId, term: number, candidate: MemberId): void {
    const key = `${String(voter)}/${term}`;
    const other = this.#votes.get(key);
    if (other === undefined) this.#votes.set(key, candidate);
    else if (other !== candidate)
      assert.fail(
        `election safety: ${String(voter)} votes for ${String(candidate)} and ${String(other)} in term ${term}`,
      );
  }

  /** Log Matching: an index and a term name one entry, and by induction everything before it. */
  #noteSaved(entries: readonly Entry[]): void {
    let previous: Entry | undefined;
    for (const entry of entries) {
      const key = `${entry.term}/${entry.index}`;
      const hash = hashOf(entry);
      const known = this.#entries.get(key) ?? { hash, previousTerm: undefined };
      this.#entries.set(key, known);
      if (known.hash !== hash) assert.fail(`log matching: two entries ${key}`);
      if (previous) {
        known.previousTerm ??= previous.term;
        if (known.previousTerm !== previous.term)
          assert.fail(`log matching: ${key} follows different logs`);
      }
      previous = entry;
    }
  }

  /** State Machine Safety: nobody applies another entry at the same index. */
  #noteApplied(id: MemberId, entry: Entry): void {
    const { index, term } = entry;
    const known = this.#committed[index - this.#start - 1];
    const hash = hashOf(entry);
    if (!known) {
      assert.equal(index, this.lastCommitted + 1, `${String(id)} applies beyond what is committed`);
      this.#committed.push({ term, hash });
      this.#onCommitted(entry);
    } else if (known.term !== term || known.hash !== hash) {
      assert.fail(`state machine safety: ${String(id)} applies another entry ${term}/${index}`);
    }
  }

  /** Leader Completeness: who is elected has every committed entry. */
  #checkCompleteness(raft: WatchedRaft, leaderTerm: number): void {
    this.#committed.forEach(({ term }, i) => {
      const index = this.#start + 1 + i;
      if (index <= raft.logStart || raft.termAt(index) === term) return;
      assert.fail(
        `leader completeness: ${String(raft.id)}, leader of term ${leaderTerm}, lacks ${term}/${index}`,
      );
    });
  }

  /** Leader Append-Only: while it leads, its log only grows. */
  #checkAppendOnly({ id, role, term, lastIndex }: WatchedRaft): void {
    if (role !== 'leader') {
      this.#leaderEnds.delete(id);
      return;
    }
    const before = this.#leaderEnds.get(id);
    if (before?.term === term && lastIndex < before.lastIndex)
      assert.fail(`leader append-only: ${String(id)} cuts its log to ${lastIndex}`);
    this.#leaderEnds.set(id, { term, lastIndex });
  }
}

function hashOf({ type, data }: Entry): number {
  return crc32(data, type === 'normal' ? 0 : 1);
}
