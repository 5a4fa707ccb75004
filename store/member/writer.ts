// Writer: puts commands through the log, after asking whether there is room for them (etcd's quota).
import { StoreError } from '../errors.js';
import type { Command, CommandResult } from '../mvcc/command.js';
import { costOf } from '../mvcc/quota.js';
import type { StateMachine } from '../mvcc/state-machine.js';

export interface WriterParts {
  readonly memberId: bigint;
  readonly machine: StateMachine;
  readonly propose: (command: Command) => Promise<CommandResult>;
  /** 0 = none. */
  readonly quotaBytes: number;
  readonly liftsNoSpace: boolean;
}

/** Part of the quota below which the NOSPACE alarm is lifted: far enough from the limit not to come back at once. */
const roomShare = 0.9;

/** Of what is applied and waits in memory for the tables. */
const pendingBytesMax = 256 * 2 ** 20;

export class Writer {
  readonly #parts: WriterParts;

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  /** Errors: 'no-space' (and the alarm is raised), 'too-many-requests' (the disk does not keep up), whatever the command is refused with, and the log's own. */
  async write<T extends CommandResult['type']>(
    command: Command,
    type: T,
  ): Promise<Extract<CommandResult, { readonly type: T }>> {
    const cost = costOf(command);
    if (cost > 0) await this.#makeSureOfRoom(cost);
    const result = await this.#parts.propose(command);
    if (result.type !== type) throw new Error(`expected a ${type} result, got ${result.type}`);
    return result as Extract<CommandResult, { readonly type: T }>; // as: just checked; T is beyond narrowing
  }

  async #makeSureOfRoom(cost: number): Promise<void> {
    const { memberId, machine, quotaBytes, liftsNoSpace } = this.#parts;
    // A defragmentation holds up the tables for as long as it takes, a slow disk for ever.
    if (machine.pendingBytes + cost > pendingBytesMax) throw new StoreError('too-many-requests');
    const usedBytes = liftsNoSpace ? machine.sizeBytes : machine.fileBytes;
    const limitBytes = quotaBytes > 0 ? quotaBytes : Infinity;
    if (machine.hasAlarm('nospace')) {
      if (!liftsNoSpace || usedBytes + cost >= limitBytes * roomShare) return;
      for (const { member, alarm } of machine.alarmRows)
        if (alarm === 'nospace') await this.#setAlarm('deactivate', member);
      return;
    }
    if (usedBytes + cost < limitBytes) return;
    await this.#setAlarm('activate', memberId);
    throw new StoreError('no-space');
  }

  async #setAlarm(action: 'activate' | 'deactivate', member: bigint): Promise<void> {
    await this.#parts.propose({ type: 'alarm', action, alarm: 'nospace', member });
  }
}
