// Reads a bbolt file row by row, in order, trusting nothing: every number is checked against the file before it is used,
// no page is read twice, and a row out of order ends the reading with an error. Memory: one page a level of the tree, and
// one bit a page of the file.
import type { TableRow } from '../tables/tables.js';
import {
  bucketFlag,
  bucketHeaderBytes,
  elementBytes,
  keyBytesMax,
  metaPageBytes,
  pageFlag,
  pageHeaderBytes,
  readMeta,
  readNumber,
  readPageHeader,
  type Meta,
  type PageHeader,
} from './bbolt-format.js';
import type { ByteSource } from './byte-source.js';
import { BackupDamaged } from './damage.js';

export interface BboltFile {
  readonly meta: Meta;
  /** In byte order. */
  readonly bucketNames: readonly string[];
  /** Keys ascending; buckets inside it are refused, etcd has none. Undefined: no such bucket. Read each bucket once. */
  rows(bucket: string): Iterable<TableRow> | undefined;
}

interface Page extends PageHeader {
  readonly bytes: Buffer;
  /** Where it stands in the file. */
  readonly offset: number;
}

/** Keys of a subtree: low <= key < high. */
interface Bounds {
  readonly low: Uint8Array | undefined;
  readonly high: Uint8Array | undefined;
}

interface Element {
  readonly offset: number;
  readonly key: Buffer;
  readonly value: Buffer;
  readonly isBucket: boolean;
}

const noBounds: Bounds = { low: undefined, high: undefined };
const bucketsMax = 1_000;

/** Error: BackupDamaged, here and while rows are read. */
export function openBbolt(source: ByteSource): BboltFile {
  const meta = newestMeta(source);
  const pages = new Pages(source, meta);
  const buckets = new Map<string, Element>();
  for (const element of elementsOf(pages, pages.take(meta.rootPage, source.path), noBounds)) {
    if (!element.isBucket)
      throw new BackupDamaged(source.path, 'a row outside of all buckets', element.offset);
    if (buckets.size === bucketsMax)
      throw new BackupDamaged(source.path, `it has more than ${bucketsMax} buckets`);
    buckets.set(element.key.toString('latin1'), element);
  }
  return {
    meta,
    bucketNames: [...buckets.keys()],
    rows(name) {
      const element = buckets.get(name);
      return element && rowsOf(pages, element);
    },
  };
}

function* rowsOf(pages: Pages, bucket: Element): Generator<TableRow> {
  const { value, offset } = bucket;
  if (value.length < bucketHeaderBytes) throw pages.damage('the bucket has no root', offset);
  const root = readNumber(value, 0);
  const page =
    root === 0
      ? inlinePage(pages, value.subarray(bucketHeaderBytes), offset)
      : pages.take(root, `bucket ${bucket.key.toString('latin1')}`);
  for (const element of elementsOf(pages, page, noBounds)) {
    if (element.isBucket) throw pages.damage('a bucket inside a bucket', element.offset);
    yield element;
  }
}

/** A small bucket's only page stands in the row itself. */
function inlinePage(pages: Pages, bytes: Buffer, offset: number): Page {
  if (bytes.length < pageHeaderBytes) throw pages.damage('an inline page is cut short', offset);
  const page = { ...readPageHeader(bytes), bytes, offset };
  if (page.flags !== pageFlag.leaf) throw pages.damage('an inline page is no leaf', offset);
  return page;
}

/** All rows of the tree under `page`, in order. */
function* elementsOf(pages: Pages, page: Page, bounds: Bounds): Generator<Element> {
  if (page.flags === pageFlag.leaf) {
    yield* leafElements(pages, page, bounds);
    return;
  }
  if (page.flags !== pageFlag.branch)
    throw pages.damage(`page ${page.id} is neither branch nor leaf`, page.offset);
  if (page.count === 0) throw pages.damage(`branch page ${page.id} is empty`, page.offset);
  const child = (at: number): { key: Buffer; id: number } => {
    const start = pageHeaderBytes + at * elementBytes;
    checkElements(pages, page);
    const key = sliceOf(pages, page, {
      start: start + page.bytes.readUInt32LE(start),
      length: page.bytes.readUInt32LE(start + 4),
    });
    return { key, id: readNumber(page.bytes, start + 8) };
  };
  let current = child(0);
  for (let at = 0; at < page.count; at++) {
    const following = at + 1 < page.count ? child(at + 1) : undefined;
    checkOrder(pages, page, current.key, { low: bounds.low, high: following?.key ?? bounds.high });
    const below = { low: current.key, high: following?.key ?? bounds.high };
    yield* elementsOf(pages, pages.take(current.id, `page ${page.id}`), below);
    if (following) current = following;
  }
}

