// Slots: what is open now, in an array whose places are used again. A Set would do, but one that sees thousands
// of things come and go grows a chain of dead tables that keep what passed through them alive until the next full
// collection: a tenth of the time of a GET went into moving such garbage.

export class Slots<T extends object> {
  readonly #items: (T | undefined)[] = [];
  readonly #free: number[] = [];

  get size(): number {
    return this.#items.length - this.#free.length;
  }

  /** The place, to be given to delete() exactly once. */
  add(item: T): number {
    const slot = this.#free.pop() ?? this.#items.length;
    this.#items[slot] = item;
    return slot;
  }

  delete(slot: number): void {
    this.#items[slot] = undefined;
    this.#free.push(slot);
  }

  /** In no particular order. */
  items(): T[] {
    return this.#items.filter((item) => item !== undefined);
  }
}
