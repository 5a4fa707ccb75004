// Request bodies: read whole, within 3 MiB (apiserver's MaxRequestBodyBytes). A client that stops sending is
// cut off by the listener's request timeout.
import { badRequest, entityTooLarge } from '../object/api-error.js';
import type { Call } from './call.js';

export const bodyBytesMax = 3 * 1024 * 1024;

const none = new Uint8Array(0);

export function readBody(call: Call): Uint8Array | Promise<Uint8Array> {
  const { headers } = call.request;
  const declared = headers['content-length'];
  if (declared === undefined && headers['transfer-encoding'] === undefined) return none;
  if (Number(declared) > bodyBytesMax) throw tooLarge();
  return Number(declared) === 0 ? none : collect(call);
}

function collect({ request }: Call): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    request.on('data', (chunk: Uint8Array) => {
      length += chunk.length;
      if (length <= bodyBytesMax) {
        chunks.push(chunk);
        return;
      }
      // What follows is read and dropped, so that the client comes to read the answer.
      chunks.length = 0;
      reject(tooLarge());
    });
    request.once('end', () => {
      const [first] = chunks;
      resolve(first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks));
    });
    // The client went away in the middle: nobody will read this answer, but nothing was begun either.
    request.once('error', () => {
      reject(badRequest('the request body ended before it was complete'));
    });
    request.once('close', () => {
      if (!request.complete) reject(badRequest('the request body ended before it was complete'));
    });
  });
}

const tooLarge = (): Error => entityTooLarge(`Request entity too large: limit is ${bodyBytesMax}`);

/** Content-Type without parameters, lower case; '' when there is none. */
export function contentTypeOf(call: Call): string {
  const header = call.request.headers['content-type'];
  if (header === undefined) return '';
  const semicolon = header.indexOf(';');
  const type = (semicolon < 0 ? header : header.slice(0, semicolon)).trim().toLowerCase();
  // Parameters of no type are no media type at all, and not the absence of one.
  return type === '' && semicolon >= 0 ? header : type;
}
