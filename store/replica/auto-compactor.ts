// AutoCompactor: asks the policy now and then, on the leader only, and puts the compaction through the log.
import type { Clock } from '../clock.js';
import { AutoCompaction, type AutoCompactionPolicy } from '../mvcc/auto-compaction.js';

export interface AutoCompactorParts {
  readonly clock: Clock;
  readonly isLeader: () => boolean;
  readonly revision: () => number;
  readonly compact: (revision: number) => Promise<void>;
}

/** Returns the function that stops it. */
export function startAutoCompactor(
  policy: AutoCompactionPolicy,
  parts: AutoCompactorParts,
): () => void {
  const { clock, isLeader, revision, compact } = parts;
  const state = new AutoCompaction(policy, clock.monotonic());
  let cancel: () => void = () => undefined;
  const round = (): void => {
    const target = state.check(clock.monotonic(), revision());
    if (target !== undefined && isLeader()) {
      // 'compacted' means somebody was quicker, which is as good; anything else is tried again next time.
      compact(target)
        .catch((error: unknown) => {
          if (!isCompacted(error)) throw error;
        })
        .then(
          () => {
            state.compacted(clock.monotonic(), target);
          },
          () => undefined,
        );
    }
    cancel = clock.after(state.checkEveryMs, round);
  };
  cancel = clock.after(state.checkEveryMs, round);
  return () => {
    cancel();
  };
}

const isCompacted = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'compacted';
