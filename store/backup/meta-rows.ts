// Rows of the meta bucket by name, and what etcd writes into those that Frontdesk's own tables do without.
import { Buffer } from 'node:buffer';
import { indexKey, termKey } from '../tables/write-buffer.js';
import type { MemberRow } from './member-rows.js';

export const metaKey = {
  index: indexKey,
  term: termKey,
  confState: Buffer.from('confState'),
  storageVersion: Buffer.from('storageVersion'),
  scheduled: Buffer.from('scheduledCompactRev'),
  finished: Buffer.from('finishedCompactRev'),
} as const;

/** The release whose buckets and rows these are. */
export const storageVersion = '3.6.0';

/** As text: the ids have 64 bits. */
export function confStateJson(members: readonly MemberRow[]): string {
  const ids = (isLearner: boolean): string =>
    members
      .filter((member) => member.isLearner === isLearner)
      .map(({ id }) => id.toString())
      .join(',');
  const learners = ids(true);
  const list = learners === '' ? '' : `"learners":[${learners}],`;
  return `{"voters":[${ids(false)}],${list}"auto_leave":false}`;
}
