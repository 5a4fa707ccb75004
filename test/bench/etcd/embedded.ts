// Figures of the embedded store alone: durable puts in the process, and what a million keys cost at a restart.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMember, type Member } from '../../../store/index.js';

const value = Buffer.alloc(1024, 'v');
const line = (name: string, figure: string): string => `${name.padEnd(60)} ${figure}`;

const open = (dataDir: string): Promise<Member> =>
  openMember({
    dataDir,
    quotaBytes: -1,
    onFatal: (error) => {
      throw error;
    },
  });

async function withFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'frontdesk-bench-'));
  try {
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fill(
  member: Member,
  from: number,
  count: number,
  width: number,
  bytes: Uint8Array,
): Promise<void> {
  let next = from;
  const put = async (): Promise<void> => {
    while (next < from + count) {
      const key = Buffer.from(`/registry/bench/default/key-${String(next++).padStart(8, '0')}`);
      const success = [{ type: 'put', key, value: bytes }] as const;
      await member.txn({ compare: [], success, failure: [] });
    }
  };
  await Promise.all(Array.from({ length: width }, put));
}

export function durablePuts(): Promise<string[]> {
  return withFolder(async (dataDir) => {
    const member = await open(dataDir);
    const found: string[] = [];
    let from = 0;
    for (const [width, count] of [
      [1, 3000],
      [64, 40_000],
      [256, 100_000],
    ] as const) {
      const started = performance.now();
      await fill(member, from, count, width, value);
      from += count;
      const perSecond = (count * 1000) / (performance.now() - started);
      found.push(
        line(
          `durable puts of 1 KB in the process, ${width} at a time`,
          `${Math.round(perSecond)}/s`,
        ),
      );
    }
    await member.close();
    return found;
  });
}

/** Memory a key takes and the time to open them again; values of 1 KB for the first 100,000, small ones after. */
export function growth(): Promise<string[]> {
  return withFolder(async (dataDir) => {
    const found: string[] = [];
    const rss = (): number => {
      (globalThis as { gc?: () => void }).gc?.(); // as: node --expose-gc
      return process.memoryUsage().rss;
    };
    const before = rss();
    let member = await open(dataDir);
    await fill(member, 0, 100_000, 256, value);
    await member.close();
    member = await open(dataDir);
    found.push(
      line(
        'memory (RSS) that 100,000 keys of 1 KB add, opened again',
        `${Math.round((rss() - before) / 1e6)} MB`,
      ),
    );
    await fill(member, 100_000, 900_000, 256, value.subarray(0, 100));
    await member.close();
    const started = performance.now();
    member = await open(dataDir);
    found.push(
      line(
        'opening a store of 1,000,000 keys',
        `${((performance.now() - started) / 1000).toFixed(1)} s`,
      ),
      line('memory (RSS) with it', `${Math.round(rss() / 1e6)} MB`),
    );
    await member.close();
    return found;
  });
}
