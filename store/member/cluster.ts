// The cluster as this member sees it: who is in it, and how that changes.
import { StoreError } from '../errors.js';
import type { ClusterAdmin, MemberInfo } from '../node.js';
import type { MemberParts } from './member-parts.js';

export class Cluster implements ClusterAdmin {
  readonly #parts: MemberParts;

  constructor(parts: MemberParts) {
    this.#parts = parts;
  }

  async members(linearizable: boolean): Promise<readonly MemberInfo[]> {
    const { driver, name, memberId, peerUrls, clientUrls } = this.#parts;
    if (linearizable) await driver.confirmRead();
    return [{ id: memberId, name, peerUrls, clientUrls, isLearner: false }];
  }

  addMember(): Promise<never> {
    return Promise.reject(new StoreError('unhealthy'));
  }

  removeMember(): Promise<never> {
    return Promise.reject(new StoreError('not-enough-started'));
  }

  updateMember(): Promise<never> {
    return Promise.reject(new StoreError('member-not-found'));
  }

  promoteMember(id: bigint): Promise<never> {
    const isOwn = id === this.#parts.memberId;
    return Promise.reject(new StoreError(isOwn ? 'member-not-learner' : 'member-not-found'));
  }

  moveLeader(target: bigint): Promise<void> {
    if (target === this.#parts.memberId) return Promise.resolve();
    return Promise.reject(new StoreError('bad-transferee'));
  }
}
