// What the sides of a member (store, cluster, maintenance, authentication) share.
import type { Clock } from '../clock.js';
import type { StateMachine } from '../mvcc/state-machine.js';
import type { Replica } from '../replica/replica.js';
import type { Transport } from '../replica/transport.js';
import type { Leadership } from './leadership.js';
import type { MemberCounts } from './member-metrics.js';
import type { Writer } from './writer.js';

export interface MemberParts {
  readonly name: string;
  readonly memberId: bigint;
  readonly clusterId: bigint;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly clusterToken: string;
  readonly machine: StateMachine;
  readonly replica: Replica;
  readonly transport: Transport;
  readonly leadership: Leadership;
  readonly writer: Writer;
  readonly counts: MemberCounts;
  readonly clock: Clock;
  readonly random: () => number;
  /** 0 = none. */
  readonly quotaBytes: number;
  readonly txnOpsMax: number;
  /** Leases live at least this long: a shorter one would not outlast an election. */
  readonly leaseTtlSecondsMin: number;
  readonly isReconfigStrict: boolean;
}
