import { expect, it } from '@jest/globals';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findLosses, killWriter, type Acknowledged } from './crash-loop.js';

it('loses no acknowledged write and tears none, however often the process is killed', async () => {
  const dataDir = fs.mkdtempSync(join(tmpdir(), 'frontdesk-crash-'));
  const seen: Acknowledged = { values: new Map(), revision: 0, kills: 0 };
  try {
    // The first kill comes before the first table commit, the last after many.
    for (const killAfter of [1, 40, 700, 13, 2500, 150]) {
      await killWriter(dataDir, seen, killAfter);
      expect(await findLosses(dataDir, seen)).toEqual([]);
    }
    expect(seen.kills).toBe(6);
  } finally {
    fs.rmSync(dataDir, { recursive: true, force: true });
  }
}, 120_000);
