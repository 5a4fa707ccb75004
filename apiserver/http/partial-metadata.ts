// PartialObjectMetadata: an object without anything but its metadata. Cut out of the finished bytes, never
// parsed: metadata informers list whole clusters this way.
const encoder = new TextEncoder();
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const quoteMark = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const metadataKey = encoder.encode('"metadata"');

const heads = new Map(
  (['v1', 'v1beta1'] as const).map((version) => [
    version,
    encoder.encode(
      `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${version}","metadata":`,
    ),
  ]),
);

export function partialMetadata(object: Uint8Array, version: 'v1' | 'v1beta1'): Uint8Array {
  const head = heads.get(version) ?? encoder.encode('{"metadata":');
  const [start, end] = metadataSpan(object);
  const bytes = Buffer.allocUnsafe(head.length + (end - start) + 1);
  bytes.set(head);
  bytes.set(object.subarray(start, end), head.length);
  bytes[bytes.length - 1] = closeBrace;
  return bytes;
}

/** Where the value of the top-level key `metadata` is; our own JSON has no blanks. */
function metadataSpan(json: Uint8Array): readonly [number, number] {
  let at = 1;
  while (at < json.length && json[at] === quoteMark) {
    const keyEnd = skipString(json, at);
    const isMetadata =
      keyEnd - at === metadataKey.length && metadataKey.every((byte, i) => json[at + i] === byte);
    const valueEnd = skipValue(json, keyEnd + 1);
    if (isMetadata) return [keyEnd + 1, valueEnd];
    at = valueEnd + 1;
  }
  throw new Error('object without metadata');
}

function skipString(json: Uint8Array, start: number): number {
  let at = start + 1;
  while (json[at] !== quoteMark) at += json[at] === backslash ? 2 : 1;
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