function* leafElements(pages: Pages, page: Page, bounds: Bounds): Generator<Element> {
  checkElements(pages, page);
  let { low } = bounds;
  let isFirst = true;
  for (let at = 0; at < page.count; at++) {
    const start = pageHeaderBytes + at * elementBytes;
    const flags = page.bytes.readUInt32LE(start);
    const position = start + page.bytes.readUInt32LE(start + 4);
    const keyLength = page.bytes.readUInt32LE(start + 8);
    const valueLength = page.bytes.readUInt32LE(start + 12);
    const key = sliceOf(pages, page, { start: position, length: keyLength });
    const value = sliceOf(pages, page, { start: position + keyLength, length: valueLength });
    checkOrder(pages, page, key, { low, high: bounds.high });
    if (!isFirst && low && key.equals(low))
      throw pages.damage(`a key stands twice in page ${page.id}`, page.offset + start);
    if (flags > bucketFlag)
      throw pages.damage(`unknown flags of a row in page ${page.id}`, page.offset + start);
    low = key;
    isFirst = false;
    yield { offset: page.offset + start, key, value, isBucket: flags === bucketFlag };
  }
}

function checkElements(pages: Pages, page: Page): void {
  if (pageHeaderBytes + page.count * elementBytes > page.bytes.length)
    throw pages.damage(`page ${page.id} cannot have ${page.count} rows`, page.offset);
}

function sliceOf(pages: Pages, page: Page, at: { start: number; length: number }): Buffer {
  if (at.start + at.length > page.bytes.length)
    throw pages.damage(`a row reaches beyond page ${page.id}`, page.offset);
  return page.bytes.subarray(at.start, at.start + at.length);
}

function checkOrder(pages: Pages, page: Page, key: Buffer, { low, high }: Bounds): void {
  if (key.length === 0 || key.length > keyBytesMax)
    throw pages.damage(`a key of ${key.length} bytes in page ${page.id}`, page.offset);
  if ((low && key.compare(low) < 0) || (high && key.compare(high) >= 0))
    throw pages.damage(`the keys of page ${page.id} are out of order`, page.offset);
}

class Pages {
  readonly #source: ByteSource;
  readonly #meta: Meta;
  /** A bit a page. */
  readonly #taken: Uint8Array;

  constructor(source: ByteSource, meta: Meta) {
    this.#source = source;
    this.#meta = meta;
    this.#taken = new Uint8Array(Math.ceil(meta.pageCount / 8));
  }

  /** Reads a page with its overflow, once. @param from who points to it, for errors */
  take(id: number, from: string): Page {
    const { pageBytes, pageCount } = this.#meta;
    if (id < 2 || id >= pageCount)
      throw this.damage(`${from} points to page ${id} of ${pageCount}`);
    const offset = id * pageBytes;
    const header = readPageHeader(this.#source.read(offset, pageHeaderBytes));
    if (header.id !== id) throw this.damage(`page ${id} says it is page ${header.id}`, offset);
    if (id + header.overflow >= pageCount)
      throw this.damage(`page ${id} reaches beyond the last page`, offset);
    for (let each = id; each <= id + header.overflow; each++) this.#mark(each, offset);
    const bytes = this.#source.read(offset, (1 + header.overflow) * pageBytes);
    return { ...header, bytes, offset };
  }

  damage(why: string, offset?: number): BackupDamaged {
    return new BackupDamaged(this.#source.path, why, offset);
  }

  #mark(id: number, offset: number): void {
    const byte = this.#taken[id >> 3] ?? 0;
    const bit = 1 << (id & 7);
    if ((byte & bit) !== 0) throw this.damage(`page ${id} is used twice`, offset);
    this.#taken[id >> 3] = byte | bit;
  }
}

/** The later of the two heads that is whole. */
function newestMeta(source: ByteSource): Meta {
  if (source.sizeBytes < 2 * 512)
    throw new BackupDamaged(source.path, `${source.sizeBytes} bytes are too few for a bbolt file`);
  const first = readMeta(source.read(0, metaPageBytes));
  const second = secondMeta(source, typeof first === 'string' ? undefined : first.pageBytes);
  const whole = [first, second].filter((meta) => typeof meta === 'object');
  const [newest] = whole.sort((a, b) => b.transaction - a.transaction);
  if (newest === undefined)
    throw new BackupDamaged(source.path, typeof first === 'string' ? first : 'no head', 0);
  const { pageBytes, pageCount } = newest;
  if (pageCount * pageBytes > source.sizeBytes) {
    throw new BackupDamaged(
      source.path,
      `it has ${source.sizeBytes} bytes where ${pageCount * pageBytes} belong`,
    );
  }
  return newest;
}

/** Where the first head is broken, its page size is not known: all possible places are looked at. */
function secondMeta(source: ByteSource, pageBytes: number | undefined): Meta | undefined {
  for (let size = pageBytes ?? 512; size <= (pageBytes ?? 1 << 24); size *= 2) {
    if (size + metaPageBytes > source.sizeBytes) return undefined;
    const meta = readMeta(source.read(size, metaPageBytes));
    if (typeof meta === 'object' && meta.pageBytes === size) return meta;
  }
  return undefined;
}
