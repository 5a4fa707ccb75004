// JsonParser: a strict JSON reader that loses nothing. Unlike JSON.parse it keeps integers beyond 2^53 (as
// bigint), bounds nesting, reports repeated keys with their full path, and words its errors as Go's decoder.
// json.ts decides when it is needed. The hot paths are methods of one class; what is rare is in json-*.ts.
import { fourHexDigits, shortEscapes } from './json-escape.js';
import { keyPath, setKey } from './json-key.js';
import { integerFromText } from './json-number.js';
import { JsonSyntaxError, unexpectedCharacter, unexpectedEnd } from './json-syntax-error.js';
import type { Json, JsonObject } from './kube-object.js';

/** More are not told: a path may be long. */
const duplicatesMax = 1_000;

const quote = 0x22;
const backslash = 0x5c;
const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

export class JsonParser {
  readonly #text: string;
  readonly #depthMax: number;
  readonly #onDuplicate: ((path: string) => void) | undefined;
  readonly #path: (string | number)[] = [];
  #at = 0;
  #depth = 0;
  #duplicates = 0;

  constructor(text: string, depthMax: number, onDuplicate: ((path: string) => void) | undefined) {
    this.#text = text;
    this.#depthMax = depthMax;
    this.#onDuplicate = onDuplicate;
  }

