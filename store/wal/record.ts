// Records: what a frame's payload is made of. Little-endian, one byte of type, fixed fields, then bytes.
import { Buffer } from 'node:buffer';
import type { Entry, HardState, Membership, SnapshotMark } from '../raft/message.js';

/** Who wrote this log; checked at start so that a log never runs under another identity. */
export interface LogIdentity {
  readonly clusterId: bigint;
  readonly memberId: bigint;
}

export type LogRecord =
  | { readonly type: 'identity'; readonly identity: LogIdentity }
  | { readonly type: 'hard-state'; readonly hardState: HardState }
  | { readonly type: 'mark'; readonly mark: SnapshotMark }
  | { readonly type: 'entry'; readonly entry: Entry };

const code = { identity: 1, 'hard-state': 2, mark: 3, entry: 4 } as const;
const entryHeadBytes = 1 + 4 + 8 + 8 + 1;

export function encodeRecord(record: LogRecord): Uint8Array[] {
  switch (record.type) {
    case 'entry':
      return encodeEntry(record.entry);
    case 'hard-state': {
      const bytes = Buffer.alloc(25);
      bytes[0] = code['hard-state'];
      bytes.writeBigUInt64LE(BigInt(record.hardState.term), 1);
      bytes.writeBigUInt64LE(record.hardState.vote, 9);
      bytes.writeBigUInt64LE(BigInt(record.hardState.commit), 17);
      return [bytes];
    }
    case 'identity': {
      const bytes = Buffer.alloc(17);
      bytes[0] = code.identity;
      bytes.writeBigUInt64LE(record.identity.clusterId, 1);
      bytes.writeBigUInt64LE(record.identity.memberId, 9);
      return [bytes];
    }
    case 'mark':
      return [encodeMark(record.mark)];
  }
}

function encodeEntry(entry: Entry): Uint8Array[] {
  const head = Buffer.allocUnsafe(entryHeadBytes);
  head[0] = code.entry;
  head.writeUInt32LE(entry.data.length, 1);
  writeSafe(head, entry.index, 5);
  writeSafe(head, entry.term, 13);
  head[21] = entry.type === 'normal' ? 0 : 1;
  return [head, entry.data];
}

function encodeMark(mark: SnapshotMark): Uint8Array {
  const { voters, learners } = mark.membership;
  const bytes = Buffer.alloc(1 + 8 + 8 + 2 + 2 + 8 * (voters.length + learners.length));
  bytes[0] = code.mark;
  writeSafe(bytes, mark.index, 1);
  writeSafe(bytes, mark.term, 9);
  bytes.writeUInt16LE(voters.length, 17);
  bytes.writeUInt16LE(learners.length, 19);
  [...voters, ...learners].forEach((id, at) => bytes.writeBigUInt64LE(id, 21 + 8 * at));
  return bytes;
}

/** Splits a frame's payload. The checksum was right, so an unknown shape is a newer program's log: an error. */
export function decodeRecords(payload: Uint8Array): LogRecord[] {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  const records: LogRecord[] = [];
  let at = 0;
  while (at < bytes.length) {
    const type = bytes[at];
    if (type === code.entry) {
      const length = bytes.readUInt32LE(at + 1);
      const end = at + entryHeadBytes + length;
      const entry: Entry = {
        index: readSafe(bytes, at + 5),
        term: readSafe(bytes, at + 13),
        type: bytes[at + 21] === 0 ? 'normal' : 'conf-change',
        data: bytes.subarray(at + entryHeadBytes, end),
      };
      records.push({ type: 'entry', entry });
      at = end;
    } else if (type === code['hard-state']) {
      const hardState = {
        term: readSafe(bytes, at + 1),
        vote: bytes.readBigUInt64LE(at + 9),
        commit: readSafe(bytes, at + 17),
      };
      records.push({ type: 'hard-state', hardState });
      at += 25;
    } else if (type === code.identity) {
      const identity = {
        clusterId: bytes.readBigUInt64LE(at + 1),
        memberId: bytes.readBigUInt64LE(at + 9),
      };
      records.push({ type: 'identity', identity });
      at += 17;
    } else if (type === code.mark) {
      const { mark, end } = decodeMark(bytes, at);
      records.push({ type: 'mark', mark });
      at = end;
    } else {
      throw new Error(`unknown write-ahead log record type ${String(type)}`);
    }
  }
  return records;
}

function decodeMark(bytes: Buffer, at: number): { mark: SnapshotMark; end: number } {
  const voterCount = bytes.readUInt16LE(at + 17);
  const learnerCount = bytes.readUInt16LE(at + 19);
  const ids = (from: number, count: number): bigint[] =>
    Array.from({ length: count }, (_, i) => bytes.readBigUInt64LE(from + 8 * i));
  const membership: Membership = {
    voters: ids(at + 21, voterCount),
    learners: ids(at + 21 + 8 * voterCount, learnerCount),
  };
  return {
    mark: { index: readSafe(bytes, at + 1), term: readSafe(bytes, at + 9), membership },
    end: at + 21 + 8 * (voterCount + learnerCount),
  };
}

// Safe integers as two 32-bit halves: several times faster than a bigint round trip.
function writeSafe(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt32LE(value >>> 0, at);
  bytes.writeUInt32LE(Math.floor(value / 0x1_0000_0000), at + 4);
}

function readSafe(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 0x1_0000_0000;
}
