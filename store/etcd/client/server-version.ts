// Which etcds answer "how far is this watch?" truthfully. Until 3.4.31, and in 3.5 until 3.5.13, the answer to a progress
// request could overtake events (etcd #15220) or pass over a watch that had not caught up (#17507).

/** `3.4.23`, `3.6.0-rc.1`; anything else is not trusted. */
export function answersProgress(version: string): boolean {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(version);
  if (!match) return false;
  const [major, minor, patch] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (major !== 3) return major > 3;
  if (minor === 4) return patch >= 31;
  if (minor === 5) return patch >= 13;
  return minor > 5;
}
