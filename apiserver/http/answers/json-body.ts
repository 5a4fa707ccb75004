// JSON bodies: compact with a final newline, as Go's encoder ends them, or indented for people.
// Indenting works on finished text, so numbers and key order stay as they were.
import { stringifyJson } from '../../object/json.js';
import type { Call } from '../call.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const newline = 0x0a;

export function bodyOf(value: object, pretty = false): Uint8Array {
  // as: Status and documents are plain JSON, only with readonly fields.
  const text = stringifyJson(value as Parameters<typeof stringifyJson>[0]);
  return encoder.encode(pretty ? indentText(text) : `${text}\n`);
}

/** A copy with the final newline; small objects only (one memcpy). */
export function withNewline(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafe(bytes.length + 1);
  copy.set(bytes);
  copy[bytes.length] = newline;
  return copy;
}

export const indentBytes = (bytes: Uint8Array): Uint8Array =>
  encoder.encode(indentText(decoder.decode(bytes)));

/** People's tools get indented JSON (apiserver's isPrettyPrint): ?pretty= says so, or the User-Agent does. */
export function prefersPretty(call: Call): boolean {
  if (call.search.includes('pretty=')) {
    const value = call.query.get('pretty') ?? '';
    if (value !== '') return ['1', 't', 'true', 'TRUE', 'True', 'T'].includes(value);
  }
  const { userAgent } = call;
  return (
    userAgent.startsWith('curl') ||
    userAgent.startsWith('Wget') ||
    userAgent.startsWith('Mozilla/5.0')
  );
}

/** Strings are taken whole; brackets, commas and colons outside them get their blanks. */
const pieces = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^"{}[\],:\s]+/g;

export function indentText(json: string): string {
  const out: string[] = [];
  let depth = 0;
  let opened = false;
  const breakLine = (): void => {
    out.push('\n', '  '.repeat(depth));
  };
  for (const [piece] of json.matchAll(pieces)) {
    const closes = piece === '}' || piece === ']';
    if (closes) depth--;
    // Between an opening bracket and its closing one there is a line break only around members.
    if (closes ? !opened : opened) breakLine();
    opened = false;
    out.push(piece === ':' ? ': ' : piece);
    if (piece === '{' || piece === '[') {
      depth++;
      opened = true;
    } else if (piece === ',') breakLine();
  }
  return out.join('');
}
