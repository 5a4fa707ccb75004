// TypeRegistry: every known type by definition name. The built-in ones are facts read from schemas/ on first
// use; custom resources' come and go with `put` and `delete`. What is compiled from a type lives in `derived`.
import { readFileSync } from 'node:fs';
import type { GroupVersionKind } from '../object/kube-object.js';
import type { SchemaNode } from '../object/schema-node.js';

/** Key of a definition, e.g. `io.k8s.api.core.v1.Pod`. */
export type SchemaName = string;

type Definitions = Readonly<Record<SchemaName, SchemaNode>>;

const refPrefix = '#/definitions/';

/** Definition name of a `$ref` node; undefined for any other. */
export function refName(node: SchemaNode): SchemaName | undefined {
  return node.$ref?.slice(node.$ref.lastIndexOf('/') + 1);
}

export const refTo = (name: SchemaName): SchemaNode => ({ $ref: refPrefix + name });

export class TypeRegistry {
  readonly #load: () => Definitions;
  readonly #custom = new Map<SchemaName, SchemaNode>();
  #builtIn: Definitions | undefined;
  #byKind: Map<string, SchemaName> | undefined;
  readonly #derived = new Map<unknown, Map<SchemaName, unknown>>();

  constructor(load: () => Definitions) {
    this.#load = load;
  }

  /** The definition; an unknown name is a fault of ours, so it throws. */
  get(name: SchemaName): SchemaNode {
    const node = this.#find(name);
    if (node === undefined) throw new Error(`no type is called ${name}`);
    return node;
  }

  has(name: SchemaName): boolean {
    return this.#find(name) !== undefined;
  }

  isBuiltIn(name: SchemaName): boolean {
    return !this.#custom.has(name) && this.has(name);
  }

  /** Follows `$ref`s. A ResolveSchema once bound: `types.resolve` may be passed around. */
  readonly resolve = (node: SchemaNode): SchemaNode => {
    let current = node;
    for (let name = refName(current); name !== undefined; name = refName(current))
      current = this.get(name);
    return current;
  };

  put(name: SchemaName, node: SchemaNode): void {
    this.#custom.set(name, node);
    this.#forget(name);
  }

  delete(name: SchemaName): void {
    if (this.#custom.delete(name)) this.#forget(name);
  }

  nameOf({ group, version, kind }: GroupVersionKind): SchemaName | undefined {
    this.#byKind ??= this.#indexKinds();
    return this.#byKind.get(`${group}/${version}/${kind}`);
  }

  names(): readonly SchemaName[] {
    return [...Object.keys(this.#definitions()), ...this.#custom.keys()];
  }

  /** What `compute` makes of a type, made once; forgotten when the type changes. */
  derived<T>(compute: (name: SchemaName, types: TypeRegistry) => T, name: SchemaName): T {
    let made = this.#derived.get(compute);
    if (made === undefined) {
      made = new Map<SchemaName, unknown>();
      this.#derived.set(compute, made);
    }
    // Only `compute` itself writes into its own map.
    const known = made.get(name) as T | undefined;
    if (known !== undefined) return known;
    const fresh = compute(name, this);
    made.set(name, fresh);
    return fresh;
  }

  #find(name: SchemaName): SchemaNode | undefined {
    const custom = this.#custom.get(name);
    if (custom !== undefined) return custom;
    const definitions = this.#definitions();
    return Object.hasOwn(definitions, name) ? definitions[name] : undefined;
  }

  #definitions(): Definitions {
    return (this.#builtIn ??= this.#load());
  }

  /** Custom types refer to built-in ones only, and nothing refers to them: what was made of others stays. */
  #forget(name: SchemaName): void {
    this.#byKind = undefined;
    for (const made of this.#derived.values()) made.delete(name);
  }

  #indexKinds(): Map<string, SchemaName> {
    const index = new Map<string, SchemaName>();
    for (const name of this.names()) {
      const kinds = this.get(name)['x-kubernetes-group-version-kind'] ?? [];
      // DeleteOptions and WatchEvent name every group: they are nobody's own kind.
      if (kinds.length !== 1) continue;
      for (const { group, version, kind } of kinds) index.set(`${group}/${version}/${kind}`, name);
    }
    return index;
  }
}

/** The built-in types; the file is read when the first of them is asked for. */
export function loadBuiltInTypes(): TypeRegistry {
  return new TypeRegistry(() => {
    const file = new URL('../../../schemas/kubernetes-types.json', import.meta.url);
    // The file is ours; its shape is described in schemas/SOURCE.md.
    return (JSON.parse(readFileSync(file, 'utf8')) as { definitions: Definitions }).definitions;
  });
}
