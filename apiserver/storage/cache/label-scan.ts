// Labels straight from an object's bytes: label selectors look at every object of a kind, and parsing whole
// objects for a few words of metadata costs forty times as much. Reads compact JSON; anything else is left to
// the real parser.

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

const wanted = Buffer.from('"labels"');

/**
 * `at`: right after `"metadata":{`. Undefined when the bytes are not what is expected here (white space, say);
 * an empty record when there are no labels.
 */
export function scanLabels(bytes: Uint8Array, at: number): Record<string, string> | undefined {
  for (let from = at; from < bytes.length;) {
    if (bytes[from] === closeBrace) return {};
    if (bytes[from] !== quote) return undefined;
    const keyEnd = skipString(bytes, from);
    if (bytes[keyEnd] !== colon) return undefined;
    const valueEnd = skipValue(bytes, keyEnd + 1);
    if (isWanted(bytes, from, keyEnd)) return parseLabels(bytes.subarray(keyEnd + 1, valueEnd));
    from = bytes[valueEnd] === comma ? valueEnd + 1 : valueEnd;
  }
  return undefined;
}

function isWanted(bytes: Uint8Array, from: number, end: number): boolean {
  if (end - from !== wanted.length) return false;
  for (let i = 0; i < wanted.length; i++) if (bytes[from + i] !== wanted[i]) return false;
  return true;
}

function parseLabels(bytes: Uint8Array): Record<string, string> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  return (JSON.parse(text) ?? {}) as Record<string, string>; // as: validated when it was written
}

/** `at` is the opening quote; the result is after the closing one. */
function skipString(bytes: Uint8Array, at: number): number {
  for (let i = at + 1; i < bytes.length; i++) {
    if (bytes[i] === backslash) i += 1;
    else if (bytes[i] === quote) return i + 1;
  }
  return bytes.length;
}

function skipValue(bytes: Uint8Array, at: number): number {
  let depth = 0;
  for (let i = at; i < bytes.length;) {
    const byte = bytes[i];
    if (byte === quote) {
      i = skipString(bytes, i);
      if (depth === 0) return i;
      continue;
    }
    if (byte === openBrace || byte === openBracket) depth += 1;
    else if (byte === closeBrace || byte === closeBracket) {
      if (depth === 0) return i; // the end of metadata, after a number or a literal
      depth -= 1;
      if (depth === 0) return i + 1;
    } else if (byte === comma && depth === 0) return i;
    i += 1;
  }
  return bytes.length;
}
