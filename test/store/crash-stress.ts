// npm run stress: the crash loop, long. ROUNDS kills (default 60) of one data folder; a loss ends it with the seed of
// the kill points and the folder kept.
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findLosses, killWriter, type Acknowledged } from './crash-loop.js';

const rounds = Number(process.env['ROUNDS'] ?? 60);
const seed = Number(process.env['SEED'] ?? process.pid);
const dataDir = fs.mkdtempSync(join(tmpdir(), 'frontdesk-stress-'));
const seen: Acknowledged = { values: new Map(), revision: 0, kills: 0 };

/** mulberry32: small, good enough to spread kill points, the same for the same seed. */
let state = seed;
function random(): number {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

for (let round = 1; round <= rounds; round++) {
  // Spread over the orders of magnitude: right after the start as well as deep into a run.
  const killAfter = Math.ceil(10 ** (random() * 3.5));
  await killWriter(dataDir, seen, killAfter);
  const losses = await findLosses(dataDir, seen);
  if (losses.length > 0) {
    process.stderr.write(
      `round ${round}, seed ${seed}, data kept in ${dataDir}\n${losses.join('\n')}\n`,
    );
    process.exit(1);
  }
  process.stdout.write(
    `round ${round}: killed after ${killAfter} acknowledgements, revision ${seen.revision}, ${seen.values.size} keys, nothing lost\n`,
  );
}
fs.rmSync(dataDir, { recursive: true, force: true });
process.stdout.write(`${seen.kills} kills, 0 acknowledged writes lost\n`);
