// Custom resources: follows the CustomResourceDefinitions and keeps catalog, types and caches in step with those that
// are established. Rows change in the very step in which the cache learns of the definition, so whoever reads
// `Established` finds the resource served. On every server; status and deletion are definition-controllers.ts'.
import { stringifyJson } from '../object/json.js';
import type { KubeObject } from '../object/kube-object.js';
import { readDefinition, type CustomDefinition } from '../resources/custom/definition.js';
import { customResources, type CustomRows } from '../resources/custom/rows.js';
import type { Resource } from '../resources/resource.js';
import { cacheOf, type RestDeps } from '../rest/rest-deps.js';
import type { StoredEntry } from '../storage/cache/entry.js';
import { startDefinitionControllers } from './definition-controllers.js';
import { alwaysLeading, whileLeading, type Leadership } from './leadership.js';

/** Resolves when every established definition is served. `failed`: the leader's part could not start, and will try again. */
export async function startCustomResources(
  rest: RestDeps,
  signal: AbortSignal,
  leadership: Leadership = alwaysLeading,
  failed: (error: unknown) => void = () => undefined,
): Promise<void> {
  const definitions = rest.catalog.find('apiextensions.k8s.io', 'v1', 'customresourcedefinitions');
  if (definitions === undefined) throw new Error('definitions are not served');
  await new CustomResources(rest, definitions, signal).follow();
  const start = (term: AbortSignal): Promise<void> =>
    startDefinitionControllers(rest, definitions, term);
  await whileLeading({ leadership, clock: rest.clock, signal, start, failed });
}

interface Served {
  readonly definition: CustomDefinition;
  readonly made: CustomRows;
  /** What the rows were made from. */
  readonly source: string;
}

class CustomResources {
  readonly #rest: RestDeps;
  readonly #definitions: Resource;
  readonly #signal: AbortSignal;
  readonly #served = new Map<string, Served>();
  readonly #terminating = new Set<string>();
  /** Group versions that are built in: their rows are not to be covered. */
  readonly #builtIn: ReadonlySet<string>;

  constructor(rest: RestDeps, definitions: Resource, signal: AbortSignal) {
    this.#rest = rest;
    this.#definitions = definitions;
    this.#signal = signal;
    this.#builtIn = new Set(rest.catalog.all().map(({ group, version }) => `${group}/${version}`));
  }

  async follow(): Promise<void> {
    if (this.#signal.aborted) return;
    const { entries, stop } = await cacheOf(this.#rest, this.#definitions).follow({
      changed: ({ path, after }) => {
        this.#look(path, after);
      },
      lost: () => void this.follow().catch(() => undefined),
    });
    this.#signal.addEventListener('abort', stop, { once: true });
    const present = new Set(entries.map(({ name }) => name));
    for (const name of this.#served.keys()) if (!present.has(name)) this.#look(name, undefined);
    for (const entry of entries) this.#look(entry.name, entry);
  }

  #look(name: string, entry: StoredEntry | undefined): void {
    const object = entry?.parse();
    if (object === undefined) {
      this.#withdraw(name);
      this.#terminating.delete(name);
    } else this.#serve(name, object);
  }

  #serve(name: string, object: KubeObject): void {
    const definition = readDefinition(object);
    if (!definition.isEstablished) {
      this.#withdraw(name);
      return;
    }
    const { acceptedNames } = definition;
    if (definition.isTerminating) this.#terminating.add(name);
    const names = { ...acceptedNames, shortNames: [...acceptedNames.shortNames] };
    const source = stringifyJson([
      object.metadata.uid ?? '',
      object['spec'] ?? null,
      { ...names, categories: [...acceptedNames.categories] },
    ]);
    if (this.#served.get(name)?.source === source) return;
    this.#withdraw(name);
    const { catalog, types, caches } = this.#rest;
    const made = customResources(definition, {
      types,
      isTerminating: () => this.#terminating.has(name),
    });
    for (const [type, node] of made.types) types.put(type, node);
    const rows = made.rows.filter(
      ({ group, version }) => !this.#builtIn.has(`${group}/${version}`),
    );
    catalog.put(rows);
    for (const row of rows) caches.for(row);
    this.#served.set(name, { definition, made, source });
  }

  #withdraw(name: string): void {
    const served = this.#served.get(name);
    if (served === undefined) return;
    this.#served.delete(name);
    const { catalog, types, caches } = this.#rest;
    const { definition, made } = served;
    catalog.remove(definition.group, definition.names.plural);
    for (const row of made.rows) caches.remove(row);
    for (const type of made.types.keys()) types.delete(type);
  }
}
