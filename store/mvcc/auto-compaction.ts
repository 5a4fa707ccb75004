// When to compact, and to what, by etcd's two policies. Pure: asked every `checkEveryMs` by whoever leads, told when a
// compaction went through. (Kubernetes API servers compact on their own; then this is left off.)
import assert from 'node:assert/strict';

export type AutoCompactionPolicy =
  /** Keep what the last `retentionMs` wrote. */
  | { readonly mode: 'periodic'; readonly retentionMs: number }
  /** Keep the last `retentionRevisions`. */
  | { readonly mode: 'revision'; readonly retentionRevisions: number };

const hourMs = 3_600_000;
const revisionCheckEveryMs = 5 * 60_000;
/** A periodic policy looks this often in each of its intervals. */
const checksPerInterval = 10;

export class AutoCompaction {
  readonly checkEveryMs: number;
  readonly #policy: AutoCompactionPolicy;
  /** Periodic: revisions seen at past checks, oldest first, as far back as the retention. */
  #samples: number[] = [];
  #lastRevision = 0;
  /** Periodic: no compaction before this. The first waits for the whole retention, later ones for an hour at most. */
  #notBeforeMs: number;

  constructor(policy: AutoCompactionPolicy, nowMs: number) {
    this.#policy = policy;
    if (policy.mode === 'revision') {
      assert(policy.retentionRevisions > 0, 'retention');
      this.checkEveryMs = revisionCheckEveryMs;
      this.#notBeforeMs = nowMs;
    } else {
      assert(policy.retentionMs > 0, 'retention');
      this.checkEveryMs = intervalOf(policy.retentionMs) / checksPerInterval;
      this.#notBeforeMs = nowMs + policy.retentionMs;
    }
  }

  /** The revision to compact at now, if any. */
  check(nowMs: number, revision: number): number | undefined {
    const target =
      this.#policy.mode === 'revision'
        ? revision - this.#policy.retentionRevisions
        : this.#oldestSample(this.#policy.retentionMs, revision);
    if (nowMs < this.#notBeforeMs || target <= this.#lastRevision) return undefined;
    return target;
  }

  /** The compaction went through, or someone else had done it already. */
  compacted(nowMs: number, revision: number): void {
    this.#lastRevision = revision;
    if (this.#policy.mode === 'periodic')
      this.#notBeforeMs = nowMs + intervalOf(this.#policy.retentionMs);
  }

  #oldestSample(retentionMs: number, revision: number): number {
    this.#samples.push(revision);
    // The check at `retention` ago and all since: one more than the number of steps between.
    const kept = Math.round(retentionMs / this.checkEveryMs) + 1;
    if (this.#samples.length > kept) this.#samples = this.#samples.slice(-kept);
    return this.#samples[0] ?? 0;
  }
}

function intervalOf(retentionMs: number): number {
  return Math.min(retentionMs, hourMs);
}
