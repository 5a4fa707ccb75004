// A child process for the crash test: writes pairs of keys as fast as it can and prints one line for every
// acknowledged write, until it is killed. Each line is written with one synchronous write(2).
import fs from 'node:fs';
import { openMember } from '../../store/index.js';

const [, , dataDir = '', from = '0'] = process.argv;
const writers = 16;
const store = await openMember({ dataDir, onFatal: () => process.exit(3) });
const bytes = (text: string): Uint8Array => Buffer.from(text);

let counter = Number(from);
async function write(writer: number): Promise<void> {
  for (;;) {
    const value = String(++counter);
    // Every third writer rewrites one key; the others leave a trail, so that the store grows as well.
    const key = writer % 3 === 0 ? `same/${writer}` : `trail/${writer}/${value}`;
    const { revision } = await store.txn({
      compare: [],
      success: [
        { type: 'put', key: bytes(`left/${key}`), value: bytes(value.padEnd(counter % 700, ' ')) },
        { type: 'put', key: bytes(`right/${key}`), value: bytes(value) },
      ],
      failure: [],
    });
    fs.writeSync(1, `${key} ${value} ${revision}\n`);
    // The file is rewritten under the other writers, so some kills come in the middle of that.
    if (counter % 60 === 0) await store.maintenance.defragment();
    if (counter % 500 === 0) await store.compact(revision - 1).catch(() => undefined);
  }
}
fs.writeSync(1, 'ready\n');
await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
