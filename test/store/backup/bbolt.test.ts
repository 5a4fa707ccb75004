import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeMetaPage } from '../../../store/backup/bbolt-format.js';
import { openBbolt } from '../../../store/backup/bbolt-reader.js';
import { encodeFile, planFile } from '../../../store/backup/bbolt-writer.js';
import { sourceOf } from '../../../store/backup/byte-source.js';
import { BackupDamaged } from '../../../store/backup/damage.js';
import type { TableRow } from '../../../store/tables/tables.js';

type Buckets = Readonly<Record<string, readonly TableRow[]>>;

const row = (key: string | Uint8Array, value: string | Uint8Array): TableRow => ({
  key: Buffer.from(key as string),
  value: Buffer.from(value as string),
});

async function fileOf(buckets: Buckets, pageBytes = 4096): Promise<Buffer> {
  const named = Object.entries(buckets)
    .map(([name, rows]) => ({ name, rows: () => rows }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const plan = await planFile(named, pageBytes);
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeFile(named, plan, pageBytes)) chunks.push(chunk);
  const file = Buffer.concat(chunks);
  expect(file.length).toBe(plan.sizeBytes);
  return file;
}

function rowsIn(file: Uint8Array): Buckets {
  const opened = openBbolt(sourceOf(file));
  return Object.fromEntries(
    opened.bucketNames.map((name) => [name, [...(opened.rows(name) ?? [])]]),
  );
}

/** Jest compares bytes one by one; as text it is a hundred times faster. */
const textOf = (buckets: Buckets): string =>
  Object.entries(buckets)
    .map(([name, rows]) => [name, ...rows.map(({ key, value }) => `${hex(key)}=${hex(value)}`)])
    .join('\n');

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const many = (count: number, valueBytes: number): TableRow[] =>
  Array.from({ length: count }, (_, i) =>
    row(`key-${String(i).padStart(8, '0')}`, Buffer.alloc(valueBytes, i)),
  );

describe('a bbolt file', () => {
  it('gives the rows back that were written, whatever they are', async () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 });
    const value = fc.oneof(
      { weight: 9, arbitrary: fc.uint8Array({ maxLength: 200 }) },
      { weight: 1, arbitrary: fc.nat(20_000).map((size) => Buffer.alloc(size, size)) },
    );
    const rows = fc
      .uniqueArray(fc.tuple(bytes, value), {
        maxLength: 60,
        selector: ([key]) => Buffer.from(key).toString('hex'),
      })
      .map((pairs) =>
        pairs.map(([key, text]) => row(key, text)).sort((a, b) => Buffer.compare(a.key, b.key)),
      );
    const pageSizes = fc.constantFrom(512, 1024, 4096, 65_536);
    await fc.assert(
      fc.asyncProperty(
        fc.record({ a: rows, key: rows, 'z z': rows }),
        pageSizes,
        async (all, size) => {
          expect(textOf(rowsIn(await fileOf(all, size)))).toBe(textOf(all));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('holds empty buckets, trees of several floors and values of many pages', async () => {
    const big = row('big', Buffer.alloc(1_000_000, 7));
    const buckets = { empty: [], key: many(20_000, 30), meta: [big, row('small', 'x')] };
    expect(textOf(rowsIn(await fileOf(buckets, 512)))).toBe(textOf(buckets));
  });

  it('is written in memory that does not grow with it', async () => {
    // A row is made when it is asked for: if the writer kept them, this would be 100 MB.
    const rows = function* (): Iterable<TableRow> {
      for (let i = 0; i < 20_000; i++)
        yield row(`key-${String(i).padStart(8, '0')}`, Buffer.alloc(5_000));
    };
    const buckets = [{ name: 'key', rows }];
    const plan = await planFile(buckets);
    let bytes = 0;
    const before = process.memoryUsage().rss;
    for await (const chunk of encodeFile(buckets, plan)) bytes += chunk.length;
    expect(bytes).toBe(plan.sizeBytes);
    expect(process.memoryUsage().rss - before).toBeLessThan(70e6);
  });

  it('is read by its later head, and by the other one when that is broken', async () => {
    const buckets = { key: many(3, 10) };
    const file = await fileOf(buckets);
    for (const head of [0, 1]) {
      const copy = Buffer.from(file);
      copy[head * 4096 + 70] = 0xff;
      expect(textOf(rowsIn(copy))).toBe(textOf(buckets));
    }
    const copy = Buffer.from(file);
    copy[70] = copy[4096 + 70] = 0xff;
    expect(() => rowsIn(copy)).toThrow('backup is damaged at offset 0: the checksum of the head');
  });

  it('is refused when its heads promise more than there is', async () => {
    const file = await fileOf({ key: many(300, 100) });
    expect(() => rowsIn(file.subarray(0, file.length - 4096))).toThrow(
      `backup is damaged: it has ${file.length - 4096} bytes where ${file.length} belong`,
    );
    expect(() => rowsIn(Buffer.alloc(8192))).toThrow('it does not begin as a bbolt file does');
    expect(() => rowsIn(Buffer.alloc(0))).toThrow('0 bytes are too few for a bbolt file');
  });
});

describe('damage without a checksum', () => {
  const buckets = { alarm: [], key: many(120, 40), lease: [row('l', Buffer.alloc(3_000, 1))] };

  it('is refused where a page points to itself, to another tree or beyond the end', async () => {
    const file = await fileOf(buckets, 512);
    const { rootPage, pageCount } = openBbolt(sourceOf(file)).meta;
    const meta = { pageBytes: 512, freelistPage: 2, transaction: 9 };
    const rooted = (root: number): Buffer =>
      Buffer.concat([
        encodeMetaPage(0, { ...meta, rootPage: root, pageCount }),
        file.subarray(512),
      ]);
    expect(textOf(rowsIn(rooted(rootPage)))).toBe(textOf(buckets));
    for (const root of [0, 1, pageCount, pageCount + 7, 2 ** 52]) {
      expect(() => rowsIn(rooted(root))).toThrow(BackupDamaged);
    }
    // Another tree's pages as the tree of buckets: rows outside of all buckets.
    expect(() => rowsIn(rooted(rootPage - 1))).toThrow(BackupDamaged);
  });

  it('of any single bit ends in rows or in BackupDamaged, never in anything else', async () => {
    const file = await fileOf(buckets, 512);
    let refused = 0;
    let tries = 0;
    for (let at = 0; at < file.length; at++) {
      if (at % 7 !== 0 && at % 512 >= 32) continue; // heads of pages wholly, the rest now and then
      const copy = Buffer.from(file);
      copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8));
      tries++;
      try {
        rowsIn(copy);
      } catch (error) {
        if (!(error instanceof BackupDamaged)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(tries / 20);
  });

  it('of any length ends in BackupDamaged', async () => {
    const file = await fileOf(buckets, 512);
    for (let size = 0; size < file.length; size += 37)
      expect(() => rowsIn(file.subarray(0, size))).toThrow(BackupDamaged);
  });

  it('of random pages ends in rows or in BackupDamaged', async () => {
    const file = await fileOf(buckets, 512);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(file.length - 600),
        fc.uint8Array({ minLength: 1, maxLength: 512 }),
        (at, noise) => {
          const copy = Buffer.from(file);
          copy.set(noise, at);
          try {
            rowsIn(copy);
          } catch (error) {
            if (!(error instanceof BackupDamaged)) throw error;
          }
          return Promise.resolve();
        },
      ),
      { numRuns: 300 },
    );
  });
});
