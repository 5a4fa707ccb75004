// Cuts the streams that asked for it (`hasleader`) when this member has been without a leader for three election
// timeouts, so that their clients turn to another member.
import type { Clock } from '../clock.js';
import { StoreError } from '../errors.js';
import type { StoreNode } from '../node.js';

export class LeaderGuard {
  readonly #streams = new Set<(error: StoreError) => void>();
  readonly #stopListening: () => void;
  #cancelCut: (() => void) | undefined;

  constructor(node: StoreNode, clock: Clock, electionMs: number) {
    this.#stopListening = node.onLeaderChange(() => {
      this.#cancelCut?.();
      this.#cancelCut = node.hasLeader
        ? undefined
        : clock.after(3 * electionMs, () => {
            if (!node.hasLeader) this.#cutAll();
          });
    });
  }

  /** The returned function takes the stream out again. */
  add(cut: (error: StoreError) => void): () => void {
    this.#streams.add(cut);
    return () => {
      this.#streams.delete(cut);
    };
  }

  close(): void {
    this.#stopListening();
    this.#cancelCut?.();
  }

  #cutAll(): void {
    for (const cut of [...this.#streams]) cut(new StoreError('no-leader'));
  }
}
