// Server-side printing: one object, a list or a watch event as a meta.k8s.io Table. Rows are made from the
// entries' finished JSON; that JSON itself goes into the answer when whole objects are asked for.
import { badRequest } from '../object/api-error.js';
import { parseJson, stringifyJson } from '../object/json.js';
import { isJsonObject, type JsonObject } from '../object/kube-object.js';
import { scaleColumns } from '../resources/columns.js';
import type { Column, Resource } from '../resources/resource.js';
import type { CacheEntry, ListPage, WatchFrameEvent } from '../storage/watch-cache-types.js';

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

export function tableOfList(resource: Resource, page: ListPage, options: TableOptions): Uint8Array {
  const metadata = JSON.stringify({
    resourceVersion: String(page.revision),
    ...(page.continueToken === undefined ? {} : { continue: page.continueToken }),
    ...(page.remainingItemCount === undefined
      ? {}
      : { remainingItemCount: page.remainingItemCount }),
  });
  const columns = columnsFor(resource, options);
  const rows = page.entries.map(({ bytes }) => {
    const text = decoder.decode(bytes);
    return rowOf(resource, columns, text, parseEntry(text), options);
  });
  return encoder.encode(table(metadata, definitionsOf(columns), rows, options));
}

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
  const row = rowOf(resource, columns, text, object, options);
  const definitions = withColumns ? definitionsOf(columns) : 'null';
  return table(JSON.stringify(metadata), definitions, [row], options);
}

function table(
  metadata: string,
  definitions: string,
  rows: readonly string[],
  { version }: TableOptions,
): string {
  return (
    `{"kind":"Table","apiVersion":"meta.k8s.io/${version}","metadata":${metadata},` +
    `"columnDefinitions":${definitions},"rows":[${rows.join(',')}]}`
  );
}

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

function rowOf(
  resource: Resource,
  columns: readonly Column[],
  text: string,
  object: JsonObject,
  options: TableOptions,
): string {
  const cells = columns.map((column) => {
    const cell = column.cell(object, options.nowMs);
    return cell === undefined ? '<none>' : cell;
  });
  const conditions = resource.rowConditions?.(object);
  const shown = conditions === undefined ? '' : `,"conditions":${JSON.stringify(conditions)}`;
  return `{"cells":${JSON.stringify(cells)}${shown},"object":${rowObject(text, object, options)}}`;
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
