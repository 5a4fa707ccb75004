// Publication: a member that has started tells its name and client URLs through the log. Only then it counts as started
// (reconfiguration.ts), and only then etcd calls itself ready.
import type { Clock } from '../clock.js';
import { StoreError, type StoreErrorCode } from '../errors.js';
import type { MemberParts } from './member-parts.js';

/** What an election or a crowd may answer: tried again. */
const passing: readonly StoreErrorCode[] = [
  'timeout',
  'timeout-leader-lost',
  'no-leader',
  'not-leader',
  'leader-changed',
  'too-many-requests',
];
const retryMs = 100;

/** Resolves when all members know, or when this one was removed meanwhile. Error: 'stopped'. */
export async function publish(parts: MemberParts): Promise<void> {
  const { machine, replica, memberId: id, name, clientUrls, peerUrls, clock } = parts;
  for (;;) {
    const known = machine.members.get(id);
    const isTold =
      known?.name === name &&
      known.clientUrls.join() === clientUrls.join() &&
      machine.members.clusterVersion !== undefined;
    if (isTold) return;
    try {
      await replica.propose({ type: 'member-publish', id, name, clientUrls, peerUrls });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.code === 'member-not-found') return;
      if (!passing.includes(error.code)) throw error;
      await pause(clock);
    }
  }
}

const pause = (clock: Clock): Promise<void> =>
  new Promise((resolve) => {
    clock.after(retryMs, resolve);
  });
