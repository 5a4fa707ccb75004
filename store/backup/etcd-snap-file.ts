// The .snap files of a real etcd: which members there were at which index of the log. (What else they hold is in the database.)
import fs from 'node:fs';
import { join } from 'node:path';
import { Buffer } from 'node:buffer';
import { crc32c } from '../tables/crc32c.js';
import type { Membership } from '../raft/message.js';
import { BackupDamaged } from './damage.js';
import { fieldMap, fieldsOf, numberOf } from './proto-fields.js';

export interface EtcdSnapMark {
  readonly index: number;
  readonly term: number;
  readonly membership: Membership;
}

/** The newest one that the log knows too, as etcd chooses it. Undefined: none, so the log tells everything. */
export function newestSnapMark(
  folder: string,
  marks: readonly { readonly index: number; readonly term: number }[],
): EtcdSnapMark | undefined {
  const names = fs
    .readdirSync(folder)
    .filter((name) => /^[0-9a-f]{16}-[0-9a-f]{16}\.snap$/.test(name))
    .sort()
    .reverse();
  for (const name of names) {
    const path = join(folder, name);
    try {
      const mark = readSnapFile(fs.readFileSync(path));
      if (marks.some(({ index, term }) => index === mark.index && term === mark.term)) return mark;
    } catch (error) {
      throw new BackupDamaged(path, error instanceof Error ? error.message : String(error));
    }
  }
  return undefined;
}

function readSnapFile(file: Buffer): EtcdSnapMark {
  const outer = fieldMap(file);
  const data = outer.get(2)?.bytes;
  if (!data) throw new Error('it is empty');
  if (crc32c(0, data) !== numberOf(outer, 1)) throw new Error('its checksum is wrong');
  const metadata = fieldMap(fieldMap(data).get(2)?.bytes ?? Buffer.alloc(0));
  return {
    index: numberOf(metadata, 2),
    term: numberOf(metadata, 3),
    membership: confStateOf(metadata.get(1)?.bytes ?? Buffer.alloc(0)),
  };
}

function confStateOf(message: Buffer): Membership {
  const voters: bigint[] = [];
  const learners: bigint[] = [];
  for (const { number, value, bytes } of fieldsOf(message)) {
    const ids = value === undefined ? packedNumbers(bytes ?? Buffer.alloc(0)) : [value];
    if (number === 1) voters.push(...ids);
    else if (number === 2) learners.push(...ids);
    else if ((number === 3 || number === 4) && ids.length > 0)
      throw new Error('its membership was just changing');
  }
  return { voters, learners };
}

function packedNumbers(bytes: Buffer): bigint[] {
  // Each number as if it were field 1 of a message of its own.
  const numbers: bigint[] = [];
  let start = 0;
  bytes.forEach((byte, at) => {
    if (byte >= 0x80) return;
    const message = Buffer.concat([Buffer.of(0x08), bytes.subarray(start, at + 1)]);
    numbers.push(fieldMap(message).get(1)?.value ?? 0n);
    start = at + 1;
  });
  return numbers;
}
