// The crash loop: a child writes, is killed with SIGKILL after a random number of acknowledgements, and the data
// folder is opened and compared with what was acknowledged. Used by crash.test (few rounds) and `npm run stress`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openMember, prefixEnd } from '../../store/index.js';

export interface Acknowledged {
  /** key -> last acknowledged value */
  readonly values: Map<string, number>;
  revision: number;
  kills: number;
}

const writer = fileURLToPath(new URL('../support/crash-writer.js', import.meta.url));
const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (value: Uint8Array): string => Buffer.from(value).toString().trimEnd();

/** One life and death of the writer. Resolves when the child is gone and every line it wrote is read. */
export async function killWriter(
  dataDir: string,
  seen: Acknowledged,
  killAfter: number,
): Promise<void> {
  const from = Math.max(0, ...seen.values.values()) + 1000;
  const child = spawn(process.execPath, [writer, dataDir, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let lines = 0;
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => {
    if (line === 'ready') return;
    const [key = '', value = '', revision = ''] = line.split(' ');
    seen.values.set(key, Math.max(seen.values.get(key) ?? 0, Number(value)));
    seen.revision = Math.max(seen.revision, Number(revision));
    if (++lines === killAfter) child.kill('SIGKILL');
  });
  const [[, signal]] = await Promise.all([
    // as: node types the exit event's arguments only by its documentation
    once(child, 'exit') as Promise<[number | null, string | null]>,
    once(reader, 'close'),
  ]);
  if (signal !== 'SIGKILL') throw new Error(`the writer ended by itself (${String(signal)})`);
  seen.kills++;
}

/** What the data folder lacks or holds torn, in words; empty = nothing lost. */
export async function findLosses(dataDir: string, seen: Acknowledged): Promise<string[]> {
  const losses: string[] = [];
  const store = await openMember({ dataDir, onFatal: (error) => losses.push(String(error)) });
  const read = async (prefix: string): Promise<Map<string, number>> => {
    const { kvs, revision } = await store.range({
      key: bytes(prefix),
      end: prefixEnd(bytes(prefix)),
    });
    if (revision < seen.revision) losses.push(`revision went back: ${revision} < ${seen.revision}`);
    return new Map(kvs.map((kv) => [text(kv.key).slice(prefix.length), Number(text(kv.value))]));
  };
  const left = await read('left/');
  const right = await read('right/');
  for (const [key, value] of seen.values) {
    const found = right.get(key);
    if (found === undefined || found < value)
      losses.push(`${key}: ${value} lost, found ${String(found)}`);
  }
  for (const [key, value] of left) {
    if (right.get(key) !== value)
      losses.push(`${key}: half a transaction, ${value} and ${String(right.get(key))}`);
  }
  if (left.size !== right.size) losses.push(`${left.size} left keys, ${right.size} right keys`);
  await store.close();
  return losses;
}
