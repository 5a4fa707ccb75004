// The bytes of a snapshot on its way between members: rows of all tables in chunks of whole rows, and a last chunk that says
// how many rows there were and what they sum up to.
//
//   row:  u8 table | u32 key bytes | u32 value bytes | key | value
//   end:  u8 255 | f64 rows | u32 CRC-32 of all chunks before
import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { tableNames, type TableName, type TablesView, type TableWrite } from '../tables/tables.js';

const rowHeadBytes = 9;
const endBytes = 13;
const endMark = 255;

/** Reads on only when the next chunk is pulled. The caller closes the view when this has ended. */
// eslint-disable-next-line @typescript-eslint/require-await -- pulled by transports, which wait between chunks
export async function* snapshotChunks(
  view: TablesView,
  chunkBytes: number,
): AsyncGenerator<Uint8Array, undefined> {
  let crc = 0;
  let rowCount = 0;
  for (const [number, table] of tableNames.entries()) {
    let next: Uint8Array | undefined = new Uint8Array(0);
    while (next) {
      const page: Page = readPage(view, { table, number }, next, chunkBytes);
      next = page.next;
      if (page.rowCount === 0) continue;
      rowCount += page.rowCount;
      crc = crc32(page.bytes, crc);
      yield page.bytes;
    }
  }
  const end = Buffer.alloc(endBytes);
  end[0] = endMark;
  end.writeDoubleLE(rowCount, 1);
  end.writeUInt32LE(crc, 9);
  yield end;
  return undefined;
}

interface Page {
  readonly bytes: Uint8Array;
  readonly rowCount: number;
  /** Where the next page of the table starts. */
  readonly next: Uint8Array | undefined;
}

function readPage(
  view: TablesView,
  { table, number }: { readonly table: TableName; readonly number: number },
  start: Uint8Array,
  bytesMax: number,
): Page {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  let rowCount = 0;
  for (const { key, value } of view.scan(table, start)) {
    if (bytes >= bytesMax) {
      return { bytes: Buffer.concat(parts, bytes), rowCount, next: Uint8Array.from(key) };
    }
    const head = Buffer.alloc(rowHeadBytes);
    head[0] = number;
    head.writeUInt32LE(key.length, 1);
    head.writeUInt32LE(value.length, 5);
    // Copies: what a scan gives is good until its next step.
    parts.push(head, Uint8Array.from(key), Uint8Array.from(value));
    bytes += rowHeadBytes + key.length + value.length;
    rowCount++;
  }
  return { bytes: Buffer.concat(parts, bytes), rowCount, next: undefined };
}

/** Gives the rows of each chunk. Throws when anything is missing, too much or changed. */
export async function* snapshotRows(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly TableWrite[], undefined> {
  let crc = 0;
  let rowCount = 0;
  let isWhole = false;
  for await (const chunk of chunks) {
    if (isWhole) throw new Error('the snapshot goes on behind its end');
    if (chunk[0] === endMark) {
      checkEnd(chunk, rowCount, crc);
      isWhole = true;
      continue;
    }
    crc = crc32(chunk, crc);
    const rows = decodeRows(chunk);
    rowCount += rows.length;
    yield rows;
  }
  if (!isWhole) throw new Error('the snapshot is cut off');
  return undefined;
}

const view = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function checkEnd(chunk: Uint8Array, rowCount: number, crc: number): void {
  const end = view(chunk);
  if (end.length !== endBytes) throw new Error('the end of the snapshot is damaged');
  if (end.readDoubleLE(1) !== rowCount) throw new Error('the snapshot lacks rows');
  if (end.readUInt32LE(9) !== crc) throw new Error('the checksum of the snapshot is wrong');
}

function decodeRows(chunk: Uint8Array): TableWrite[] {
  const bytes = view(chunk);
  const rows: TableWrite[] = [];
  let at = 0;
  while (at < bytes.length) {
    const table = tableNames[bytes[at] ?? endMark];
    if (!table || at + rowHeadBytes > bytes.length) throw new Error('the snapshot is damaged');
    const keyEnd = at + rowHeadBytes + bytes.readUInt32LE(at + 1);
    const end = keyEnd + bytes.readUInt32LE(at + 5);
    if (end > bytes.length) throw new Error('the snapshot is damaged');
    const key = bytes.subarray(at + rowHeadBytes, keyEnd);
    rows.push({ table, key, value: bytes.subarray(keyEnd, end) });
    at = end;
  }
  return rows;
}
