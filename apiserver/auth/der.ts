// DER (X.690) writer: just the forms an X.509 certificate needs. Values go in, bytes come out; nothing
// is parsed here (node:crypto reads certificates). An ASN.1 package would do the same, but importing one
// takes 80 ms of the 300 ms a first start may take. Read next: certificates.ts.

const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
} as const;

function wrap(identifier: number, content: Uint8Array): Uint8Array {
  const length = lengthOctets(content.length);
  const bytes = new Uint8Array(1 + length.length + content.length);
  bytes[0] = identifier;
  bytes.set(length, 1);
  bytes.set(content, 1 + length.length);
  return bytes;
}

/** Below 128 one octet; above, a count of octets and the octets (X.690 §8.1.3). */
function lengthOctets(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Uint8Array.of(0x80 | octets.length, ...octets);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array =>
  wrap(tag.sequence, concat(parts));

export const setOf = (...parts: readonly Uint8Array[]): Uint8Array => wrap(tag.set, concat(parts));

export const octetString = (content: Uint8Array): Uint8Array => wrap(tag.octetString, content);

export const utf8String = (text: string): Uint8Array =>
  wrap(tag.utf8String, new TextEncoder().encode(text));

export const booleanTrue: Uint8Array = wrap(tag.boolean, Uint8Array.of(0xff));

/** A bit string of whole octets, or with `unusedBits` low bits of the last one left out. */
export const bitString = (content: Uint8Array, unusedBits = 0): Uint8Array =>
  wrap(tag.bitString, concat([Uint8Array.of(unusedBits), content]));

/** An unsigned big-endian number; a leading one bit gets the zero octet that keeps it positive. */
export function integer(magnitude: Uint8Array): Uint8Array {
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) start++;
  const trimmed = magnitude.subarray(start);
  const negative = ((trimmed[0] ?? 0) & 0x80) !== 0;
  return wrap(tag.integer, negative ? concat([Uint8Array.of(0), trimmed]) : trimmed);
}

/** '1.2.840.10045.4.3.2' -> the first two arcs in one octet, the rest in base 128 (X.690 §8.19). */
export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octets = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      groups.unshift((left % 128) | 0x80);
    }
    octets.push(...groups);
  }
  return wrap(tag.objectIdentifier, Uint8Array.from(octets));
}

/** UTCTime up to 2049, GeneralizedTime after it (RFC 5280 §4.1.2.5). Seconds, UTC. */
export function time(ms: number): Uint8Array {
  const text = `${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  const year = Number(text.slice(0, 4));
  return year < 2050
    ? wrap(0x17, Buffer.from(text.slice(2), 'latin1'))
    : wrap(0x18, Buffer.from(text, 'latin1'));
}

/** [number] EXPLICIT around finished DER, or constructed content. */
export const contextConstructed = (number: number, content: Uint8Array): Uint8Array =>
  wrap(0xa0 | number, content);

/** [number] IMPLICIT primitive content. */
export const contextPrimitive = (number: number, content: Uint8Array): Uint8Array =>
  wrap(0x80 | number, content);
