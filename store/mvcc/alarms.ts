// Alarms raised on members: kept in the tables, cleared only by a deactivation.
import type { AlarmType } from '../kv.js';
import { decodeAlarm, encodeAlarm, type AlarmRow } from './row-codec.js';
import type { Tables } from '../tables/tables.js';
import type { WriteBuffer } from '../tables/write-buffer.js';

const noBytes = new Uint8Array(0);

export class Alarms {
  readonly #rows = new Map<string, AlarmRow>();
  readonly #buffer: WriteBuffer;

  constructor(tables: Tables, buffer: WriteBuffer) {
    this.#buffer = buffer;
    for (const { key } of tables.scan('alarm')) {
      const row = decodeAlarm(key);
      this.#rows.set(nameOf(row), row);
    }
  }

  list(): readonly AlarmRow[] {
    return [...this.#rows.values()];
  }

  isActive(alarm: AlarmType): boolean {
    if (this.#rows.size === 0) return false;
    return this.list().some((row) => row.alarm === alarm);
  }

  /** The alarm as it stands now. */
  activate(row: AlarmRow): readonly AlarmRow[] {
    if (!this.#rows.has(nameOf(row))) {
      this.#rows.set(nameOf(row), row);
      this.#buffer.put('alarm', encodeAlarm(row), noBytes);
    }
    return [row];
  }

  /** What was cleared, if it was raised. */
  deactivate(row: AlarmRow): readonly AlarmRow[] {
    if (!this.#rows.delete(nameOf(row))) return [];
    this.#buffer.remove('alarm', encodeAlarm(row));
    return [row];
  }
}

function nameOf({ member, alarm }: AlarmRow): string {
  return `${member.toString()} ${alarm}`;
}
