// /inspect/v1/keys: the store as it is, for teaching and repair: ?prefix= lists keys with their revisions
// and values, ?history=KEY every revision of a key that is not compacted, ?watch=1 follows the prefix.
// One JSON object a line where it streams. Admins only: values are served unfiltered.
import { badRequest, forbidden, gone } from '../object/api-error.js';
import { prefixEnd, StoreError, type KeyValue, type KeyValueStore } from '../../store/index.js';
import { mastersGroup } from '../auth/authorizer.js';
import { toApiError } from '../storage/store-failure.js';
import type { Call, Reply } from './call.js';
import { json } from './path-routes.js';
import type { WatchOutput } from './answers/watch-stream.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const keysMax = 10_000;

export async function inspectReply(
  call: Call,
  store: KeyValueStore,
  keyRoot: string,
): Promise<Reply> {
  try {
    return await answer(call, store, keyRoot);
  } catch (error) {
    throw toApiError(error);
  }
}

async function answer(call: Call, store: KeyValueStore, keyRoot: string): Promise<Reply> {
  if (!call.user.groups.includes(mastersGroup)) {
    throw forbidden({ group: '', plural: 'keys' }, '', 'only administrators may inspect the store');
  }
  const key = call.query.get('history');
  if (key !== null) return json(call, await history(store, encoder.encode(key), call.signal));
  const prefix = call.query.get('prefix') ?? `${keyRoot}/`;
  if (prefix === '') throw badRequest('prefix must not be empty');
  const watch = call.query.get('watch');
  if (watch !== null && watch !== '0' && watch !== 'false') return follow(call, store, prefix);
  return json(call, await list(store, encoder.encode(prefix), call.query.get('limit')));
}

interface ShownKey {
  readonly key: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly lease?: string;
  /** Parsed when it is JSON, else base64. */
  readonly value?: unknown;
  readonly bytes?: string;
}

function show(kv: KeyValue): ShownKey {
  const shown = {
    key: decoder.decode(kv.key),
    createRevision: kv.createRevision,
    modRevision: kv.modRevision,
    version: kv.version,
    ...(kv.lease === 0n ? {} : { lease: kv.lease.toString(16) }),
  };
  try {
    const value: unknown = JSON.parse(decoder.decode(kv.value));
    return { ...shown, value };
  } catch {
    return { ...shown, bytes: Buffer.from(kv.value).toString('base64') };
  }
}

async function list(
  store: KeyValueStore,
  prefix: Uint8Array,
  limitText: string | null,
): Promise<object> {
  const limit = Math.min(Number(limitText) || keysMax, keysMax);
  const { revision, kvs, count } = await store.range({
    key: prefix,
    end: prefixEnd(prefix),
    limit,
  });
  return { revision, count, keys: kvs.map(show) };
}

interface PastEvent {
  readonly type: 'put' | 'delete';
  readonly revision: number;
  readonly kv?: ShownKey;
}

/** A watch from the oldest revision kept, ended by the first mark that says everything up to now was sent. */
async function history(
  store: KeyValueStore,
  key: Uint8Array,
  signal: AbortSignal,
): Promise<object> {
  const { compactRevision, revision } = await store.status();
  const stop = new AbortController();
  const events: PastEvent[] = [];
  const watch = store.watch(
    { key, startRevision: compactRevision + 1, progress: true },
    AbortSignal.any([signal, stop.signal]),
  );
  for await (const batch of watch) {
    for (const { type, kv } of batch.events) {
      events.push({
        type,
        revision: batch.revision,
        ...(type === 'put' ? { kv: show(kv) } : {}),
      });
    }
    if (batch.revision >= revision || events.length >= keysMax) break;
  }
  stop.abort();
  return { key: decoder.decode(key), revision, compactRevision, events };
}

function follow(call: Call, store: KeyValueStore, prefix: string): Reply {
  return {
    type: 'stream',
    code: 200,
    contentType: 'application/json',
    start: (output) => {
      const stop = new AbortController();
      output.onClose(() => {
        stop.abort();
      });
      void pump(store, encoder.encode(prefix), output, stop.signal);
    },
  };
}

async function pump(
  store: KeyValueStore,
  prefix: Uint8Array,
  output: WatchOutput,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const { revision, events } of store.watch(
      { key: prefix, end: prefixEnd(prefix) },
      signal,
    )) {
      for (const { type, kv } of events) {
        const shown = type === 'put' ? show(kv) : { key: decoder.decode(kv.key) };
        const line = `${JSON.stringify({ type, revision, kv: shown })}\n`;
        if (!output.write(encoder.encode(line))) return;
      }
    }
  } catch (error) {
    // The headers are out: the reason goes into the stream, as a watch of the API ends with an ERROR line.
    const status = error instanceof StoreError ? gone(error.message).toStatus() : undefined;
    if (status !== undefined) output.write(encoder.encode(`${JSON.stringify(status)}\n`));
  } finally {
    output.end();
  }
}
