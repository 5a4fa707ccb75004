// History: the recent events of one kind, oldest first, so that a watch may begin a little in the past. Bounded
// by count and by bytes; what falls out is replayed from the store. An event makes its frames once, on demand.
import type { Codec } from '../codec.js';
import type { StoredEntry } from './entry.js';
import type { CacheEntry, WatchFrameEvent } from './watch-cache-types.js';

/** One change of one object: at least one of `before` and `after` is there. */
export class Change {
  readonly revision: number;
  /** `namespace/name` or `name`. */
  readonly path: string;
  readonly before: StoredEntry | undefined;
  readonly after: StoredEntry | undefined;
  readonly sizeBytes: number;
  private readonly codec: Codec;
  private added: WatchFrameEvent | undefined;
  private modified: WatchFrameEvent | undefined;
  private deleted: WatchFrameEvent | undefined;

  constructor(
    codec: Codec,
    at: { readonly revision: number; readonly path: string },
    before: StoredEntry | undefined,
    after: StoredEntry | undefined,
  ) {
    this.codec = codec;
    this.revision = at.revision;
    this.path = at.path;
    this.before = before;
    this.after = after;
    this.sizeBytes = (after?.sizeBytes ?? 0) + at.path.length + 100;
  }

  /**
   * What a watcher with this filter sees of the change: an object that leaves the selection is DELETED (its
   * last selected state, at this revision), one that enters it is ADDED.
   */
  frameFor(selects: ((entry: CacheEntry) => boolean) | undefined): WatchFrameEvent | undefined {
    const { before, after } = this;
    const was = before !== undefined && (selects === undefined || selects(before));
    const is = after !== undefined && (selects === undefined || selects(after));
    if (is && was) return (this.modified ??= frame('MODIFIED', after));
    if (is) return (this.added ??= frame('ADDED', after));
    if (!was) return undefined;
    return (this.deleted ??= frame('DELETED', {
      bytes: this.codec.restamp(before.bytes, this.revision),
    }));
  }
}

export const frame = (
  type: WatchFrameEvent['type'],
  object: Pick<CacheEntry, 'bytes'>,
): WatchFrameEvent => ({ type, object, frames: new Map() });

export class History {
  /** Every change after this revision is here (and none at or before it that matters). */
  private start: number;
  private changes: Change[] = [];
  private head = 0;
  private sizeBytes = 0;
  private readonly countMax: number;
  private readonly bytesMax: number;

  constructor(start: number, countMax: number, bytesMax: number) {
    this.start = start;
    this.countMax = countMax;
    this.bytesMax = bytesMax;
  }

  /** A watch from this revision (exclusive) or a later one finds everything here. */
  get startRevision(): number {
    return this.start;
  }

  push(change: Change): void {
    this.changes.push(change);
    this.sizeBytes += change.sizeBytes;
    while (
      this.changes.length - this.head > this.countMax ||
      (this.sizeBytes > this.bytesMax && this.changes.length - this.head > 1)
    ) {
      this.dropOldest();
    }
  }

  /** Changes with a revision above `revision`, which must not be below startRevision. */
  after(revision: number): readonly Change[] {
    let low = this.head;
    let high = this.changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.changes[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return this.changes.slice(low);
  }

  private dropOldest(): void {
    const oldest = this.changes[this.head];
    if (oldest === undefined) return;
    this.start = oldest.revision;
    this.sizeBytes -= oldest.sizeBytes;
    this.head += 1;
    if (this.head > 1024 && this.head * 2 > this.changes.length) {
      this.changes = this.changes.slice(this.head);
      this.head = 0;
    }
  }
}
