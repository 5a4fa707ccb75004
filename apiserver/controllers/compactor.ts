// Compactor: forgets history older than the interval, as kube-apiserver does: every five minutes down to the revision of
// five minutes ago. Watches and continue tokens from before then get 410. API servers that share a store agree by
// kube-apiserver's own key: a round is done by whoever moves its version on, with the revision it saw a round before.
import { StoreError, type Clock, type KeyValueStore, type Revision } from '../../store/index.js';

export const compactEveryMs = 5 * 60_000;

/** Outside the registry, where kube-apiservers look for it; its value is the revision the store was at. */
const roundKey = new TextEncoder().encode('compact_rev_key');

interface Round {
  /** The version of the key: how many rounds there were. */
  readonly number: number;
  /** What the next round may forget. */
  readonly revision: Revision;
}

/** `everyMs` 0: never. */
export function startCompactor(
  store: KeyValueStore,
  clock: Clock,
  signal: AbortSignal,
  everyMs: number = compactEveryMs,
): void {
  if (everyMs === 0) return;
  let last: Round = { number: 0, revision: 0 };
  let cancel = (): void => undefined;
  const round = async (): Promise<void> => {
    try {
      const { next, target } = await takeTurn(store, last);
      // Kept whatever becomes of this round: one refused compaction must not be the last.
      last = next;
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

/** `target`: to be compacted now; 0: another server did, or it is the first round. */
async function takeTurn(
  store: KeyValueStore,
  { number, revision: seen }: Round,
): Promise<{ next: Round; target: Revision }> {
  const key = roundKey;
  const { succeeded, revision, responses } = await store.txn({
    compare: [{ key, target: 'version', result: 'equal', number }],
    success: [{ type: 'put', key, value: new TextEncoder().encode(String(seen)) }],
    failure: [{ type: 'range', key }],
  });
  if (succeeded) return { next: { number: number + 1, revision }, target: seen };
  const [now] = responses;
  const version = now?.type === 'range' ? (now.kvs[0]?.version ?? 0) : 0;
  return { next: { number: version, revision }, target: 0 };
}
