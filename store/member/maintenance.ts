// Maintenance of one member: its condition, its alarms, its file, its hashes.
import { StoreError } from '../errors.js';
import type {
  KeyHashAnswer,
  NodeAlarm,
  NodeMaintenance,
  NodeSnapshot,
  NodeStatus,
} from '../node.js';
import type { AlarmRow } from '../mvcc/row-codec.js';
import type { MemberParts } from './member-parts.js';

export class Maintenance implements NodeMaintenance {
  readonly #parts: MemberParts;

  constructor(parts: MemberParts) {
    this.#parts = parts;
  }

  status(): Promise<NodeStatus> {
    const { machine, driver, quotaBytes, memberId } = this.#parts;
    const errors = machine.alarmRows.map(alarmText);
    if (!driver.hasLeader) errors.unshift(new StoreError('no-leader').message);
    return Promise.resolve({
      dbSizeBytes: machine.fileBytes,
      dbSizeInUseBytes: machine.bytesInUse(),
      quotaBytes,
      leader: driver.leader,
      raftIndex: driver.commitIndex,
      raftTerm: driver.term,
      raftAppliedIndex: driver.appliedIndex,
      isLearner: driver.membership.learners.includes(memberId),
      errors,
    });
  }

  alarms(): Promise<readonly NodeAlarm[]> {
    return Promise.resolve(this.#parts.machine.alarmRows.map(alarmOf));
  }

  async activateAlarm({ memberId, alarm }: NodeAlarm): Promise<readonly NodeAlarm[]> {
    const command = { type: 'alarm', action: 'activate', alarm, member: memberId } as const;
    return (await this.#parts.writer.write(command, 'alarm')).alarms.map(alarmOf);
  }

  async deactivateAlarm({ memberId, alarm }: NodeAlarm): Promise<readonly NodeAlarm[]> {
    const command = { type: 'alarm', action: 'deactivate', alarm, member: memberId } as const;
    return (await this.#parts.writer.write(command, 'alarm')).alarms.map(alarmOf);
  }

  defragment(): Promise<void> {
    return this.#parts.machine.defragment();
  }

  hash(): Promise<number> {
    return Promise.reject(new StoreError('not-capable'));
  }

  async hashKv(revision: number): Promise<KeyHashAnswer> {
    await this.#parts.driver.confirmRead();
    return this.#parts.machine.hashKv(revision);
  }

  snapshot(): Promise<NodeSnapshot> {
    return Promise.reject(new StoreError('not-capable'));
  }
}

const alarmOf = ({ member, alarm }: AlarmRow): NodeAlarm => ({ memberId: member, alarm });

/** As protobuf's text form prints an AlarmMember, with the blank at its end. */
const alarmText = ({ member, alarm }: AlarmRow): string =>
  `memberID:${member.toString()} alarm:${alarm.toUpperCase()} `;
