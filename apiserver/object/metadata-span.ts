// Where an object's metadata lies in its finished bytes, found without parsing: metadata informers and tables
// need no more of most objects, and managed fields are half of many. Reads our own JSON, which has no blanks.

const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const quoteMark = 0x22;
const backslash = 0x5c;
const comma = 0x2c;

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const metadataKey = encoder.encode('"metadata"');
const managedFieldsKey = encoder.encode('"managedFields"');

/** Start and end of a value, as for subarray(). */
export type Span = readonly [start: number, end: number];

export interface MetadataSpans {
  /** The value of the top-level key `metadata`. */
  readonly metadata: Span;
  /** The value of `managedFields` in it. */
  readonly managedFields: Span | undefined;
}

/** Reads no further than the metadata, and that once. */
export function metadataSpans(json: Uint8Array): MetadataSpans {
  let at = 1;
  while (json[at] === quoteMark) {
    const keyEnd = skipString(json, at);
    if (isKey(json, at, keyEnd, metadataKey)) return spansIn(json, keyEnd + 1);
    at = skipValue(json, keyEnd + 1) + 1;
  }
  throw new Error('object without metadata');
}

/** `start`: the opening brace of the metadata. */
function spansIn(json: Uint8Array, start: number): MetadataSpans {
  let managedFields: Span | undefined;
  let at = start + 1;
  while (json[at] === quoteMark) {
    const keyEnd = skipString(json, at);
    const valueEnd = skipValue(json, keyEnd + 1);
    if (isKey(json, at, keyEnd, managedFieldsKey)) managedFields = [keyEnd + 1, valueEnd];
    if (json[valueEnd] !== comma) return { metadata: [start, valueEnd + 1], managedFields };
    at = valueEnd + 1;
  }
  return { metadata: [start, at + 1], managedFields };
}

/**
 * The object's text with its managed fields left out (`[]`): they are what takes longest to parse, and columns
 * and field selectors do not look at them.
 */
export function textWithoutManagedFields(json: Uint8Array, spans = metadataSpans(json)): string {
  const { managedFields } = spans;
  if (managedFields === undefined) return decoder.decode(json);
  const [start, end] = managedFields;
  return `${decoder.decode(json.subarray(0, start))}[]${decoder.decode(json.subarray(end))}`;
}

function isKey(json: Uint8Array, start: number, end: number, key: Uint8Array): boolean {
  if (end - start !== key.length) return false;
  for (let i = 0; i < key.length; i++) if (json[start + i] !== key[i]) return false;
  return true;
}

function skipString(json: Uint8Array, start: number): number {
  let at = start + 1;
  // The bound is for bytes cut off in the middle: there is no end to find.
  while (at < json.length && json[at] !== quoteMark) at += json[at] === backslash ? 2 : 1;
  return at + 1;
}

function skipValue(json: Uint8Array, start: number): number {
  let depth = 0;
  let at = start;
  for (;;) {
    const byte = json[at];
    if (byte === undefined) return at;
    if (byte === quoteMark) {
      at = skipString(json, at);
      if (depth === 0) return at;
      continue;
    }
    if (byte === openBrace || byte === openBracket) depth++;
    else if (byte === closeBrace || byte === closeBracket) {
      if (depth === 0) return at;
      depth--;
      if (depth === 0) return at + 1;
    } else if (byte === comma && depth === 0) return at;
    at++;
  }
}
