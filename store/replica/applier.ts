// Applier: feeds committed entries to the state machine, in index order, exactly once per index, and tells
// the waiting proposals. It also remembers which membership holds at which index, for the log's marks.
import assert from 'node:assert/strict';
import type { StateMachine } from '../mvcc/state-machine.js';
import type { ConfChange, Entry, Membership } from '../raft/message.js';
import type { Proposals } from './proposals.js';

export interface ConfChanges {
  readonly decode: (data: Uint8Array) => ConfChange;
  readonly apply: (change: ConfChange) => Membership;
}

export class Applier {
  readonly #machine: StateMachine;
  readonly #proposals: Proposals;
  readonly #confChanges: ConfChanges;
  /** Ascending by index; the last one at or below an index holds there. */
  #memberships: { readonly index: number; readonly membership: Membership }[];
  #appliedIndex: number;

  constructor(
    machine: StateMachine,
    proposals: Proposals,
    confChanges: ConfChanges,
    start: { readonly index: number; readonly membership: Membership },
  ) {
    this.#machine = machine;
    this.#proposals = proposals;
    this.#confChanges = confChanges;
    this.#memberships = [start];
    this.#appliedIndex = Math.max(machine.appliedIndex, start.index);
  }

  get appliedIndex(): number {
    return this.#appliedIndex;
  }

  apply(entries: readonly Entry[]): void {
    for (const entry of entries) {
      // Membership is rebuilt from the log's mark at each start, also from entries whose data is applied.
      if (entry.type === 'conf-change') this.#applyConfChange(entry);
      if (entry.index <= this.#appliedIndex) continue;
      assert.equal(entry.index, this.#appliedIndex + 1, 'entries are applied without gaps');
      if (entry.type === 'normal' && entry.data.length > 0) {
        const commands = this.#proposals.commandsOf(entry.data);
        const results = this.#machine.apply(entry.index, entry.term, commands);
        this.#proposals.settle(entry.data, results);
      } else {
        this.#machine.apply(entry.index, entry.term, []);
      }
      this.#appliedIndex = entry.index;
    }
  }

  /** Also forgets memberships that only hold before `index`. */
  membershipAt(index: number): Membership {
    let from = 0;
    this.#memberships.forEach((known, at) => {
      if (known.index <= index) from = at;
    });
    this.#memberships = this.#memberships.slice(from);
    const [current] = this.#memberships;
    assert.ok(current, 'a membership is always known');
    return current.membership;
  }

  #applyConfChange(entry: Entry): void {
    const membership = this.#confChanges.apply(this.#confChanges.decode(entry.data));
    this.#memberships.push({ index: entry.index, membership });
  }
}
