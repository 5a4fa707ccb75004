// Writes a bbolt file front to back from rows in order, in memory of a few pages: every tree is filled from the left, a
// page goes out when it is full, and its parent after it. The heads stand in front and need the end's numbers, so the
// rows are gone through twice: planFile() only counts, encodeFile() gives the bytes.
//
//   head | head | empty list of free pages | leaves and branches of bucket after bucket | leaf of all buckets
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import type { TableRow } from '../tables/tables.js';
import {
  bucketFlag,
  bucketHeaderBytes,
  elementBytes,
  encodeMetaPage,
  keyBytesMax,
  pageBytesDefault,
  pageFlag,
  pageHeaderBytes,
  writePageHeader,
} from './bbolt-format.js';

export interface BucketRows {
  readonly name: string;
  /** Ascending by key; the same at every iteration. */
  readonly rows: () => Iterable<TableRow>;
}

export interface FilePlan {
  readonly pageCount: number;
  readonly rootPage: number;
  readonly sizeBytes: number;
}

type Entry =
  | { readonly key: Uint8Array; readonly value: Uint8Array; readonly isBucket: boolean }
  | { readonly key: Uint8Array; readonly child: number };

/** A branch or a leaf, `span` pages long. */
interface Page {
  readonly id: number;
  readonly isLeaf: boolean;
  readonly entries: readonly Entry[];
  readonly span: number;
}

const freelistPage = 2;
const firstPage = 3;
/** Between two of them the event loop gets its turn. */
const pagesPerStep = 256;

/** First pass: how long the file will be. `buckets` ascending by name. */
export async function planFile(
  buckets: readonly BucketRows[],
  pageBytes = pageBytesDefault,
): Promise<FilePlan> {
  let last: Page | undefined;
  let pages = 0;
  for (const page of pagesOf(buckets, pageBytes)) {
    last = page;
    if (++pages % pagesPerStep === 0) await new Promise(setImmediate);
  }
  assert(last, 'the last page is that of the buckets');
  const pageCount = last.id + last.span;
  return { pageCount, rootPage: last.id, sizeBytes: pageCount * pageBytes };
}

/** Second pass, over the same rows: the file, in chunks of about a megabyte. */
export async function* encodeFile(
  buckets: readonly BucketRows[],
  plan: FilePlan,
  pageBytes = pageBytesDefault,
): AsyncGenerator<Uint8Array, undefined> {
  const { pageCount, rootPage } = plan;
  const head = (id: number, transaction: number): Buffer =>
    encodeMetaPage(id, { pageBytes, rootPage, freelistPage, pageCount, transaction });
  const free = Buffer.alloc(pageBytes);
  writePageHeader(free, { id: freelistPage, flags: pageFlag.freelist, count: 0, overflow: 0 });
  // The next transaction will have an odd number and overwrite page 1, the older of the two.
  let chunk: Buffer[] = [head(0, 2), head(1, 1), free];
  let last: Page | undefined;
  for (const page of pagesOf(buckets, pageBytes)) {
    last = page;
    chunk.push(encodePage(page, pageBytes));
    if (chunk.length < pagesPerStep) continue;
    yield Buffer.concat(chunk);
    chunk = [];
    await new Promise(setImmediate);
  }
  assert(last?.id === rootPage && last.id + last.span === pageCount, 'both passes saw the same');
  yield Buffer.concat(chunk);
  return undefined;
}

/** Every page behind the list of free pages, by id; the last one is the leaf of all buckets. */
function* pagesOf(buckets: readonly BucketRows[], pageBytes: number): Generator<Page, undefined> {
  let next = firstPage;
  const numbered = function* (
    tree: Generator<Unnumbered, number, number>,
  ): Generator<Page, number> {
    for (let step = tree.next(0); ;) {
      if (step.done === true) return step.value;
      const page = { ...step.value, id: next };
      next += page.span;
      yield page;
      step = tree.next(page.id);
    }
  };
  const roots: Entry[] = [];
  for (const { name, rows } of buckets) {
    const root = yield* numbered(treeOf(leafEntries(rows()), pageBytes));
    const value = Buffer.alloc(bucketHeaderBytes);
    value.writeBigUInt64LE(BigInt(root));
    roots.push({ key: Buffer.from(name), value, isBucket: true });
  }
  yield* numbered(treeOf(roots, pageBytes));
  return undefined;
}

