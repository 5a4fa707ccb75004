// RaftLog: the durable Raft log. Entries since the last mark are also in memory, so the core's reads are
// synchronous; the segments on disk are only written, and read once at start. Without a disk (in-memory
// mode) the same code keeps only the memory half.
//
// A segment file is named `<sequence of its first frame>-<next entry index>.wal` (hex) and opens with who wrote it,
// the hard state and the mark, so every file before it whose entries the mark covers can go.
import assert from 'node:assert/strict';
import type { Entry, HardState, SnapshotMark, StableLog } from '../raft/message.js';
import type { LogDisk, LogFile } from './disk.js';
import {
  encodeFrame,
  frameBytes,
  LogCorruption,
  readFirstFrame,
  scanFrames,
  type ScanEnd,
} from './frame.js';
import { decodeRecords, encodeRecord, type LogIdentity, type LogRecord } from './record.js';

export interface RaftLogOptions {
  /** Of a new log. One that is there goes on under the identity it was begun with. */
  readonly identity: LogIdentity;
  /** Where a new log starts: index 1, term 1 with the founding members, or index 0, term 0 without any. */
  readonly start: SnapshotMark;
  readonly segmentBytes?: number;
}

export interface SaveBatch {
  readonly hardState?: HardState;
  readonly entries: readonly Entry[];
  readonly snapshot?: SnapshotMark;
}

interface Segment {
  readonly name: string;
  /** Highest entry index this file or any before it holds. */
  lastIndex: number;
}

const defaultSegmentBytes = 8 << 20;
const emptyHardState: HardState = { term: 0, vote: 0n, commit: 0 };

export class RaftLog implements StableLog {
  readonly #disk: LogDisk | undefined;
  readonly #options: RaftLogOptions;
  readonly #segmentBytes: number;
  readonly #segments: Segment[] = [];
  #identity: LogIdentity;
  #mark: SnapshotMark;
  #hardState = emptyHardState;
  /** #entries[i].index === #mark.index + 1 + i, always. */
  #entries: Entry[] = [];
  /** Their data, together. */
  #entriesBytes = 0;
  #file: LogFile | undefined;
  #offset = 0;
  #sequence = 1;
  #isNew = true;

  /** Reads what is there; cuts off a torn tail. Throws LogCorruption, or an Error when several members wrote it. */
  constructor(disk: LogDisk | undefined, options: RaftLogOptions) {
    this.#disk = disk;
    this.#options = options;
    this.#segmentBytes = options.segmentBytes ?? defaultSegmentBytes;
    this.#identity = options.identity;
    this.#mark = options.start;
    if (disk) this.#replay(disk);
  }

  /** No log was found: this is the member's first start. */
  get isNew(): boolean {
    return this.#isNew;
  }

  get identity(): LogIdentity {
    return this.#identity;
  }

  get hardState(): HardState {
    return this.#hardState;
  }

  get firstIndex(): number {
    return this.#mark.index + 1;
  }

  get lastIndex(): number {
    return this.#mark.index + this.#entries.length;
  }

