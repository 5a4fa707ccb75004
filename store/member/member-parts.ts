// What the sides of a member (store, cluster, maintenance) share.
import type { Clock } from '../clock.js';
import type { StateMachine } from '../mvcc/state-machine.js';
import type { Driver } from '../replica/driver.js';
import type { Writer } from './writer.js';

export interface MemberParts {
  readonly name: string;
  readonly memberId: bigint;
  readonly clusterId: bigint;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly machine: StateMachine;
  readonly driver: Driver;
  readonly writer: Writer;
  readonly clock: Clock;
  readonly random: () => number;
  /** 0 = none. */
  readonly quotaBytes: number;
  readonly txnOpsMax: number;
  /** Leases live at least this long: a shorter one would not outlast an election. */
  readonly leaseTtlSecondsMin: number;
}