type Unnumbered = Omit<Page, 'id'>;

interface Level {
  entries: Entry[];
  bytes: number;
}

/** Yields pages, children before parents; is told each one's id; returns the root's. */
function* treeOf(leaf: Iterable<Entry>, pageBytes: number): Generator<Unnumbered, number, number> {
  const levels: Level[] = [newLevel()];
  for (const entry of leaf) yield* add(levels, 0, entry, pageBytes);
  for (let depth = 0; ; depth++) {
    const { id, first } = yield* closePage(levels, depth, pageBytes);
    if (levels.length === depth + 1) return id;
    assert(first, 'only an empty root has no row');
    yield* add(levels, depth + 1, { key: first.key, child: id }, pageBytes);
  }
}

function* add(
  levels: Level[],
  depth: number,
  entry: Entry,
  pageBytes: number,
): Generator<Unnumbered, void, number> {
  const level = (levels[depth] ??= newLevel());
  const bytes = entryBytes(entry);
  if (level.entries.length > 0 && level.bytes + bytes > pageBytes) {
    const { id, first } = yield* closePage(levels, depth, pageBytes);
    assert(first, 'a full page has rows');
    yield* add(levels, depth + 1, { key: first.key, child: id }, pageBytes);
  }
  level.entries.push(entry);
  level.bytes += bytes;
}

function* closePage(
  levels: readonly Level[],
  depth: number,
  pageBytes: number,
): Generator<Unnumbered, { id: number; first: Entry | undefined }, number> {
  const level = levels[depth];
  assert(level, 'the level exists');
  const { entries, bytes } = level;
  level.entries = [];
  level.bytes = pageHeaderBytes;
  const id = yield { isLeaf: depth === 0, entries, span: Math.ceil(bytes / pageBytes) };
  return { id, first: entries[0] };
}

const newLevel = (): Level => ({ entries: [], bytes: pageHeaderBytes });

function entryBytes(entry: Entry): number {
  return elementBytes + entry.key.length + ('child' in entry ? 0 : entry.value.length);
}

function* leafEntries(rows: Iterable<TableRow>): Generator<Entry> {
  for (const { key, value } of rows) {
    assert(key.length > 0 && key.length <= keyBytesMax, 'bbolt takes keys of 1 to 32768 bytes');
    yield { key, value, isBucket: false };
  }
}

function encodePage({ id, isLeaf, entries, span }: Page, pageBytes: number): Buffer {
  const page = Buffer.alloc(span * pageBytes);
  const flags = isLeaf ? pageFlag.leaf : pageFlag.branch;
  writePageHeader(page, { id, flags, count: entries.length, overflow: span - 1 });
  let element = pageHeaderBytes;
  let data = pageHeaderBytes + entries.length * elementBytes;
  for (const entry of entries) {
    const { key } = entry;
    const position = data - element;
    page.set(key, data);
    data += key.length;
    if ('child' in entry) {
      page.writeUInt32LE(position, element);
      page.writeUInt32LE(key.length, element + 4);
      page.writeBigUInt64LE(BigInt(entry.child), element + 8);
    } else {
      page.writeUInt32LE(entry.isBucket ? bucketFlag : 0, element);
      page.writeUInt32LE(position, element + 4);
      page.writeUInt32LE(key.length, element + 8);
      page.writeUInt32LE(entry.value.length, element + 12);
      page.set(entry.value, data);
      data += entry.value.length;
    }
    element += elementBytes;
  }
  return page;
}