  parse(): Json {
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) throw this.#unexpected('after top-level value');
    return value;
  }

  #value(): Json {
    this.#space();
    const code = this.#text.charCodeAt(this.#at);
    switch (code) {
      case quote:
        return this.#string();
      case 0x7b:
        return this.#object();
      case 0x5b:
        return this.#array();
      case 0x74:
        return this.#literal('true', true);
      case 0x66:
        return this.#literal('false', false);
      case 0x6e:
        return this.#literal('null', null);
      default:
        if (code === 0x2d || isDigit(code)) return this.#number();
        throw this.#unexpected('looking for beginning of value');
    }
  }

  #object(): JsonObject {
    this.#enter();
    const object: JsonObject = {};
    this.#at++;
    this.#space();
    if (this.#text.charCodeAt(this.#at) === 0x7d) return this.#leave(object);
    for (;;) {
      if (this.#text.charCodeAt(this.#at) !== quote)
        throw this.#unexpected('looking for beginning of object key string');
      const key = this.#string();
      this.#space();
      if (this.#text.charCodeAt(this.#at) !== 0x3a) throw this.#unexpected('after object key');
      this.#at++;
      this.#path[this.#depth - 1] = key;
      if (Object.hasOwn(object, key)) this.#reportDuplicate();
      setKey(object, key, this.#value());
      this.#space();
      const code = this.#text.charCodeAt(this.#at);
      if (code === 0x7d) return this.#leave(object);
      if (code !== 0x2c) throw this.#unexpected('after object key:value pair');
      this.#at++;
      this.#space();
    }
  }

  #array(): Json[] {
    this.#enter();
    const array: Json[] = [];
    this.#at++;
    this.#space();
    if (this.#text.charCodeAt(this.#at) === 0x5d) return this.#leave(array);
    for (;;) {
      this.#path[this.#depth - 1] = array.length;
      array.push(this.#value());
      this.#space();
      const code = this.#text.charCodeAt(this.#at);
      if (code === 0x5d) return this.#leave(array);
      if (code !== 0x2c) throw this.#unexpected('after array element');
      this.#at++;
    }
  }

  #enter(): void {
    if (++this.#depth > this.#depthMax) throw new JsonSyntaxError('exceeded max depth', this.#at);
  }

  #leave<T>(value: T): T {
    this.#depth--;
    this.#at++;
    return value;
  }

  #string(): string {
    const text = this.#text;
    const start = ++this.#at;
    for (let at = start; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === quote) {
        this.#at = at + 1;
        return text.slice(start, at);
      }
      if (code === backslash || code < 0x20) {
        this.#at = at;
        return this.#escaped(text.slice(start, at));
      }
    }
    throw unexpectedEnd(this.#text);
  }

  /** The rest of a string that has escapes; `head` is what came before the first. */
  #escaped(head: string): string {
    const text = this.#text;
    let value = head;
    let plainFrom = this.#at;
    while (this.#at < text.length) {
      const code = text.charCodeAt(this.#at);
      if (code === quote) {
        value += text.slice(plainFrom, this.#at++);
        return value;
      }
      if (code < 0x20) throw this.#unexpected('in string literal');
      if (code === backslash) {
        value += text.slice(plainFrom, this.#at);
        this.#at++;
        value += this.#escape();
        plainFrom = this.#at;
      } else {
        this.#at++;
      }
    }
    throw unexpectedEnd(this.#text);
  }

  #escape(): string {
    const letter = this.#text[this.#at];
    if (letter === 'u') {
      this.#at++;
      return this.#unicode();
    }
    const value = letter === undefined ? undefined : shortEscapes[letter];
    if (value === undefined) throw this.#unexpected('in string escape code');
    this.#at++;
    return value;
  }

  /** After `\u`. Half a surrogate pair becomes U+FFFD, as in Go: no text here is ever ill-formed. */
  #unicode(): string {
    const unit = this.#hex4();
    if (unit < 0xd800 || unit > 0xdfff) return String.fromCharCode(unit);
    if (unit < 0xdc00 && this.#text.startsWith('\\u', this.#at)) {
      const back = this.#at;
      this.#at += 2;
      const low = this.#hex4();
      if (low >= 0xdc00 && low <= 0xdfff) return String.fromCharCode(unit, low);
      this.#at = back;
    }
    return '\ufffd';
  }

  #hex4(): number {
    const unit = fourHexDigits(this.#text, this.#at);
    this.#at += 4;
    return unit;
  }

  #number(): number | bigint {
    const text = this.#text;
    const start = this.#at;
    if (text.charCodeAt(this.#at) === 0x2d) this.#at++;
    if (text.charCodeAt(this.#at) === 0x30) this.#at++;
    else this.#digits('in numeric literal');
    let isInteger = true;
    if (text.charCodeAt(this.#at) === 0x2e) {
      isInteger = false;
      this.#at++;
      this.#digits('after decimal point in numeric literal');
    }
    if ((text.charCodeAt(this.#at) | 0x20) === 0x65) {
      isInteger = false;
      this.#at++;
      const sign = text.charCodeAt(this.#at);
      if (sign === 0x2b || sign === 0x2d) this.#at++;
      this.#digits('in exponent of numeric literal');
    }
    const literal = text.slice(start, this.#at);
    const value = isInteger ? integerFromText(literal) : Number(literal);
    if (typeof value === 'bigint' || Number.isFinite(value)) return value;
    throw new JsonSyntaxError(
      `json: cannot unmarshal number ${literal} into Go value of type float64`,
      start,
    );
  }

  #digits(where: string): void {
    if (!isDigit(this.#text.charCodeAt(this.#at))) throw this.#unexpected(where);
    do this.#at++;
    while (isDigit(this.#text.charCodeAt(this.#at)));
  }

  #literal<T extends Json>(word: string, value: T): T {
    for (let index = 1; index < word.length; index++) {
      const expected = word.charAt(index);
      if (this.#text[++this.#at] !== expected)
        throw this.#unexpected(`in literal ${word} (expecting '${expected}')`);
    }
    this.#at++;
    return value;
  }

  #space(): void {
    let code = this.#text.charCodeAt(this.#at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09)
      code = this.#text.charCodeAt(++this.#at);
  }

  #reportDuplicate(): void {
    if (this.#onDuplicate === undefined || this.#duplicates++ >= duplicatesMax) return;
    this.#onDuplicate(keyPath(this.#path.slice(0, this.#depth)));
  }

  #unexpected(where: string): JsonSyntaxError {
    return unexpectedCharacter(this.#text, this.#at, where);
  }
}
