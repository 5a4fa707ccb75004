// respond: writes a Reply. Head and small bodies leave in one write, big ones in chunks at the pace the
// client reads, bigger than 128 KiB compressed when asked. Read next: watch-stream.ts (open-ended replies).
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { flowOf } from '../../auth/flow.js';
import type { Call, Headers, Reply } from '../call.js';
import { drained } from './drained.js';
import { WatchOutput } from './watch-stream.js';

/**
 * The rest of a body that nobody reads is dropped by node up to the request timeout, so that the client sends
 * it all and then finds the answer: closing at once would reset the connection under it. Not for more than this.
 */
const droppedBytesMax = 64 * 1024 * 1024;

/** Below this size compression costs more than it saves (apiserver's APIResponseCompression). */
const compressedBytesMin = 128 * 1024;

export interface OutputLimits {
  /** A watcher that lets more than this pile up is cut off. */
  readonly watchQueueBytesMax: number;
}

export async function writeReply(call: Call, reply: Reply, limits: OutputLimits): Promise<void> {
  call.code = reply.code;
  const { response } = call;
  if (response.destroyed) return;
  switch (reply.type) {
    case 'bytes':
      if (
        reply.headers?.['Content-Encoding'] === undefined &&
        shouldCompress(call, reply.body.length)
      ) {
        return writeCompressed(call, reply.code, reply.contentType, [reply.body]);
      }
      writeHead(call, reply.code, {
        'Content-Type': reply.contentType,
        // A 304 speaks of a body it does not carry.
        ...(reply.code === 304 ? {} : { 'Content-Length': String(reply.body.length) }),
        ...reply.headers,
      });
      response.end(reply.body);
      return;
    case 'chunks':
      if (shouldCompress(call, reply.length ?? Infinity)) {
        return writeCompressed(call, reply.code, reply.contentType, reply.chunks);
      }
      writeHead(call, reply.code, {
        'Content-Type': reply.contentType,
        ...(reply.length === undefined ? {} : { 'Content-Length': String(reply.length) }),
      });
      if (reply.lentChunks !== undefined) return writeLentChunks(response, reply.lentChunks);
      return writeChunks(response, reply.chunks);
    case 'stream':
      writeHead(call, reply.code, { 'Content-Type': reply.contentType });
      response.flushHeaders();
      reply.start(new WatchOutput(call, limits.watchQueueBytesMax));
  }
}

function writeHead(call: Call, code: number, headers: Headers): void {
  const { response } = call;
  for (const warning of call.warnings) response.appendHeader('Warning', warning);
  if (!call.request.complete && declaredBytes(call) > droppedBytesMax) {
    response.setHeader('Connection', 'close');
  }
  const flow = flowOf(call.user);
  response.writeHead(code, {
    'Audit-Id': call.auditId,
    'Cache-Control': 'no-cache, private',
    'X-Kubernetes-Pf-Flowschema-Uid': flow.schemaUid,
    'X-Kubernetes-Pf-Prioritylevel-Uid': flow.levelUid,
    ...headers,
  });
}

const declaredBytes = ({ request }: Call): number => Number(request.headers['content-length'] ?? 0);

async function writeChunks(response: ServerResponse, chunks: Iterable<Uint8Array>): Promise<void> {
  for (const chunk of chunks) {
    if (response.destroyed) return;
    if (!response.write(chunk)) await drained(response);
  }
  response.end();
}

/** The callback comes when the bytes are with the system, or when the connection is gone. */
async function writeLentChunks(
  response: ServerResponse,
  chunks: Iterable<Uint8Array>,
): Promise<void> {
  for (const chunk of chunks) {
    if (response.destroyed) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        response.off('close', done);
        resolve();
      };
      response.once('close', done);
      response.write(chunk, done);
    });
  }
  response.end();
}

function shouldCompress(call: Call, length: number): boolean {
  return length > compressedBytesMin && acceptsGzip(call.request.headers['accept-encoding']);
}

function acceptsGzip(header: string | string[] | undefined): boolean {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text.split(',').some((clause) => {
    const [coding = '', ...parameters] = clause.trim().toLowerCase().split(';');
    return coding === 'gzip' && !parameters.some((text) => /^\s*q=0(?:\.0*)?$/.test(text));
  });
}

async function writeCompressed(
  call: Call,
  code: number,
  contentType: string,
  chunks: Iterable<Uint8Array>,
): Promise<void> {
  const [{ createGzip, constants }, { pipeline }, { Readable: ReadableStream }] = await Promise.all(
    [import('node:zlib'), import('node:stream/promises'), import('node:stream')],
  );
  writeHead(call, code, {
    'Content-Type': contentType,
    'Content-Encoding': 'gzip',
    Vary: 'Accept-Encoding',
  });
  const source: Readable = ReadableStream.from(chunks, { objectMode: false });
  // Level 1, as upstream: most of the gain at a fraction of the time.
  await pipeline(source, createGzip({ level: constants.Z_BEST_SPEED }), call.response);
}
