// Maintenance of one member: its condition, its alarms, its file, its hashes.
import { writeBackup } from '../backup/write-backup.js';
import { StoreError } from '../errors.js';
import type {
  Caller,
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

  // Async so that a StoreError becomes a rejection, as the interface says.
  // eslint-disable-next-line @typescript-eslint/require-await -- see above
  async status(caller?: Caller): Promise<NodeStatus> {
    const { machine, replica, quotaBytes } = this.#parts;
    machine.auth.checkLogin(caller);
    const errors = machine.alarmRows.map(alarmText);
    if (!replica.hasLeader) errors.unshift(new StoreError('no-leader').message);
    return {
      dbSizeBytes: machine.fileBytes,
      dbSizeInUseBytes: machine.bytesInUse(),
      quotaBytes,
      leader: replica.leader,
      raftIndex: replica.commitIndex,
      raftTerm: replica.term,
      raftAppliedIndex: replica.appliedIndex,
      isLearner: replica.isLearner,
      errors,
    };
  }

  /** With all that were acknowledged before, on whichever member. */
  async alarms(caller?: Caller): Promise<readonly NodeAlarm[]> {
    const { machine, replica } = this.#parts;
    this.#refuseAsLearner();
    await replica.confirmRead();
    machine.auth.checkLogin(caller);
    return machine.alarmRows.map(alarmOf);
  }

  activateAlarm(alarm: NodeAlarm, caller?: Caller): Promise<readonly NodeAlarm[]> {
    return this.#setAlarm('activate', alarm, caller);
  }

  deactivateAlarm(alarm: NodeAlarm, caller?: Caller): Promise<readonly NodeAlarm[]> {
    return this.#setAlarm('deactivate', alarm, caller);
  }

  async defragment(caller?: Caller): Promise<void> {
    const { machine } = this.#parts;
    this.#refuseAsLearner();
    machine.auth.checkAdmin(caller);
    await machine.defragment();
  }

  async hash(caller?: Caller): Promise<number> {
    const { machine } = this.#parts;
    this.#refuseAsLearner();
    machine.auth.checkAdmin(caller);
    return machine.hash();
  }

  /** As etcd's, of what this member has applied: a quorum is not asked. */
  async hashKv(revision: number, caller?: Caller): Promise<KeyHashAnswer> {
    const { machine } = this.#parts;
    this.#refuseAsLearner();
    machine.auth.checkAdmin(caller);
    return machine.hashKv(revision);
  }

  /** A learner may be asked, too. */
  async snapshot(caller?: Caller): Promise<NodeSnapshot> {
    const { machine } = this.#parts;
    machine.auth.checkAdmin(caller);
    await machine.flush();
    return writeBackup(machine.view());
  }

  async #setAlarm(
    action: 'activate' | 'deactivate',
    { memberId, alarm }: NodeAlarm,
    caller: Caller | undefined,
  ): Promise<readonly NodeAlarm[]> {
    this.#refuseAsLearner();
    const by = caller ? { caller } : {};
    const command = { type: 'alarm', action, alarm, member: memberId, ...by } as const;
    return (await this.#parts.writer.write(command, 'alarm')).alarms.map(alarmOf);
  }

  #refuseAsLearner(): void {
    if (this.#parts.replica.isLearner) throw new StoreError('learner-unsupported');
  }
}

const alarmOf = ({ member, alarm }: AlarmRow): NodeAlarm => ({ memberId: member, alarm });

/** As protobuf's text form prints an AlarmMember, with the blank at its end. */
const alarmText = ({ member, alarm }: AlarmRow): string =>
  `memberID:${member.toString()} alarm:${alarm.toUpperCase()} `;
