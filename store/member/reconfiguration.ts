// When the cluster may change: etcd's strict checks, which refuse what could cost the quorum. Pure; the leader asks.
import { StoreError } from '../errors.js';
import type { MemberInfo } from '../node.js';

/** etcd's --max-learners. */
const learnersMax = 1;
/** Connections count once they have held this long. */
export const healthySinceMs = 5_000;
/** Of the leader's log, what a learner must have before it may vote. */
const readyShare = 0.9;

export interface Health {
  readonly self: bigint;
  /** Since when, in milliseconds before now, messages reach the member; undefined: they do not. */
  readonly connectedForMs: (id: bigint) => number | undefined;
}

/** Errors: 'too-many-learners', 'not-enough-started', 'unhealthy'. */
export function checkAdd(members: readonly MemberInfo[], isLearner: boolean, health: Health): void {
  const voters = members.filter((member) => !member.isLearner);
  if (isLearner) {
    if (members.length - voters.length >= learnersMax) throw new StoreError('too-many-learners');
  } else {
    const started = startedOf(voters);
    // One member is its own quorum; the second must be let in, though until it starts there is none.
    const isFirst = started === 1 && voters.length === 1;
    if (!isFirst && started < quorumOf(voters.length + 1))
      throw new StoreError('not-enough-started');
  }
  if (connectedOf(voters, health) < voters.length) throw new StoreError('unhealthy');
}

/** Errors: 'member-not-found', 'not-enough-started', 'unhealthy'. */
export function checkRemove(members: readonly MemberInfo[], id: bigint, health: Health): void {
  const leaving = members.find((member) => member.id === id);
  if (!leaving) throw new StoreError('member-not-found');
  if (leaving.isLearner) return;
  const voters = members.filter((member) => !member.isLearner);
  const staying = voters.filter((member) => member.id !== id);
  if (startedOf(staying) < quorumOf(staying.length)) throw new StoreError('not-enough-started');
  // One that is down takes no active member away.
  if (id !== health.self && health.connectedForMs(id) === undefined) return;
  if (connectedOf(voters, health) - 1 < quorumOf(staying.length)) throw new StoreError('unhealthy');
}

export interface LogMatch {
  readonly learner: number;
  readonly leader: number;
}

/** Errors: 'member-not-found', 'member-not-learner', 'learner-not-ready', 'not-enough-started'. */
export function checkPromote(
  members: readonly MemberInfo[],
  id: bigint,
  match: LogMatch | undefined,
): void {
  const learner = members.find((member) => member.id === id);
  if (!learner) throw new StoreError('member-not-found');
  if (!learner.isLearner) throw new StoreError('member-not-learner');
  if (!match || match.learner < match.leader * readyShare)
    throw new StoreError('learner-not-ready');
  const voters = members.filter((member) => !member.isLearner);
  if (startedOf(voters) + 1 < quorumOf(voters.length + 1))
    throw new StoreError('not-enough-started');
}

/** Sorted, each once. Error: 'member-bad-urls'. */
export function checkedPeerUrls(urls: readonly string[]): readonly string[] {
  if (urls.length === 0) throw new StoreError('member-bad-urls');
  for (const url of urls) if (!isPeerUrl(url)) throw new StoreError('member-bad-urls');
  return urls.toSorted();
}

/** etcd's rule: scheme, host and port, no path. */
export function isPeerUrl(text: string): boolean {
  if (/^unixs?:\/\/[^/]/.test(text)) return true;
  const found = /^https?:\/\/(?:\[[0-9a-fA-F:.%]+\]|[^/:?#@[\]]+):(\d{1,5})\/?$/.exec(text);
  return found !== null && Number(found[1]) <= 65_535;
}

const quorumOf = (count: number): number => Math.floor(count / 2) + 1;

/** A member has started when it has told its name. */
const startedOf = (members: readonly MemberInfo[]): number =>
  members.filter(({ name }) => name !== '').length;

function connectedOf(members: readonly MemberInfo[], { self, connectedForMs }: Health): number {
  return members.filter(({ id }) => id === self || (connectedForMs(id) ?? 0) >= healthySinceMs)
    .length;
}
