// Compactor: forgets history older than the interval, as kube-apiserver does: every five minutes down to the
// revision of five minutes ago. Watches and continue tokens from before then get 410.
import { StoreError, type Clock, type KeyValueStore } from '../../store/index.js';

export const compactEveryMs = 5 * 60_000;

export function startCompactor(
  store: KeyValueStore,
  clock: Clock,
  signal: AbortSignal,
  everyMs: number = compactEveryMs,
): void {
  let then = 0;
  let cancel = (): void => undefined;
  const round = async (): Promise<void> => {
    try {
      const { revision } = await store.status();
      const target = then;
      // Kept whatever becomes of this round: one refused compaction must not be the last.
      then = revision;
      if (target > 0) await store.compact(target);
    } catch (error) {
      // Somebody else compacted further, or the store has no leader now: the next round tries again.
      if (!(error instanceof StoreError)) throw error;
    }
    if (!signal.aborted) arm();
  };
  const arm = (): void => {
    cancel = clock.after(everyMs, () => void round());
  };
  signal.addEventListener(
    'abort',
    () => {
      cancel();
    },
    { once: true },
  );
  void round();
}
