// bbolt's file format, as far as a backup needs it: little-endian pages of one size, the first two of them heads ("metas"),
// the rest B+ trees of rows ("buckets"), whose roots are rows of a tree of buckets. Facts: the file format of bbolt 1.3 and 1.4.
import { Buffer } from 'node:buffer';

export const pageBytesDefault = 4096;
export const pageHeaderBytes = 16;
/** Of branch and leaf pages alike. */
export const elementBytes = 16;
export const bucketHeaderBytes = 16;
export const keyBytesMax = 32_768;

export const pageFlag = { branch: 1, leaf: 2, meta: 4, freelist: 0x10 } as const;
/** Flag of a leaf element whose value is a bucket. */
export const bucketFlag = 1;

const magic = 0xed0cdaed;
const version = 2;
const checkedFrom = pageHeaderBytes;
const checkedTo = checkedFrom + 56;
export const metaPageBytes = checkedTo + 8;

export interface Meta {
  readonly pageBytes: number;
  readonly rootPage: number;
  readonly freelistPage: number;
  /** Pages the file has. */
  readonly pageCount: number;
  readonly transaction: number;
}

export interface PageHeader {
  readonly id: number;
  readonly flags: number;
  readonly count: number;
  /** Further pages that belong to this one. */
  readonly overflow: number;
}

export function readPageHeader(page: Buffer): PageHeader {
  return {
    id: readNumber(page, 0),
    flags: page.readUInt16LE(8),
    count: page.readUInt16LE(10),
    overflow: page.readUInt32LE(12),
  };
}

export function writePageHeader(page: Buffer, header: PageHeader): void {
  page.writeBigUInt64LE(BigInt(header.id), 0);
  page.writeUInt16LE(header.flags, 8);
  page.writeUInt16LE(header.count, 10);
  page.writeUInt32LE(header.overflow, 12);
}

/** `page` has at least metaPageBytes. A text says what is wrong with it. */
export function readMeta(page: Buffer): Meta | string {
  if (page.readUInt32LE(16) !== magic) return 'it does not begin as a bbolt file does';
  if (page.readUInt32LE(20) !== version)
    return `version ${page.readUInt32LE(20)} of the format is not known`;
  if (page.readBigUInt64LE(checkedTo) !== fnv1a64(page.subarray(checkedFrom, checkedTo)))
    return 'the checksum of the head is wrong';
  const pageBytes = page.readUInt32LE(24);
  if (pageBytes < 512 || pageBytes > 1 << 24 || (pageBytes & (pageBytes - 1)) !== 0)
    return `a page size of ${pageBytes} bytes is not possible`;
  return {
    pageBytes,
    rootPage: readNumber(page, 32),
    freelistPage: readNumber(page, 48),
    pageCount: readNumber(page, 56),
    transaction: readNumber(page, 64),
  };
}

/** The whole page. @param id 0 or 1 */
export function encodeMetaPage(id: number, meta: Meta): Buffer {
  const page = Buffer.alloc(meta.pageBytes);
  writePageHeader(page, { id, flags: pageFlag.meta, count: 0, overflow: 0 });
  page.writeUInt32LE(magic, 16);
  page.writeUInt32LE(version, 20);
  page.writeUInt32LE(meta.pageBytes, 24);
  page.writeBigUInt64LE(BigInt(meta.rootPage), 32);
  page.writeBigUInt64LE(BigInt(meta.freelistPage), 48);
  page.writeBigUInt64LE(BigInt(meta.pageCount), 56);
  page.writeBigUInt64LE(BigInt(meta.transaction), 64);
  page.writeBigUInt64LE(fnv1a64(page.subarray(checkedFrom, checkedTo)), checkedTo);
  return page;
}

/** Beyond 2^53 it loses digits, but stays too big for anything it could mean. */
export function readNumber(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 0x1_0000_0000;
}

function fnv1a64(bytes: Uint8Array): bigint {
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100_0000_01b3n);
  return hash;
}
