// Catalog: every served resource, found by URL or by kind in one map lookup. Rows come and go at run time
// (CRDs); `generation` grows with each change, so documents made from the rows know when to be made anew.
import type { Resource } from './resource.js';

export interface CatalogGroup {
  /** '' is the core group. */
  readonly name: string;
  /** Preferred first. */
  readonly versions: readonly string[];
}

/** `order` lists the groups that come first, in that order; the rest follow by name. */
export class Catalog {
  readonly #order: ReadonlyMap<string, number>;
  #rows: readonly Resource[] = [];
  #byPlural = new Map<string, Resource>();
  #byKind = new Map<string, Resource>();
  #groups: readonly CatalogGroup[] = [];
  #generation = 0;

  constructor(rows: Iterable<Resource>, order: readonly string[] = []) {
    this.#order = new Map(order.map((name, index) => [name, index]));
    this.#set([...rows]);
  }

  find(group: string, version: string, plural: string): Resource | undefined {
    return this.#byPlural.get(`${group}/${version}/${plural}`);
  }

  findKind(group: string, version: string, kind: string): Resource | undefined {
    return this.#byKind.get(`${group}/${version}/${kind}`);
  }

  /** In group order, then versions (preferred first), then by plural. */
  all(): readonly Resource[] {
    return this.#rows;
  }

  /** Rows of one group version, by plural. */
  version(group: string, version: string): readonly Resource[] {
    return this.#rows.filter((row) => row.group === group && row.version === version);
  }

  groups(): readonly CatalogGroup[] {
    return this.#groups;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Adds rows; one with the same group, version and plural is replaced. */
  put(rows: Iterable<Resource>): void {
    const merged = new Map(this.#rows.map((row) => [keyOf(row), row]));
    for (const row of rows) merged.set(keyOf(row), row);
    this.#set([...merged.values()]);
  }

  /** Removes every version of a resource. */
  remove(group: string, plural: string): void {
    const kept = this.#rows.filter((row) => row.group !== group || row.plural !== plural);
    if (kept.length !== this.#rows.length) this.#set(kept);
  }

  #set(rows: Resource[]): void {
    const rank = (group: string): number => this.#order.get(group) ?? this.#order.size;
    this.#rows = rows.sort(
      (a, b) =>
        rank(a.group) - rank(b.group) ||
        compareText(a.group, b.group) ||
        compareVersions(a.version, b.version) ||
        compareText(a.plural, b.plural),
    );
    this.#byPlural = new Map(rows.map((row) => [keyOf(row), row]));
    this.#byKind = new Map(rows.map((row) => [`${row.group}/${row.version}/${row.kind}`, row]));
    const groups = new Map<string, string[]>();
    for (const row of this.#rows) {
      const versions = groups.get(row.group) ?? [];
      if (!versions.includes(row.version)) versions.push(row.version);
      groups.set(row.group, versions);
    }
    this.#groups = [...groups].map(([name, versions]) => ({ name, versions }));
    this.#generation += 1;
  }
}

const keyOf = (row: Resource): string => `${row.group}/${row.version}/${row.plural}`;

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Most wanted first, as kube-aggregator ranks: v10, v2, v1, v2beta1, v1beta2, v1alpha1, then others by name. */
export function compareVersions(a: string, b: string): number {
  const left = rankVersion(a);
  const right = rankVersion(b);
  if (left === undefined || right === undefined) {
    if (left !== undefined) return -1;
    return right === undefined ? compareText(a, b) : 1;
  }
  for (let i = 0; i < 3; i++) {
    const order = (right[i] ?? 0) - (left[i] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

/** [stability, major, minor], or undefined when it is not a Kubernetes-like version. */
function rankVersion(version: string): readonly [number, number, number] | undefined {
  const match = /^v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?$/.exec(version);
  if (match === null) return undefined;
  const stability = match[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0;
  return [stability, Number(match[1]), Number(match[3] ?? 0)];
}
