// Reads the write-ahead log of a real etcd, as far as taking over its folder needs it: who the member is, where the log
// ends, how the membership changed. Every record's checksum is checked. A tail that a crash cut off ends the log.
//
// A file is frames: u64 (low 56 bits: bytes of the record; top byte 0x80 + bytes of padding), then the record as protobuf.
import fs from 'node:fs';
import { join } from 'node:path';
import { Buffer } from 'node:buffer';
import type { HardState } from '../raft/message.js';
import { crc32c } from '../tables/crc32c.js';
import { openFile, type ByteSource } from './byte-source.js';
import { BackupDamaged } from './damage.js';
import { fieldMap, numberOf } from './proto-fields.js';

export interface EtcdLog {
  readonly memberId: bigint;
  readonly clusterId: bigint;
  readonly lastIndex: number;
  readonly lastTerm: number;
  readonly hardState: HardState;
  /** Snapshots the log knows of. */
  readonly marks: readonly { readonly index: number; readonly term: number }[];
  /** Those asked for, in index order. */
  readonly entries: readonly EtcdEntry[];
}

export interface EtcdEntry {
  readonly index: number;
  readonly term: number;
  readonly type: 'normal' | 'conf-change' | 'conf-change-v2';
  readonly data: Buffer;
}

const recordType = { metadata: 1, entry: 2, state: 3, crc: 4, snapshot: 5 } as const;
const entryTypes = ['normal', 'conf-change', 'conf-change-v2'] as const;

/** @param keeps which entries to keep. Error: BackupDamaged */
export function readEtcdLog(folder: string, keeps: (entry: EtcdEntry) => boolean): EtcdLog {
  const names = fs
    .readdirSync(folder)
    .filter((name) => /^[0-9a-f]{16}-[0-9a-f]{16}\.wal$/.test(name))
    .sort();
  if (names.length === 0) throw new BackupDamaged(folder, 'there is no log in it');
  const reading = new Reading(keeps);
  names.forEach((name, at) => {
    const source = openFile(join(folder, name));
    try {
      readFile(source, reading, at === names.length - 1);
    } finally {
      source.close();
    }
  });
  return reading.result(folder);
}

function readFile(source: ByteSource, reading: Reading, isLast: boolean): void {
  let offset = 0;
  while (offset + 8 <= source.sizeBytes) {
    const head = source.read(offset, 8);
    if (head.readBigUInt64LE() === 0n) return;
    const length = head.readUInt32LE() + head.readUIntLE(4, 3) * 0x1_0000_0000;
    const padding = head[7] !== undefined && head[7] >= 0x80 ? head[7] & 7 : 0;
    const end = offset + 8 + length + padding;
    if (end > source.sizeBytes) {
      if (isLast) return;
      throw new BackupDamaged(source.path, 'a record is cut off', offset);
    }
    const bytes = source.read(offset + 8, length);
    try {
      reading.record(bytes);
    } catch (error) {
      // The last write of a crash leaves sectors of zeros.
      if (isLast && hasZeroSector(bytes, offset + 8)) return;
      const why = error instanceof Error ? error.message : String(error);
      throw new BackupDamaged(source.path, why, offset);
    }
    offset = end;
  }
}

function hasZeroSector(bytes: Buffer, offset: number): boolean {
  for (let start = 0; start < bytes.length;) {
    const end = Math.min(bytes.length, start + 512 - ((offset + start) % 512));
    if (bytes.subarray(start, end).every((byte) => byte === 0)) return true;
    start = end;
  }
  return false;
}

class Reading {
  readonly #keeps: (entry: EtcdEntry) => boolean;
  readonly #marks: { index: number; term: number }[] = [];
  #entries: EtcdEntry[] = [];
  #identity: { memberId: bigint; clusterId: bigint } | undefined;
  #last = { index: 0, term: 0 };
  #state: HardState = { term: 0, vote: 0n, commit: 0 };
  #crc = 0;

  constructor(keeps: (entry: EtcdEntry) => boolean) {
    this.#keeps = keeps;
  }

  record(bytes: Buffer): void {
    const fields = fieldMap(bytes);
    const type = numberOf(fields, 1);
    const crc = numberOf(fields, 2);
    const data = fields.get(3)?.bytes ?? Buffer.alloc(0);
    if (type === recordType.crc) {
      if (this.#crc !== 0 && crc !== this.#crc)
        throw new Error('the log file before it is another');
      this.#crc = crc;
      return;
    }
    const sum = crc32c(this.#crc, data);
    if (sum !== crc) throw new Error('the checksum of a record is wrong');
    this.#take(type, data);
    this.#crc = sum;
  }

  result(folder: string): EtcdLog {
    if (!this.#identity) throw new BackupDamaged(folder, 'it does not say whose log it is');
    const newest = this.#marks.at(-1);
    // A log may begin with a snapshot from the leader and have no entry yet.
    const last = newest && newest.index > this.#last.index ? newest : this.#last;
    return {
      ...this.#identity,
      lastIndex: last.index,
      lastTerm: last.term,
      hardState: this.#state,
      marks: this.#marks,
      entries: this.#entries,
    };
  }

  #take(type: number, data: Buffer): void {
    const fields = fieldMap(data);
    if (type === recordType.metadata) {
      this.#identity = {
        memberId: fields.get(1)?.value ?? 0n,
        clusterId: fields.get(2)?.value ?? 0n,
      };
    } else if (type === recordType.state) {
      this.#state = {
        term: numberOf(fields, 1),
        vote: fields.get(2)?.value ?? 0n,
        commit: numberOf(fields, 3),
      };
    } else if (type === recordType.snapshot) {
      this.#marks.push({ index: numberOf(fields, 1), term: numberOf(fields, 2) });
    } else if (type === recordType.entry) {
      const entryType = entryTypes[numberOf(fields, 1)];
      if (entryType === undefined) throw new Error('an entry of unknown type');
      const entry: EtcdEntry = {
        type: entryType,
        term: numberOf(fields, 2),
        index: numberOf(fields, 3),
        data: fields.get(4)?.bytes ?? Buffer.alloc(0),
      };
      this.#add(entry);
    } else throw new Error(`a record of unknown type ${type}`);
  }

  /** An entry replaces what stood at its place and behind it (Raft §5.3). */
  #add(entry: EtcdEntry): void {
    if (entry.index <= this.#last.index)
      this.#entries = this.#entries.filter(({ index }) => index < entry.index);
    this.#last = { index: entry.index, term: entry.term };
    if (this.#keeps(entry)) this.#entries.push({ ...entry, data: Buffer.from(entry.data) });
  }
}
