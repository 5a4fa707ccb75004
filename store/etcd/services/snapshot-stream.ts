// Maintenance.Snapshot: a backup in pieces of 32 KiB, each saying how much is still to come, and the SHA-256 of it all
// as the last. Goes no faster than the receiver reads.
import { createHash } from 'node:crypto';
import type { StoreNode } from '../../node.js';
import type { Call, Incoming, Outgoing } from '../call.js';
import type { SnapshotRequest, SnapshotResponse } from '../messages.js';
import { storageVersion } from '../version.js';

const blobBytes = 32 * 1024;

export function snapshotStream(
  node: StoreNode,
  call: Call,
  out: Outgoing<SnapshotResponse>,
): Incoming<SnapshotRequest> {
  let isOver = false;
  let resume = (): void => undefined;
  const send = async (blob: Uint8Array, remaining_bytes: number): Promise<void> => {
    if (out.send({ blob, remaining_bytes, version: storageVersion }) || isOver) return;
    await new Promise<void>((resolve) => {
      resume = resolve;
    });
  };
  const run = async (): Promise<void> => {
    const snapshot = await node.maintenance.snapshot(await call.caller());
    const hash = createHash('sha256');
    let remaining = snapshot.sizeBytes;
    for await (const blob of inBlobs(snapshot.chunks)) {
      if (isOver) return;
      hash.update(blob);
      remaining -= blob.length;
      await send(blob, remaining);
    }
    await send(hash.digest(), 0);
    out.end();
  };
  return {
    message() {
      run().catch((error: unknown) => {
        out.end(error);
      });
    },
    halfClosed: () => undefined,
    drained() {
      resume();
    },
    closed() {
      isOver = true;
      resume();
    },
  };
}

/** The same bytes in pieces of one size, the last one shorter. */
async function* inBlobs(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of chunks) {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (; bytes.length >= blobBytes; bytes = bytes.subarray(blobBytes))
      yield bytes.subarray(0, blobBytes);
    rest = bytes;
  }
  if (rest.length > 0) yield rest;
}
