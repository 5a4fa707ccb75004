// Frames: what one write + one fdatasync put into a segment. A frame is whole or it never happened.
//
//   u32 payload length | u32 sequence | u32 payload crc | u32 header crc | payload, padded to 16 bytes
//
// Headers are 16 bytes at 16-byte offsets, so a disk sector (512 bytes, written whole or not at all) never
// splits one. Frame n+1 is written only after frame n is durable, hence the rule of `scanFrames`:
// a bad frame with a later good one behind it is corruption; a bad last frame is a write the crash
// cut off, but only if part of it is missing (a sector of zeros), else it is corruption, too.
import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import type { LogFile } from './disk.js';

export const frameAlignment = 16;
const headerBytes = 16;
const sectorBytes = 512;
const scanChunkBytes = 1 << 20;

/** The file holds something no crash can leave behind. The store must not start on it. */
export class LogCorruption extends Error {
  readonly file: string;
  readonly offset: number;

  constructor(file: string, offset: number, what: string) {
    super(`write-ahead log ${file} is corrupt at offset ${offset}: ${what}`);
    this.name = 'LogCorruption';
    this.file = file;
    this.offset = offset;
  }
}

export function encodeFrame(sequence: number, parts: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  const frame = Buffer.alloc(frameBytes(length));
  let at = headerBytes;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  frame.writeUInt32LE(length, 0);
  frame.writeUInt32LE(sequence >>> 0, 4);
  frame.writeUInt32LE(crc32(frame.subarray(headerBytes, headerBytes + length), sequence >>> 0), 8);
  frame.writeUInt32LE(headerCrc(frame), 12);
  return frame;
}

export const frameBytes = (payloadBytes: number): number =>
  headerBytes + Math.ceil(payloadBytes / frameAlignment) * frameAlignment;

// The seed keeps sixteen zero bytes from being a valid header.
const headerCrc = (header: Uint8Array): number => crc32(header.subarray(0, 12), 0x57414c31);

interface Header {
  readonly length: number;
  readonly sequence: number;
  readonly crc: number;
}

function readHeader(bytes: Uint8Array): Header | undefined {
  if (bytes.length < headerBytes) return undefined;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, headerBytes);
  if (view.readUInt32LE(12) !== headerCrc(view)) return undefined;
  return {
    length: view.readUInt32LE(0),
    sequence: view.readUInt32LE(4),
    crc: view.readUInt32LE(8),
  };
}

export interface ScanEnd {
  /** Where the next frame goes. */
  readonly offset: number;
  /** Where the last whole one is. */
  readonly lastFrame: number;
  readonly nextSequence: number;
  /** A cut-off write was found behind `offset`; its bytes must be zeroed before writing on. */
  readonly torn: boolean;
}

/**
 * Calls `each` with every whole frame's payload, in order. Throws LogCorruption (see above).
 * @param firstSequence the sequence the file's first frame must have
 */
export function scanFrames(
  file: LogFile,
  path: string,
  firstSequence: number,
  each: (payload: Uint8Array) => void,
): ScanEnd {
  let offset = 0;
  let lastFrame = 0;
  let sequence = firstSequence;
  const window = new Window(file);
  for (;;) {
    const header = readHeader(window.at(offset, headerBytes));
    if (header?.sequence !== sequence >>> 0) break;
    const payload = window.at(offset + headerBytes, header.length);
    const whole =
      payload.length === header.length && crc32(payload, header.sequence) === header.crc;
    if (!whole) break;
    each(Buffer.from(payload));
    lastFrame = offset;
    offset += frameBytes(header.length);
    sequence++;
  }
  const torn = checkTail(file, path, offset, sequence);
  return { offset, lastFrame, nextSequence: sequence, torn };
}

/** The payload of the file's first frame, if that frame is whole. */
export function readFirstFrame(file: LogFile, sequence: number): Uint8Array | undefined {
  const header = readHeader(file.read(0, headerBytes));
  if (header?.sequence !== sequence >>> 0) return undefined;
  const payload = file.read(headerBytes, header.length);
  if (payload.length !== header.length) return undefined;
  return crc32(payload, header.sequence) === header.crc ? payload : undefined;
}

/** True: something lies behind the end that a crash can explain. Throws when none can. */
function checkTail(file: LogFile, path: string, end: number, sequence: number): boolean {
  const header = readHeader(file.read(end, headerBytes));
  const tail = scanTail(file, end, sequence);
  if (tail.laterFrame !== undefined) {
    throw new LogCorruption(
      path,
      end,
      `the frame is damaged, but a later one is whole at ${tail.laterFrame}`,
    );
  }
  if (header?.sequence === sequence >>> 0) {
    const bytes = file.read(end, frameBytes(header.length));
    if (bytes.length === frameBytes(header.length) && !hasZeroSector(bytes, end)) {
      throw new LogCorruption(path, end, 'the last frame is complete but its checksum is wrong');
    }
    return true;
  }
  if (file.read(end, headerBytes).some((byte) => byte !== 0)) {
    throw new LogCorruption(path, end, 'the frame header is damaged');
  }
  return !tail.isZero;
}

interface Tail {
  readonly isZero: boolean;
  /** Offset of a good header with a sequence beyond the one expected. */
  readonly laterFrame: number | undefined;
}

/** One pass over what lies behind the last whole frame; nearly always zeros, which memcmp crosses quickly. */
function scanTail(file: LogFile, from: number, sequence: number): Tail {
  const zeros = Buffer.alloc(scanChunkBytes);
  let isZero = true;
  for (let base = from; base < file.sizeBytes; base += scanChunkBytes) {
    const chunk = file.read(base, scanChunkBytes);
    if (zeros.compare(chunk, 0, chunk.length, 0, chunk.length) === 0) continue;
    isZero = false;
    const at = findLaterFrame(chunk, sequence);
    if (at !== undefined) return { isZero, laterFrame: base + at };
  }
  return { isZero, laterFrame: undefined };
}

function findLaterFrame(chunk: Uint8Array, sequence: number): number | undefined {
  const words = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
  for (let at = 0; at + headerBytes <= words.length; at += frameAlignment) {
    if (words.readUInt32LE(at + 12) === 0) continue; // a quick way over zeros
    const header = readHeader(words.subarray(at, at + headerBytes));
    if (header && ((header.sequence - sequence) | 0) > 0) return at;
  }
  return undefined;
}

/** A disk sector (by file offset) inside the frame that was never written. */
function hasZeroSector(frame: Uint8Array, offset: number): boolean {
  let start = 0;
  while (start < frame.length) {
    const end = Math.min(frame.length, start + sectorBytes - ((offset + start) % sectorBytes));
    if (frame.subarray(start, end).every((byte) => byte === 0)) return true;
    start = end;
  }
  return false;
}

/** Reads a file forward through a large chunk, so small frames do not cost a system call each. */
class Window {
  readonly #file: LogFile;
  #base = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(file: LogFile) {
    this.#file = file;
  }

  at(offset: number, length: number): Uint8Array {
    const from = offset - this.#base;
    if (from < 0 || from + length > this.#bytes.length) {
      this.#base = offset;
      this.#bytes = this.#file.read(offset, Math.max(length, scanChunkBytes));
    }
    const start = offset - this.#base;
    return this.#bytes.subarray(start, Math.min(start + length, this.#bytes.length));
  }
}
