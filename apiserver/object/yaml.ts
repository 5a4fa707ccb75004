// YAML in, as sigs.k8s.io/yaml reads it: YAML 1.1 words and numbers, every key a string, no dates, no custom tags.
// js-yaml finds the syntax (its event stream); the values are built here, so that nothing is lost, repeated keys
// are reported, and aliases cannot blow up. Scalars are in yaml-scalar.ts.
import { createRequire } from 'node:module';
import type * as JsYaml from 'js-yaml';
import type { Event } from 'js-yaml';
import { cloneJson, jsonDepthMax, setKey } from './json.js';
import { isJsonObject, type Json, type JsonObject } from './kube-object.js';
import { keyText, resolveScalar } from './yaml-scalar.js';

/** What is wrong with a document, beginning with `line N: ` where the place is known. */
export class YamlSyntaxError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'YamlSyntaxError';
  }
}

export interface YamlOptions {
  /** Nesting. */
  readonly depthMax?: number;
  /** More documents are refused. */
  readonly documentsMax?: number;
  /** Reads the first document and ignores what follows, as Go's Unmarshal does. */
  readonly isFirstOnly?: boolean;
  /** Values that aliases (`*a`, `<<: *a`) may add to the text's own. */
  readonly aliasedValuesMax?: number;
  /** Gets `line 4: key "x" already set in map`, the first 100 times. The last value wins. */
  readonly onDuplicate?: (message: string) => void;
}

/** The real decoder stops telling there, too. */
const duplicatesMax = 100;

const defaultOptions = {
  depthMax: jsonDepthMax,
  documentsMax: 1000,
  isFirstOnly: false,
  aliasedValuesMax: 100_000,
  onDuplicate: () => undefined,
} satisfies Required<YamlOptions>;

// Loaded with the first YAML document: most servers never see one, and it costs 10 ms.
// Typed by the package's own declarations.
const loadPackage = (): typeof JsYaml => createRequire(import.meta.url)('js-yaml') as typeof JsYaml;

/** All documents of a text; an empty one is null. Throws YamlSyntaxError. */
export function parseYaml(text: string, options: YamlOptions = {}): Json[] {
  const limits = { ...defaultOptions, ...options };
  const source = text.startsWith('\ufeff') ? text.slice(1) : text;
  const yaml = loadPackage();
  let events: Event[];
  try {
    events = yaml.parseEvents(source, { maxDepth: limits.depthMax });
  } catch (error) {
    if (!(error instanceof yaml.YAMLException)) throw error;
    const line = error.mark === undefined ? '' : `line ${error.mark.line + 1}: `;
    throw new YamlSyntaxError(line + error.reason, { cause: error });
  }
  return new Builder(source, events, yaml, limits).documents();
}

interface Anchored {
  readonly value: Json;
  readonly size: number;
}

/** Builds values from the event stream. */
class Builder {
  readonly #source: string;
  readonly #events: readonly Event[];
  readonly #yaml: typeof JsYaml;
  readonly #limits: Required<YamlOptions>;
  #anchors = new Map<string, Anchored | undefined>();
  #at = 0;
  #built = 0;
  #aliased = 0;
  #duplicates = 0;
  #lineAt = 0;
  #line = 1;

  constructor(
    source: string,
    events: readonly Event[],
    yaml: typeof JsYaml,
    limits: Required<YamlOptions>,
  ) {
    this.#source = source;
    this.#events = events;
    this.#yaml = yaml;
    this.#limits = limits;
  }

  documents(): Json[] {
    const documents: Json[] = [];
    while (this.#at < this.#events.length) {
      this.#at++;
      if (documents.length === this.#limits.documentsMax)
        throw new YamlSyntaxError(`more than ${this.#limits.documentsMax} documents`);
      this.#anchors = new Map();
      documents.push(this.#isPop() ? null : this.#value());
      this.#at++;
      if (this.#limits.isFirstOnly) break;
    }
    return documents;
  }

  #isPop(): boolean {
    return this.#events[this.#at]?.type === this.#yaml.EVENT_ID.POP;
  }

  #value(): Json {
    const event = this.#events[this.#at++];
    const id = this.#yaml.EVENT_ID;
    if (event === undefined) throw new YamlSyntaxError('unexpected end of document');
    this.#built++;
    switch (event.type) {
      case id.ALIAS:
        return this.#alias(this.#slice(event.anchorStart, event.anchorEnd));
      case id.SCALAR: {
        const value = this.#scalar(event);
        this.#remember(event, value, 1);
        return value;
      }
      case id.SEQUENCE:
      case id.MAPPING:
        return this.#collection(event);
      case id.DOCUMENT:
      case id.POP:
        throw new YamlSyntaxError('unexpected end of a collection');
    }
  }

  #collection(event: Extract<Event, { start: number; tagStart: number }>): Json {
    const isSequence = event.type === this.#yaml.EVENT_ID.SEQUENCE;
    const tag = this.#tag(event);
    if (tag !== undefined && tag !== (isSequence ? 'seq' : 'map'))
      throw this.#error(event.start, `unsupported tag ${tag}`);
    const before = this.#built;
    if (event.anchorStart >= 0)
      this.#anchors.set(this.#slice(event.anchorStart, event.anchorEnd), undefined);
    const value = isSequence ? this.#sequence() : this.#mapping();
    this.#at++;
    this.#remember(event, value, this.#built - before + 1);
    return value;
  }

