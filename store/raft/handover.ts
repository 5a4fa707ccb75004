// Puts together what the driver has to do next (Ready), and takes in what it has saved.
// Invariant: each effect is handed over once, saves in log order.

import assert from 'node:assert/strict';
import type { Core, RoleBehaviour } from './core.js';
import type { HardState, Ready } from './message.js';

/** Of committed entries given out in one Ready; more follow in the next. */
const applyBytesMax = 8 << 20;

type State = NonNullable<Ready['state']>;

export class Handover {
  private readonly core: Core;
  /** Readies with something to save, handed out and not yet reported. */
  private readonly saving: Ready[] = [];
  private lastHardState: HardState;
  private lastState: State;

  constructor(core: Core, hardState: HardState) {
    this.core = core;
    this.lastHardState = hardState;
    this.lastState = { role: 'follower', leader: core.leader, term: core.term };
  }

  take(role: RoleBehaviour): Ready | undefined {
    const { core } = this;
    const apply = core.takeApplicable(applyBytesMax);
    role.givenOut(apply);
    // Acting on a membership needs the durable knowledge that it is committed (raft.ts).
    const isMembershipNew = apply.some(
      ({ type, index }) => type === 'conf-change' && index > this.lastHardState.commit,
    );
    const save = this.takeSave(isMembershipNew);
    const state = this.takeState(role);
    const { send, sendAfterSave, reads, droppedReads } = core;
    const effects = [send, sendAfterSave, apply, reads, droppedReads];
    if (!save && !state && effects.every((effect) => effect.length === 0)) return undefined;
    core.send = [];
    core.sendAfterSave = [];
    core.reads = [];
    core.droppedReads = [];
    const ready: Ready = {
      ...(save && { save }),
      send,
      sendAfterSave,
      apply,
      reads,
      droppedReads,
      ...(state && { state }),
    };
    if (save) this.saving.push(ready);
    return ready;
  }

  saved(ready: Ready): void {
    assert.equal(
      this.saving.shift(),
      ready,
      'saves are reported in the order they were handed out',
    );
    const { core } = this;
    const hardState = ready.save?.hardState;
    if (hardState?.vote === core.id) core.ownVoteSavedIn = hardState.term;
    core.log.saveFinished();
  }

  private takeState({ name }: RoleBehaviour): State | undefined {
    const { core, lastState } = this;
    const { leader, term } = core;
    if (name === lastState.role && leader === lastState.leader && term === lastState.term)
      return undefined;
    this.lastState = { role: name, leader, term };
    return this.lastState;
  }

  /** A commit index alone is rarely worth a write: it goes along with the next one, and can be learnt again. */
  private takeSave(isCommitNeeded: boolean): Ready['save'] {
    const { hardState, log } = this.core;
    const last = this.lastHardState;
    const isVoteNew = hardState.term !== last.term || hardState.vote !== last.vote;
    if (!isVoteNew && !isCommitNeeded && !log.hasUnsaved) return undefined;
    const { entries, snapshot } = log.takeUnsaved();
    this.lastHardState = hardState;
    return {
      ...((isVoteNew || hardState.commit !== last.commit) && { hardState }),
      entries,
      ...(snapshot && { snapshot }),
    };
  }
}
