// Freshness: "what is the store's revision now?", asked once for everybody who waits. A caller never shares a
// question that was on its way before it came, so the answer covers every write acknowledged before the call.
import { encodeKey } from '../store-keys.js';
import { guarded } from '../store-failure.js';
import type { KeyValueStore } from '../../../store/index.js';

export class Freshness {
  private readonly store: KeyValueStore;
  private readonly probe: Uint8Array;
  private underWay: Promise<number> | undefined;
  private next: Promise<number> | undefined;

  constructor(store: KeyValueStore, root: string) {
    this.store = store;
    this.probe = encodeKey(root);
  }

  revision(): Promise<number> {
    if (this.underWay === undefined) return this.ask();
    this.next ??= this.underWay.then(
      () => this.ask(),
      () => this.ask(),
    );
    return this.next;
  }

  private ask(): Promise<number> {
    this.next = undefined;
    const question = guarded(
      this.store.range({ key: this.probe, countOnly: true, linearizable: true }),
    ).then(({ revision }) => revision);
    this.underWay = question;
    const clear = (): void => {
      if (this.underWay === question) this.underWay = undefined;
    };
    question.then(clear, clear);
    return question;
  }
}
