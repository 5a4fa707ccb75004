// StoredEntry: one object in the watch cache. The finished bytes, labels and selectable fields are each made
// on first use: a list without selectors never parses, a kind nobody reads never finishes a byte.
import { parseJson } from '../../object/json.js';
import type { JsonObject, KubeObject } from '../../object/kube-object.js';
import { textWithoutManagedFields } from '../../object/metadata-span.js';
import type { Codec } from '../codec.js';
import { scanLabels } from './label-scan.js';
import type { CacheEntry } from './watch-cache-types.js';

/** How the entries of one served kind are read. */
export interface EntryReader {
  readonly codec: Codec;
  /** Length of the store prefix, `/registry/pods/`. */
  readonly prefixLength: number;
  readonly isNamespaced: boolean;
  readonly selectableFields: Readonly<Record<string, (object: JsonObject) => string>>;
}

export class StoredEntry implements CacheEntry {
  readonly key: string;
  readonly revision: number;
  private readonly reader: EntryReader;
  /** Stored bytes until somebody asks for the finished ones; then dropped. */
  private value: Uint8Array | undefined;
  private finished: Uint8Array | undefined;
  private labelsFound: Readonly<Record<string, string>> | undefined;
  private fieldsFound: Readonly<Record<string, string>> | undefined;

  constructor(reader: EntryReader, key: string, revision: number, value: Uint8Array) {
    this.reader = reader;
    this.key = key;
    this.revision = revision;
    this.value = value;
  }

  get bytes(): Uint8Array {
    if (this.finished === undefined) {
      this.finished = this.reader.codec.finish(this.value ?? new Uint8Array(), this.revision);
      this.value = undefined;
    }
    return this.finished;
  }

  get sizeBytes(): number {
    return (this.finished ?? this.value)?.length ?? 0;
  }

  get labels(): Readonly<Record<string, string>> {
    this.labelsFound ??=
      scanLabels(this.bytes, this.reader.codec.metadataStart) ?? this.parse().metadata.labels ?? {};
    return this.labelsFound;
  }

  get fields(): Readonly<Record<string, string>> {
    this.fieldsFound ??= this.readFields();
    return this.fieldsFound;
  }

  /** `namespace/name`, or `name`. */
  get path(): string {
    return this.key.slice(this.reader.prefixLength);
  }

  get namespace(): string | undefined {
    return this.reader.isNamespaced ? namespaceOf(this.path) : undefined;
  }

  get name(): string {
    const { path } = this;
    return this.reader.isNamespaced ? path.slice(path.indexOf('/') + 1) : path;
  }

  /** A fresh copy each time: the caller may change it. */
  parse(): KubeObject {
    return this.value === undefined
      ? (parseJson(decoder.decode(this.bytes)) as KubeObject) // as: finished bytes are an object's
      : this.reader.codec.decode(this.value, this.revision);
  }

  private readFields(): Record<string, string> {
    const fields: Record<string, string> = {
      'metadata.name': this.name,
      ...(this.namespace === undefined ? {} : { 'metadata.namespace': this.namespace }),
    };
    const selectable = Object.entries(this.reader.selectableFields);
    if (selectable.length === 0) return fields;
    // as: finished bytes are an object's
    const object = parseJson(textWithoutManagedFields(this.bytes)) as KubeObject;
    for (const [field, valueOf] of selectable) fields[field] = valueOf(object);
    return fields;
  }
}

const decoder = new TextDecoder();

export function namespaceOf(path: string): string {
  const slash = path.indexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}
