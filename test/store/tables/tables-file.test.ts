import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkTablesFile, TablesDamaged } from '../../../store/tables/tables-file.js';
import { openLmdbTables } from '../../../store/tables/lmdb-tables.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the check of the tables file', () => {
  let folder: string;
  let path: string;
  beforeAll(async () => {
    folder = fs.mkdtempSync(join(tmpdir(), 'frontdesk-tables-'));
    path = join(folder, 'db');
    const tables = await openLmdbTables(folder);
    for (let round = 0; round < 20; round++) {
      const writes = Array.from({ length: 50 }, (_, index) => ({
        table: 'key' as const,
        key: bytes(`key-${round}-${index}`),
        value: bytes('x'.repeat(200 * (1 + (index % 30)))),
      }));
      await tables.commit(writes);
      checkTablesFile(path);
      await tables.commit(writes.slice(10).map(({ table, key }) => ({ table, key })));
      checkTablesFile(path);
    }
    await tables.close();
  });
  afterAll(() => {
    fs.rmSync(folder, { recursive: true });
  });

  const damaged = (name: string, change: (whole: Buffer) => Buffer): string => {
    const copy = join(folder, name);
    fs.writeFileSync(copy, change(fs.readFileSync(path)));
    return copy;
  };

  it('accepts what LMDB wrote, a missing file and an empty one', () => {
    checkTablesFile(path);
    checkTablesFile(join(folder, 'missing'));
    checkTablesFile(damaged('empty', () => Buffer.alloc(0)));
  });

  it.each([1, 100, 4096, 4200, 8192])('refuses a file cut after %d bytes', (size) => {
    const copy = damaged(`cut-${size}`, (whole) => whole.subarray(0, size));
    expect(() => {
      checkTablesFile(copy);
    }).toThrow(TablesDamaged);
  });

  it('refuses a file of something else, by its name', () => {
    const copy = damaged('other', (whole) => Buffer.alloc(whole.length, 'other'));
    expect(() => {
      checkTablesFile(copy);
    }).toThrow(`${copy} is damaged: it does not begin as a store does`);
  });
});
