// WatcherIndex: the watchers of one kind, found by what they watch, so that an event costs only the watchers
// that may want it: those of one object, of one namespace, of everything.
import { namespaceOf } from './entry.js';
import type { Watcher } from './watcher.js';

export class WatcherIndex {
  private readonly all = new Set<Watcher>();
  private readonly byNamespace = new Map<string, Set<Watcher>>();
  private readonly byPath = new Map<string, Set<Watcher>>();
  private readonly isNamespaced: boolean;

  constructor(isNamespaced: boolean) {
    this.isNamespaced = isNamespaced;
  }

  get size(): number {
    return [this.all, ...this.byNamespace.values(), ...this.byPath.values()].reduce(
      (sum, set) => sum + set.size,
      0,
    );
  }

  add(watcher: Watcher): void {
    const [map, key] = this.placeOf(watcher);
    if (map === undefined) {
      this.all.add(watcher);
      return;
    }
    const set = map.get(key);
    if (set === undefined) map.set(key, new Set([watcher]));
    else set.add(watcher);
  }

  delete(watcher: Watcher): void {
    const [map, key] = this.placeOf(watcher);
    if (map === undefined) {
      this.all.delete(watcher);
      return;
    }
    const set = map.get(key);
    set?.delete(watcher);
    if (set?.size === 0) map.delete(key);
  }

  forEach(path: string, visit: (watcher: Watcher) => void): void {
    this.all.forEach(visit);
    if (this.byNamespace.size > 0) this.byNamespace.get(namespaceOf(path))?.forEach(visit);
    if (this.byPath.size > 0) this.byPath.get(path)?.forEach(visit);
  }

  everyone(): readonly Watcher[] {
    return [this.all, ...this.byNamespace.values(), ...this.byPath.values()].flatMap((set) => [
      ...set,
    ]);
  }

  private placeOf({ options }: Watcher): [Map<string, Set<Watcher>> | undefined, string] {
    const { namespace, name } = options;
    if (!this.isNamespaced) return name === undefined ? [undefined, ''] : [this.byPath, name];
    if (namespace === undefined) return [undefined, ''];
    return name === undefined
      ? [this.byNamespace, namespace]
      : [this.byPath, `${namespace}/${name}`];
  }
}