  #sequence(): Json[] {
    const items: Json[] = [];
    while (!this.#isPop()) items.push(this.#value());
    return items;
  }

  #mapping(): JsonObject {
    const object: JsonObject = {};
    const merges: Json[] = [];
    while (!this.#isPop()) {
      const event = this.#events[this.#at];
      const key = this.#key();
      const at = this.#positionOf(this.#events[this.#at]) ?? this.#positionOf(event) ?? 0;
      const value = this.#value();
      if (key === undefined) {
        merges.push(value);
        continue;
      }
      if (Object.hasOwn(object, key) && this.#duplicates++ < duplicatesMax) {
        const quoted = JSON.stringify(key);
        this.#limits.onDuplicate(`line ${this.#lineOf(at)}: key ${quoted} already set in map`);
      }
      setKey(object, key, value);
    }
    for (const merge of merges) this.#merge(object, merge);
    return object;
  }

  /** Undefined for the merge key `<<`. */
  #key(): string | undefined {
    const event = this.#events[this.#at];
    if (
      event?.type === this.#yaml.EVENT_ID.SCALAR &&
      event.style === this.#yaml.SCALAR_STYLE.PLAIN &&
      event.tagStart < 0 &&
      event.valueEnd - event.valueStart === 2 &&
      this.#source.startsWith('<<', event.valueStart)
    ) {
      this.#at++;
      return undefined;
    }
    const position = this.#positionOf(event) ?? 0;
    const text = keyText(this.#value());
    if (text === undefined) throw this.#error(position, 'unsupported type of map key');
    return text;
  }

  #merge(object: JsonObject, from: Json): void {
    if (Array.isArray(from)) {
      for (const item of from) this.#merge(object, item);
      return;
    }
    if (!isJsonObject(from))
      throw new YamlSyntaxError('map merge requires map or sequence of maps as the value');
    for (const [key, value] of Object.entries(from))
      if (value !== undefined && !Object.hasOwn(object, key)) setKey(object, key, value);
  }

  #scalar(event: Extract<Event, { valueStart: number }>): Json {
    const text = this.#yaml.getScalarValue(this.#source, event);
    const isPlain = event.style === this.#yaml.SCALAR_STYLE.PLAIN;
    const value = resolveScalar(text, isPlain, this.#tag(event));
    if (value === undefined)
      throw this.#error(event.valueStart, `cannot decode ${JSON.stringify(text)}`);
    return value;
  }

  #alias(name: string): Json {
    if (!this.#anchors.has(name)) throw new YamlSyntaxError(`unknown anchor '${name}' referenced`);
    const anchored = this.#anchors.get(name);
    if (anchored === undefined) throw new YamlSyntaxError(`anchor '${name}' value contains itself`);
    this.#aliased += anchored.size;
    this.#built += anchored.size - 1;
    if (this.#aliased > this.#limits.aliasedValuesMax)
      throw new YamlSyntaxError('document contains excessive aliasing');
    return cloneJson(anchored.value);
  }

  #remember(
    { anchorStart, anchorEnd }: { anchorStart: number; anchorEnd: number },
    value: Json,
    size: number,
  ): void {
    if (anchorStart >= 0) this.#anchors.set(this.#slice(anchorStart, anchorEnd), { value, size });
  }

  /** `str` of `!!str`; undefined without a tag. */
  #tag({ tagStart, tagEnd }: { tagStart: number; tagEnd: number }): string | undefined {
    if (tagStart < 0) return undefined;
    const tag = this.#slice(tagStart, tagEnd);
    return tag.replace(/^(?:!!|!?<?tag:yaml\.org,2002:)/, '').replace(/>$/, '');
  }

  #slice(start: number, end: number): string {
    return this.#source.slice(start, end).replace(/^[&*]/, '');
  }

  #positionOf(event: Event | undefined): number | undefined {
    if (event === undefined) return undefined;
    if ('valueStart' in event) return event.valueStart < 0 ? undefined : event.valueStart;
    if ('start' in event) return event.start;
    return 'anchorStart' in event ? event.anchorStart : undefined;
  }

  /** Lines are asked for in rising order mostly, so counting goes on from the last place. */
  #lineOf(position: number): number {
    if (position < this.#lineAt) {
      this.#lineAt = 0;
      this.#line = 1;
    }
    for (; this.#lineAt < position; this.#lineAt++)
      if (this.#source.charCodeAt(this.#lineAt) === 0x0a) this.#line++;
    return this.#line;
  }

  #error(position: number, message: string): YamlSyntaxError {
    return new YamlSyntaxError(`line ${this.#lineOf(position)}: ${message}`);
  }
}
