// JsonSyntaxError: what is wrong with a JSON text and where, worded as Go's encoding/json does.

export class JsonSyntaxError extends Error {
  /** UTF-16 index into the text. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = 'JsonSyntaxError';
    this.offset = offset;
  }
}

export const unexpectedEnd = (text: string): JsonSyntaxError =>
  new JsonSyntaxError('unexpected end of JSON input', text.length);

/** Of the character at `at`, or of the end of the text. */
export function unexpectedCharacter(text: string, at: number, where: string): JsonSyntaxError {
  const code = text.codePointAt(at);
  if (code === undefined) return unexpectedEnd(text);
  return new JsonSyntaxError(`invalid character ${showCharacter(code)} ${where}`, at);
}

/** A character as Go quotes it inside single quotes. */
function showCharacter(code: number): string {
  const character = String.fromCodePoint(code);
  if (character === "'") return "'\\''";
  if (character === '"') return "'\"'";
  // Go looks at bytes: a longer UTF-8 sequence shows as its first byte.
  if (code > 0x7f) {
    const lead = code < 0x800 ? 0xc0 | (code >> 6) : code < 0x10000 ? 0xe0 | (code >> 12) : 0xf0;
    return `'${String.fromCharCode(lead)}'`;
  }
  if (code < 0x20 || code === 0x7f) {
    const short = JSON.stringify(character).slice(1, -1);
    return short.length === 2 ? `'${short}'` : `'\\x${code.toString(16).padStart(2, '0')}'`;
  }
  return character === '\\' ? "'\\\\'" : `'${character}'`;
}
