// Server-side printing: one object, a list or a watch event as a meta.k8s.io Table. Rows are made from the
// entries' finished JSON; that JSON itself goes into the answer when whole objects are asked for.
import { badRequest } from '../../object/api-error.js';
import { parseJson, stringifyJson } from '../../object/json.js';
import { isJsonObject, type JsonObject } from '../../object/kube-object.js';
import {
  metadataSpans,
  textWithoutManagedFields,
  type MetadataSpans,
} from '../../object/metadata-span.js';
import { scaleColumns } from '../../resources/columns.js';
import type { Column, Resource } from '../../resources/resource.js';
import type {
  CacheEntry,
  ListPage,
  WatchFrameEvent,
} from '../../storage/cache/watch-cache-types.js';
import { ChunkBuilder } from './chunk-builder.js';
import { listMetadata } from './list-body.js';
import { writePartialMetadata } from './partial-metadata.js';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TableOptions {
  readonly version: 'v1' | 'v1beta1';
  readonly includeObject: IncludeObject;
  /** For ages. */
  readonly nowMs: number;
  /** `scale` has columns of its own. */
  readonly subresource?: string | undefined;
}

type Entry = Pick<CacheEntry, 'bytes'>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The `includeObject` query parameter. */
export function parseIncludeObject(value: string | null): IncludeObject {
  if (value === null || value === '' || value === 'Metadata') return 'Metadata';
  if (value === 'None' || value === 'Object') return value;
  throw badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`);
}

export function tableOfObject(resource: Resource, entry: Entry, options: TableOptions): Uint8Array {
  const text = decoder.decode(entry.bytes);
  return encoder.encode(objectTable(resource, text, options, true));
}

export const tableOfList = (
  resource: Resource,
  page: ListPage,
  options: TableOptions,
): Uint8Array => Buffer.concat([...tableChunks(resource, page, options)]);

/** Row by row as they are asked for: ten thousand Pods take a quarter of a second, and others want to be served. */
export function* tableChunks(
  resource: Resource,
  page: ListPage,
  options: TableOptions,
): Generator<Uint8Array> {
  const columns = columnsFor(resource, options);
  const builder = new ChunkBuilder();
  const metadata = stringifyJson(listMetadata(page));
  builder.text(`${tableHead(metadata, definitionsOf(columns), options)}[`);
  let isFirst = true;
  for (const { bytes } of page.entries) {
    if (!isFirst) builder.text(',');
    isFirst = false;
    writeRow(builder, { resource, columns, options }, bytes);
    if (builder.isFull) yield builder.take();
  }
  builder.text(']}');
  yield builder.take();
}

interface RowForm {
  readonly resource: Resource;
  readonly columns: readonly Column[];
  readonly options: TableOptions;
}

/** The object's own bytes go into the row, cut, not printed again. */
function writeRow(builder: ChunkBuilder, form: RowForm, bytes: Uint8Array): void {
  const { includeObject, version } = form.options;
  const spans = metadataSpans(bytes);
  builder.text(`${rowHead(form, shownPart(form.resource, bytes, spans))},"object":`);
  switch (includeObject) {
    case 'None':
      builder.text('null}');
      return;
    case 'Object':
      builder.bytes(bytes);
      builder.text('}');
      return;
    case 'Metadata':
      writePartialMetadata(builder, bytes.subarray(...spans.metadata), version);
      builder.text('}');
  }
}

/** No built-in column shows managed fields; those of custom resources may show anything. */
const shownPart = (resource: Resource, bytes: Uint8Array, spans: MetadataSpans): JsonObject =>
  parseEntry(
    resource.isCustom === true ? decoder.decode(bytes) : textWithoutManagedFields(bytes, spans),
  );

/**
 * A watch event's whole line. Only the first event of a stream carries the columns. The bytes are kept with the
 * event: every watcher that asks for the same form gets the same buffer.
 */
export function tableOfEvent(
  resource: Resource,
  event: WatchFrameEvent,
  options: TableOptions,
  isFirst: boolean,
): Uint8Array {
  const form = `table/${options.version}/${options.includeObject}/${isFirst ? 'columns' : ''}`;
  const known = event.frames.get(form);
  if (known !== undefined) return known;
  const text = decoder.decode(event.object.bytes);
  // An ERROR carries a Status, which is sent as it is.
  const body = event.type === 'ERROR' ? text : objectTable(resource, text, options, isFirst);
  const frame = encoder.encode(`{"type":"${event.type}","object":${body}}\n`);
  event.frames.set(form, frame);
  return frame;
}

function objectTable(
  resource: Resource,
  text: string,
  options: TableOptions,
  withColumns: boolean,
): string {
  const object = parseEntry(text);
  const version = metadataOf(object)['resourceVersion'];
  const metadata = typeof version === 'string' ? { resourceVersion: version } : {};
  const columns = columnsFor(resource, options);
  const row = `${rowHead({ resource, columns, options }, object)},"object":${rowObject(text, object, options)}}`;
  const definitions = withColumns ? definitionsOf(columns) : 'null';
  return `${tableHead(JSON.stringify(metadata), definitions, options)}[${row}]}`;
}

/** Up to the rows. */
const tableHead = (metadata: string, definitions: string, { version }: TableOptions): string =>
  `{"kind":"Table","apiVersion":"meta.k8s.io/${version}","metadata":${metadata},` +
  `"columnDefinitions":${definitions},"rows":`;

const columnsFor = (resource: Resource, { subresource }: TableOptions): readonly Column[] =>
  subresource === 'scale' ? scaleColumns : resource.columns;

const definitionsOf = (columns: readonly Column[]): string =>
  JSON.stringify(
    columns.map(({ name, type, format, description, priority }) => ({
      name,
      type,
      format,
      description,
      priority,
    })),
  );

/** Up to the object. */
function rowHead({ resource, columns, options }: RowForm, object: JsonObject): string {
  const cells = columns.map((column) => {
    const cell = column.cell(object, options.nowMs);
    return cell === undefined ? '<none>' : cell;
  });
  const conditions = resource.rowConditions?.(object);
  const shown = conditions === undefined ? '' : `,"conditions":${JSON.stringify(conditions)}`;
  return `{"cells":${JSON.stringify(cells)}${shown}`;
}

function rowObject(text: string, object: JsonObject, options: TableOptions): string {
  if (options.includeObject === 'Object') return text;
  if (options.includeObject === 'None') return 'null';
  const metadata = stringifyJson(metadataOf(object));
  return `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${options.version}","metadata":${metadata}}`;
}

const metadataOf = (object: JsonObject): JsonObject => {
  const metadata = object['metadata'];
  return isJsonObject(metadata) ? metadata : {};
};

function parseEntry(text: string): JsonObject {
  const value = parseJson(text);
  return isJsonObject(value) ? value : {};
}
