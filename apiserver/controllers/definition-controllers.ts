// The controllers of CustomResourceDefinitions: names and status (crd-establisher.ts) and deletion (crd-cleaner.ts),
// fed with every definition and its changes. On the elected leader only; serving them is every server's (custom-resources.ts).
import type { Resource } from '../resources/resource.js';
import { cacheOf, type RestDeps } from '../rest/rest-deps.js';
import type { StoredEntry } from '../storage/cache/entry.js';
import { CrdCleaner } from './crd-cleaner.js';
import { CrdEstablisher } from './crd-establisher.js';
import { endWith } from './leadership.js';

/** Resolves when all definitions have been looked at once. */
export async function startDefinitionControllers(
  rest: RestDeps,
  definitions: Resource,
  signal: AbortSignal,
): Promise<void> {
  await new DefinitionControllers(rest, definitions, signal).follow();
}

class DefinitionControllers {
  readonly #rest: RestDeps;
  readonly #definitions: Resource;
  readonly #signal: AbortSignal;
  readonly #establisher: CrdEstablisher;
  readonly #cleaner: CrdCleaner;
  readonly #known = new Set<string>();

  constructor(rest: RestDeps, definitions: Resource, signal: AbortSignal) {
    this.#rest = rest;
    this.#definitions = definitions;
    this.#signal = signal;
    this.#establisher = new CrdEstablisher(rest, definitions, signal);
    this.#cleaner = new CrdCleaner(rest, definitions, signal);
  }

  async follow(): Promise<void> {
    if (this.#signal.aborted) return;
    const { entries, stop } = await cacheOf(this.#rest, this.#definitions).follow({
      changed: ({ path, after }) => {
        this.#look(path, after);
      },
      lost: () => void this.follow().catch(() => undefined),
    });
    endWith(this.#signal, stop);
    const present = new Set(entries.map(({ name }) => name));
    for (const name of [...this.#known]) if (!present.has(name)) this.#look(name, undefined);
    for (const entry of entries) this.#look(entry.name, entry);
  }

  #look(name: string, entry: StoredEntry | undefined): void {
    const object = entry?.parse();
    this.#establisher.look(name, object);
    if (object === undefined) this.#known.delete(name);
    else {
      this.#known.add(name);
      this.#cleaner.look(name, object);
    }
  }
}
