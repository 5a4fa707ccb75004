// JsonValues: cuts a body that arrives in pieces into the JSON objects in it, one after the other, as the streaming
// methods take them. Integers too long for a double become strings, so that 64-bit numbers keep their digits.
import { CallError, statusCode } from '../call.js';

const character = {
  quote: 0x22,
  backslash: 0x5c,
  openBrace: 0x7b,
  closeBrace: 0x7d,
  openBracket: 0x5b,
  closeBracket: 0x5d,
} as const;

export class JsonValues {
  readonly #charactersMax: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  /** What has come of the value being read, and how far it was looked at. */
  #text = '';
  #at = 0;
  #depth = 0;
  #isInString = false;

  /** @param charactersMax of one value; more is ResourceExhausted */
  constructor(charactersMax: number) {
    this.#charactersMax = charactersMax;
  }

  /** The objects that are whole now. Throws CallError. */
  push(chunk: Uint8Array): unknown[] {
    this.#text += this.#decode(chunk);
    const values: unknown[] = [];
    for (let end = this.#endOfValue(); end !== undefined; end = this.#endOfValue()) {
      values.push(parse(this.#text.slice(0, end)));
      this.#text = this.#text.slice(end).trimStart();
      this.#at = 0;
    }
    if (this.#text.length > this.#charactersMax) {
      const why = `grpc: received message larger than max (${this.#text.length} vs. ${this.#charactersMax})`;
      throw new CallError(statusCode.resourceExhausted, why);
    }
    return values;
  }

  /** What is left when the body is over: nothing, or a value that is no object. Throws CallError. */
  end(): unknown[] {
    const rest = this.#text.trim();
    this.#text = '';
    return rest === '' ? [] : [parse(rest)];
  }

  #decode(chunk: Uint8Array): string {
    try {
      return this.#decoder.decode(chunk, { stream: true });
    } catch {
      throw new CallError(statusCode.invalidArgument, 'the body is not UTF-8');
    }
  }

  /** Behind the brace that closes the first value; undefined: it is not there yet. */
  #endOfValue(): number | undefined {
    while (this.#at < this.#text.length) {
      const code = this.#text.charCodeAt(this.#at++);
      if (this.#isInString) {
        if (code === character.quote) this.#isInString = false;
        else if (code === character.backslash) this.#at++;
        continue;
      }
      if (code === character.quote) this.#isInString = true;
      else if (code === character.openBrace || code === character.openBracket) this.#depth++;
      else if (code === character.closeBrace || code === character.closeBracket) {
        this.#depth = Math.max(0, this.#depth - 1);
        if (this.#depth === 0) return this.#at;
      }
    }
    return undefined;
  }
}

/** A string, to be left alone, or an integer of more digits than a double always keeps. */
const stringOrLongInteger = /"(?:[^"\\]|\\.)*"|(?<![\w.+-])-?\d{16,}(?![\w.])/g;

function parse(text: string): unknown {
  const exact = /\d{16}/.test(text)
    ? text.replaceAll(stringOrLongInteger, (found) =>
        found.startsWith('"') ? found : `"${found}"`,
      )
    : text;
  try {
    return JSON.parse(exact);
  } catch (error) {
    throw new CallError(statusCode.invalidArgument, `invalid JSON: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  const hasMessage = typeof error === 'object' && error !== null && 'message' in error;
  return hasMessage ? String(error.message) : String(error);
}
