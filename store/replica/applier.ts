// Applier: feeds committed entries to the state machine, in index order, exactly once per index, and tells those who wait
// for them. It also remembers which membership holds at which index, for the log's marks and for snapshots, and stores
// each change of members in the same commit as the applied index.
import assert from 'node:assert/strict';
import type { StateMachine } from '../mvcc/state-machine.js';
import { decodeConfChange } from '../raft/membership.js';
import type { ConfChange, Entry, Membership } from '../raft/message.js';
import type { TableWrite } from '../tables/tables.js';
import type { ConfChanges } from './conf-changes.js';
import { confStateRow } from './conf-state.js';
import type { MemberRecord } from './member-record.js';
import type { Proposals } from './proposals.js';

export interface ApplierParts {
  readonly machine: StateMachine;
  readonly proposals: Proposals;
  readonly confChanges: ConfChanges;
  readonly members: MemberRecord;
  /** Puts a committed change into force in the core. */
  readonly change: (change: ConfChange) => Membership;
  /** A change came into force, or was seen again at the start. */
  readonly onMembership: () => void;
}

interface KnownMembership {
  readonly index: number;
  readonly membership: Membership;
}

export class Applier {
  readonly #parts: ApplierParts;
  /** Ascending by index; the last one at or below an index holds there. */
  #memberships: KnownMembership[];
  #appliedIndex: number;
  #seenIndex: number;

  constructor(parts: ApplierParts, start: KnownMembership) {
    this.#parts = parts;
    this.#memberships = [start];
    this.#appliedIndex = Math.max(parts.machine.appliedIndex, start.index);
    this.#seenIndex = start.index;
  }

  get appliedIndex(): number {
    return this.#appliedIndex;
  }

  /** The last entry handed over, were it in the tables already: up to here the membership is known. */
  get seenIndex(): number {
    return this.#seenIndex;
  }

  apply(entries: readonly Entry[]): void {
    const { machine, proposals, confChanges } = this.#parts;
    for (const entry of entries) {
      this.#seenIndex = entry.index;
      const isNew = entry.index > this.#appliedIndex;
      if (isNew) assert.equal(entry.index, this.#appliedIndex + 1, 'no entry is left out');
      // Membership is rebuilt from the log's mark at each start, also from entries whose data is applied.
      const changed = entry.type === 'conf-change' ? this.#change(entry, isNew) : undefined;
      if (!isNew) continue;
      if (entry.type === 'normal' && entry.data.length > 0) {
        const commands = proposals.commandsOf(entry.data);
        const results = machine.apply(entry.index, entry.term, commands);
        proposals.settle(entry.data, results);
      } else {
        machine.apply(entry.index, entry.term, [], changed?.rows);
      }
      this.#appliedIndex = entry.index;
      confChanges.applied(entry, changed?.membership);
    }
  }

  /** A snapshot has taken the place of everything up to `index`. */
  installed(index: number, membership: Membership): void {
    this.#memberships = [{ index, membership }];
    this.#appliedIndex = index;
    this.#seenIndex = index;
    this.#parts.onMembership();
  }

  membershipAt(index: number): Membership {
    const known = this.#memberships.findLast((at) => at.index <= index);
    assert.ok(known, 'a membership is known from the mark of the log on');
    return known.membership;
  }

  /** Nobody will ask for what holds only before `index` any more. */
  forgetBefore(index: number): void {
    const from = this.#memberships.findLastIndex((at) => at.index <= index);
    if (from > 0) this.#memberships = this.#memberships.slice(from);
  }

  #change(
    entry: Entry,
    isNew: boolean,
  ): { readonly membership: Membership; readonly rows: readonly TableWrite[] } {
    const { change, members, onMembership } = this.#parts;
    const decoded = decodeConfChange(entry.data);
    const membership = change(decoded);
    this.#memberships.push({ index: entry.index, membership });
    const rows = isNew ? [...members.apply(decoded, membership), confStateRow(membership)] : [];
    onMembership();
    return { membership, rows };
  }
}
