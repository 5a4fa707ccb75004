import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openLmdbTables, type FileSteps } from '../../../store/tables/lmdb-tables.js';
import type { Tables } from '../../../store/tables/tables.js';

const key = (i: number): Uint8Array => Buffer.from(`key ${String(i).padStart(6, '0')}`);
const value = Buffer.alloc(900, 'v');

const put = (tables: Tables, from: number, count: number): Promise<void> =>
  tables.commit(
    Array.from({ length: count }, (_, i) => ({ table: 'key', key: key(from + i), value })),
  );

const remove = (tables: Tables, from: number, count: number): Promise<void> =>
  tables.commit(Array.from({ length: count }, (_, i) => ({ table: 'key', key: key(from + i) })));

const rowCount = ({ scan }: { scan: Tables['scan'] }): number => [...scan('key')].length;
const countIn = (tables: Tables): number => rowCount({ scan: (name) => tables.scan(name) });

describe('defragmenting the tables on disk', () => {
  let folder: string;
  let tables: Tables | undefined;
  beforeEach(() => {
    folder = fs.mkdtempSync(join(tmpdir(), 'frontdesk-defragment-'));
  });
  afterEach(async () => {
    await tables?.close();
    fs.rmSync(folder, { recursive: true });
  });

  const openWithHoles = async (files?: FileSteps): Promise<Tables> => {
    tables = await openLmdbTables(folder, files ? { files } : {});
    await put(tables, 0, 4000);
    await remove(tables, 100, 3900);
    return tables;
  };

  it('gives the free pages back and keeps every row', async () => {
    const opened = await openWithHoles();
    const before = opened.fileBytes();
    expect(opened.bytesInUse()).toBeLessThan(before / 4);
    await opened.defragment();
    expect(opened.fileBytes()).toBeLessThan(before / 4);
    expect(opened.fileBytes()).toBe(fs.statSync(join(folder, 'db')).size);
    expect(countIn(opened)).toBe(100);
  });

  it('takes commits that come meanwhile, and keeps them over a restart', async () => {
    const opened = await openWithHoles();
    const work = [put(opened, 5000, 10), opened.defragment(), put(opened, 6000, 10)];
    expect(opened.get('key', key(0))).toEqual(value); // reads go on
    await Promise.all(work);
    await Promise.all([put(opened, 7000, 10), opened.defragment(), opened.defragment()]);
    expect(countIn(opened)).toBe(130);
    await opened.close();
    tables = await openLmdbTables(folder);
    expect(countIn(tables)).toBe(130);
  });

  it('leaves the views opened before as they were', async () => {
    const opened = await openWithHoles();
    const view = opened.view();
    await opened.defragment();
    await put(opened, 9000, 5);
    expect([...view.scan('key')]).toHaveLength(100);
    expect(view.get('key', key(9000))).toBeUndefined();
    view.close();
    expect(countIn(opened)).toBe(105);
  });

  it('goes on with the old file when the copy cannot be made', async () => {
    const opened = await openWithHoles();
    fs.mkdirSync(join(folder, 'db.defrag')); // in the way, as a full disk would be
    await expect(opened.defragment()).rejects.toBeDefined();
    await put(opened, 9000, 5);
    expect(countIn(opened)).toBe(105);
    fs.rmdirSync(join(folder, 'db.defrag'));
    await opened.defragment();
    expect(countIn(opened)).toBe(105);
  });

  // The process dies right before its n-th step: what is in the folder then must be a whole store.
  for (const step of ['remove', 'sync copy', 'rename', 'sync folder', 'remove lock']) {
    it(`loses nothing when killed before: ${step}`, async () => {
      const dead = `${folder}/as-it-was`;
      let count = -Infinity; // opening removes leftovers, which is not what is counted
      const die = (name: string): void => {
        if (count++ !== steps.indexOf(step)) return;
        expect(name).toBe(step.split(' ')[0]);
        fs.mkdirSync(dead);
        for (const file of fs.readdirSync(folder))
          if (file !== 'as-it-was') fs.copyFileSync(join(folder, file), join(dead, file));
      };
      const opened = await openWithHoles({
        sync: () => {
          die('sync');
        },
        rename: (from, to) => {
          die('rename');
          fs.renameSync(from, to);
        },
        remove: (path) => {
          die('remove');
          fs.rmSync(path, { force: true });
        },
      });
      count = 0;
      await opened.defragment();
      await opened.close();
      tables = undefined;
      const revived = await openLmdbTables(dead);
      expect(countIn(revived)).toBe(100);
      expect(fs.readdirSync(dead).sort()).toEqual(['db', 'db-lock']);
      await put(revived, 8000, 10);
      await revived.defragment();
      expect(countIn(revived)).toBe(110);
      await revived.close();
    });
  }
});

const steps = ['remove', 'sync copy', 'rename', 'sync folder', 'remove lock'];
