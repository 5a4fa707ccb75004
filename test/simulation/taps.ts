// Windows into the production code for the checkers: methods are wrapped for the time of one run, so that nothing has to
// be built into the code itself. Only one run at a time has its taps in.
import type { Ready } from '../../store/raft/message.js';
import { Raft } from '../../store/raft/raft.js';
import { StateMachine } from '../../store/mvcc/state-machine.js';
import type { WatchedRaft } from './checkers/raft-safety.js';

export interface TapObserver {
  readyTaken(raft: WatchedRaft, ready: Ready): void;
  applied(index: number, revision: number): void;
}

/** The returned function takes them out again. */
export function installTaps(observer: TapObserver): () => void {
  const raftMethods: RaftMethods = Raft.prototype;
  const machineMethods: MachineMethods = StateMachine.prototype;
  const { takeReady } = raftMethods;
  const { apply } = machineMethods;
  raftMethods.takeReady = function (this: Raft): Ready | undefined {
    const ready = takeReady.call(this);
    if (ready) observer.readyTaken(watched(this), ready);
    return ready;
  };
  machineMethods.apply = function (this: StateMachine, ...args): ReturnType<StateMachine['apply']> {
    const results = apply.apply(this, args);
    observer.applied(this.appliedIndex, this.revision);
    return results;
  };
  return () => {
    raftMethods.takeReady = takeReady;
    machineMethods.apply = apply;
  };
}

interface RaftMethods {
  takeReady: (this: Raft) => Ready | undefined;
}

interface MachineMethods {
  apply: (
    this: StateMachine,
    ...args: Parameters<StateMachine['apply']>
  ) => ReturnType<StateMachine['apply']>;
}

interface CoreLog {
  readonly firstIndex: number;
  term(index: number): number | undefined;
}

function watched(raft: Raft): WatchedRaft {
  // as: the core's log is private; a checker of the log has to see it.
  const { log } = (raft as unknown as { readonly core: { readonly log: CoreLog } }).core;
  return {
    id: raft.id,
    role: raft.role,
    term: raft.term,
    lastIndex: raft.lastIndex,
    logStart: log.firstIndex - 1,
    termAt: (index) => log.term(index),
  };
}
