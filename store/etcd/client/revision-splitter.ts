// RevisionSplitter: a watch's responses hold events of many revisions, and big ones come in fragments; a WatchBatch is one
// revision, whole. The last revision of a fragment may go on in the next one, so it is held back.
import type { WatchBatch, WatchEvent } from '../../kv.js';

export class RevisionSplitter {
  #events: WatchEvent[] = [];
  #revision = 0;

  /** `goesOn`: another fragment of the same response follows. */
  add(events: readonly WatchEvent[], goesOn: boolean): WatchBatch[] {
    const whole: WatchBatch[] = [];
    for (const event of events) {
      const { modRevision } = event.kv;
      if (modRevision !== this.#revision) this.#flush(whole);
      this.#revision = modRevision;
      this.#events.push(event);
    }
    if (!goesOn) this.#flush(whole);
    return whole;
  }

  /** The stream ended: what is held back will come again, whole. */
  reset(): void {
    this.#events = [];
  }

  #flush(into: WatchBatch[]): void {
    if (this.#events.length === 0) return;
    into.push({ revision: this.#revision, events: this.#events });
    this.#events = [];
  }
}
