// MemberRecord: what the replica needs of whoever keeps the list of members (names, URLs). The core knows ids only; the
// rest of a member travels in ConfChange.context and is stored in the same commit as the applied index.
import type { ConfChange, Membership } from '../raft/message.js';
import type { Tables, TableWrite } from '../tables/tables.js';
import type { Peer } from './transport.js';

export interface MemberRecord {
  /** What the tables hold: at the start, and again whenever a snapshot has replaced them. */
  load(tables: Tables): void;
  /**
   * A change came into force; not called for what the tables hold already. Gives the rows to store with it. Deterministic:
   * the same on every member. `membership` is the one after the change.
   */
  apply(change: ConfChange, membership: Membership): readonly TableWrite[];
  /** All members, this one included, for the transport. */
  peers(): readonly Peer[];
  /** Ids that were members once. */
  removed(): readonly bigint[];
}

/** Of a cluster whose members need no names or URLs: a member that stays alone, and tests. */
export const noMemberRecord: MemberRecord = {
  load: () => undefined,
  apply: () => [],
  peers: () => [],
  removed: () => [],
};