  term(index: number): number {
    if (index === this.#mark.index) return this.#mark.term;
    return this.#at(index).term;
  }

  entries(from: number, to: number, bytesMax: number): readonly Entry[] {
    assert.ok(from >= this.firstIndex && to <= this.lastIndex + 1, 'range is in the log');
    const start = from - this.firstIndex;
    let end = start;
    let bytes = 0;
    for (; end < to - this.firstIndex; end++) {
      bytes += this.#entries[end]?.data.length ?? 0;
      if (bytes > bytesMax && end > start) break;
    }
    return this.#entries.slice(start, end);
  }

  /** Bytes of the entries in memory. */
  get entriesBytes(): number {
    return this.#entriesBytes;
  }

  snapshot(): SnapshotMark {
    return this.#mark;
  }

  /**
   * Writes the batch as one frame; resolved = it survives a crash. Calls must not overlap.
   * Rejects when the disk fails: the member must stop then, the state of the file is unknown.
   */
  async save(batch: SaveBatch): Promise<void> {
    const before = { mark: this.#mark, hardState: this.#hardState };
    this.#remember(batch);
    if (!this.#disk) return;
    const records: LogRecord[] = batch.entries.map((entry) => ({ type: 'entry', entry }));
    if (batch.snapshot) records.unshift({ type: 'mark', mark: batch.snapshot });
    if (batch.hardState) records.push({ type: 'hard-state', hardState: batch.hardState });
    const parts = records.flatMap(encodeRecord);
    const payloadBytes = parts.reduce((sum, part) => sum + part.length, 0);
    const isFull = !this.#file || this.#offset + frameBytes(payloadBytes) > this.#file.sizeBytes;
    if (isFull) this.#roll(this.#disk, payloadBytes, before);
    const segment = this.#segments.at(-1);
    assert.ok(this.#file && segment, 'a segment is open');
    segment.lastIndex = this.lastIndex;
    this.#write(parts);
    await this.#file.sync();
    if (isFull) this.#dropCovered(this.#disk);
  }

  /** Entries up to `index` are in the state machine for good: forget them here, and their files at the next roll. */
  compactTo(mark: SnapshotMark): void {
    if (mark.index <= this.#mark.index) return;
    assert.ok(mark.index <= this.lastIndex, 'only entries that exist are compacted');
    const behind = this.#entries.slice(mark.index - this.#mark.index);
    this.#entries.length -= behind.length;
    this.#entriesBytes -= bytesOf(this.#entries);
    this.#entries = behind;
    this.#mark = mark;
  }

  /** The highest index <= `limit` that leaves about `entries` entries or `bytes` bytes of tail below `limit`. */
  markWithTail(limit: number, entries: number, bytes: number): number {
    let index = Math.min(limit, this.lastIndex);
    const floor = Math.max(this.#mark.index, index - entries);
    let kept = 0;
    while (index > floor) {
      kept += this.#at(index).data.length;
      if (kept > bytes) break;
      index--;
    }
    return index;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #at(index: number): Entry {
    const entry = this.#entries[index - this.firstIndex];
    assert.ok(entry, `entry ${index} is in the log`);
    return entry;
  }

  #remember(batch: SaveBatch): void {
    if (batch.hardState) this.#hardState = batch.hardState;
    if (batch.snapshot) {
      // State beyond our log arrived from the leader: the log starts anew behind it (Raft §7).
      this.#entries = [];
      this.#entriesBytes = 0;
      this.#mark = batch.snapshot;
    }
    const [first] = batch.entries;
    if (!first) return;
    assert.ok(first.index >= this.firstIndex, 'committed entries are never overwritten');
    assert.ok(first.index <= this.lastIndex + 1, 'the log has no holes');
    this.#entriesBytes -= bytesOf(this.#entries.splice(first.index - this.firstIndex));
    for (const entry of batch.entries) this.#entries.push(entry);
    this.#entriesBytes += bytesOf(batch.entries);
  }

  #write(parts: readonly Uint8Array[]): void {
    assert.ok(this.#file, 'a segment is open');
    const frame = encodeFrame(this.#sequence, parts);
    this.#file.write(this.#offset, frame);
    this.#offset += frame.length;
    this.#sequence++;
  }

  /**
   * Opens the next segment: written under another name and renamed when durable, so a half-made one never counts. Its head
   * holds mark and hard state of before this save, as it may survive a crash that the save does not survive: a new commit
   * index would point behind the end of the log, and a snapshot's mark would keep entries that the snapshot replaces.
   */
  #roll(
    disk: LogDisk,
    payloadBytes: number,
    before: { readonly mark: SnapshotMark; readonly hardState: HardState },
  ): void {
    const head = this.#segmentHead(before);
    const headBytes = head.reduce((sum, part) => sum + part.length, 0);
    const needed = frameBytes(headBytes) + frameBytes(payloadBytes);
    const name = `${hex(this.#sequence)}-${hex(this.lastIndex + 1)}.wal`;
    const file = disk.create(`${name}.tmp`, Math.max(this.#segmentBytes, needed));
    this.#file?.close();
    this.#file = file;
    this.#offset = 0;
    this.#write(head);
    file.syncNow();
    disk.rename(`${name}.tmp`, name);
    disk.syncFolder();
    this.#segments.push({ name, lastIndex: this.#mark.index });
  }

  #segmentHead({
    mark,
    hardState,
  }: {
    readonly mark: SnapshotMark;
    readonly hardState: HardState;
  }): Uint8Array[] {
    return [
      ...encodeRecord({ type: 'identity', identity: this.#identity }),
      ...encodeRecord({ type: 'mark', mark }),
      ...encodeRecord({ type: 'hard-state', hardState }),
    ];
  }

  #dropCovered(disk: LogDisk): void {
    while (this.#segments.length > 1 && (this.#segments[0]?.lastIndex ?? 0) <= this.#mark.index) {
      const segment = this.#segments.shift();
      if (segment) disk.remove(segment.name);
    }
  }

  #replay(disk: LogDisk): void {
    for (const name of disk.list().filter((file) => file.endsWith('.wal.tmp'))) disk.remove(name);
    const names = disk.list().filter((name) => /^[0-9a-f]{16}-[0-9a-f]{16}\.wal$/.test(name));
    const newest = names.at(-1);
    if (newest !== undefined) this.#mark = this.#newestMark(disk, newest);
    names.forEach((name, at) => {
      const path = disk.path(name);
      const sequence = parseInt(name.slice(0, 16), 16);
      if (at > 0 && sequence !== this.#sequence) {
        throw new LogCorruption(path, 0, `expected the file of frame ${this.#sequence}`);
      }
      const file = disk.open(name);
      const segment: Segment = { name, lastIndex: 0 };
      const end = scanFrames(file, path, sequence, (payload) => {
        const records = decodeRecords(payload);
        const isHead = records[0]?.type === 'identity';
        for (const record of records) {
          if (record.type === 'mark' && !isHead) this.#replaySnapshot(record.mark);
          else this.#replayRecord(record, path);
        }
      });
      // A segment gets its name only after its head is durable.
      if (end.offset === 0) throw new LogCorruption(path, 0, 'the head is missing or damaged');
      segment.lastIndex = this.lastIndex;
      this.#segments.push(segment);
      this.#sequence = end.nextSequence;
      this.#offset = end.offset;
      if (at < names.length - 1) {
        if (end.torn)
          throw new LogCorruption(path, end.offset, 'only the last file may be cut off');
        file.close();
        return;
      }
      if (end.torn) file.zeroFrom(end.offset);
      makeDurable(disk, file, end);
      this.#file = file;
    });
  }

  /** Files the newest mark covers may be gone, so the log begins at that mark, whatever older heads say. */
  #newestMark(disk: LogDisk, name: string): SnapshotMark {
    const file = disk.open(name);
    const head = readFirstFrame(file, parseInt(name.slice(0, 16), 16));
    file.close();
    if (!head) throw new LogCorruption(disk.path(name), 0, 'the head is missing or damaged');
    let mark = this.#options.start;
    for (const record of decodeRecords(head)) if (record.type === 'mark') mark = record.mark;
    return mark;
  }

  /** A snapshot replaced the whole log: what was read so far, also beyond it, counts no more. */
  #replaySnapshot(mark: SnapshotMark): void {
    const isNewer = mark.index > this.#mark.index;
    this.#remember({ entries: [], snapshot: isNewer ? mark : this.#mark });
  }

  #replayRecord(record: LogRecord, path: string): void {
    switch (record.type) {
      case 'identity': {
        const { memberId, clusterId } = this.#identity;
        const isSame =
          record.identity.memberId === memberId && record.identity.clusterId === clusterId;
        if (!this.#isNew && !isSame)
          throw new Error(`${path} belongs to another member or cluster`);
        this.#isNew = false;
        this.#identity = record.identity;
        return;
      }
      case 'hard-state':
        this.#hardState = record.hardState;
        return;
      case 'mark': {
        const { mark } = record;
        if (mark.index <= this.#mark.index) return;
        if (mark.index <= this.lastIndex && this.term(mark.index) === mark.term)
          this.compactTo(mark);
        else this.#remember({ entries: [], snapshot: mark });
        return;
      }
      case 'entry':
        // Behind the mark: the state machine has it. A file kept for its tail may still hold some.
        if (record.entry.index <= this.#mark.index) return;
        this.#remember({ entries: [record.entry] });
    }
  }
}

/**
 * What was read may be in the page cache alone: the process before this one may have died between a write and its sync, or
 * by a sync that failed, after which the system takes the pages for written. Nothing may be promised on it before the disk
 * has it. Only the last frame can be such, as each waits for the one before.
 */
function makeDurable(disk: LogDisk, file: LogFile, end: ScanEnd): void {
  file.write(end.lastFrame, file.read(end.lastFrame, end.offset - end.lastFrame));
  file.syncNow();
  disk.syncFolder();
}

const bytesOf = (entries: readonly Entry[]): number =>
  entries.reduce((bytes, { data }) => bytes + data.length, 0);

const hex = (value: number): string => value.toString(16).padStart(16, '0');
