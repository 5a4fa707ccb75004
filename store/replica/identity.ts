// Member and cluster ids, derived as etcd derives them, so that the same flags give the same ids:
// the first 8 bytes of SHA-1 over the sorted peer URLs and the cluster token.
import { createHash } from 'node:crypto';
import type { MemberId } from '../raft/message.js';

const firstEightBytes = (parts: readonly (string | Uint8Array)[]): bigint => {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  return hash.digest().readBigUInt64BE(0);
};

/** @param addedAtSeconds for a member that joins later: Unix time, so that a re-added one gets a new id */
export function memberIdOf(
  peerUrls: readonly string[],
  clusterToken: string,
  addedAtSeconds?: number,
): MemberId {
  const parts = [[...peerUrls].sort().join(''), clusterToken];
  return firstEightBytes(addedAtSeconds === undefined ? parts : [...parts, String(addedAtSeconds)]);
}

export function clusterIdOf(members: readonly MemberId[]): bigint {
  const sorted = [...members].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return firstEightBytes(
    sorted.map((id) => {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigUint64(0, id);
      return bytes;
    }),
  );
}
