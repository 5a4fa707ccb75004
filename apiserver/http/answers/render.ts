// render: turns what rest/ returns into bytes of the negotiated form: the object itself, its metadata, a
// table; JSON, indented JSON or YAML. Finished JSON is passed on, never parsed, unless the form needs it.
import { ApiError } from '../../object/api-error.js';
import { metadataSpans } from '../../object/metadata-span.js';
import type { Resource } from '../../resources/resource.js';
import type { RestReply } from '../../rest/rest-call.js';
import type { ListPage, WatchFrameEvent } from '../../storage/cache/watch-cache-types.js';
import type { Call, Reply } from '../call.js';
import { bodyOf, indentBytes, prefersPretty, withNewline } from './json-body.js';
import { finishEntries, listBody, writtenList } from './list-body.js';
import type { MediaChoice } from './negotiate.js';
import { partialMetadata, writePartialMetadata } from './partial-metadata.js';
import type { RequestMetrics } from '../stages/request-metrics.js';
import {
  parseIncludeObject,
  tableChunks,
  tableOfEvent,
  tableOfObject,
  type TableOptions,
} from './table.js';
import { runWatch, sharedFrame, type WatchForm } from './watch-stream.js';
import { yamlOf } from './yaml-body.js';

export interface RenderParts {
  readonly metrics: RequestMetrics;
  readonly watchTimeoutMinMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** What is being answered: decides kinds and columns. */
export interface Rendered {
  readonly resource: Resource;
  readonly subresource: string | undefined;
  readonly media: MediaChoice;
}

/** Longer lists, if they have to be made of the entries, are made as the client reads them. */
const wholeListMax = 100;

/** Objects small enough to be copied for their newline rather than written in two pieces. */
const copiedBytesMax = 64 * 1024;

export function render(
  call: Call,
  reply: RestReply,
  what: Rendered,
  parts: RenderParts,
): Reply | Promise<Reply> {
  switch (reply.type) {
    case 'object':
      return objectReply(call, reply.code, reply.entry.bytes, what);
    case 'list':
      return reply.page.entries.length <= wholeListMax
        ? listReply(call, reply.page, what)
        : finishEntries(reply.page, call.clock).then(() => listReply(call, reply.page, what));
    case 'status':
      return finish(call, reply.code, bodyOf(reply.status), what.media);
    case 'watch':
      return watchReply(call, reply, what, parts);
  }
}

function objectReply(call: Call, code: number, bytes: Uint8Array, what: Rendered): Reply {
  const { media, resource } = what;
  switch (media.as) {
    case undefined:
      return finish(call, code, bytes, media);
    case 'Table': {
      const table = tableOfObject(resource, { bytes }, tableOptions(call, what));
      return finish(call, code, table, media);
    }
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return finish(call, code, partialMetadata(bytes, media.version), media);
  }
}

function listReply(call: Call, page: ListPage, what: Rendered): Reply {
  const { media, resource } = what;
  const { version } = media;
  const isLong = page.entries.length > wholeListMax;
  if (media.as === undefined) {
    const body = listBody({ kind: resource.listKind, apiVersion: apiVersionOf(resource) }, page);
    if (isPlain(call, media)) {
      return { type: 'chunks', code: 200, contentType: 'application/json', ...body };
    }
    return finish(call, 200, Buffer.concat([...body.chunks]), media);
  }
  const chunks =
    media.as === 'Table'
      ? tableChunks(resource, page, tableOptions(call, what))
      : writtenList(
          { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${version}` },
          page,
          (builder, bytes) => {
            const { metadata } = metadataSpans(bytes);
            writePartialMetadata(builder, bytes.subarray(...metadata), version);
          },
        );
  if (isLong && isPlain(call, media)) {
    return { type: 'chunks', code: 200, contentType: 'application/json', chunks };
  }
  return finish(call, 200, Buffer.concat([...chunks]), media);
}

function watchReply(
  call: Call,
  reply: Extract<RestReply, { type: 'watch' }>,
  what: Rendered,
  { metrics, watchTimeoutMinMs, random }: RenderParts,
): Reply {
  const { media, resource } = what;
  if (media.format === 'yaml') {
    throw new ApiError(
      406,
      'NotAcceptable',
      'only the following media types are accepted: application/json, application/json;stream=watch',
    );
  }
  const timeoutMs = reply.timeoutMs ?? watchTimeoutMinMs * (1 + random());
  const form = watchForm(call, what);
  const series = `${resource.group}/${resource.version}/${resource.kind}`;
  return {
    type: 'stream',
    code: 200,
    contentType: 'application/json',
    start: (output) => {
      runWatch(call, output, {
        timeoutMs,
        form,
        feed: reply.start,
        onEvents: (count) => {
          metrics.watchEvents.set(series, (metrics.watchEvents.get(series) ?? 0) + count);
        },
      });
    },
  };
}

function watchForm(call: Call, what: Rendered): WatchForm {
  const { media, resource } = what;
  switch (media.as) {
    case undefined:
      return (event) => sharedFrame(event, 'json', (bytes) => bytes);
    case 'Table': {
      const { version, includeObject, subresource } = tableOptions(call, what);
      return (event: WatchFrameEvent, isFirst) => {
        const options = { version, includeObject, subresource, nowMs: call.clock.now() };
        return tableOfEvent(resource, event, options, isFirst);
      };
    }
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return (event) =>
        sharedFrame(event, `metadata/${media.version}`, (bytes) =>
          partialMetadata(bytes, media.version),
        );
  }
}

const tableOptions = (call: Call, { media, subresource }: Rendered): TableOptions => ({
  version: media.version,
  includeObject: parseIncludeObject(call.query.get('includeObject')),
  nowMs: call.clock.now(),
  subresource,
});

const apiVersionOf = ({ group, version }: Resource): string =>
  group === '' ? version : `${group}/${version}`;

const isPlain = (call: Call, { format, pretty }: MediaChoice): boolean =>
  format === 'json' && !pretty && !prefersPretty(call);

/** `json`: finished compact JSON. */
function finish(call: Call, code: number, json: Uint8Array, media: MediaChoice): Reply {
  if (media.format === 'yaml') {
    return { type: 'bytes', code, contentType: 'application/yaml', body: yamlOf(json) };
  }
  const contentType = 'application/json';
  if (!isPlain(call, media)) return { type: 'bytes', code, contentType, body: indentBytes(json) };
  const isEnded = json.at(-1) === 0x0a || json.length > copiedBytesMax;
  return { type: 'bytes', code, contentType, body: isEnded ? json : withNewline(json) };
}
