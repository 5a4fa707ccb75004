// CompactRevision: the revision below which an etcd's history is gone. No request tells it, but reading at a revision
// shows whether it is kept; that it has not moved since the last time costs one read.
import type { Revision } from '../../kv.js';

/** Whether history is kept at this revision. */
export type IsKept = (revision: Revision) => Promise<boolean>;

export class CompactRevision {
  #known: Revision = 0;

  note(revision: Revision): void {
    this.#known = Math.max(this.#known, revision);
  }

  /** `current` is always kept. */
  async find(current: Revision, isKept: IsKept): Promise<Revision> {
    // At 0 one would read the present. An etcd from a backup may be behind what was known.
    const from = Math.min(this.#known, current);
    if (from === 0 ? current <= 1 || (await isKept(1)) : await isKept(from)) return from;
    let gone = Math.max(1, from);
    let kept = current;
    while (kept - gone > 1) {
      const middle = Math.floor((gone + kept) / 2);
      if (await isKept(middle)) kept = middle;
      else gone = middle;
    }
    this.#known = kept;
    return kept;
  }
}
