// The bytes of a log entry: a batch of commands with the id under which the proposing process waits for it.
//
//   f64 nonce | u32 sequence | u32 count | count times: u32 length, MessagePack of the command
//
// The nonce is drawn at start, so that entries replayed from an earlier life never meet a waiter of this one.
import { Buffer } from 'node:buffer';
import { Packr } from 'msgpackr';
import type { Command } from '../mvcc/state-machine.js';

const packr = new Packr({ useRecords: false, moreTypes: false, int64AsType: 'bigint' });

export interface BatchId {
  readonly nonce: number;
  readonly sequence: number;
}

const headBytes = 16;

export function encodeCommand(command: Command): Uint8Array {
  return packr.pack(command);
}

export function encodeBatch(id: BatchId, commands: readonly Uint8Array[]): Uint8Array {
  let length = headBytes;
  for (const command of commands) length += 4 + command.length;
  // Not from node's pool: the log's tail keeps the entry for long.
  const bytes = Buffer.allocUnsafeSlow(length);
  bytes.writeDoubleLE(id.nonce, 0);
  bytes.writeUInt32LE(id.sequence, 8);
  bytes.writeUInt32LE(commands.length, 12);
  let at = headBytes;
  for (const command of commands) {
    bytes.writeUInt32LE(command.length, at);
    bytes.set(command, at + 4);
    at += 4 + command.length;
  }
  return bytes;
}

const view = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function decodeBatchId(data: Uint8Array): BatchId {
  const bytes = view(data);
  return { nonce: bytes.readDoubleLE(0), sequence: bytes.readUInt32LE(8) };
}

export function decodeCommands(data: Uint8Array): Command[] {
  const bytes = view(data);
  const count = bytes.readUInt32LE(12);
  const commands: Command[] = [];
  let at = headBytes;
  for (let i = 0; i < count; i++) {
    const length = bytes.readUInt32LE(at);
    // as: the checksum of the log vouches for what encodeCommand wrote.
    commands.push(packr.unpack(bytes.subarray(at + 4, at + 4 + length)) as Command);
    at += 4 + length;
  }
  return commands;
}
