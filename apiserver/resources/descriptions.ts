// Short texts about types and fields for `kubectl explain` and the OpenAPI documents, from
// schemas/descriptions.json. A field's text is looked up under its type first, then under its bare name.
import { readFileSync } from 'node:fs';
import type { SchemaName } from './resource.js';

interface DescriptionFile {
  /** By short type name (`PodSpec`). */
  readonly types: Readonly<Record<string, string>>;
  /** By short type name, then field; `*` holds the fields that mean the same wherever they are. */
  readonly fields: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const shortName = (schema: SchemaName): string => schema.slice(schema.lastIndexOf('.') + 1);

const own = <T>(table: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  table !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;

export class Descriptions {
  readonly #load: () => DescriptionFile;
  #file: DescriptionFile | undefined;

  constructor(load: () => DescriptionFile = readDescriptions) {
    this.#load = load;
  }

  ofType(schema: SchemaName): string | undefined {
    const name = shortName(schema);
    const known = own(this.#texts().types, name);
    if (known !== undefined || !name.endsWith('List')) return known;
    return `${name} is a list of ${name.slice(0, -'List'.length)} objects.`;
  }

  ofField(schema: SchemaName, field: string): string | undefined {
    const { fields } = this.#texts();
    const name = shortName(schema);
    const known = own(own(fields, name), field);
    if (known !== undefined) return known;
    if (field === 'items' && name.endsWith('List'))
      return `List of ${pluralWords(name.slice(0, -'List'.length))}`;
    return own(own(fields, '*'), field);
  }

  #texts(): DescriptionFile {
    return (this.#file ??= this.#load());
  }
}

function readDescriptions(): DescriptionFile {
  const file = new URL('../../../schemas/descriptions.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as DescriptionFile; // as: our own data file, checked by its test
}

/** `NetworkPolicy` -> `network policies`, `Service` -> `services`, `Endpoints` -> `endpoints`. */
function pluralWords(kind: string): string {
  const words = kind.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  if (/(ss|ch|x)$/.test(words)) return `${words}es`;
  if (/[^aeiou]y$/.test(words)) return `${words.slice(0, -1)}ies`;
  return words.endsWith('s') ? words : `${words}s`;
}
