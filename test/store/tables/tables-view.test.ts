import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openLmdbTables } from '../../../store/tables/lmdb-tables.js';
import { memoryTables, type Tables } from '../../../store/tables/tables.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);

async function onDisk(run: (tables: Tables) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'frontdesk-view-'));
  const tables = await openLmdbTables(folder);
  try {
    await run(tables);
  } finally {
    await tables.close();
    await rm(folder, { recursive: true });
  }
}

const inMemory = (run: (tables: Tables) => Promise<void>): Promise<void> => run(memoryTables());

const put = (tables: Tables, count: number, value: string): Promise<void> =>
  tables.commit(
    Array.from({ length: count }, (_, i) => ({
      table: 'key',
      key: bytes(`key-${String(i).padStart(5, '0')}`),
      value: bytes(value),
    })),
  );

describe.each([
  ['on disk', onDisk],
  ['in memory', inMemory],
])('a view of tables %s', (_name, withTables) => {
  it('stays as it was while rows are changed, added and removed, also half way through a scan', async () => {
    await withTables(async (tables) => {
      await put(tables, 3_000, 'old');
      const view = tables.view();
      const rows = view.scan('key')[Symbol.iterator]();
      let seen = 0;
      for (let step = rows.next(); step.done !== true; step = rows.next()) {
        expect(Buffer.from(step.value.value).toString()).toBe('old');
        if (seen === 10) await put(tables, 4_000, 'new');
        if (seen === 1_000) {
          await tables.commit([{ table: 'key', key: bytes('key-02000') }]);
          expect(tables.get('key', bytes('key-02000'))).toBeUndefined();
        }
        seen++;
      }
      expect(seen).toBe(3_000);
      expect(Buffer.from(view.get('key', bytes('key-02000')) ?? []).toString()).toBe('old');
      view.close();
      view.close();
      expect([...tables.scan('key')]).toHaveLength(3_999);
    });
  });

  it('sees the last commit, begins where it is told, and two may be open', async () => {
    await withTables(async (tables) => {
      await put(tables, 3, 'a');
      const first = tables.view();
      await put(tables, 3, 'b');
      const second = tables.view();
      const values = (view: typeof first): string[] =>
        [...view.scan('key', bytes('key-00001'))].map(({ value }) => Buffer.from(value).toString());
      expect(values(second)).toEqual(['b', 'b']);
      first.close();
      await put(tables, 3, 'c');
      expect(values(second)).toEqual(['b', 'b']);
      second.close();
      expect(Buffer.from(tables.get('key', bytes('key-00002')) ?? []).toString()).toBe('c');
    });
  });
});
