// Finds the items whose key range holds a key: ranges sorted by start, each middle of a (sub)array knowing the greatest
// end in it (an interval tree laid over an array). Equal ranges share one node, so a thousand watchers of one prefix
// cost one comparison. Rebuilt lazily: changes are rarer than lookups.
import { compareText, type TextRange } from '../tables/sorted-map.js';

interface Group<T> {
  readonly range: TextRange;
  readonly items: Set<T>;
}

export class IntervalIndex<T> {
  readonly #groups = new Map<string, Group<T>>();
  #sorted: readonly Group<T>[] | undefined;
  /** At each middle: the greatest end below it; undefined = no end. */
  #greatestEnd: (string | undefined)[] = [];

  add(range: TextRange, item: T): void {
    const name = nameOf(range);
    const group = this.#groups.get(name);
    if (group) group.items.add(item);
    else {
      this.#groups.set(name, { range, items: new Set([item]) });
      this.#sorted = undefined;
    }
  }

  remove(range: TextRange, item: T): void {
    const name = nameOf(range);
    const group = this.#groups.get(name);
    if (!group?.items.delete(item) || group.items.size > 0) return;
    this.#groups.delete(name);
    this.#sorted = undefined;
  }

  /** Visits every item whose range holds `key`. */
  forKey(key: string, visit: (item: T) => void): void {
    if (this.#groups.size === 0) return;
    const sorted = (this.#sorted ??= this.#build());
    this.#search(sorted, { low: 0, high: sorted.length }, key, visit);
  }

  #build(): readonly Group<T>[] {
    const sorted = [...this.#groups.values()].sort((a, b) =>
      compareText(a.range.start, b.range.start),
    );
    this.#greatestEnd = new Array<string | undefined>(sorted.length).fill('');
    this.#fillEnds(sorted, 0, sorted.length);
    return sorted;
  }

  #fillEnds(sorted: readonly Group<T>[], low: number, high: number): string | undefined {
    if (low >= high) return '';
    const middle = (low + high) >>> 1;
    const left = this.#fillEnds(sorted, low, middle);
    const right = this.#fillEnds(sorted, middle + 1, high);
    const greatest = laterEnd(laterEnd(left, right), sorted[middle]?.range.end);
    this.#greatestEnd[middle] = greatest;
    return greatest;
  }

  #search(
    sorted: readonly Group<T>[],
    { low, high }: { low: number; high: number },
    key: string,
    visit: (item: T) => void,
  ): void {
    if (low >= high) return;
    const middle = (low + high) >>> 1;
    const greatest = this.#greatestEnd[middle];
    if (greatest !== undefined && greatest <= key) return;
    this.#search(sorted, { low, high: middle }, key, visit);
    const group = sorted[middle];
    if (group === undefined || group.range.start > key) return;
    if (group.range.end === undefined || key < group.range.end) group.items.forEach(visit);
    this.#search(sorted, { low: middle + 1, high }, key, visit);
  }
}

function laterEnd(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return undefined;
  return a > b ? a : b;
}

/** The start's length in front makes the name unique whatever bytes the keys have. */
function nameOf({ start, end }: TextRange): string {
  return end === undefined ? `${start.length}+${start}` : `${start.length} ${start}${end}`;
}
