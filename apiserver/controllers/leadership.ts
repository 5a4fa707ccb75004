// Leadership: whether this server is the one whose controllers run. In a cluster of embedded stores that is the store's
// leader; over a shared etcd, who holds a lease key. At most one server runs them; for a moment (a cut-off leader) two
// may believe so, which is harmless: what the controllers write is decided by compares at the store.
import { setMaxListeners } from 'node:events';
import type { Clock, StoreNode } from '../../store/index.js';

export interface Leadership {
  readonly isLeader: boolean;
  /** Called after every change of `isLeader` (and perhaps without one); returns how to stop listening. */
  onChange(listener: () => void): () => void;
}

/** A server that is alone. */
export const alwaysLeading: Leadership = { isLeader: true, onChange: () => () => undefined };

/** Who leads the store leads here too: the controllers' reads and writes are local then. */
export const leadershipOf = (node: Pick<StoreNode, 'isLeader' | 'onLeaderChange'>): Leadership => ({
  get isLeader() {
    return node.isLeader;
  },
  onChange: (listener) =>
    node.onLeaderChange(() => {
      listener();
    }),
});

export interface Duty {
  readonly leadership: Leadership;
  readonly clock: Clock;
  /** Ends the duty for good. */
  readonly signal: AbortSignal;
  /** Begins a term: everything it starts stops when `term` aborts. Resolves when all of it runs. */
  readonly start: (term: AbortSignal) => Promise<void>;
  /** A term could not begin; another try follows. */
  readonly failed: (error: unknown) => void;
}

const retryMs = 1000;

/** Runs the duty in every term of leadership, each from scratch. Resolves when the first has begun, if one is due now. */
export function whileLeading({ leadership, clock, signal, start, failed }: Duty): Promise<void> {
  let term: AbortController | undefined;
  let cancelRetry = (): void => undefined;
  const end = (): void => {
    cancelRetry();
    term?.abort();
    term = undefined;
  };
  const begin = async (): Promise<void> => {
    if (signal.aborted || term !== undefined || !leadership.isLeader) return;
    const mine = new AbortController();
    // Each kind that is followed listens to it.
    setMaxListeners(0, mine.signal);
    term = mine;
    try {
      await start(mine.signal);
    } catch (error) {
      if (mine.signal.aborted) return;
      end();
      failed(error);
      cancelRetry = clock.after(retryMs, () => void begin());
    }
  };
  const stopListening = leadership.onChange(() => {
    if (leadership.isLeader) void begin();
    else end();
  });
  signal.addEventListener(
    'abort',
    () => {
      stopListening();
      end();
    },
    { once: true },
  );
  return begin();
}

/** Ends something with the term: at once when that is over already. */
export function endWith(term: AbortSignal, stop: () => void): void {
  if (term.aborted) stop();
  else term.addEventListener('abort', stop, { once: true });
}
