// A finished document that many clients ask for again and again (discovery, OpenAPI): bytes, their ETag and
// their gzip form, each made once. Answers 304 to a client that has it already.
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Headers, Reply } from '../call.js';

export interface DocumentRequest {
  readonly accept?: string | undefined;
  readonly acceptEncoding?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

export type DocumentReply = Extract<Reply, { type: 'bytes' }>;

/** As for any answer of the server: smaller bodies are not worth packing. */
const gzipBytesMin = 128 * 1024;

const nothing = new Uint8Array(0);

export class CachedDocument {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  #hash: string | undefined;
  #packed: Uint8Array | undefined;

  constructor(bytes: Uint8Array, contentType: string) {
    this.bytes = bytes;
    this.contentType = contentType;
  }

  /** SHA-512 in upper-case hex, as the `hash` in /openapi/v3 links. */
  get hash(): string {
    this.#hash ??= createHash('sha512').update(this.bytes).digest('hex').toUpperCase();
    return this.#hash;
  }

  /** Plain: no ETag, never 304. */
  reply(request: DocumentRequest, headers: Headers = {}): DocumentReply {
    const packs = this.bytes.length >= gzipBytesMin && acceptsGzip(request.acceptEncoding);
    return {
      type: 'bytes',
      code: 200,
      contentType: this.contentType,
      body: packs ? this.#gzip() : this.bytes,
      headers: packs ? { ...headers, 'Content-Encoding': 'gzip' } : headers,
    };
  }

  replyTagged(request: DocumentRequest, headers: Headers = {}): DocumentReply {
    const tag = `"${this.hash}"`;
    const all = { Vary: 'Accept', ETag: tag, ...headers };
    if (!matchesTag(request.ifNoneMatch, tag)) return this.reply(request, all);
    return { type: 'bytes', code: 304, contentType: this.contentType, body: nothing, headers: all };
  }

  #gzip(): Uint8Array {
    this.#packed ??= gzipSync(this.bytes);
    return this.#packed;
  }
}

const acceptsGzip = (acceptEncoding: string | undefined): boolean =>
  acceptEncoding !== undefined && /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:\s|,|$))/.test(acceptEncoding);

/** RFC 9110 §13.1.2, weak comparison. */
function matchesTag(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch
    .split(',')
    .some((item) => item.trim() === '*' || item.trim().replace(/^W\//, '') === tag);
}
